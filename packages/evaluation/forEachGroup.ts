import type { Ranking } from './rankScores.ts';

/** Visits each distinct score, highest first, with the positives and negatives that have it. */
export function forEachGroup(
  ranking: Ranking,
  visit: (score: number, positives: number, negatives: number, index: number) => void,
): void {
  const { threshold, truePositives, falsePositives } = ranking;
  let [p, n] = [0, 0];
  for (let i = 0; i < threshold.length; i++) {
    const [positives, negatives] = [truePositives[i] as number, falsePositives[i] as number];
    visit(threshold[i] as number, positives - p, negatives - n, i);
    [p, n] = [positives, negatives];
  }
}
