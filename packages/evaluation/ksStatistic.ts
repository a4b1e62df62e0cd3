import { type Figure, known } from './figure.ts';
import { missingClass, type Ranking } from './rankScores.ts';

/**
 * Kolmogorov-Smirnov distance between the scores of positives and of negatives: the largest gap of their ECDFs, either
 * way (scipy's `ks_2samp` statistic). Undefined when a class is missing.
 */
export function ksStatistic(ranking: Ranking): Figure {
  const missing = missingClass(ranking);
  if (missing) return missing;
  const { truePositives, falsePositives, positives, negatives } = ranking;
  let gap = 0;
  for (let i = 0; i < truePositives.length; i++) {
    const here = Math.abs((truePositives[i] as number) / positives - (falsePositives[i] as number) / negatives);
    if (here > gap) gap = here;
  }
  return known(gap);
}
