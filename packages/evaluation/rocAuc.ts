import { type Figure, known } from './figure.ts';
import { forEachGroup } from './forEachGroup.ts';
import { missingClass, type Ranking } from './rankScores.ts';
import { openSum } from './sum.ts';

/**
 * Area under the ROC curve: the chance that a random positive scores above a random negative, ties counting half
 * (scikit-learn's `roc_auc_score`). Undefined when a class is missing.
 */
export function rocAuc(ranking: Ranking): Figure {
  const missing = missingClass(ranking);
  if (missing) return missing;
  const area = openSum();
  let above = 0;
  forEachGroup(ranking, (_, positives, negatives) => {
    area.add(negatives * (above + positives / 2));
    above += positives;
  });
  return known(Math.min(1, area.total() / ranking.positives / ranking.negatives));
}
