import type { ImportanceRow } from '../importanceRows.ts';
import { type CalibrationSeries, drawCalibration } from './drawCalibration.ts';
import { drawImportance } from './drawImportance.ts';
import { drawLift } from './drawLift.ts';
import { drawPr, type PrSeries } from './drawPr.ts';
import { drawRoc, type RocSeries } from './drawRoc.ts';

/** A set of rows, or a model, as one line of each curve. Curves as `modelCurves` of the evaluation package gives them. */
export type CurveSeries = {
  name: string;
  roc: RocSeries['points'];
  pr: PrSeries['points'];
  roc_auc: number | null;
  average_precision: number | null;
};

/** How well a model ranks and how true its probabilities are: `roc`, `precision_recall`, `calibration`, `lift`. */
export async function drawRanking(
  series: readonly CurveSeries[],
  of: {
    positive_rate: number | null;
    calibration: readonly CalibrationSeries[];
    lift: Parameters<typeof drawLift>[0];
  },
): Promise<Record<'roc' | 'precision_recall' | 'calibration' | 'lift', string>> {
  const pr = series.map(({ name, pr: points, average_precision }) => ({ name, points, average_precision }));
  return {
    roc: await drawRoc(series.map(({ name, roc: points, roc_auc: auc }) => ({ name, points, auc }))),
    precision_recall: await drawPr(pr, { positive_rate: of.positive_rate }),
    calibration: await drawCalibration(of.calibration),
    lift: await drawLift(of.lift),
  };
}

/** What a model looks at: `importance_gain`, `importance_contribution`, `importance_split`. */
export async function drawImportances(
  rows: readonly ImportanceRow[],
): Promise<Record<'importance_gain' | 'importance_contribution' | 'importance_split', string>> {
  const values = (key: 'gain' | 'split' | 'mean_abs_contribution') =>
    rows.map((row) => ({ feature: row.feature, value: row[key] }));
  return {
    importance_gain: await drawImportance(values('gain'), 'gain'),
    importance_contribution: await drawImportance(values('mean_abs_contribution'), 'contribution'),
    importance_split: await drawImportance(values('split'), 'split'),
  };
}
