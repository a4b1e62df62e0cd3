import { axisX, axisY, cell, text } from '@observablehq/plot';
import { cut, picture, roomFor } from './picture.ts';

export type HeatCell = { x: string; y: string; value: number | null; label: string; color?: string };

type HeatOptions = {
  xOrder: readonly string[];
  yOrder: readonly string[];
  xName(value: string): string;
  yName(value: string): string;
  rowHeight?: number;
};

/** Cells of two classes; the deeper the colour the larger the value, and each cell says it. Never so deep that words vanish. */
export function drawHeatMap(cells: readonly HeatCell[], options: HeatOptions) {
  const { xOrder, yOrder, xName, yName, rowHeight = 38 } = options;
  const most = Math.max(1e-9, ...cells.map(({ value }) => value ?? 0));
  const strength = ({ value }: HeatCell): number => 0.05 + 0.5 * Math.max(0, (value ?? 0) / most);
  return (width: number): Element => {
    const room = roomFor(yOrder.map(yName), width);
    const column = (width - room - 10) / Math.max(1, xOrder.length);
    return picture(width, {
      height: yOrder.length * rowHeight + 40,
      marginTop: 4,
      marginRight: 4,
      marginLeft: room,
      x: { domain: [...xOrder], label: null, padding: 0.04 },
      y: { domain: [...yOrder], label: null, padding: 0.06 },
      opacity: { type: 'identity' },
      marks: [
        axisX({
          anchor: 'bottom',
          tickSize: 0,
          tickFormat: (value: string) => cut(xName(value), column + 2),
          label: null,
        }),
        axisY({ tickSize: 0, tickFormat: (value: string) => cut(yName(value), room), label: null }),
        cell(cells, {
          x: 'x',
          y: 'y',
          fill: (one: HeatCell) => one.color ?? 'var(--c1)',
          fillOpacity: strength,
          rx: 3,
          title: (one: HeatCell) => `${yName(one.y)} × ${xName(one.x)}: ${one.label}`,
        }),
        text(cells, {
          x: 'x',
          y: 'y',
          text: (one: HeatCell) => cut(one.label, column + 14),
          fill: 'var(--ink)',
          fontSize: column < 56 ? 10.5 : 12,
        }),
      ],
    });
  };
}
