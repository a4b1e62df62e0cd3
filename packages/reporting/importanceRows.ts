/** A feature's weight in a model, a row for JSON, tables and charts. Contributions are SHAP values on the raw score. */
export type ImportanceRow = {
  feature: string;
  gain: number;
  split: number;
  mean_abs_contribution: number;
  mean_contribution: number;
};

/** Importance and mean contributions together, largest gain first, equal ones by name. */
export function importanceRows(
  importance: readonly { feature: string; gain: number; split: number }[],
  contributions: readonly { feature: string; mean_abs: number; mean: number }[],
): ImportanceRow[] {
  const byFeature = new Map(contributions.map((one) => [one.feature, one]));
  return importance
    .map(({ feature, gain, split }) => ({
      feature,
      gain,
      split,
      mean_abs_contribution: byFeature.get(feature)?.mean_abs ?? 0,
      mean_contribution: byFeature.get(feature)?.mean ?? 0,
    }))
    .sort((a, b) => b.gain - a.gain || (a.feature < b.feature ? -1 : 1));
}
