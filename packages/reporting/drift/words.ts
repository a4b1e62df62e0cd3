import { formatFixed, formatNumber, formatP, formatShare, UNKNOWN } from '../format.ts';
import type { DriftReport, FeatureDrift, ModelTypeDrift } from './driftReport.ts';

/** What the report's statuses are called in front of people. */
export const STATUS_NAMES: Record<DriftReport['status'], string> = {
  drift: 'Drift',
  no_drift: 'No drift',
  not_measurable: 'Not measurable',
  skipped: 'Skipped',
};

export function formatPsi(feature: { psi: number | null; psi_infinite: boolean }): string {
  return feature.psi_infinite ? 'infinite' : formatFixed(feature.psi);
}

/** The test's statistic: KS D, with its error where it is known from bins only, or chi-squared with its degrees of freedom. */
export function formatStatistic({ ks, chi_squared: chi }: FeatureDrift): string {
  if (ks) return `D ${formatFixed(ks.d)}${ks.d_error_max ? ` +- ${formatNumber(ks.d_error_max, 2)}` : ''}`;
  return chi ? `chi2 ${formatNumber(chi.statistic)} (df ${chi.df})` : UNKNOWN;
}

/** The cells of a feature in every table: name, kind, PSI, PSI by chance, statistic, p, q, severity. */
export function featureCells(feature: FeatureDrift): string[] {
  return [
    feature.name,
    feature.kind,
    formatPsi(feature),
    formatP(feature.psi_by_chance),
    formatStatistic(feature),
    formatP(feature.p),
    formatP(feature.q),
    feature.severity ?? UNKNOWN,
  ];
}

export const FEATURE_HEADERS = ['Feature', 'Kind', 'PSI', 'By chance', 'Statistic', 'p', 'q', 'Severity'] as const;
export const NUMERIC_HEADERS: readonly string[] = ['PSI', 'By chance', 'Statistic', 'p', 'q'];

export function describeZeroRule({ zero_rule: { kind, value } }: ModelTypeDrift): string {
  const rules: Record<string, string> = {
    replace: `a share of 0 counts as ${value}`,
    floor: `a share below ${value} counts as ${value}`,
    add: `${value} is added to every share`,
    none: 'none: PSI is infinite where one side has no rows in a bin',
  };
  return rules[kind] ?? `${kind}${value === null ? '' : ` ${value}`}`;
}

/** Name and value of each threshold. */
export function describeThresholds({ thresholds }: DriftReport): [name: string, value: string][] {
  const { psi_low: low, psi_high: high, p_value_max: p, drifted_share_max: share } = thresholds;
  return [
    ['HIGH', `PSI above ${high}`],
    ['MODERATE', `PSI ${low} to ${high}, and p below ${p}`],
    ['LOW', `PSI ${low} to ${high}, and p not below ${p}`],
    ['NONE', `PSI below ${low}`],
    ['Drifted', 'a feature of severity LOW, MODERATE or HIGH'],
    ['Overall flag', `more than ${formatShare(share)} of the measured features drifted, or prediction drift is HIGH`],
  ];
}

export const COLUMN_NOTES = [
  'PSI: sum over bins of (current share - reference share) * ln(current share / reference share).',
  'By chance: the PSI that two samples of these sizes from one population exceed once in a thousand times.',
  'Statistic: Kolmogorov-Smirnov distance D of numbers, chi-squared of categories.',
  'p: chance of such a difference without drift. With many rows it is near 0 for any difference, however small: read PSI first.',
  'q: p adjusted for the number of features tested (Benjamini-Hochberg).',
] as const;
