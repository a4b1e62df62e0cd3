import { axisY, barX, ruleX, text } from '@observablehq/plot';
import { MAIN } from './colors.ts';
import { cut, picture, roomFor } from './picture.ts';

export type Bar = { name: string; value: number; label: string; color?: string };

type BarsOptions = {
  /** Lines across all bars, for example a mean or a threshold. */
  rules?: readonly { value: number; label?: string }[];
  /** The largest value of the axis, where it is not the largest of the bars. */
  most?: number;
  rowHeight?: number;
};

/** Bars from left to right, one a name, in the order given, each with its value in words at its end. */
export function drawBars(bars: readonly Bar[], { rules = [], most, rowHeight = 26 }: BarsOptions = {}) {
  return (width: number): Element => {
    const room = roomFor(
      bars.map(({ name }) => name),
      width,
    );
    const labels = Math.max(0, ...bars.map(({ label }) => label.length)) * 6.8 + 12;
    const values = [0, ...bars.map(({ value }) => value), ...rules.map(({ value }) => value)];
    const headed = rules.some(({ label }) => label !== undefined);
    return picture(width, {
      height: bars.length * rowHeight + (headed ? 26 : 10),
      marginTop: headed ? 22 : 4,
      marginBottom: 4,
      marginLeft: room,
      marginRight: Math.min(labels, width * 0.4),
      x: { axis: null, domain: [Math.min(0, ...values), most ?? Math.max(...values, 1e-9)] },
      y: { domain: bars.map(({ name }) => name), label: null, padding: 0.28 },
      marks: [
        axisY({ tickSize: 0, tickFormat: (name: string) => cut(name, room), label: null }),
        barX(bars, {
          x: 'value',
          y: 'name',
          fill: (bar: Bar) => bar.color ?? MAIN,
          rx: 2,
          title: (bar: Bar) => `${bar.name}: ${bar.label}`,
        }),
        ruleX(rules, { x: 'value', stroke: 'var(--line-strong)', strokeDasharray: '4 3' }),
        text(
          rules.filter(({ label }) => label !== undefined),
          { x: 'value', text: 'label', frameAnchor: 'top', dy: -12, fill: 'var(--soft)', fontSize: 11.5 },
        ),
        text(bars, {
          x: (bar: Bar) => Math.max(0, bar.value),
          y: 'name',
          text: 'label',
          textAnchor: 'start',
          dx: 6,
          fill: 'var(--soft)',
        }),
        ruleX([0], { stroke: 'var(--line-strong)' }),
      ],
    });
  };
}
