import { rankByPsi } from './buildDriftReport.ts';
import type { DriftReport, FeatureDrift } from './driftReport.ts';
import type { Severity } from './driftTable.ts';

/**
 * `drift_summary.json`: flat, for conditions of a pipeline and for run logs. Counts are over all model types; `drifted_share_max`
 * is that of the model type with the largest. `psi_max` is null where nothing was measured, or where it is infinite
 * (`psi_max_infinite`).
 */
export type DriftSummary = {
  schema: 'pilotlight/drift_summary';
  schema_version: 1;
  execution_date: string;
  status: DriftReport['status'];
  overall_drift: boolean;
  reason: string;
  model_types: number;
  features_analyzed: number;
  features_measured: number;
  features_drifted: number;
  features_not_measurable: number;
  drifted_share: number | null;
  drifted_share_max: number | null;
  severity_high: number;
  severity_moderate: number;
  severity_low: number;
  severity_none: number;
  psi_max: number | null;
  psi_max_infinite: boolean;
  top_feature: string | null;
  top_feature_model_type: string | null;
  prediction_drift: Severity | 'NOT_MEASURED';
  prediction_psi_max: number | null;
  drift_threshold: number;
  reference_rows: number;
  current_rows: number;
};

export function summarizeDrift(report: DriftReport): DriftSummary {
  const { model_types: types } = report;
  const sum = (value: (type: (typeof types)[number]) => number) =>
    types.reduce((total, type) => total + value(type), 0);
  const [measured, drifted] = [sum((type) => type.features_measured), sum((type) => type.features_drifted)];
  const top = findTop(report);
  const shares = types.flatMap((type) => type.drifted_share ?? []);
  return {
    schema: 'pilotlight/drift_summary',
    schema_version: 1,
    execution_date: report.execution_date,
    status: report.status,
    overall_drift: report.overall_drift,
    reason: report.reason,
    model_types: types.length,
    features_analyzed: sum((type) => type.features_analyzed),
    features_measured: measured,
    features_drifted: drifted,
    features_not_measurable: sum((type) => type.features_not_measurable),
    drifted_share: measured > 0 ? drifted / measured : null,
    drifted_share_max: shares.length > 0 ? Math.max(...shares) : null,
    severity_high: sum((type) => type.severity_counts.HIGH),
    severity_moderate: sum((type) => type.severity_counts.MODERATE),
    severity_low: sum((type) => type.severity_counts.LOW),
    severity_none: sum((type) => type.severity_counts.NONE),
    psi_max: top?.feature.psi ?? null,
    psi_max_infinite: top?.feature.psi_infinite ?? false,
    top_feature: top?.feature.name ?? null,
    top_feature_model_type: top?.modelType ?? null,
    ...summarizePredictions(report),
    drift_threshold: report.thresholds.psi_high,
    reference_rows: sum((type) => type.reference_rows),
    current_rows: sum((type) => type.current_rows),
  };
}

function findTop(report: DriftReport): { feature: FeatureDrift; modelType: string } | undefined {
  const firsts = report.model_types.flatMap(({ model_type: modelType, features }) => {
    const feature = rankByPsi(features)[0];
    return feature ? [{ feature, modelType }] : [];
  });
  const size = (feature: FeatureDrift) => (feature.psi_infinite ? Number.MAX_VALUE : (feature.psi ?? -1));
  return firsts.toSorted((a, b) => size(b.feature) - size(a.feature))[0];
}

function summarizePredictions({ model_types: types }: DriftReport) {
  const order: Severity[] = ['HIGH', 'MODERATE', 'LOW', 'NONE'];
  const worst = order.find((severity) => types.some((type) => type.prediction?.severity === severity));
  const columns = rankByPsi(types.flatMap((type) => type.prediction?.columns ?? []));
  return { prediction_drift: worst ?? ('NOT_MEASURED' as const), prediction_psi_max: columns[0]?.psi ?? null };
}
