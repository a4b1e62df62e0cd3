import { formatFixed, formatShare } from '../format.ts';
import { describeFeature } from './describeFeature.ts';
import {
  type DriftReport,
  DriftReportSchema,
  type FeatureDrift,
  type ModelTypeDrift,
  TOP_FEATURES,
} from './driftReport.ts';
import type { DriftTable, Severity } from './driftTable.ts';

export const PSI_LOW = 0.1;

export type DriftReportInput = {
  /** By model type, in the order of the report. Empty when there was nothing to compare with: the report says skipped. */
  tables: Readonly<Record<string, DriftTable>>;
  /** The comparison of the model's outputs (as columns), by model type. */
  predictions?: Readonly<Record<string, DriftTable>>;
  thresholds: {
    /** PSI above which drift is HIGH. */
    drift_threshold: number;
    p_value_max: number;
    /** The overall flag goes up above this share of measured features drifted. */
    drifted_share_max: number;
  };
  /** YYYY-MM-DD. */
  executionDate: string;
  referenceDescription: string | null;
  currentDescription: string | null;
};

/**
 * The drift report, checked against its schema.
 *
 * A model type's flag is up when more than `drifted_share_max` of its measured features drifted (severity LOW or worse) or its
 * prediction drift is HIGH; the overall flag is up when that of any model type is. Features that cannot be measured count
 * neither way; where none can, the status is `not_measurable`, which is not `no_drift`.
 *
 * @throws ZodError when a table holds what no comparison gives, as NaN
 */
export function buildDriftReport(input: DriftReportInput): DriftReport {
  const { thresholds, predictions = {} } = input;
  const types = Object.entries(input.tables).map(([name, table]) =>
    describeModelType(name, table, predictions[name], thresholds.drifted_share_max),
  );
  return DriftReportSchema.parse({
    schema: 'pilotlight/drift_report',
    schema_version: 1,
    execution_date: input.executionDate,
    ...concludeAll(types),
    reference: input.referenceDescription,
    current: input.currentDescription,
    thresholds: {
      psi_low: PSI_LOW,
      psi_high: thresholds.drift_threshold,
      p_value_max: thresholds.p_value_max,
      drifted_share_max: thresholds.drifted_share_max,
    },
    model_types: types,
  });
}

function describeModelType(
  name: string,
  table: DriftTable,
  predicted: DriftTable | undefined,
  shareMax: number,
): ModelTypeDrift {
  const features = table.columns.map(describeFeature);
  const measured = features.filter((feature) => feature.status === 'measured');
  const drifted = measured.filter((feature) => feature.drifted);
  const prediction = predicted ? describePrediction(predicted) : null;
  return {
    model_type: name,
    ...concludeType(measured.length, drifted.length, prediction, shareMax),
    reference_rows: table.referenceRows,
    current_rows: table.currentRows,
    reference_kind: table.referenceKind,
    zero_rule: { kind: table.zeroRule.kind, value: table.zeroRule.value ?? null },
    features_analyzed: features.length,
    features_measured: measured.length,
    features_drifted: drifted.length,
    features_not_measurable: features.length - measured.length,
    drifted_share: measured.length > 0 ? drifted.length / measured.length : null,
    severity_counts: countSeverities(measured),
    top_features: rankByPsi(measured)
      .slice(0, TOP_FEATURES)
      .map(({ name, psi, psi_infinite, severity }) => ({ name, psi, psi_infinite, severity: severity as Severity })),
    prediction,
    features,
  };
}

/** Measured features, the largest PSI first, equal ones by name. */
export function rankByPsi(features: readonly FeatureDrift[]): FeatureDrift[] {
  const size = (feature: FeatureDrift) => (feature.psi_infinite ? Number.MAX_VALUE : (feature.psi ?? -1));
  return features
    .filter((feature) => feature.status === 'measured')
    .toSorted((a, b) => size(b) - size(a) || (a.name < b.name ? -1 : 1));
}

function describePrediction(table: DriftTable): NonNullable<ModelTypeDrift['prediction']> {
  const columns = table.columns.map(describeFeature);
  const order: Severity[] = ['HIGH', 'MODERATE', 'LOW', 'NONE'];
  const severity = order.find((one) => columns.some((column) => column.severity === one)) ?? null;
  return { reference_rows: table.referenceRows, current_rows: table.currentRows, severity, columns };
}

type Conclusion = Pick<ModelTypeDrift, 'status' | 'overall_drift' | 'reason'>;

function concludeType(
  measured: number,
  drifted: number,
  prediction: ModelTypeDrift['prediction'],
  shareMax: number,
): Conclusion {
  const tooMany = measured > 0 && drifted / measured > shareMax;
  const high = prediction?.severity === 'HIGH';
  const bound = `${tooMany ? 'more' : 'not more'} than ${formatShare(shareMax)}`;
  const features =
    measured === 0
      ? 'no feature could be measured'
      : `${drifted} of ${measured} measured features drifted (${formatShare(drifted / measured)}, ${bound})`;
  const reason = `${features}; ${describePredictionDrift(prediction)}`;
  const drift = tooMany || high;
  const nothing = measured === 0 && (prediction?.severity ?? null) === null;
  return { status: drift ? 'drift' : nothing ? 'not_measurable' : 'no_drift', overall_drift: drift, reason };
}

function describePredictionDrift(prediction: ModelTypeDrift['prediction']): string {
  if (!prediction) return 'predictions were not compared';
  if (prediction.severity === null) return 'prediction drift could not be measured';
  const worst = rankByPsi(prediction.columns).find((column) => column.severity === prediction.severity);
  const psi = worst?.psi_infinite ? 'infinite' : formatFixed(worst?.psi);
  return `prediction drift is ${prediction.severity} (PSI ${psi})`;
}

function concludeAll(types: readonly ModelTypeDrift[]): Conclusion {
  if (types.length === 0) {
    return { status: 'skipped', overall_drift: false, reason: 'skipped: there is no baseline to compare with' };
  }
  const drift = types.some((type) => type.overall_drift);
  const nothing = types.every((type) => type.status === 'not_measurable');
  const reason = types.map((type) => `${type.model_type}: ${type.reason}`).join('. ');
  return { status: drift ? 'drift' : nothing ? 'not_measurable' : 'no_drift', overall_drift: drift, reason };
}

function countSeverities(measured: readonly FeatureDrift[]): ModelTypeDrift['severity_counts'] {
  const counts = { HIGH: 0, MODERATE: 0, LOW: 0, NONE: 0 };
  for (const { severity } of measured) counts[severity ?? 'NONE']++;
  return counts;
}
