import { expandForms } from './expandForms.ts';
import { foldText } from './foldText.ts';
import { BREAKERS, LEXICON, NEGATORS } from './lexicon.ts';
import type { SentimentScorer } from './openSentiment.ts';
import { type Sentiment, softmaxSentiment } from './sentiment.ts';

/** How many words after a negator it still turns: "not at all satisfied", "no se muestra nada satisfecho". */
const NEGATION_REACH = 4;

/** What "neither" weighs: above two mild words, below one clear word. */
const NEUTRAL_LOGIT = 1;

/** Beyond it more words make no text surer. */
const LOGIT_MAX = 6;

/**
 * A scorer from word lists, English and Spanish. The weights of the positive and of the negative words of a text are
 * summed apart and are, with a constant for neutral, the logits of a softmax. After a negation a positive word counts
 * as negative ("not satisfied") and a negative one not at all ("sin problemas").
 *
 * Pure and deterministic: each text alone decides its scores.
 */
export function openLexicon(): SentimentScorer {
  return {
    name: `lexicon-${LEXICON.version}`,
    kind: 'lexicon',
    async score(texts, onProgress) {
      const scores = texts.map(scoreByWords);
      onProgress?.(texts.length, texts.length);
      return scores;
    },
    async close() {},
  };
}

function scoreByWords(text: string): Sentiment {
  let [negative, positive] = [0, 0];
  for (const words of clausesOf(text)) {
    for (const weight of weightsOf(words)) {
      if (weight < 0) negative -= weight;
      else positive += weight;
    }
  }
  return softmaxSentiment([Math.min(negative, LOGIT_MAX), NEUTRAL_LOGIT, Math.min(positive, LOGIT_MAX)]);
}

/**
 * Words of each stretch between punctuation marks: neither a phrase nor a negation reaches over one. The colon of
 * "re:" is none of them.
 */
function clausesOf(text: string): string[][] {
  return foldText(text)
    .replace(/\bre:/g, 're ')
    .split(/[.,;:!?()\n]+/)
    .map((clause) => clause.match(/[\p{L}\p{N}]+(?:'\p{L}+)*/gu) ?? []);
}

function weightsOf(words: readonly string[]): number[] {
  const weights: number[] = [];
  let reach = 0;
  for (let i = 0; i < words.length; ) {
    const word = words[i] ?? '';
    const found = findEntry(words, i);
    if (found) {
      weights.push(reach > 0 ? Math.min(-found.weight, 0) : found.weight);
      i += found.words;
      reach -= found.words;
      continue;
    }
    reach = isNegator(word) ? NEGATION_REACH : breakers.has(word) ? 0 : reach - 1;
    i += 1;
  }
  return weights;
}

function isNegator(word: string): boolean {
  return negators.has(word) || word.endsWith("n't");
}

const negators: ReadonlySet<string> = new Set(NEGATORS);
const breakers: ReadonlySet<string> = new Set(BREAKERS);
const weightByForm = new Map(
  LEXICON.entries.flatMap(([weight, words]) => words.flatMap(expandForms).map((form) => [form, weight])),
);
const wordsMax = Math.max(...[...weightByForm.keys()].map((form) => form.split(' ').length));

/** The longest entry of the lexicon that begins at this word. */
function findEntry(words: readonly string[], start: number): { weight: number; words: number } | null {
  for (let count = Math.min(wordsMax, words.length - start); count > 0; count -= 1) {
    const weight = weightByForm.get(words.slice(start, start + count).join(' '));
    if (weight !== undefined) return { weight, words: count };
  }
  return null;
}
