import { binaryMetrics, type Ranking } from '@pilotlight/evaluation';

/** The figures of a churn model on rows with a known outcome; null where the rows do not define one. */
export type ChurnFigures = {
  pr_auc: number | null;
  roc_auc: number | null;
  precision: number | null;
  recall: number | null;
  f1: number | null;
  accuracy: number | null;
  brier: number | null;
  log_loss: number | null;
  tp: number | null;
  fp: number | null;
  fn: number | null;
  tn: number | null;
  threshold: number | null;
  /** Precision over the churn rate. */
  lift_at_threshold: number | null;
  rows: number;
  churners: number;
  churn_rate: number | null;
  /** Mean over rows of |mean score - churn rate| of their bin, ten quantile bins. */
  calibration_error: number | null;
};

/** @returns the figures, and for each that is null why */
export function churnFigures(
  ranking: Ranking,
  threshold: number | null,
): { figures: ChurnFigures; reasons: Partial<Record<keyof ChurnFigures, string>> } {
  const { metrics, undefined_reasons: reasons } = binaryMetrics(ranking, threshold);
  const { precision, positive_rate: rate } = metrics;
  const figures: ChurnFigures = {
    pr_auc: metrics.average_precision,
    roc_auc: metrics.roc_auc,
    precision,
    recall: metrics.recall,
    f1: metrics.f1,
    accuracy: metrics.accuracy,
    brier: metrics.brier,
    log_loss: metrics.log_loss,
    tp: metrics.true_positives,
    fp: metrics.false_positives,
    fn: metrics.false_negatives,
    tn: metrics.true_negatives,
    threshold: metrics.threshold,
    lift_at_threshold: precision === null || !rate ? null : precision / rate,
    rows: metrics.rows ?? 0,
    churners: metrics.positives ?? 0,
    churn_rate: rate,
    calibration_error: metrics.calibration_error,
  };
  return { figures, reasons: reasonsOf(figures, reasons) };
}

function reasonsOf(figures: ChurnFigures, reasons: Record<string, string | undefined>) {
  const sources: Partial<Record<keyof ChurnFigures, string>> = {
    pr_auc: 'average_precision',
    lift_at_threshold: reasons.precision === undefined ? 'average_precision' : 'precision',
    churn_rate: 'positive_rate',
    tp: 'true_positives',
    fp: 'false_positives',
    fn: 'false_negatives',
    tn: 'true_negatives',
  };
  const names = (Object.keys(figures) as (keyof ChurnFigures)[]).filter((name) => figures[name] === null);
  return Object.fromEntries(names.map((name) => [name, reasons[sources[name] ?? name] ?? 'undefined']));
}
