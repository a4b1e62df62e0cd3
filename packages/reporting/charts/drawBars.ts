import { PALETTE } from '../colors.ts';
import { formatNumber } from '../format.ts';
import { labelExpression } from './labelExpression.ts';
import { renderChart, renderEmpty } from './renderChart.ts';

export type Bar = { name: string; value: number; color?: string };

export type BarOptions = {
  title: string;
  /** Of the value's axis, with the unit. */
  measure: string;
  /** How a value is written at its bar's end. Default four significant digits. */
  format?: (value: number) => string;
  /** Dashed lines across the bars. */
  rules?: readonly { value: number; color: string }[];
  width?: number;
};

/** Horizontal bars in the order given, each with its value. */
export function drawBars(bars: readonly Bar[], options: BarOptions): Promise<string> {
  const { title, measure, format = (value: number) => formatNumber(value), rules = [], width = 380 } = options;
  if (bars.length === 0) return renderEmpty(title, 'nothing to show');
  const values = bars.map(({ name, value, color = PALETTE[0] }, order) => ({
    order,
    name: shorten(name),
    value,
    color,
    text: format(value),
  }));
  const label = labelExpression(values.map(({ name }) => name));
  const y = {
    field: 'order',
    type: 'ordinal',
    title: null,
    axis: { labelExpr: label, labelLimit: 280, labelPadding: 6, ticks: false, domain: false },
  };
  const x = {
    field: 'value',
    type: 'quantitative',
    title: measure,
    axis: { tickCount: 5 },
    scale: { domain: domainOf(values.map(({ value }) => value)), nice: false },
  };
  const end = { type: 'text', fontSize: 10, clip: false };
  return renderChart(title, describe(title, values), {
    width,
    height: { step: 20 },
    layer: [
      {
        data: { values },
        mark: { type: 'bar' },
        encoding: { x, y, color: { field: 'color', type: 'nominal', scale: null } },
      },
      ...rules.map(({ value, color }) => ({
        data: { values: [{ value }] },
        mark: { type: 'rule', color, strokeDash: [4, 4] },
        encoding: { x: { field: 'value', type: 'quantitative' } },
      })),
      {
        data: { values: values.filter(({ value }) => value >= 0) },
        mark: { ...end, align: 'left', dx: 4 },
        encoding: { x, y, text: { field: 'text', type: 'nominal' } },
      },
      {
        data: { values: values.filter(({ value }) => value < 0) },
        mark: { ...end, align: 'right', dx: -4 },
        encoding: { x, y, text: { field: 'text', type: 'nominal' } },
      },
    ],
  });
}

/** Zero and all values, with room for the text at the ends. */
function domainOf(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const room = (high - low || 1) * 0.14;
  return [low < 0 ? low - room : 0, high > 0 || low === 0 ? high + room : 0];
}

function describe(title: string, values: readonly { name: string; text: string }[]): string {
  const first = values.slice(0, 10).map(({ name, text }) => `${name} ${text}`);
  return `${title}: ${first.join(', ')}${values.length > 10 ? `, and ${values.length - 10} more` : ''}`;
}

function shorten(name: string): string {
  const characters = [...name];
  return characters.length <= 40 ? name : `${characters.slice(0, 39).join('')}…`;
}
