import { type Figure, known } from './figure.ts';
import { missingClass, type Ranking } from './rankScores.ts';
import { openSum } from './sum.ts';

/**
 * Sum over the distinct scores, highest first, of (recall gained) x precision: scikit-learn's
 * `average_precision_score`, the step-wise area under the precision-recall curve. Undefined when a class is missing.
 */
export function averagePrecision(ranking: Ranking): Figure {
  const missing = missingClass(ranking);
  if (missing) return missing;
  const { truePositives, falsePositives, positives } = ranking;
  const area = openSum();
  let before = 0;
  for (let i = 0; i < truePositives.length; i++) {
    const hits = truePositives[i] as number;
    if (hits > before) area.add(((hits - before) * hits) / (hits + (falsePositives[i] as number)));
    before = hits;
  }
  return known(Math.min(1, area.total() / positives));
}
