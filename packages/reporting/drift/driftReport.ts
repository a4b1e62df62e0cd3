import { z } from 'zod';

/** Bins listed of one feature; where there are more, the largest contributions are, and the others are summed into one. */
export const BINS_LISTED_MAX = 100;
export const UNSEEN_LISTED_MAX = 20;
export const TOP_FEATURES = 10;

const count = z.number().nonnegative();
/** A share or a probability; a last digit's rounding above 1 is no reason to refuse a report. */
const share = z
  .number()
  .min(0)
  .max(1 + 1e-9);
const severity = z.enum(['HIGH', 'MODERATE', 'LOW', 'NONE']);
const status = z.enum(['drift', 'no_drift', 'not_measurable', 'skipped']);
/** PSI or a part of it. JSON has no infinity: an infinite one (zero rule `none`) is null, and its flag is true. */
const infinitePart = { contribution: z.number().nullable(), contribution_infinite: z.boolean() };

const Bin = z.strictObject({
  label: z.string(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  reference_count: count,
  current_count: count,
  reference_share: share,
  current_share: share,
  ...infinitePart,
});

const Feature = z.strictObject({
  name: z.string(),
  kind: z.enum(['numeric', 'boolean', 'categorical']),
  status: z.enum(['measured', 'not_measurable']),
  reason: z.string().nullable(),
  psi: z.number().nullable(),
  psi_infinite: z.boolean(),
  psi_by_chance: z.number().nullable(),
  ks: z.strictObject({ d: share, d_error_max: z.number().nullable(), p: share.nullable() }).nullable(),
  chi_squared: z.strictObject({ statistic: z.number(), df: z.number(), p: share }).nullable(),
  p: share.nullable(),
  q: share.nullable(),
  severity: severity.nullable(),
  drifted: z.boolean(),
  bins: z.array(Bin).max(BINS_LISTED_MAX),
  /** How many bins the last one listed stands for; 0 when all are listed. */
  bins_summed: count,
  unseen_categories: z.array(z.string()).max(UNSEEN_LISTED_MAX),
  unseen_categories_count: count,
  pooled_categories: count,
});

const Prediction = z.strictObject({
  reference_rows: count,
  current_rows: count,
  /** The worst of its columns; null when none is measurable. */
  severity: severity.nullable(),
  columns: z.array(Feature),
});

const SeverityCounts = z.strictObject({ HIGH: count, MODERATE: count, LOW: count, NONE: count });

const ModelType = z.strictObject({
  model_type: z.string(),
  status,
  overall_drift: z.boolean(),
  reason: z.string(),
  reference_rows: count,
  current_rows: count,
  reference_kind: z.enum(['data', 'profile']),
  zero_rule: z.strictObject({ kind: z.string(), value: z.number().nullable() }),
  features_analyzed: count,
  features_measured: count,
  features_drifted: count,
  features_not_measurable: count,
  drifted_share: share.nullable(),
  severity_counts: SeverityCounts,
  top_features: z
    .array(z.strictObject({ name: z.string(), psi: z.number().nullable(), psi_infinite: z.boolean(), severity }))
    .max(TOP_FEATURES),
  prediction: Prediction.nullable(),
  features: z.array(Feature),
});

/** `drift_report.json`. Its size depends on the number of columns, never on rows. A change of its shape raises the version. */
export const DriftReportSchema = z.strictObject({
  schema: z.literal('pilotlight/drift_report'),
  schema_version: z.literal(1),
  execution_date: z.iso.date(),
  status,
  overall_drift: z.boolean(),
  reason: z.string(),
  reference: z.string().nullable(),
  current: z.string().nullable(),
  thresholds: z.strictObject({
    psi_low: z.number(),
    psi_high: z.number(),
    p_value_max: share,
    drifted_share_max: share,
  }),
  model_types: z.array(ModelType),
});

export type DriftReport = z.output<typeof DriftReportSchema>;
export type ModelTypeDrift = DriftReport['model_types'][number];
export type FeatureDrift = ModelTypeDrift['features'][number];
