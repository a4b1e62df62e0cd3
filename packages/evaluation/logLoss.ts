import { type Figure, known, unknown } from './figure.ts';
import { forEachGroup } from './forEachGroup.ts';
import { notProbability } from './notProbability.ts';
import type { Ranking } from './rankScores.ts';
import { openSum } from './sum.ts';

/**
 * Mean negative log-likelihood of the labels, in nats. Probabilities are clipped to [2^-52, 1 - 2^-52], as scikit-learn's
 * `log_loss` does with 64-bit floats. One class is enough.
 */
export function logLoss(ranking: Ranking): Figure {
  const reason = notProbability(ranking);
  if (reason !== null) return unknown(reason);
  const loss = openSum();
  forEachGroup(ranking, (score, positives, negatives) => {
    if (positives > 0) loss.add(-positives * Math.log(clip(score)));
    if (negatives > 0) loss.add(-negatives * Math.log(clip(1 - score)));
  });
  return known(loss.total() / (ranking.positives + ranking.negatives));
}

function clip(probability: number): number {
  return Math.min(Math.max(probability, Number.EPSILON), 1 - Number.EPSILON);
}
