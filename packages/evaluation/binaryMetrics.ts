import { averagePrecision } from './averagePrecision.ts';
import { brier } from './brier.ts';
import { calibration } from './calibration.ts';
import { confusionAt } from './confusionAt.ts';
import type { Figure } from './figure.ts';
import { ksStatistic } from './ksStatistic.ts';
import { logLoss } from './logLoss.ts';
import { metricsOf } from './metricsAt.ts';
import type { Ranking } from './rankScores.ts';
import { rocAuc } from './rocAuc.ts';

/** Flat figures for JSON and run logs; `undefined_reasons` has an entry for each that is null. */
export type BinaryMetrics = {
  metrics: Record<BinaryMetricName, number | null>;
  undefined_reasons: Partial<Record<BinaryMetricName, string>>;
};

export type BinaryMetricName =
  | 'rows'
  | 'positives'
  | 'positive_rate'
  | 'roc_auc'
  | 'average_precision'
  | 'ks'
  | 'brier'
  | 'log_loss'
  | 'calibration_error'
  | 'threshold'
  | 'precision'
  | 'recall'
  | 'f1'
  | 'accuracy'
  | 'specificity'
  | 'balanced_accuracy'
  | 'true_positives'
  | 'false_positives'
  | 'true_negatives'
  | 'false_negatives';

/**
 * All the usual figures of a binary model at once. Those that need a decision are taken at `threshold` (positive from it up)
 * and are null where it is null.
 */
export function binaryMetrics(ranking: Ranking, threshold: number | null): BinaryMetrics {
  const rows = ranking.positives + ranking.negatives;
  const figures: Record<BinaryMetricName, Figure> = {
    rows: { value: rows, reason: null },
    positives: { value: ranking.positives, reason: null },
    positive_rate: rows > 0 ? { value: ranking.positives / rows, reason: null } : { value: null, reason: 'no rows' },
    roc_auc: rocAuc(ranking),
    average_precision: averagePrecision(ranking),
    ks: ksStatistic(ranking),
    brier: brier(ranking),
    log_loss: logLoss(ranking),
    calibration_error: calibration(ranking).expectedCalibrationError,
    ...decisionFigures(ranking, threshold),
  };
  const names = Object.keys(figures) as BinaryMetricName[];
  const metrics = Object.fromEntries(names.map((name) => [name, figures[name].value]));
  const undefinedOnes = names.filter((name) => figures[name].value === null);
  return {
    metrics: metrics as BinaryMetrics['metrics'],
    undefined_reasons: Object.fromEntries(undefinedOnes.map((name) => [name, figures[name].reason as string])),
  };
}

function decisionFigures(ranking: Ranking, threshold: number | null) {
  const counts = confusionAt(ranking, threshold ?? 0);
  const { balancedAccuracy, ...rates } = metricsOf(counts);
  const figures = {
    threshold: { value: threshold ?? 0, reason: null } as Figure,
    ...rates,
    balanced_accuracy: balancedAccuracy,
    true_positives: { value: counts.truePositives, reason: null } as Figure,
    false_positives: { value: counts.falsePositives, reason: null } as Figure,
    true_negatives: { value: counts.trueNegatives, reason: null } as Figure,
    false_negatives: { value: counts.falseNegatives, reason: null } as Figure,
  };
  if (threshold !== null) return figures;
  const none = (): Figure => ({ value: null, reason: 'no threshold' });
  return Object.fromEntries(Object.keys(figures).map((name) => [name, none()])) as typeof figures;
}
