import { RULE } from '../colors.ts';
import { renderChart, renderEmpty } from './renderChart.ts';

export type CalibrationSeries = {
  name: string;
  bins: readonly { predicted_mean: number; observed_rate: number }[];
};

/** Predicted probability against observed rate by bin; a well calibrated model follows the diagonal. */
export function drawCalibration(series: readonly CalibrationSeries[], title = 'Calibration'): Promise<string> {
  const values = series.flatMap(({ name, bins }) =>
    bins.map((bin) => ({ name, x: bin.predicted_mean, y: bin.observed_rate })),
  );
  if (values.length === 0) return renderEmpty(title, 'no probabilities to compare with outcomes');
  const end = Math.min(1, Math.ceil(Math.max(...values.flatMap(({ x, y }) => [x, y]), 0.05) * 20) / 20);
  const axis = (field: string, name: string) => ({
    field,
    type: 'quantitative',
    title: name,
    scale: { domain: [0, end] },
    axis: { format: '%' },
  });
  const encoding = { x: axis('x', 'Mean predicted probability'), y: axis('y', 'Observed rate') };
  return renderChart(title, `${title}: mean predicted probability against observed rate, by bin`, {
    width: 320,
    height: 320,
    layer: [
      {
        data: {
          values: [
            { x: 0, y: 0 },
            { x: end, y: end },
          ],
        },
        mark: { type: 'line', color: RULE, strokeDash: [4, 4], strokeWidth: 1 },
        encoding,
      },
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 2, point: { size: 40 } },
        encoding: { ...encoding, color: { field: 'name', type: 'nominal', sort: null } },
      },
    ],
  });
}
