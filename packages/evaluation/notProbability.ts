import type { Ranking } from './rankScores.ts';

/** Why the scores cannot be read as probabilities, or null. */
export function notProbability({ threshold }: Ranking): string | null {
  if (threshold.length === 0) return 'no rows';
  const [highest, lowest] = [threshold[0] as number, threshold[threshold.length - 1] as number];
  return lowest < 0 || highest > 1 ? `scores are not probabilities: they run from ${lowest} to ${highest}` : null;
}
