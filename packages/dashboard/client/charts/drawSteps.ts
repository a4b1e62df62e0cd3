import { axisX, axisY, barX, gridX, text } from '@observablehq/plot';
import type { Words } from '../i18n.ts';
import { cut, picture, roomFor } from './picture.ts';

/** A step of a run: `from` and `to` in seconds since the run began. */
export type StepBar = { name: string; from: number; to: number; color: string; label: string };

/** When each step of a run began and ended. */
export function drawSteps(words: Words, bars: readonly StepBar[]) {
  const most = Math.max(1, ...bars.map(({ to }) => to));
  return (width: number): Element => {
    const room = roomFor(
      bars.map(({ name }) => name),
      width,
    );
    return picture(width, {
      height: bars.length * 28 + 40,
      marginTop: 4,
      marginLeft: room,
      marginRight: 12,
      x: { domain: [0, most * 1.14], label: null },
      y: { domain: bars.map(({ name }) => name), label: null, padding: 0.3 },
      marks: [
        gridX({ stroke: 'var(--grid)', strokeOpacity: 1 }),
        axisX({ ticks: 5, tickFormat: (value: number) => words.format.duration(value), tickSize: 3 }),
        axisY({ tickSize: 0, tickFormat: (name: string) => cut(name, room), label: null }),
        barX(bars, {
          x1: 'from',
          x2: (bar: StepBar) => Math.max(bar.to, bar.from + most * 0.004),
          y: 'name',
          fill: 'color',
          rx: 2,
          title: (bar: StepBar) => `${bar.name}: ${bar.label}`,
        }),
        text(bars, { x: 'to', y: 'name', text: 'label', textAnchor: 'start', dx: 6, fill: 'var(--soft)' }),
      ],
    });
  };
}
