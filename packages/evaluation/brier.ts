import { type Figure, known, unknown } from './figure.ts';
import { forEachGroup } from './forEachGroup.ts';
import { notProbability } from './notProbability.ts';
import type { Ranking } from './rankScores.ts';
import { openSum } from './sum.ts';

/** Mean squared distance of the probability from the label (scikit-learn's `brier_score_loss`); 0 is best. One class is enough. */
export function brier(ranking: Ranking): Figure {
  const reason = notProbability(ranking);
  if (reason !== null) return unknown(reason);
  const loss = openSum();
  forEachGroup(ranking, (score, positives, negatives) => {
    loss.add(positives * (1 - score) ** 2 + negatives * score ** 2);
  });
  return known(loss.total() / (ranking.positives + ranking.negatives));
}
