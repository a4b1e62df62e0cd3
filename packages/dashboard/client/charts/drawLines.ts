import { axisX, axisY, dot, gridY, lineY, ruleY, text } from '@observablehq/plot';
import { picture } from './picture.ts';

/** One value of a series at a place of the x axis (a run, a month); null leaves a gap. */
export type LinePoint = { at: string; series: string; value: number | null };

type LinesOptions = {
  colors: Readonly<Record<string, string>>;
  /** Text of a value. */
  write(value: number): string;
  /** Text of a place on the x axis. */
  name(at: string): string;
  rules?: readonly { value: number; label: string }[];
  domain?: readonly [number, number];
  height?: number;
};

/** Lines over runs or months, in the order given, with thresholds as dashed lines that carry their name. */
export function drawLines(points: readonly LinePoint[], options: LinesOptions) {
  const { colors, write, name, rules = [], domain, height = 230 } = options;
  const places = [...new Set(points.map(({ at }) => at))];
  const known = points.filter(({ value }) => value !== null);
  const values = [0, ...known.map(({ value }) => value as number), ...rules.map(({ value }) => value)];
  return (width: number): Element => {
    const fits = Math.max(1, Math.floor((width - 70) / 92));
    const step = Math.ceil(places.length / fits);
    return picture(width, {
      height,
      marginLeft: 58,
      marginRight: 28,
      x: { type: 'point', domain: places, label: null, padding: 0.3 },
      y: { domain: domain ? [...domain] : [Math.min(...values), Math.max(...values) * 1.08 || 1], label: null },
      color: { domain: Object.keys(colors), range: Object.values(colors) },
      marks: [
        gridY({ stroke: 'var(--grid)', strokeOpacity: 1 }),
        axisX({ ticks: places.filter((_, index) => index % step === 0), tickFormat: name, tickSize: 3 }),
        axisY({ ticks: 5, tickFormat: write, tickSize: 0 }),
        ruleY(rules, { y: 'value', stroke: 'var(--line-strong)', strokeDasharray: '5 3' }),
        text(legible(rules, values), {
          y: 'value',
          text: 'label',
          frameAnchor: 'right',
          textAnchor: 'end',
          dy: -7,
          fill: 'var(--soft)',
          fontSize: 11,
        }),
        lineY(points, { x: 'at', y: 'value', z: 'series', stroke: 'series', strokeWidth: 2 }),
        dot(known, {
          x: 'at',
          y: 'value',
          fill: 'series',
          r: places.length > 40 ? 2 : 4,
          title: (point: LinePoint) => `${name(point.at)}\n${point.series}: ${write(point.value as number)}`,
          tip: { fill: 'var(--card)' },
        }),
      ],
    });
  };
}

/** Rules whose names would not lie upon that of the one before. */
function legible<T extends { value: number }>(rules: readonly T[], values: readonly number[]): T[] {
  const gap = Math.max(...values) * 0.08;
  const sorted = [...rules].sort((a, b) => b.value - a.value);
  return sorted.filter(({ value }, index) => index === 0 || (sorted[index - 1] as T).value - value > gap);
}
