import { type Figure, known, unknown } from './figure.ts';
import { forEachGroup } from './forEachGroup.ts';
import { notProbability } from './notProbability.ts';
import type { Ranking } from './rankScores.ts';

/** `quantile`: bins of about equal size; `uniform`: bins of equal width. */
export type CalibrationStrategy = 'quantile' | 'uniform';
/** One bin, a row for JSON and charts. Right-closed: `lower` < score <= `upper` (the first has its lower end too). */
export type CalibrationBin = {
  lower: number;
  upper: number;
  rows: number;
  predicted_mean: number;
  observed_rate: number;
};
export type Calibration = { strategy: CalibrationStrategy; bins: CalibrationBin[]; expectedCalibrationError: Figure };

/**
 * Predicted against observed, by bin of the score; empty bins are left out. Bin edges and means as scikit-learn's
 * `calibration_curve`. The expected calibration error is the mean over rows of their bin's |predicted - observed|.
 * No bins, and an error of null, where the scores are no probabilities.
 */
export function calibration(
  ranking: Ranking,
  options: { strategy?: CalibrationStrategy; bins?: number } = {},
): Calibration {
  const { strategy = 'quantile', bins: count = 10 } = options;
  const reason = notProbability(ranking);
  if (reason !== null) return { strategy, bins: [], expectedCalibrationError: unknown(reason) };
  const shares = Array.from({ length: count + 1 }, (_, i) => i / count);
  const edges = strategy === 'uniform' ? shares : quantiles(ranking, shares);
  const bins = fillBins(ranking, edges);
  const rows = ranking.positives + ranking.negatives;
  const error = bins.reduce(
    (sum, bin) => sum + (bin.rows / rows) * Math.abs(bin.predicted_mean - bin.observed_rate),
    0,
  );
  return { strategy, bins, expectedCalibrationError: known(error) };
}

function fillBins(ranking: Ranking, edges: number[]): CalibrationBin[] {
  const totals = edges
    .slice(1)
    .map((upper, i) => ({ lower: edges[i] as number, upper, rows: 0, score: 0, positives: 0 }));
  const inner = edges.slice(1, -1);
  let bin = inner.length;
  forEachGroup(ranking, (score, positives, negatives) => {
    while (bin > 0 && (inner[bin - 1] as number) >= score) bin--;
    const total = totals[bin] as (typeof totals)[number];
    total.rows += positives + negatives;
    total.score += score * (positives + negatives);
    total.positives += positives;
  });
  return totals
    .filter((total) => total.rows > 0)
    .map(({ lower, upper, rows, score, positives }) => ({
      lower,
      upper,
      rows,
      predicted_mean: score / rows,
      observed_rate: positives / rows,
    }));
}

/** Quantiles of the scores with linear interpolation (numpy's default), as if each row stood there `weight` times. */
function quantiles(ranking: Ranking, shares: number[]): number[] {
  const last = Math.max(0, ranking.positives + ranking.negatives - 1);
  const { threshold } = ranking;
  let [index, below] = [threshold.length, 0];
  const valueAt = (position: number): number => {
    while (index > 0 && below <= position) {
      index--;
      below = lowerMass(ranking, index);
    }
    return threshold[index] as number;
  };
  return shares.map((share) => {
    const position = share * last;
    const whole = Math.floor(position);
    const low = valueAt(whole);
    if (position === whole) return low;
    const saved = [index, below] as const;
    const high = valueAt(whole + 1);
    [index, below] = saved;
    return interpolate(low, high, position - whole);
  });
}

/** Rows whose score is at most the one at `index`. */
function lowerMass({ truePositives, falsePositives, positives, negatives }: Ranking, index: number): number {
  if (index === 0) return positives + negatives;
  return positives - (truePositives[index - 1] as number) + (negatives - (falsePositives[index - 1] as number));
}

/** numpy's: from the nearer end, so that equal ends give themselves. */
function interpolate(low: number, high: number, share: number): number {
  return share >= 0.5 ? high - (high - low) * (1 - share) : low + (high - low) * share;
}
