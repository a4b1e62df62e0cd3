import { forEachGroup } from './forEachGroup.ts';
import { notProbability } from './notProbability.ts';
import type { Ranking } from './rankScores.ts';

/** `lower` <= score < `upper`; the last has its upper end too. Rows (or their weight) by label, for JSON and charts. */
export type HistogramBin = { lower: number; upper: number; positives: number; negatives: number };

/**
 * Rows by score in bins of equal width: over 0 to 1 where the scores are probabilities, else over their range. Empty
 * without rows; one bin where all scores are equal and no probabilities.
 */
export function histogram(ranking: Ranking, count = 40): HistogramBin[] {
  const { threshold } = ranking;
  if (threshold.length === 0) return [];
  const range = [threshold[threshold.length - 1] as number, threshold[0] as number];
  const [low, high] = (notProbability(ranking) === null ? [0, 1] : range) as [number, number];
  if (low === high) return [{ lower: low, upper: high, positives: ranking.positives, negatives: ranking.negatives }];
  const at = (index: number) => (index === count ? high : low + (high - low) * (index / count));
  const bins = Array.from({ length: count }, (_, i) => ({
    lower: at(i),
    upper: at(i + 1),
    positives: 0,
    negatives: 0,
  }));
  forEachGroup(ranking, (score, positives, negatives) => {
    const index = Math.min(count - 1, Math.floor(((score - low) / (high - low)) * count));
    const bin = bins[index] as HistogramBin;
    bin.positives += positives;
    bin.negatives += negatives;
  });
  return bins;
}
