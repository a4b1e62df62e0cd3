import { areaY, axisX, axisY, dot, gridX, gridY, line, link, ruleY } from '@observablehq/plot';
import type { CurvePoint } from '../../api.ts';
import type { Words } from '../i18n.ts';
import { MAIN, RULE, SECOND } from './colors.ts';
import { picture } from './picture.ts';

type CurveOptions = {
  /** What chance alone gives: the diagonal of a ROC, the base rate of a precision-recall curve. */
  chance: 'diagonal' | number;
  /** Where the model's threshold stands on the curve, null: not known. */
  mark: { x: number; y: number } | null;
};

/** A curve in the unit square. */
export function drawCurve(words: Words, points: readonly CurvePoint[], { chance, mark }: CurveOptions) {
  const percent = (value: number): string => words.format.share(value, 0);
  const sorted = [...points].sort((a, b) => a.x - b.x);
  return (width: number): Element =>
    picture(width, {
      height: Math.min(320, Math.max(230, width * 0.75)),
      marginLeft: 50,
      x: { domain: [0, 1], label: null },
      y: { domain: [0, 1], label: null },
      marks: [
        gridX({ stroke: 'var(--grid)', strokeOpacity: 1 }),
        gridY({ stroke: 'var(--grid)', strokeOpacity: 1 }),
        axisX({ ticks: 5, tickFormat: percent, tickSize: 3 }),
        axisY({ ticks: 5, tickFormat: percent, tickSize: 0 }),
        chance === 'diagonal'
          ? link([0], { x1: 0, y1: 0, x2: 1, y2: 1, stroke: RULE, strokeDasharray: '4 4' })
          : ruleY([chance], { stroke: RULE, strokeDasharray: '4 4' }),
        areaY(sorted, { x: 'x', y: 'y', fill: MAIN, fillOpacity: 0.08 }),
        line(points, { x: 'x', y: 'y', stroke: MAIN, strokeWidth: 2 }),
        dot(mark === null ? [] : [mark], { x: 'x', y: 'y', r: 6, fill: SECOND, stroke: 'var(--card)', strokeWidth: 2 }),
      ],
    });
}
