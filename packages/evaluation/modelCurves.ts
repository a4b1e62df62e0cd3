import { type CalibrationBin, calibration } from './calibration.ts';
import { curveRows, type PrRow, type RocRow } from './curveRows.ts';
import { type LiftSlice, lift } from './lift.ts';
import { prCurve } from './prCurve.ts';
import type { Ranking } from './rankScores.ts';
import { rocCurve } from './rocCurve.ts';
import { thinCurve } from './thinCurve.ts';

/** A model's pictures as data; empty (lift: null) where a class is missing. */
export type ModelCurves = { roc: RocRow[]; pr: PrRow[]; calibration: CalibrationBin[]; lift: LiftSlice[] | null };

/** Curves thinned for JSON and charts, calibration in ten quantile bins, lift by decile. */
export function modelCurves(ranking: Ranking): ModelCurves {
  const [roc, pr] = [rocCurve(ranking), prCurve(ranking)];
  return {
    roc: roc ? curveRows(thinCurve(roc)) : [],
    pr: pr ? curveRows(thinCurve(pr)) : [],
    calibration: calibration(ranking).bins,
    lift: lift(ranking),
  };
}
