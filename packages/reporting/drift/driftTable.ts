/** What a comparison of two data sets gives: the shape of `compareDatasets` of @pilotlight/modeling, as far as the report reads it. */
export type DriftTable = {
  referenceRows: number;
  currentRows: number;
  /** A profile has no exact KS: the error bound stands beside it. */
  referenceKind: 'data' | 'profile';
  zeroRule: { kind: string; value?: number | null };
  columns: readonly ColumnDrift[];
};

export type ColumnDrift = {
  name: string;
  kind: 'numeric' | 'boolean' | 'categorical';
  status: 'measured' | 'not_measurable';
  /** Why it is not measurable. */
  reason?: string | null;
  /** May be infinite, under the zero rule `none`; then so are contributions. */
  psi?: number | null;
  psiByChance?: number | null;
  ks?: { d: number; dErrorMax?: number | null; p?: number | null } | null;
  chiSquared?: { statistic: number; df: number; p: number } | null;
  p?: number | null;
  q?: number | null;
  severity?: Severity | null;
  bins: readonly {
    label: string;
    lower?: number | null;
    upper?: number | null;
    referenceCount: number;
    currentCount: number;
    referenceShare: number;
    currentShare: number;
    contribution: number;
  }[];
  unseenCategories?: readonly string[];
  pooledCategories?: number;
};

export type Severity = 'HIGH' | 'MODERATE' | 'LOW' | 'NONE';
