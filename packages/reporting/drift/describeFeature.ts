import { BINS_LISTED_MAX, type FeatureDrift, UNSEEN_LISTED_MAX } from './driftReport.ts';
import type { ColumnDrift } from './driftTable.ts';

type Bin = FeatureDrift['bins'][number];

/** A compared column as the report has it: names for JSON, a bounded number of bins, infinities as null and a flag. */
export function describeFeature(column: ColumnDrift): FeatureDrift {
  const measured = column.status === 'measured';
  const severity = measured ? (column.severity ?? null) : null;
  const unseen = column.unseenCategories ?? [];
  const psi = measured ? (column.psi ?? null) : null;
  return {
    name: column.name,
    kind: column.kind,
    status: column.status,
    reason: measured ? null : (column.reason ?? 'no reason given'),
    psi: finite(psi),
    psi_infinite: isInfinite(psi),
    psi_by_chance: finite(column.psiByChance),
    ks: column.ks ? { d: column.ks.d, d_error_max: finite(column.ks.dErrorMax), p: column.ks.p ?? null } : null,
    chi_squared: column.chiSquared ? pickChiSquared(column.chiSquared) : null,
    p: column.p ?? null,
    q: column.q ?? null,
    severity,
    drifted: severity !== null && severity !== 'NONE',
    ...limitBins(column.bins.map(describeBin)),
    unseen_categories: unseen.slice(0, UNSEEN_LISTED_MAX),
    unseen_categories_count: unseen.length,
    pooled_categories: column.pooledCategories ?? 0,
  };
}

function pickChiSquared({ statistic, df, p }: NonNullable<ColumnDrift['chiSquared']>) {
  return { statistic, df, p };
}

function describeBin(bin: ColumnDrift['bins'][number]): Bin {
  return {
    label: bin.label,
    lower: finite(bin.lower),
    upper: finite(bin.upper),
    reference_count: bin.referenceCount,
    current_count: bin.currentCount,
    reference_share: bin.referenceShare,
    current_share: bin.currentShare,
    contribution: finite(bin.contribution),
    contribution_infinite: isInfinite(bin.contribution),
  };
}

/** Keeps the bins' order; the dropped ones, those that contribute least, become one at the end. */
function limitBins(bins: Bin[]): { bins: Bin[]; bins_summed: number } {
  if (bins.length <= BINS_LISTED_MAX) return { bins, bins_summed: 0 };
  const size = (bin: Bin) => (bin.contribution_infinite ? Number.MAX_VALUE : Math.abs(bin.contribution ?? 0));
  const order = bins.map((_, index) => index).toSorted((a, b) => size(bins[b] as Bin) - size(bins[a] as Bin) || a - b);
  const kept = new Set(order.slice(0, BINS_LISTED_MAX - 1));
  const rest = bins.filter((_, index) => !kept.has(index));
  return { bins: [...bins.filter((_, index) => kept.has(index)), sumBins(rest)], bins_summed: rest.length };
}

function sumBins(bins: Bin[]): Bin {
  const sum = (value: (bin: Bin) => number) => bins.reduce((total, bin) => total + value(bin), 0);
  const infinite = bins.some((bin) => bin.contribution_infinite);
  return {
    label: `${bins.length} other bins`,
    lower: null,
    upper: null,
    reference_count: sum((bin) => bin.reference_count),
    current_count: sum((bin) => bin.current_count),
    reference_share: Math.min(
      1,
      sum((bin) => bin.reference_share),
    ),
    current_share: Math.min(
      1,
      sum((bin) => bin.current_share),
    ),
    contribution: infinite ? null : sum((bin) => bin.contribution ?? 0),
    contribution_infinite: infinite,
  };
}

/** Infinite becomes null; NaN stays, for the schema to refuse. */
function finite(value: number | null | undefined): number | null {
  return value === null || value === undefined || isInfinite(value) ? null : value;
}

function isInfinite(value: number | null | undefined): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}
