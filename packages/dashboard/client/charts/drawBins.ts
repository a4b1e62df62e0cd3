import { axisX, axisY, barX, gridX, ruleX } from '@observablehq/plot';
import type { DriftBin } from '../../api.ts';
import type { Words } from '../i18n.ts';
import { MAIN, REFERENCE } from './colors.ts';
import { cut, picture, roomFor } from './picture.ts';

/** Share of rows in each bin, reference above current: where the two differ, the feature has moved. */
export function drawBins(words: Words, bins: readonly DriftBin[]) {
  const { format } = words;
  const sides = bins.flatMap((bin) => [
    { bin: bin.label, side: 'reference', share: bin.reference_share ?? 0, count: bin.reference_count },
    { bin: bin.label, side: 'current', share: bin.current_share ?? 0, count: bin.current_count },
  ]);
  return (width: number): Element => {
    const room = roomFor(
      bins.map(({ label }) => label),
      width,
    );
    return picture(width, {
      height: bins.length * 34 + 44,
      marginTop: 4,
      marginLeft: room,
      x: { label: null },
      y: { domain: ['reference', 'current'], axis: null, label: null, padding: 0.08 },
      fy: { domain: bins.map(({ label }) => label), axis: null, label: null, padding: 0.22 },
      color: { domain: ['reference', 'current'], range: [REFERENCE, MAIN] },
      marks: [
        gridX({ stroke: 'var(--grid)', strokeOpacity: 1 }),
        axisX({ ticks: 5, tickFormat: (value: number) => format.share(value, 0), tickSize: 3 }),
        axisY(
          bins.map(({ label }) => label),
          {
            fy: (label: string) => label,
            y: () => 'current',
            dy: -6,
            tickSize: 0,
            text: (label: string) => cut(label, room),
          },
        ),
        barX(sides, {
          x: 'share',
          y: 'side',
          fy: 'bin',
          fill: 'side',
          title: (one) => `${one.bin}: ${format.share(one.share)} (${format.count(one.count)})`,
        }),
        ruleX([0], { stroke: 'var(--line-strong)' }),
      ],
    });
  };
}
