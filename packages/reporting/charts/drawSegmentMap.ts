import { INK } from '../colors.ts';
import { formatShare } from '../format.ts';
import { labelExpression } from './labelExpression.ts';
import { renderChart, renderEmpty } from './renderChart.ts';

export type SegmentCell = { risk: string; tenure: string; value: number | null };

/**
 * Heat map of customers by risk category (rows) and tenure (columns), both in the order given; each cell says its value.
 * A cell without customers (or with null) stays empty.
 */
export function drawSegmentMap(
  cells: readonly SegmentCell[],
  options: {
    title: string;
    risks: readonly string[];
    tenures: readonly string[];
    format?: (value: number) => string;
  },
): Promise<string> {
  const { title, risks, tenures, format = (value: number) => formatShare(value) } = options;
  const values = cells.flatMap(({ risk, tenure, value }) => {
    const [row, column] = [risks.indexOf(risk), tenures.indexOf(tenure)];
    return value === null || row < 0 || column < 0 ? [] : [{ row, column, value, text: format(value) }];
  });
  if (values.length === 0) return renderEmpty(title, 'no customers');
  const highest = Math.max(...values.map(({ value }) => value));
  const axis = (field: string, names: readonly string[], extra: object) => ({
    field,
    type: 'ordinal',
    title: null,
    scale: { domain: names.map((_, index) => index) },
    axis: { labelExpr: labelExpression(names), ticks: false, domain: false, ...extra },
  });
  const x = axis('column', tenures, {
    orient: 'top',
    labelAngle: 0,
    labelLimit: 160,
    labelFontSize: 10,
    labelOverlap: false,
  });
  const y = axis('row', risks, {});
  const color = {
    field: 'value',
    type: 'quantitative',
    scale: { range: ['#eef5fb', '#0072b2'], domainMin: 0 },
    legend: null,
  };
  const dark = { test: `datum.value > ${0.55 * highest}`, value: 'white' };
  return renderChart(title, `${title}: ${risks.length} risk categories by ${tenures.length} tenures`, {
    width: { step: 104 },
    height: { step: 34 },
    data: { values },
    layer: [
      { mark: { type: 'rect', stroke: 'white', strokeWidth: 2 }, encoding: { x, y, color } },
      {
        mark: { type: 'text', fontSize: 11 },
        encoding: { x, y, text: { field: 'text', type: 'nominal' }, color: { condition: dark, value: INK } },
      },
    ],
  });
}
