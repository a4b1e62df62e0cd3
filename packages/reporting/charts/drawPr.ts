import { RULE } from '../colors.ts';
import { formatFixed } from '../format.ts';
import { renderChart, renderEmpty } from './renderChart.ts';

export type PrSeries = {
  name: string;
  points: readonly { recall: number; precision: number }[];
  average_precision: number | null;
};

/** Precision-recall curves, with the share of positives (the precision of calling everyone) as a line where it is given. */
export function drawPr(
  series: readonly PrSeries[],
  options: { title?: string; positive_rate?: number | null } = {},
): Promise<string> {
  const { title = 'Precision-recall curve', positive_rate: rate = null } = options;
  const drawn = series.filter((one) => one.points.length > 0);
  if (drawn.length === 0) return renderEmpty(title, 'no curve: a class is missing');
  const named = drawn.map((one) => ({ ...one, label: `${one.name} (AP ${formatFixed(one.average_precision, 3)})` }));
  const values = named.flatMap(({ label, points }) =>
    points.map((point, order) => ({ label, order, x: point.recall, y: point.precision })),
  );
  const axis = (field: string, name: string) => ({
    field,
    type: 'quantitative',
    title: name,
    scale: { domain: [0, 1] },
  });
  const baseline = {
    data: { values: [{ y: rate }] },
    mark: { type: 'rule', color: RULE, strokeDash: [4, 4] },
    encoding: { y: { field: 'y', type: 'quantitative' } },
  };
  return renderChart(title, `${title}: ${named.map((one) => one.label).join(', ')}`, {
    width: 320,
    height: 320,
    layer: [
      ...(rate === null ? [] : [baseline]),
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 2 },
        encoding: {
          x: axis('x', 'Recall'),
          y: axis('y', 'Precision'),
          order: { field: 'order', type: 'quantitative' },
          color: { field: 'label', type: 'nominal', sort: null },
        },
      },
    ],
  });
}
