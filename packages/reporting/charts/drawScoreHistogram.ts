import { PALETTE } from '../colors.ts';
import { renderChart, renderEmpty } from './renderChart.ts';

/** How often each score occurs, by label, each label's bins as shares of its own rows. */
export function drawScoreHistogram(
  bins: readonly { lower: number; upper: number; positives: number; negatives: number }[],
  options: { title?: string; positive?: string; negative?: string } = {},
): Promise<string> {
  const { title = 'Scores by outcome', positive = 'Positive', negative = 'Negative' } = options;
  const classes = [
    { name: negative, count: (bin: (typeof bins)[number]) => bin.negatives, color: PALETTE[0] },
    { name: positive, count: (bin: (typeof bins)[number]) => bin.positives, color: PALETTE[1] },
  ].map((one) => ({ ...one, rows: bins.reduce((sum, bin) => sum + one.count(bin), 0) }));
  const drawn = classes.filter(({ rows }) => rows > 0);
  if (drawn.length === 0) return renderEmpty(title, 'no scores');
  const values = drawn.flatMap(({ name, count, rows }) =>
    bins.map((bin) => ({ name, lower: bin.lower, upper: bin.upper, share: count(bin) / rows })),
  );
  return renderChart(title, `${title}: share of each outcome's rows by score`, {
    width: 420,
    height: 220,
    data: { values },
    mark: { type: 'bar', opacity: 0.55, binSpacing: 0 },
    encoding: {
      x: { field: 'lower', type: 'quantitative', bin: { binned: true }, title: 'Score' },
      x2: { field: 'upper' },
      y: { field: 'share', type: 'quantitative', stack: null, title: 'Share of rows', axis: { format: '%' } },
      color: {
        field: 'name',
        type: 'nominal',
        scale: { domain: drawn.map(({ name }) => name), range: drawn.map(({ color }) => color) },
      },
    },
  });
}
