import { axisX, axisY, barY, gridY, ruleY, text } from '@observablehq/plot';
import type { LiftSlice } from '../../api.ts';
import type { Words } from '../i18n.ts';
import { MAIN, REFERENCE } from './colors.ts';
import { picture } from './picture.ts';

/** How many times as many outcomes as on average in each tenth of the customers, the riskiest first; 1 is no better than chance. */
export function drawLift(words: Words, slices: readonly LiftSlice[]) {
  const { format } = words;
  return (width: number): Element =>
    picture(width, {
      height: Math.min(340, Math.max(240, width * 0.75)),
      marginLeft: 36,
      x: { domain: slices.map(({ slice }) => slice), label: null, padding: 0.22 },
      y: { label: null, nice: true },
      marks: [
        gridY({ stroke: 'var(--grid)', strokeOpacity: 1 }),
        axisX({ tickSize: 0 }),
        axisY({
          ticks: 5,
          tickFormat: (value: number) => format.number(value, Number.isInteger(value) ? 0 : 1),
          tickSize: 0,
        }),
        barY(slices, {
          x: 'slice',
          y: 'lift',
          fill: (one: LiftSlice) => ((one.lift ?? 0) >= 1 ? MAIN : REFERENCE),
          rx: 2,
          title: (one: LiftSlice) => `${one.slice}: ${format.number(one.lift, 2)}× (${format.share(one.rate)})`,
        }),
        text(width < 360 ? [] : slices, {
          x: 'slice',
          y: 'lift',
          text: (one: LiftSlice) => format.number(one.lift, 1),
          dy: -8,
          fill: 'var(--soft)',
          fontSize: 11,
        }),
        ruleY([1], { stroke: 'var(--ink)', strokeDasharray: '4 3' }),
        ruleY([0], { stroke: 'var(--line-strong)' }),
      ],
    });
}
