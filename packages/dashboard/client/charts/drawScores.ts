import { axisX, axisY, gridY, rectY, ruleX, ruleY } from '@observablehq/plot';
import type { ScoreBin } from '../../api.ts';
import type { Words } from '../i18n.ts';
import { tierColor } from './colors.ts';
import { picture } from './picture.ts';

/** Customers by probability, coloured by tier; `threshold` (null: none) is where a customer is predicted to leave. */
export function drawScores(
  words: Words,
  bins: readonly ScoreBin[],
  tiers: readonly string[],
  threshold: number | null,
) {
  const { format } = words;
  const rows = bins.flatMap((bin) =>
    tiers.map((tier) => ({ ...bin, tier, count: bin.tiers[tier] ?? 0 })).filter(({ count }) => count > 0),
  );
  const first = Math.min(...bins.map(({ lower }) => lower));
  return (width: number): Element =>
    picture(width, {
      marginLeft: 48,
      x: { domain: [first, 1], label: null },
      y: { label: null },
      color: { domain: [...tiers], range: tiers.map(tierColor) },
      marks: [
        gridY({ stroke: 'var(--grid)', strokeOpacity: 1 }),
        axisX({
          ticks: Math.max(2, Math.floor(width / (first > 0 ? 75 : 65))),
          tickFormat: (value: number) => format.share(value, 0),
          tickSize: 3,
        }),
        axisY({ ticks: 5, tickFormat: (value: number) => format.short(value), tickSize: 0 }),
        rectY(rows, {
          x1: 'lower',
          x2: 'upper',
          y: 'count',
          fill: 'tier',
          inset: 0.5,
          tip: { pointer: 'x', fill: 'var(--card)' },
          title: (row) =>
            `${format.share(row.lower, 0)} – ${format.share(row.upper, 0)}\n${words.code('tier', row.tier)}: ${format.count(row.count)}`,
        }),
        ...(threshold === null ? [] : [ruleX([threshold], { stroke: 'var(--ink)', strokeDasharray: '4 3' })]),
        ruleY([0], { stroke: 'var(--line-strong)' }),
      ],
    });
}
