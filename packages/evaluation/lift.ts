import { missingClass, type Ranking } from './rankScores.ts';

/**
 * One slice of the rows by falling score (slice 1 has the highest), for JSON and charts. `lift` is its positive rate over the overall one,
 * `gain` the share of all positives found down to its end, `cumulative_lift` the lift of everything down to its end.
 */
export type LiftSlice = {
  slice: number;
  rows: number;
  positives: number;
  score_min: number;
  score_max: number;
  rate: number;
  lift: number;
  gain: number;
  cumulative_lift: number;
};

/**
 * Lift and gain by decile (or `slices` equal parts). Rows of equal score are shared out in proportion where a border falls
 * among them, so that the figures do not depend on the order of rows; counts may therefore be fractions. Null when a class
 * is missing.
 */
export function lift(ranking: Ranking, slices = 10): LiftSlice[] | null {
  if (missingClass(ranking)) return null;
  const rows = ranking.positives + ranking.negatives;
  const result: LiftSlice[] = [];
  let start = { index: 0, found: 0 };
  for (let slice = 1; slice <= slices; slice++) {
    const end = foundDownTo(ranking, (rows * slice) / slices, start.index);
    const positives = end.found - start.found;
    const rate = positives / (rows / slices);
    result.push({
      slice,
      rows: rows / slices,
      positives,
      score_min: ranking.threshold[end.index] as number,
      score_max: result.at(-1)?.score_min ?? (ranking.threshold[0] as number),
      rate,
      lift: rate / (ranking.positives / rows),
      gain: end.found / ranking.positives,
      cumulative_lift: (end.found / ranking.positives) * (slices / slice),
    });
    start = end;
  }
  return result;
}

/** Positives among the `rows` highest-scored rows, and the position of the last score touched. */
function foundDownTo(ranking: Ranking, rows: number, from: number): { index: number; found: number } {
  const { truePositives, falsePositives, threshold } = ranking;
  const last = threshold.length - 1;
  let index = from;
  while (index < last && (truePositives[index] as number) + (falsePositives[index] as number) < rows) index++;
  const [hits, alarms] = [truePositives[index] as number, falsePositives[index] as number];
  const hitsBefore = index === 0 ? 0 : (truePositives[index - 1] as number);
  const alarmsBefore = index === 0 ? 0 : (falsePositives[index - 1] as number);
  const share = Math.min(1, (rows - hitsBefore - alarmsBefore) / (hits + alarms - hitsBefore - alarmsBefore));
  return { index, found: share === 1 ? hits : hitsBefore + (hits - hitsBefore) * share };
}
