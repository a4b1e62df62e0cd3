import type { Ranking } from './rankScores.ts';

/** Rows (or their weight) by truth and decision. */
export type Confusion = {
  truePositives: number;
  falsePositives: number;
  trueNegatives: number;
  falseNegatives: number;
};

/** The confusion matrix when a row is called positive from `threshold` up (score >= threshold). */
export function confusionAt(ranking: Ranking, threshold: number): Confusion {
  const called = countAtLeast(ranking.threshold, threshold);
  return confusionOf(ranking, called - 1);
}

/** The confusion matrix when the distinct scores up to position `index` are called positive; -1 for none. */
export function confusionOf(
  { truePositives, falsePositives, positives, negatives }: Ranking,
  index: number,
): Confusion {
  const [hits, alarms] = index < 0 ? [0, 0] : [truePositives[index] as number, falsePositives[index] as number];
  return {
    truePositives: hits,
    falsePositives: alarms,
    trueNegatives: negatives - alarms,
    falseNegatives: positives - hits,
  };
}

/** How many of the falling `values` are at least `limit`. */
function countAtLeast(values: Float64Array, limit: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) >= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
