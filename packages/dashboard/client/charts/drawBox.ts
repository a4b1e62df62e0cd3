import { axisX, axisY, barX, gridX, link, tickX } from '@observablehq/plot';
import type { Words } from '../i18n.ts';
import { MAIN } from './colors.ts';
import { cut, picture, roomFor } from './picture.ts';

export type Box = {
  name: string;
  p05: number | null;
  q1: number | null;
  median: number | null;
  q3: number | null;
  p95: number | null;
};

/** A box from quartile to quartile with the median, whiskers from the 5th to the 95th percentile. */
export function drawBox(words: Words, boxes: readonly Box[]) {
  return (width: number): Element => {
    const room = roomFor(
      boxes.map(({ name }) => name),
      width,
    );
    return picture(width, {
      height: boxes.length * 44 + 40,
      marginTop: 6,
      marginLeft: room,
      x: { label: null, nice: true },
      y: { domain: boxes.map(({ name }) => name), label: null, padding: 0.35 },
      marks: [
        gridX({ stroke: 'var(--grid)', strokeOpacity: 1 }),
        axisX({ ticks: width < 420 ? 4 : 7, tickFormat: (value: number) => words.format.short(value), tickSize: 3 }),
        axisY({ tickSize: 0, tickFormat: (name: string) => cut(name, room), label: null }),
        link(boxes, { x1: 'p05', x2: 'p95', y1: 'name', y2: 'name', stroke: 'var(--line-strong)', strokeWidth: 1.5 }),
        barX(boxes, { x1: 'q1', x2: 'q3', y: 'name', fill: MAIN, fillOpacity: 0.75, rx: 2 }),
        tickX(boxes, { x: 'median', y: 'name', stroke: 'var(--card)', strokeWidth: 3 }),
        tickX(boxes, { x: 'p05', y: 'name', stroke: 'var(--line-strong)', insetTop: 6, insetBottom: 6 }),
        tickX(boxes, { x: 'p95', y: 'name', stroke: 'var(--line-strong)', insetTop: 6, insetBottom: 6 }),
      ],
    });
  };
}
