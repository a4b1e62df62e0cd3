import { missingClass, type Ranking } from './rankScores.ts';

/**
 * Points of the ROC curve, from (0, 0) to (1, 1), one for each distinct score and one before the first, whose threshold
 * is infinite (`curveRows` writes it as null).
 */
export type RocCurve = { threshold: Float64Array; falsePositiveRate: Float64Array; truePositiveRate: Float64Array };

/** The ROC curve as scikit-learn's `roc_curve(drop_intermediate=False)`; null when a class is missing. */
export function rocCurve(ranking: Ranking): RocCurve | null {
  if (missingClass(ranking)) return null;
  const { threshold, truePositives, falsePositives, positives, negatives } = ranking;
  const points = threshold.length + 1;
  const curve = {
    threshold: new Float64Array(points),
    falsePositiveRate: new Float64Array(points),
    truePositiveRate: new Float64Array(points),
  };
  curve.threshold[0] = Number.POSITIVE_INFINITY;
  curve.threshold.set(threshold, 1);
  for (let i = 1; i < points; i++) {
    curve.falsePositiveRate[i] = (falsePositives[i - 1] as number) / negatives;
    curve.truePositiveRate[i] = (truePositives[i - 1] as number) / positives;
  }
  return curve;
}
