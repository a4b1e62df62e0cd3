import native, { type ColumnProgress, type NativeColumnDrift, type ProgressEvent } from '@pilotlight/native';
import { runNative, type Watched } from './run.ts';

export type Severity = 'HIGH' | 'MODERATE' | 'LOW' | 'NONE';

/** What an empty bin counts as: `replace` 0 by the value (1e-4), `floor` shares at it (0.01), `add` it (1e-5), or nothing. */
export type ZeroRule = { kind: 'replace' | 'floor' | 'add' | 'none'; value?: number | undefined };

export type DriftBin = {
  label: string;
  /** Null for an open end, and for categories. */
  lower: number | null;
  upper: number | null;
  referenceCount: number;
  currentCount: number;
  referenceShare: number;
  currentShare: number;
  /** Infinite where a bin is empty on one side under the zero rule `none`. */
  contribution: number;
};

export type ColumnDrift = {
  name: string;
  kind: 'numeric' | 'boolean' | 'categorical';
  status: 'measured' | 'not_measurable';
  /** Why it is not measurable. */
  reason: string | null;
  psi: number | null;
  /** What chance alone stays below 999 times in 1,000 at these sizes. */
  psiByChance: number | null;
  /** Numeric columns. `dErrorMax` is 0 unless the reference is a profile. */
  ks: { d: number; dErrorMax: number; p: number } | null;
  /** Categories and booleans; null where there is only one. */
  chiSquared: { statistic: number; df: number; p: number } | null;
  p: number | null;
  /** Benjamini-Hochberg over all tested columns. */
  q: number | null;
  severity: Severity | null;
  bins: DriftBin[];
  unseenCategories: string[];
  pooledCategories: number;
};

export type DriftTable = {
  referenceRows: number;
  currentRows: number;
  referenceKind: 'data' | 'profile';
  zeroRule: { kind: ZeroRule['kind']; value: number | null };
  columns: ColumnDrift[];
};

export type CompareOptions = Watched & {
  /** Parquet files or folders, or a profile that {@link buildProfile} wrote. */
  referencePaths: string[] | { profile: string };
  currentPaths: string[];
  /** Only these; each must be on a side at least. */
  columns?: string[] | undefined;
  /** Not these; names that are nowhere are no error. */
  exclude?: string[] | undefined;
  /** Of a numeric column, by quantiles of the reference; 10. A profile has its own. */
  bins?: number | undefined;
  /** Past it the rarest categories are pooled; 1,000. */
  maxCategories?: number | undefined;
  zeroRule?: ZeroRule | undefined;
  /** PSI above which drift is HIGH; 0.25. */
  driftThreshold?: number | undefined;
  /** p below which a test is significant; 0.05. */
  pValueMax?: number | undefined;
  onProgress?: ((done: number, total: number, column: string) => void) | undefined;
};

const ZERO_VALUES = { replace: 1e-4, floor: 0.01, add: 1e-5, none: null } as const;

/**
 * Drift of every column of current data against a reference, over all rows: PSI, Kolmogorov-Smirnov or chi-squared, severity.
 *
 * Types come from the Parquet schema; dates count as days, timestamps as seconds. Null and NaN are rows in the bin `missing` and
 * are left out of the tests. A column that cannot be compared is `not_measurable`, with the reason.
 *
 * @throws InputError MISSING_COLUMN, NO_COLUMNS, BAD_PROFILE, BAD_OPTION and those of reading.
 */
export async function compareDatasets(options: CompareOptions): Promise<DriftTable> {
  const { referencePaths, zeroRule = { kind: 'replace' } } = options;
  const value = zeroRule.value ?? ZERO_VALUES[zeroRule.kind];
  const comparison = {
    ...(Array.isArray(referencePaths) ? { referencePaths } : { referenceProfile: referencePaths.profile }),
    currentPaths: options.currentPaths,
    ...(options.columns ? { columns: options.columns } : {}),
    exclude: options.exclude ?? [],
    bins: options.bins ?? 10,
    maxCategories: options.maxCategories ?? 1000,
    zeroRule: value === null ? { kind: zeroRule.kind } : { kind: zeroRule.kind, value },
    driftThreshold: options.driftThreshold ?? 0.25,
    pValueMax: options.pValueMax ?? 0.05,
  };
  let heard = 0;
  const listener = spread((done, total, column) => {
    heard = Math.max(heard, done);
    options.onProgress?.(done, total, column);
  });
  const found = await runNative(options.signal, listener, columnsDone, (token, listen) =>
    native.compareDatasets(comparison, token, asEvents(listen)),
  );
  // The last events may still be on their way when the work is done; a bar must reach its end all the same.
  const total = found.columns.length;
  if (heard < total) options.onProgress?.(total, total, found.columns.at(-1)?.name ?? '');
  return {
    referenceRows: found.referenceRows,
    currentRows: found.currentRows,
    referenceKind: Array.isArray(referencePaths) ? 'data' : 'profile',
    zeroRule: { kind: zeroRule.kind, value },
    columns: found.columns.map(shapeColumn),
  };
}

