import { INK } from '../colors.ts';
import { formatShare } from '../format.ts';
import { labelExpression } from './labelExpression.ts';
import { renderChart, renderEmpty } from './renderChart.ts';

/** A cell by the names of its row and column; null stays empty. `text` stands in it instead of its value. */
export type HeatCell = { row: string; column: string; value: number | null; text?: string };

export type HeatMapOptions = {
  title: string;
  /** What the map shows, for those who cannot see it. */
  description: string;
  /** Shown where no cell has a value. */
  empty: string;
  rows: readonly string[];
  columns: readonly string[];
  format?: (value: number) => string;
};

/** Cells shaded by value, rows and columns in the order given; each says its value. */
export function drawHeatMap(cells: readonly HeatCell[], options: HeatMapOptions): Promise<string> {
  const { title, description, empty, rows, columns, format = (value: number) => formatShare(value) } = options;
  const values = cells.flatMap(({ row: rowName, column: columnName, value, text }) => {
    const [row, column] = [rows.indexOf(rowName), columns.indexOf(columnName)];
    return value === null || row < 0 || column < 0 ? [] : [{ row, column, value, text: text ?? format(value) }];
  });
  if (values.length === 0) return renderEmpty(title, empty);
  const highest = Math.max(...values.map(({ value }) => value));
  const axis = (field: string, names: readonly string[], extra: object) => ({
    field,
    type: 'ordinal',
    title: null,
    scale: { domain: names.map((_, index) => index) },
    axis: { labelExpr: labelExpression(names), ticks: false, domain: false, ...extra },
  });
  const x = axis('column', columns, {
    orient: 'top',
    labelAngle: 0,
    labelLimit: 160,
    labelFontSize: 10,
    labelOverlap: false,
  });
  const y = axis('row', rows, {});
  const color = {
    field: 'value',
    type: 'quantitative',
    scale: { range: ['#eef5fb', '#0072b2'], domainMin: 0 },
    legend: null,
  };
  const dark = { test: `datum.value > ${0.55 * highest}`, value: 'white' };
  return renderChart(title, description, {
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
