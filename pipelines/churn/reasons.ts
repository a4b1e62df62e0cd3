import { identifier, literal } from '@pilotlight/tables';
import {
  type Condition,
  type FeatureReason,
  type Format,
  NO_REASON,
  ownReason,
  REASONS,
  SPANISH,
  type Text,
  THEMES,
} from './reasonsTable.ts';

export type ReasonOptions = {
  features: readonly { name: string; kind: 'numeric' | 'categorical' }[];
  /** What stands for a missing value, by feature. */
  fills: Readonly<Record<string, number | string>>;
  /** How many reasons a customer has at most. */
  max: number;
  /** Alias of the relation with the features' values, and of that with their contributions (in log-odds, same names). */
  values: string;
  contributions: string;
};

/**
 * A SQL expression for a customer's reasons: a list of `{code, en, es}`, the strongest first, never empty.
 *
 * Contributions of features of one theme add; themes that push the risk up count, by size, equal ones by code. The theme's feature
 * that contributes most gives code and texts.
 */
export function reasonsSql(options: ReasonOptions): string {
  const themes = [...groupByTheme(options.features)].map(([, features]) => themeSql(features, options));
  const none = `[{code: ${literal(NO_REASON.code)}, en: ${literal(NO_REASON.en)}, es: ${literal(NO_REASON.es)}}]`;
  if (themes.length === 0) return none;
  const pushing = `list_filter([${themes.join(', ')}], lambda one: one.fall < 0)`;
  const strongest = `list_slice(list_sort(${pushing}), 1, ${options.max})`;
  const texts = `list_transform(${strongest}, lambda one: {code: one.code, en: one.text.en, es: one.text.es})`;
  return `if(len(${pushing}) = 0, ${none}, ${texts})`;
}

/** Whether a feature has words of its own. */
export function hasReason(feature: string): boolean {
  return feature in REASONS;
}

type NamedReason = { name: string; reason: FeatureReason | null };

/** A feature that only one data set has is a theme of its own. */
function groupByTheme(features: ReasonOptions['features']): Map<string, NamedReason[]> {
  const groups = new Map<string, NamedReason[]>();
  for (const { name } of features) {
    const reason = REASONS[name] ?? null;
    const key = reason ? reason.theme : `own ${name}`;
    groups.set(key, [...(groups.get(key) ?? []), { name, reason }]);
  }
  return groups;
}

/** `{fall, code, text}`: sorting such structs puts the largest contribution first, then the lowest code. */
function themeSql(features: readonly NamedReason[], options: ReasonOptions): string {
  const shares = features.map(({ name }) => `${options.contributions}.${identifier(name)}`);
  const most = shares.length === 1 ? shares[0] : `greatest(${shares.join(', ')})`;
  const choose = (part: keyof Text) => {
    const cases = features.map((one, i) => `WHEN ${shares[i]} = ${most} THEN ${featureSql(one, part, options)}`);
    return `CASE ${cases.join(' ')} END`;
  };
  return `{fall: -(${shares.join(' + ')}), code: ${choose('code')}, text: {en: ${choose('en')}, es: ${choose('es')}}}`;
}

function featureSql({ name, reason }: NamedReason, part: keyof Text, options: ReasonOptions): string {
  const value = `${options.values}.${identifier(name)}`;
  if (!reason) {
    const own = ownReason(name);
    if (part === 'code') return literal(own.code);
    const shown = `coalesce(CAST(${value} AS VARCHAR), ${literal(part === 'en' ? 'not known' : 'desconocido')})`;
    return fillIn(own[part], shown);
  }
  const fill = options.fills[name];
  const cases = reason.wordings.map(
    (wording) => `WHEN ${conditionSql(wording.when, value, fill)} THEN ${wordSql(wording, part, value, reason.format)}`,
  );
  return `CASE ${cases.join(' ')} ELSE ${literal(THEMES[reason.theme][part])} END`;
}

function conditionSql(condition: Condition, value: string, fill: number | string | undefined): string {
  const missing = fill === undefined ? `${value} IS NULL` : `(${value} IS NULL OR ${value} = ${literal(fill)})`;
  if ('missing' in condition) return missing;
  if ('present' in condition) return `NOT ${missing.startsWith('(') ? missing : `(${missing})`}`;
  if ('is' in condition) return `${value} = ${literal(condition.is)}`;
  if ('above' in condition) return `${value} > ${condition.above}`;
  if ('below' in condition) return `${value} < ${condition.below}`;
  return `${value} <= ${condition.atMost}`;
}

function wordSql(wording: Text, part: keyof Text, value: string, format: Format): string {
  return part === 'code' ? literal(wording.code) : fillIn(wording[part], formatSql(value, format, part));
}

/** The text with the value in it. A `;` would end the text in a CSV. */
function fillIn(text: string, value: string): string {
  const [before, after] = text.split('{value}');
  return after === undefined
    ? literal(text)
    : `${literal(before ?? '')} || replace(${value}, ';', ',') || ${literal(after)}`;
}

function formatSql(value: string, format: Format, language: 'en' | 'es'): string {
  if (format === 'label') return language === 'en' ? value : spanishSql(value);
  if (format === 'pair') return `replace(${value}, '_x_', ', ')`;
  const decimals = { whole: 0, percent: 0, one_decimal: 1, two_decimals: 2, four_decimals: 4 }[format];
  const size = format === 'percent' ? `100 * abs(${value})` : `abs(${value})`;
  const number = `printf('%.${decimals}f', CAST(${size} AS DOUBLE))`;
  return language === 'es' && decimals > 0 ? `replace(${number}, '.', ',')` : number;
}

function spanishSql(value: string): string {
  const cases = Object.entries(SPANISH).map(([label, spanish]) => `WHEN ${literal(label)} THEN ${literal(spanish)}`);
  return `CASE ${value} ${cases.join(' ')} ELSE ${value} END`;
}
