import { axisX, axisY, barX, gridX, ruleX, text } from '@observablehq/plot';
import type { Words } from '../i18n.ts';
import { BAD, GOOD, REFERENCE } from './colors.ts';
import { cut, picture, roomFor } from './picture.ts';

/** One bar of the waterfall: a `total` stands on its own, a `step` goes on from where the one above ended. */
export type WaterfallRow = { name: string; kind: 'total' | 'step'; value: number; label: string };

/** From the base to the output: what pushed the score up (red) and what down (green), each bar from where the last ended. */
export function drawWaterfall(words: Words, rows: readonly WaterfallRow[]) {
  const bars: (WaterfallRow & { from: number; to: number; color: string })[] = [];
  let level = 0;
  for (const row of rows) {
    const from = row.kind === 'total' ? row.value : level;
    level = row.kind === 'total' ? row.value : level + row.value;
    bars.push({ ...row, from, to: level, color: row.kind === 'total' ? REFERENCE : row.value > 0 ? BAD : GOOD });
  }
  const ends = bars.flatMap(({ from, to }) => [from, to]);
  const pad = (Math.max(...ends) - Math.min(...ends)) * 0.14 || 1;
  const domain = [Math.min(...ends) - pad, Math.max(...ends) + pad];
  const thick = (domain[1] as number) - (domain[0] as number);
  return (width: number): Element => {
    const room = roomFor(
      bars.map(({ name }) => name),
      width,
    );
    return picture(width, {
      height: bars.length * 27 + 44,
      marginTop: 4,
      marginLeft: room,
      x: { domain, label: null },
      y: { domain: bars.map(({ name }) => name), label: null, padding: 0.25 },
      marks: [
        gridX({ stroke: 'var(--grid)', strokeOpacity: 1 }),
        axisX({ ticks: 5, tickFormat: (value: number) => words.format.number(value, 1), tickSize: 3 }),
        axisY({ tickSize: 0, tickFormat: (name: string) => cut(name, room), label: null }),
        barX(bars, {
          x1: (bar) => (bar.kind === 'total' ? bar.to - thick * 0.004 : bar.from),
          x2: (bar) => (bar.kind === 'total' ? bar.to + thick * 0.004 : bar.to),
          y: 'name',
          fill: 'color',
          title: (bar) => `${bar.name}: ${bar.label}`,
        }),
        ruleX(bars.slice(0, 1), { x: 'to', stroke: 'var(--line-strong)', strokeDasharray: '3 3' }),
        text(bars, {
          x: (bar) => Math.max(bar.from, bar.to),
          y: 'name',
          text: 'label',
          textAnchor: 'start',
          dx: 6,
          fill: 'var(--soft)',
        }),
      ],
    });
  };
}
