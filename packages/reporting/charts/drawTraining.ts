import { RULE } from '../colors.ts';
import { renderChart, renderEmpty } from './renderChart.ts';

/** A metric by iteration of the training, one line a data set, with a rule at the iteration that was kept. */
export function drawTraining(
  series: readonly { name: string; values: readonly number[] }[],
  options: { metric: string; best_iteration?: number | null; title?: string },
): Promise<string> {
  const { metric, best_iteration: best = null, title = `Training: ${metric} by iteration` } = options;
  const values = series.flatMap(({ name, values: ys }) => {
    const every = Math.max(1, Math.ceil(ys.length / 500));
    const kept = ys
      .map((y, index) => ({ name, x: index + 1, y }))
      .filter(({ x }) => x === 1 || x % every === 0 || x === ys.length);
    return kept.filter(({ y }) => Number.isFinite(y));
  });
  if (values.length === 0) return renderEmpty(title, 'no iterations');
  const rule = {
    data: { values: [{ x: best }] },
    mark: { type: 'rule', color: RULE, strokeDash: [4, 4] },
    encoding: { x: { field: 'x', type: 'quantitative' } },
  };
  return renderChart(title, `${title}${best === null ? '' : `, iteration ${best} kept`}`, {
    width: 420,
    height: 220,
    layer: [
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 2 },
        encoding: {
          x: { field: 'x', type: 'quantitative', title: 'Iteration', scale: { nice: false }, axis: { tickMinStep: 1 } },
          y: { field: 'y', type: 'quantitative', title: metric, scale: { zero: false } },
          color: { field: 'name', type: 'nominal', sort: null },
        },
      },
      ...(best === null ? [] : [rule]),
    ],
  });
}
