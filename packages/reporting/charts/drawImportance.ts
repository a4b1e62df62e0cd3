import { formatNumber } from '../format.ts';
import { drawBars } from './drawBars.ts';

export const IMPORTANCE_MEASURES = {
  gain: 'Gain (loss reduction of all splits)',
  split: 'Splits (how often the feature is used)',
  contribution: 'Mean absolute contribution (raw score)',
} as const;

/** The most important features by one measure, largest first; equal ones by name. */
export function drawImportance(
  features: readonly { feature: string; value: number }[],
  measure: keyof typeof IMPORTANCE_MEASURES,
  options: { title?: string; top?: number } = {},
): Promise<string> {
  const { title = `Feature importance: ${measure}`, top = 20 } = options;
  const bars = features
    .toSorted((a, b) => b.value - a.value || (a.feature < b.feature ? -1 : 1))
    .slice(0, top)
    .map(({ feature, value }) => ({ name: feature, value }));
  return drawBars(bars, { title, measure: IMPORTANCE_MEASURES[measure], format: (value) => formatNumber(value, 3) });
}
