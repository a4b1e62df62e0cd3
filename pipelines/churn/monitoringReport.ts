import {
  buildDriftReport,
  type DriftReport,
  type FeatureDrift,
  type ModelTypeDrift,
  PSI_LOW,
} from '@pilotlight/reporting';
import type { ChurnConfig } from './config.ts';
import type { DriftMeasures, ScoredRows } from './monitoring.ts';

/** PSI above which severity is HIGH. Severities describe; the gate is the p-value. */
const PSI_HIGH = 0.25;
const LISTED_MAX = 5;

export type MonitoringFacts = {
  asOf: string;
  group: string;
  modelVersion: number;
  config: ChurnConfig['drift'];
  /** Null: the model is of this very run, and there is nothing to compare with yet. */
  measures: DriftMeasures | null;
};

export type MonitoringStatus = 'drift' | 'no_drift' | 'not_measurable' | 'reference_saved';

/** `drift_summary.json`: flat but for `metrics`, for conditions of a pipeline and for alarms. */
export type MonitoringSummary = {
  schema_version: 1;
  as_of: string;
  group: string;
  model_version: number;
  status: MonitoringStatus;
  drift_detected: boolean;
  reason: string;
  features_analysed: number;
  features_measured: number;
  features_drifted: number;
  features_not_measurable: number;
  features_emptied: number;
  severity_high: number;
  severity_moderate: number;
  severity_low: number;
  /** Of drifted features the one with the lowest p-value. */
  top_feature: string | null;
  score_drifted: boolean;
  score_ks: number | null;
  score_p: number | null;
  score_psi: number | null;
  score_rows: ScoredRows | null;
  reference_rows: number;
  current_rows: number;
  p_value_max: number;
  drifted_share_max: number;
  /** What alarms are set on: 0 or 1, and a count. */
  metrics: { DriftDetected: 0 | 1; FeaturesDrifted: number };
};

/**
 * The drift report under the gate of this pipeline: a feature drifted where the p-value of its test (Kolmogorov-Smirnov of numbers,
 * chi-squared of categories) is below `p_value_max`; there is drift when the score drifted or more than `drifted_share_max` of the
 * measured features did. PSI and severity stand beside it, for how large a change is.
 */
export function buildMonitoringReport(facts: MonitoringFacts): DriftReport {
  const { config, measures, modelVersion } = facts;
  const name = `${facts.group} version ${modelVersion}`;
  const report = buildDriftReport({
    tables: measures ? { churn: measures.features } : {},
    predictions: measures ? { churn: measures.score } : {},
    thresholds: {
      drift_threshold: PSI_HIGH,
      p_value_max: config.p_value_max,
      drifted_share_max: config.drifted_share_max,
    },
    executionDate: facts.asOf,
    referenceDescription: `training rows of ${name}`,
    currentDescription: `customers of ${facts.asOf}`,
  });
  const [type] = report.model_types;
  if (!type) return { ...report, reason: `${name} is of this run: its training rows are the reference from now on` };
  const gated = gate(type, config);
  const { status, overall_drift, reason } = gated;
  return { ...report, status, overall_drift, reason, model_types: [gated] };
}

function gate(type: ModelTypeDrift, { p_value_max, drifted_share_max }: ChurnConfig['drift']): ModelTypeDrift {
  const judge = (feature: FeatureDrift): FeatureDrift => ({ ...feature, drifted: isBelow(feature.p, p_value_max) });
  const features = type.features.map(judge);
  const prediction = type.prediction && { ...type.prediction, columns: type.prediction.columns.map(judge) };
  const measured = features.filter((feature) => feature.status === 'measured').length;
  const drifted = features.filter((feature) => feature.drifted);
  const share = measured > 0 ? drifted.length / measured : null;
  const score = prediction?.columns[0];
  const isDrift = (share !== null && share > drifted_share_max) || score?.drifted === true;
  const isMeasured = measured > 0 || score?.status === 'measured';
  return {
    ...type,
    status: isDrift ? 'drift' : isMeasured ? 'no_drift' : 'not_measurable',
    overall_drift: isDrift,
    reason: `${describeFeatures(drifted, measured, p_value_max)}; ${describeScore(score)}`,
    features_drifted: drifted.length,
    drifted_share: share,
    prediction,
    features,
  };
}

