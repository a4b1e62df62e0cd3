import { z } from 'zod';
import type { DriftState } from '../../api.ts';
import { readIfThere } from '../readResult.ts';
import type { Run } from '../results/run.ts';

const figure = z.number().nullish();
const count = z.number().int().nonnegative().default(0);

const Bin = z.looseObject({
  label: z.string(),
  lower: figure,
  upper: figure,
  reference_count: count,
  current_count: count,
  reference_share: figure,
  current_share: figure,
  contribution: figure,
});
export const Feature = z.looseObject({
  name: z.string(),
  kind: z.string().default('numeric'),
  status: z.string(),
  reason: z.string().nullish(),
  psi: figure,
  psi_infinite: z.boolean().default(false),
  ks: z.looseObject({ d: figure }).nullish(),
  chi_squared: z.looseObject({ statistic: figure }).nullish(),
  p: figure,
  q: figure,
  severity: z.string().nullish(),
  drifted: z.boolean().default(false),
  bins: z.array(Bin).nullish(),
});
export type Feature = z.infer<typeof Feature>;

const Part = z.looseObject({
  model_type: z.string(),
  status: z.string(),
  overall_drift: z.boolean(),
  reason: z.string().default(''),
  reference_rows: count,
  current_rows: count,
  features_measured: count,
  features_drifted: count,
  severity_counts: z.looseObject({ HIGH: count, MODERATE: count, LOW: count, NONE: count }).optional(),
  prediction: z.looseObject({ columns: z.array(Feature).default([]) }).nullish(),
  features: z.array(Feature).default([]),
});

/** `drift_report.json` of both pipelines. */
export const DriftReport = z.looseObject({
  status: z.string(),
  overall_drift: z.boolean(),
  reason: z.string().default(''),
  reference: z.string().nullish(),
  current: z.string().nullish(),
  thresholds: z.looseObject({ psi_low: figure, psi_high: figure, p_value_max: figure, drifted_share_max: figure }),
  model_types: z.array(Part),
});
export type DriftReport = z.infer<typeof DriftReport>;

const Summary = z.looseObject({
  status: z.string(),
  overall_drift: z.boolean().optional(),
  drift_detected: z.boolean().optional(),
  reason: z.string().default(''),
  features_drifted: count,
  features_measured: count,
});

export const DRIFT_REPORT = { churn: 'monitoring/drift_report.json', segmentation: 'drift/drift_report.json' } as const;
const SUMMARY = { churn: 'monitoring/drift_summary.json', segmentation: 'drift/drift_summary.json' } as const;

/** The end of a run's drift check; null: there was none, or it cannot be read. */
export async function readDriftSummary(run: Run): Promise<DriftState | null> {
  const summary = await readIfThere(run, SUMMARY[run.model], Summary);
  if (summary === null) return null;
  return {
    status: summary.status,
    detected: summary.overall_drift ?? summary.drift_detected ?? false,
    reason: summary.reason,
    features_drifted: summary.features_drifted,
    features_measured: summary.features_measured,
  };
}
