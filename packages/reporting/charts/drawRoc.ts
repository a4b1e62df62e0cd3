import { RULE } from '../colors.ts';
import { formatFixed } from '../format.ts';
import { renderChart, renderEmpty } from './renderChart.ts';

export type RocSeries = {
  name: string;
  points: readonly { false_positive_rate: number; true_positive_rate: number }[];
  auc: number | null;
};

/** ROC curves against the diagonal of chance. Give thinned curves. */
export function drawRoc(series: readonly RocSeries[], title = 'ROC curve'): Promise<string> {
  const drawn = series.filter((one) => one.points.length > 0);
  if (drawn.length === 0) return renderEmpty(title, 'no curve: a class is missing');
  const named = drawn.map((one) => ({ ...one, label: `${one.name} (AUC ${formatFixed(one.auc, 3)})` }));
  const values = named.flatMap(({ label, points }) =>
    points.map((point, order) => ({ label, order, x: point.false_positive_rate, y: point.true_positive_rate })),
  );
  const axis = (field: string, name: string) => ({
    field,
    type: 'quantitative',
    title: name,
    scale: { domain: [0, 1] },
  });
  return renderChart(title, `${title}: ${named.map((one) => one.label).join(', ')}`, {
    width: 320,
    height: 320,
    layer: [
      {
        data: {
          values: [
            { x: 0, y: 0 },
            { x: 1, y: 1 },
          ],
        },
        mark: { type: 'line', color: RULE, strokeDash: [4, 4], strokeWidth: 1 },
        encoding: { x: axis('x', 'False positive rate'), y: axis('y', 'True positive rate') },
      },
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 2 },
        encoding: {
          x: axis('x', 'False positive rate'),
          y: axis('y', 'True positive rate'),
          order: { field: 'order', type: 'quantitative' },
          color: { field: 'label', type: 'nominal', sort: null },
        },
      },
    ],
  });
}