function describeFeatures(drifted: readonly FeatureDrift[], measured: number, pMax: number): string {
  if (measured === 0) return 'no feature could be measured';
  const count = `${drifted.length} of ${measured} measured features drifted (p below ${pMax})`;
  if (drifted.length === 0) return count;
  const names = rankByP(drifted).slice(0, LISTED_MAX);
  return `${count}: ${names.map(({ name }) => name).join(', ')}${drifted.length > LISTED_MAX ? ', ...' : ''}`;
}

function describeScore(score: FeatureDrift | undefined): string {
  if (score?.status !== 'measured') return 'the score could not be measured';
  return score.drifted ? 'the score drifted' : 'the score did not drift';
}

/** The most certain drift first, equal ones by PSI, then by name. */
export function rankByP(features: readonly FeatureDrift[]): FeatureDrift[] {
  const key = ({ p, psi }: FeatureDrift) => [p ?? 2, -(psi ?? 0)] as const;
  return features.toSorted((a, b) => {
    const [[p, psi], [otherP, otherPsi]] = [key(a), key(b)];
    return p - otherP || psi - otherPsi || (a.name < b.name ? -1 : 1);
  });
}

export function summarizeMonitoring(report: DriftReport, facts: MonitoringFacts): MonitoringSummary {
  const { config, measures } = facts;
  const [type] = report.model_types;
  const score = type?.prediction?.columns[0];
  const drifted = type?.features.filter((feature) => feature.drifted) ?? [];
  const severity = type?.severity_counts;
  return {
    schema_version: 1,
    as_of: facts.asOf,
    group: facts.group,
    model_version: facts.modelVersion,
    status: report.status === 'skipped' ? 'reference_saved' : report.status,
    drift_detected: report.overall_drift,
    reason: report.reason,
    features_analysed: type?.features_analyzed ?? 0,
    features_measured: type?.features_measured ?? 0,
    features_drifted: drifted.length,
    features_not_measurable: type?.features_not_measurable ?? 0,
    features_emptied: measures?.emptied.length ?? 0,
    severity_high: severity?.HIGH ?? 0,
    severity_moderate: severity?.MODERATE ?? 0,
    severity_low: severity?.LOW ?? 0,
    top_feature: rankByP(drifted)[0]?.name ?? null,
    score_drifted: score?.drifted ?? false,
    score_ks: score?.ks?.d ?? null,
    score_p: score?.p ?? null,
    score_psi: score?.psi ?? null,
    score_rows: measures?.scoredRows ?? null,
    reference_rows: type?.reference_rows ?? 0,
    current_rows: type?.current_rows ?? 0,
    p_value_max: config.p_value_max,
    drifted_share_max: config.drifted_share_max,
    metrics: { DriftDetected: report.overall_drift ? 1 : 0, FeaturesDrifted: drifted.length },
  };
}

function isBelow(p: number | null, max: number): boolean {
  return p !== null && p < max;
}

/** How the page explains the gate. */
export function describeGate({
  p_value_max,
  drifted_share_max,
}: ChurnConfig['drift']): [name: string, value: string][] {
  return [
    ['Drifted', `p below ${p_value_max}: Kolmogorov-Smirnov of numbers, chi-squared of categories`],
    ['Drift', `the score drifted, or more than ${100 * drifted_share_max} % of the measured features did`],
    ['HIGH', `PSI above ${PSI_HIGH}`],
    ['MODERATE', `PSI ${PSI_LOW} to ${PSI_HIGH}, and drifted`],
    ['LOW', `PSI ${PSI_LOW} to ${PSI_HIGH}, and not drifted`],
    ['NONE', `PSI below ${PSI_LOW}: with many customers even a change that matters little is certain`],
  ];
}
