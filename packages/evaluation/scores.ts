import { InputError } from '@pilotlight/errors';

/**
 * What a binary model said, and what was true, row by row. Arrays of equal length.
 *
 * `score`: higher means more likely positive; finite. `label`: 1 for positive, 0 for negative.
 * `weight`: a row counts as `weight` rows (0 or more, finite); absent means 1 each.
 */
export type Scores = { score: Float64Array; label: Uint8Array; weight?: Float64Array };

/**
 * Refuses scores that no figure can be computed from, and fewer than `rowsMin` rows.
 *
 * @throws InputError `scores_length`, `scores_not_finite`, `scores_label`, `scores_weight`, naming the row
 */
export function checkScores({ score, label, weight }: Scores, rowsMin = 0): void {
  if (label.length !== score.length || (weight && weight.length !== score.length)) {
    const lengths = `${score.length} scores, ${label.length} labels${weight ? `, ${weight.length} weights` : ''}`;
    throw fault('length', 'columns of unequal length', lengths, 'give one label and one weight for each score');
  }
  if (score.length < rowsMin) {
    throw fault('length', 'too few rows', `${score.length} scores`, `give at least ${rowsMin}`);
  }
  for (let row = 0; row < score.length; row++) {
    if (!Number.isFinite(score[row])) {
      throw fault('not_finite', `score ${score[row]}`, `row ${row}`, 'drop rows without a finite score');
    }
    if ((label[row] as number) > 1) throw fault('label', `label ${label[row]}`, `row ${row}`, 'give 0 or 1');
  }
  if (weight) checkWeights(weight);
}

function checkWeights(weight: Float64Array): void {
  for (let row = 0; row < weight.length; row++) {
    const value = weight[row] as number;
    if (value >= 0 && value < Number.POSITIVE_INFINITY) continue;
    throw fault('weight', `weight ${value}`, `row ${row}`, 'give a finite weight of 0 or more');
  }
}

function fault(code: string, what: string, where: string, todo: string): InputError {
  return new InputError({ code: `scores_${code}`, what, where, todo });
}