/**
 * Writes the profile of a data set: integer counts and edges, enough to compare with later, small and mergeable.
 *
 * @param options `edgesFrom`: count in the edges of that profile, so that the two can be merged
 * @throws InputError NO_COLUMNS, BAD_PROFILE, WRITE and those of reading
 */
export async function buildProfile(
  options: Watched & {
    paths: string[];
    exclude?: string[] | undefined;
    bins?: number | undefined;
    edgesFrom?: string | undefined;
    outPath: string;
    onProgress?: CompareOptions['onProgress'];
  },
): Promise<{ rows: number }> {
  const { paths, exclude = [], bins = 10, edgesFrom, outPath } = options;
  const rows = await runNative(options.signal, spread(options.onProgress), columnsDone, (token, listen) =>
    native.buildProfile(paths, exclude, bins, edgesFrom, outPath, token, asEvents(listen)),
  );
  return { rows };
}

/**
 * Merges profiles counted in the same edges: bit for bit the profile of all rows together.
 *
 * @throws InputError BAD_PROFILE, NO_COLUMNS, WRITE
 */
export async function mergeProfiles(paths: string[], outPath: string): Promise<void> {
  await runNative(undefined, undefined, columnsDone, () => native.mergeProfiles(paths, outPath));
}

/** The two-sample Kolmogorov-Smirnov test, NaN left out; null where a side has no values. As scipy's `ks_2samp(method="auto")`. */
export function ksTwoSample(a: Float64Array, b: Float64Array): { d: number; p: number } | null {
  const found = native.ksTwoSample(a, b);
  return found ? { d: found.d, p: found.p } : null;
}

/** The chi-squared test of homogeneity on rows of counts; null where fewer than two rows or columns have any. */
export function chiSquared(table: number[][]): { statistic: number; df: number; p: number } | null {
  return native.chiSquared(table) ?? null;
}

/** The population stability index of counts, bin by bin; null where a side has no rows. May be infinite under `none`. */
export function psi(reference: number[], current: number[], zeroRule: ZeroRule = { kind: 'replace' }): number | null {
  return native.psi(reference, current, zeroRule.kind, zeroRule.value) ?? null;
}

function shapeColumn(column: NativeColumnDrift): ColumnDrift {
  return {
    name: column.name,
    kind: column.kind as ColumnDrift['kind'],
    status: column.reason === undefined ? 'measured' : 'not_measurable',
    reason: column.reason ?? null,
    psi: column.psi ?? null,
    psiByChance: column.psiByChance ?? null,
    ks: column.ks ?? null,
    chiSquared: column.chiSquared ?? null,
    p: column.p ?? null,
    q: column.q ?? null,
    severity: (column.severity as Severity | undefined) ?? null,
    bins: column.bins.map((bin) => ({ ...bin, lower: bin.lower ?? null, upper: bin.upper ?? null })),
    unseenCategories: column.unseenCategories,
    pooledCategories: column.pooledCategories,
  };
}

type Done = { done: number; total: number; column: string };

const spread = (listener: CompareOptions['onProgress']) =>
  listener && (({ done, total, column }: Done) => listener(done, total, column));

/** Column progress travels in the shape of all native progress; the column's name is its only metric. */
const asEvents = (listen: (event: ProgressEvent) => void) => (event: ColumnProgress) =>
  listen({ done: event.done, total: event.total, metrics: [{ name: event.column, value: 0 }] });

const columnsDone = (event: ProgressEvent): Done => ({
  done: event.done,
  total: event.total,
  column: event.metrics[0]?.name ?? '',
});
