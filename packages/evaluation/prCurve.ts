import { missingClass, type Ranking } from './rankScores.ts';

/**
 * Points of the precision-recall curve, from recall 0 to recall 1: first recall 0 and precision 1 by convention, with an
 * infinite threshold (`curveRows` writes it as null), then one for each distinct score.
 */
export type PrCurve = { threshold: Float64Array; recall: Float64Array; precision: Float64Array };

/** The curve of scikit-learn's `precision_recall_curve`, in the order of falling thresholds; null when a class is missing. */
export function prCurve(ranking: Ranking): PrCurve | null {
  if (missingClass(ranking)) return null;
  const { threshold, truePositives, falsePositives, positives } = ranking;
  const points = threshold.length + 1;
  const curve = {
    threshold: new Float64Array(points),
    recall: new Float64Array(points),
    precision: new Float64Array(points),
  };
  curve.threshold[0] = Number.POSITIVE_INFINITY;
  curve.precision[0] = 1;
  curve.threshold.set(threshold, 1);
  for (let i = 1; i < points; i++) {
    const hits = truePositives[i - 1] as number;
    curve.recall[i] = hits / positives;
    curve.precision[i] = hits / (hits + (falsePositives[i - 1] as number));
  }
  return curve;
}
