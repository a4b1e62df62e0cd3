import pl from 'nodejs-polars';
import type { Figure } from './figure.ts';
import { unknown } from './figure.ts';
import { checkScores, type Scores } from './scores.ts';

/**
 * Scores sorted once, equal scores taken together: what every figure of this package is computed from.
 *
 * Position i is the i-th highest distinct score. `truePositives[i]` and `falsePositives[i]` are the positives and
 * negatives (rows, or their weight) with a score of `threshold[i]` or higher. A row with weight 0 is as if it were absent.
 */
export type Ranking = {
  threshold: Float64Array;
  truePositives: Float64Array;
  falsePositives: Float64Array;
  positives: number;
  negatives: number;
};

/**
 * Sorts the scores, highest first. Time n log n, memory about 40 bytes a row while it runs.
 *
 * @throws InputError as {@link checkScores}
 */
export function rankScores(scores: Scores): Ranking {
  checkScores(scores);
  return scores.weight ? rankWeighted(scores.score, scores.label, scores.weight) : rankRows(scores);
}

/** Why figures that need both classes do not exist, or null where they do. */
export function missingClass({ positives, negatives }: Ranking): Extract<Figure, { value: null }> | null {
  const reason =
    positives === 0 && negatives === 0
      ? 'no rows'
      : positives === 0
        ? 'no positives'
        : negatives === 0
          ? 'no negatives'
          : null;
  return reason === null ? null : (unknown(reason) as Extract<Figure, { value: null }>);
}

/** Each class is sorted by itself, natively, and the two are merged: several times faster than sorting row numbers. */
function rankRows({ score, label }: Scores): Ranking {
  const [positive, negative] = splitByLabel(score, label);
  const groups = openGroups(score.length);
  let [i, j] = [positive.length - 1, negative.length - 1];
  while (i >= 0 || j >= 0) {
    const value = Math.max(i >= 0 ? (positive[i] as number) : -Infinity, j >= 0 ? (negative[j] as number) : -Infinity);
    while (i >= 0 && positive[i] === value) i--;
    while (j >= 0 && negative[j] === value) j--;
    groups.add(value, positive.length - 1 - i, negative.length - 1 - j);
  }
  return groups.close();
}

/** Both classes' scores, ascending. */
function splitByLabel(score: Float64Array, label: Uint8Array): [Float64Array, Float64Array] {
  let positives = 0;
  for (let row = 0; row < label.length; row++) positives += label[row] as number;
  const positive = new Float64Array(positives);
  const negative = new Float64Array(score.length - positives);
  let [p, n] = [0, 0];
  for (let row = 0; row < score.length; row++) {
    if (label[row] === 1) positive[p++] = score[row] as number;
    else negative[n++] = score[row] as number;
  }
  return [positive.sort(), negative.sort()];
}

function rankWeighted(score: Float64Array, label: Uint8Array, weight: Float64Array): Ranking {
  const sorted = pl
    .DataFrame({
      score: pl.Series('score', score),
      label: pl.Series('label', label),
      weight: pl.Series('weight', weight),
    })
    .filter(pl.col('weight').gt(0))
    .sort(['score', 'label', 'weight'], true);
  const [s, l, w] = ['score', 'label', 'weight'].map((name) => sorted.getColumn(name).toTypedArray() as Float64Array);
  return mergeTies(s as Float64Array, l as Float64Array, w as Float64Array);
}

function mergeTies(score: Float64Array, label: Float64Array, weight: Float64Array): Ranking {
  const groups = openGroups(score.length);
  let [positives, negatives] = [0, 0];
  for (let row = 0; row < score.length; row++) {
    if (label[row] === 1) positives += weight[row] as number;
    else negatives += weight[row] as number;
    if (score[row + 1] !== score[row]) groups.add(score[row] as number, positives, negatives);
  }
  return groups.close();
}

function openGroups(rows: number) {
  const [threshold, truePositives, falsePositives] = [
    new Float64Array(rows),
    new Float64Array(rows),
    new Float64Array(rows),
  ];
  let length = 0;
  return {
    add(value: number, positives: number, negatives: number): void {
      threshold[length] = value;
      truePositives[length] = positives;
      falsePositives[length++] = negatives;
    },
    close: (): Ranking => ({
      threshold: threshold.subarray(0, length),
      truePositives: truePositives.subarray(0, length),
      falsePositives: falsePositives.subarray(0, length),
      positives: truePositives[length - 1] ?? 0,
      negatives: falsePositives[length - 1] ?? 0,
    }),
  };
}
