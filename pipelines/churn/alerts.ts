import { type DriftReport, formatFixed, formatP } from '@pilotlight/reporting';
import { rankByP } from './monitoringReport.ts';

/** One cause for someone to look: what `alerts.json` lists, a line each in the log, and later a message each. */
export type Alert = {
  severity: 'high' | 'medium' | 'low';
  cause: 'score_drift' | 'feature_drift' | 'features_emptied' | 'not_measurable';
  message: string;
  metric: { name: string; value: number | null };
};

const LISTED_MAX = 10;

/**
 * The alerts of a report; none where nothing drifted.
 *
 * A drifted score is of high severity when its PSI says HIGH, else medium; drifted features by the worst PSI among them.
 */
export function findAlerts(report: DriftReport, emptied: readonly string[]): Alert[] {
  const [type] = report.model_types;
  if (!type) return [];
  const alerts: Alert[] = [];
  const score = type.prediction?.columns[0];
  if (score?.drifted) {
    alerts.push({
      severity: score.severity === 'HIGH' ? 'high' : 'medium',
      cause: 'score_drift',
      message: `the scores are distributed otherwise than in training (KS ${formatFixed(score.ks?.d)}, p ${formatP(score.p)}, PSI ${formatFixed(score.psi)})`,
      metric: { name: 'score_ks', value: score.ks?.d ?? null },
    });
  }
  const drifted = rankByP(type.features.filter((feature) => feature.drifted));
  if (type.overall_drift && drifted.length > 0) {
    const severities = new Set(drifted.map((feature) => feature.severity));
    alerts.push({
      severity: severities.has('HIGH') ? 'high' : severities.has('MODERATE') ? 'medium' : 'low',
      cause: 'feature_drift',
      message: `${drifted.length} of ${type.features_measured} features drifted: ${list(drifted.map(({ name }) => name))}`,
      metric: { name: 'features_drifted', value: drifted.length },
    });
  }
  if (emptied.length > 0) {
    alerts.push({
      severity: 'high',
      cause: 'features_emptied',
      message: `features that training had cannot be compared any more: ${list(emptied)}`,
      metric: { name: 'features_emptied', value: emptied.length },
    });
  }
  if (report.status === 'not_measurable') {
    const metric = { name: 'features_measured', value: 0 };
    alerts.push({ severity: 'medium', cause: 'not_measurable', message: 'drift could not be measured', metric });
  }
  return alerts;
}

function list(names: readonly string[]): string {
  const more = names.length - LISTED_MAX;
  return `${names.slice(0, LISTED_MAX).join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}
