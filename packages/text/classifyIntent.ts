import { InputError } from '@pilotlight/errors';
import { expandForms } from './expandForms.ts';
import { foldText, hasText } from './foldText.ts';
import { INTENT_RULES, type Intent, type IntentRule, type IntentRules } from './intentRules.ts';

/**
 * What a contact was about: the first rule with a word in the text, in the order of priority; `Other / Unclassified`
 * for a text with none; null for null and blank text.
 *
 * Whole words, any case, accents ignored. Negation is ignored too ("no price increase" is about prices), except where
 * a phrase of the rules holds it ("not satisfied").
 *
 * Errors: an {@link InputError} for rules without words. Source: the published word lists, see {@link INTENT_RULES}.
 */
export function classifyIntent(text: string | null, rules: IntentRules = INTENT_RULES): Intent | null {
  return matchIntent(text, rules)?.intent ?? null;
}

/**
 * As {@link classifyIntent}, with the word that decided: the first of the winning rule in the text, folded (lower
 * case, no accents); null for `Other / Unclassified`.
 */
export function matchIntent(
  text: string | null,
  rules: IntentRules = INTENT_RULES,
): { intent: Intent; word: string | null } | null {
  if (!hasText(text)) return null;
  const folded = foldText(text);
  for (const { intent, pattern } of compiled(rules)) {
    const word = pattern.exec(folded)?.[0];
    if (word !== undefined) return { intent, word: word.replace(/\s+/g, ' ') };
  }
  return { intent: 'Other / Unclassified', word: null };
}

type Compiled = { intent: Intent; pattern: RegExp }[];

const cache = new WeakMap<IntentRules, Compiled>();

function compiled(rules: IntentRules): Compiled {
  const known = cache.get(rules);
  if (known) return known;
  const made = rules.rules.map((rule) => ({ intent: rule.intent, pattern: patternOf(rule) }));
  cache.set(rules, made);
  return made;
}

/** Between the words of a phrase: white space, hyphens, dashes. */
const GAP = String.raw`[\s\u002d\u2010-\u2015]+`;

/** Longer forms come first, so that the word reported is the whole phrase. */
function patternOf({ intent, reference, english, spanish }: IntentRule): RegExp {
  const forms = [...reference, ...english, ...spanish].flatMap(expandForms);
  if (forms.length === 0 || forms.some((form) => form.trim() === '')) {
    const todo = 'give at least one word, and none that is blank';
    throw new InputError({ code: 'bad_rules', what: 'an intent rule without words', where: intent, todo });
  }
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const words = longestFirst.map((form) => form.split(/[ -]/).map(RegExp.escape).join(GAP));
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${words.join('|')})(?![\\p{L}\\p{N}_])`, 'u');
}
