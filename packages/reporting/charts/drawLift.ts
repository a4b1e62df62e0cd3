import { PALETTE, RULE } from '../colors.ts';
import { formatFixed } from '../format.ts';
import { renderChart, renderEmpty } from './renderChart.ts';

/** Lift of each slice of customers by falling score (1 = as often positive as everyone). Null when it is undefined. */
export function drawLift(
  slices: readonly { slice: number; lift: number }[] | null,
  title = 'Lift by decile of score',
): Promise<string> {
  if (!slices || slices.length === 0) return renderEmpty(title, 'no lift: a class is missing');
  const values = slices.map(({ slice, lift }) => ({ slice, lift, text: formatFixed(lift, 2) }));
  const x = { field: 'slice', type: 'ordinal', title: 'Slice, highest scores first', axis: { labelAngle: 0 } };
  const y = { field: 'lift', type: 'quantitative', title: 'Lift' };
  return renderChart(title, `${title}: ${values.map(({ slice, text }) => `${slice}: ${text}`).join(', ')}`, {
    width: 360,
    height: 220,
    layer: [
      { data: { values }, mark: { type: 'bar', color: PALETTE[0] }, encoding: { x, y } },
      {
        data: { values },
        mark: { type: 'text', dy: -6, fontSize: 10 },
        encoding: { x, y, text: { field: 'text', type: 'nominal' } },
      },
      {
        data: { values: [{ lift: 1 }] },
        mark: { type: 'rule', color: RULE, strokeDash: [4, 4] },
        encoding: { y: { field: 'lift', type: 'quantitative' } },
      },
    ],
  });
}
