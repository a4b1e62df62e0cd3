import { type Confusion, confusionAt } from './confusionAt.ts';
import { divide, type Figure, known } from './figure.ts';
import type { Ranking } from './rankScores.ts';

export type ThresholdMetrics = {
  precision: Figure;
  recall: Figure;
  f1: Figure;
  accuracy: Figure;
  specificity: Figure;
  balancedAccuracy: Figure;
};

/** Metrics of the decision "positive from `threshold` up", each with its reason where it is undefined. */
export function metricsAt(ranking: Ranking, threshold: number): ThresholdMetrics {
  return metricsOf(confusionAt(ranking, threshold));
}

/**
 * Metrics of a confusion matrix. Undefined (null, where scikit-learn warns and says 0): precision with nothing called
 * positive, recall without positives, specificity without negatives, F1 with neither positives nor calls.
 */
export function metricsOf(confusion: Confusion): ThresholdMetrics {
  const { truePositives: hits, falsePositives: alarms, trueNegatives: rest, falseNegatives: missed } = confusion;
  const recall = divide(hits, hits + missed, 'no positives');
  const specificity = divide(rest, rest + alarms, 'no negatives');
  return {
    precision: divide(hits, hits + alarms, 'nothing is called positive'),
    recall,
    f1: divide(2 * hits, 2 * hits + alarms + missed, 'no positives, and nothing is called positive'),
    accuracy: divide(hits + rest, hits + rest + alarms + missed, 'no rows'),
    specificity,
    balancedAccuracy: average(recall, specificity),
  };
}

function average(a: Figure, b: Figure): Figure {
  if (a.value === null) return a;
  if (b.value === null) return b;
  return known((a.value + b.value) / 2);
}
