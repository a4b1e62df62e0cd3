import { CURRENT_COLOR, REFERENCE_COLOR } from '../colors.ts';
import { labelExpression } from './labelExpression.ts';
import { renderChart, renderEmpty } from './renderChart.ts';

export type DriftBinShare = { label: string; reference_share: number; current_share: number };

/** Bins drawn; categories past it are summed into one. */
const BINS_MAX = 24;

/** Shares of the reference's and of the current rows, bin by bin, side by side. Small: many stand on a page. */
export function drawDriftBins(feature: string, bins: readonly DriftBinShare[]): Promise<string> {
  if (bins.length === 0) return renderEmpty(feature, 'no bins');
  const shown = limitBins(bins);
  const values = shown.flatMap((bin, order) => [
    { order, side: 'Reference', share: bin.reference_share },
    { order, side: 'Current', share: bin.current_share },
  ]);
  const labels = labelExpression(shown.map(({ label }) => label));
  return renderChart(feature, `${feature}: share of reference and of current rows in ${shown.length} bins`, {
    width: { step: Math.max(13, Math.min(40, Math.floor(300 / shown.length))), for: 'position' },
    height: 130,
    data: { values },
    mark: { type: 'bar' },
    encoding: {
      x: {
        field: 'order',
        type: 'ordinal',
        title: null,
        axis: { labelExpr: labels, labelAngle: -40, labelLimit: 130, labelFontSize: 10 },
      },
      xOffset: { field: 'side', type: 'nominal', sort: ['Reference', 'Current'] },
      y: { field: 'share', type: 'quantitative', title: 'Share of rows', axis: { format: '%', tickCount: 4 } },
      color: {
        field: 'side',
        type: 'nominal',
        scale: { domain: ['Reference', 'Current'], range: [REFERENCE_COLOR, CURRENT_COLOR] },
      },
    },
  });
}

/** The bins with the largest shares, in their order, and the others as one. */
function limitBins(bins: readonly DriftBinShare[]): DriftBinShare[] {
  if (bins.length <= BINS_MAX) return [...bins];
  const size = (index: number) => (bins[index]?.reference_share ?? 0) + (bins[index]?.current_share ?? 0);
  const bySize = bins.map((_, index) => index).toSorted((a, b) => size(b) - size(a) || a - b);
  const kept = new Set(bySize.slice(0, BINS_MAX - 1));
  const rest = bins.filter((_, index) => !kept.has(index));
  const sum = (side: 'reference_share' | 'current_share') => rest.reduce((total, bin) => total + bin[side], 0);
  const other = {
    label: `${rest.length} others`,
    reference_share: sum('reference_share'),
    current_share: sum('current_share'),
  };
  return [...bins.filter((_, index) => kept.has(index)), other];
}
