import { axisX, axisY, dot, gridX, gridY, line, link } from '@observablehq/plot';
import type { CalibrationBin } from '../../api.ts';
import type { Words } from '../i18n.ts';
import { MAIN, REFERENCE, RULE } from './colors.ts';
import { picture } from './picture.ts';

/** Predicted against observed, bin by bin; on the diagonal the model means what it says. Dots grow with the rows of a bin. */
export function drawCalibration(words: Words, after: readonly CalibrationBin[], before: readonly CalibrationBin[]) {
  const { format } = words;
  const full = (bins: readonly CalibrationBin[]) =>
    bins.filter(({ predicted_mean, observed_rate }) => predicted_mean !== null && observed_rate !== null);
  const highest = Math.max(
    0,
    ...full([...after, ...before]).flatMap((bin) => [bin.predicted_mean ?? 0, bin.observed_rate ?? 0]),
  );
  const top = Math.min(1, Math.ceil(highest * 10 + 0.01) / 10);
  const percent = (value: number): string => format.share(value, 0);
  return (width: number): Element =>
    picture(width, {
      height: Math.min(340, Math.max(240, width * 0.75)),
      marginLeft: 50,
      x: { domain: [0, top], label: null },
      y: { domain: [0, top], label: null },
      r: { range: [2, 6] },
      marks: [
        gridX({ stroke: 'var(--grid)', strokeOpacity: 1 }),
        gridY({ stroke: 'var(--grid)', strokeOpacity: 1 }),
        axisX({ ticks: 5, tickFormat: percent, tickSize: 3 }),
        axisY({ ticks: 5, tickFormat: percent, tickSize: 0 }),
        link([0], { x1: 0, y1: 0, x2: top, y2: top, stroke: RULE, strokeDasharray: '4 4' }),
        line(full(before), { x: 'predicted_mean', y: 'observed_rate', stroke: REFERENCE, strokeWidth: 1.5 }),
        line(full(after), { x: 'predicted_mean', y: 'observed_rate', stroke: MAIN, strokeWidth: 2 }),
        dot(full(after), {
          x: 'predicted_mean',
          y: 'observed_rate',
          r: 'rows',
          fill: MAIN,
          title: (bin: CalibrationBin) =>
            `${format.share(bin.predicted_mean)} → ${format.share(bin.observed_rate)} (${format.count(bin.rows)})`,
          tip: { fill: 'var(--card)' },
        }),
      ],
    });
}
