import { formatCount, formatShare } from '../format.ts';
import { drawHeatMap } from './drawHeatMap.ts';

/** Rows by truth (down) and decision (across), each with its count and its share of the truth; shaded by that share. */
export function drawConfusion(
  counts: { true_positives: number; false_positives: number; true_negatives: number; false_negatives: number },
  options: { title?: string; positive?: string; negative?: string } = {},
): Promise<string> {
  const { title = 'Confusion matrix', positive = 'positive', negative = 'negative' } = options;
  const { true_positives: tp, false_positives: fp, true_negatives: tn, false_negatives: fn } = counts;
  const cell = (row: string, column: string, count: number, rows: number) => ({
    row,
    column,
    value: rows > 0 ? count / rows : null,
    text: `${formatCount(count)} (${formatShare(rows > 0 ? count / rows : null)})`,
  });
  const [yes, no] = [`called ${positive}`, `called ${negative}`];
  return drawHeatMap(
    [
      cell(positive, yes, tp, tp + fn),
      cell(positive, no, fn, tp + fn),
      cell(negative, yes, fp, fp + tn),
      cell(negative, no, tn, fp + tn),
    ],
    {
      title,
      description: `${title}: ${tp} true positives, ${fp} false positives, ${fn} false negatives, ${tn} true negatives`,
      empty: 'no rows',
      rows: [positive, negative],
      columns: [yes, no],
    },
  );
}
