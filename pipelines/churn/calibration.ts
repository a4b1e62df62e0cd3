import {
  type Calibrator,
  chooseThreshold,
  configuredThreshold,
  fitCalibrator,
  logOdds,
  rankScores,
  readScores,
} from '@pilotlight/evaluation';
import type { ChurnConfig } from './config.ts';
import { type ChurnFigures, churnFigures } from './figures.ts';
import { calibrateRows, SCORE } from './modelFolder.ts';

export type Decision = {
  calibration: Calibrator;
  threshold: number;
  threshold_reason: string;
  /** Of the calibrated out-of-fold scores, at the threshold. */
  figures: ChurnFigures;
};

/**
 * Fits the calibration on out-of-fold predictions, writes them calibrated to `outPath` and chooses the threshold on those. No training
 * prediction is looked at: trees are surer of rows that they learned from.
 *
 * The calibration is fitted on all out-of-fold scores and then applied to the same ones. A sigmoid's two numbers cannot fit single
 * rows, so what the out-of-fold figures gain by it is below their noise (and ranking figures nothing at all); isotonic's many steps
 * can, so with it the out-of-fold Brier score, log loss and calibration error are slightly too good, and the test rows' count.
 *
 * @param predictions Parquet with `probability`, `churn` and both classes
 */
export function decide(predictions: string, outPath: string, modeling: ChurnConfig['modeling']): Decision {
  const { score, label } = readScores(predictions, { score: 'probability', label: 'churn' });
  const calibration = fitCalibrator(modeling.calibration, { score: logOdds(score), label });
  calibrateRows(predictions, outPath, calibration);
  const ranking = rankScores(readScores(outPath, { score: SCORE, label: 'churn' }));
  const chosen = chooseThreshold(ranking, configuredThreshold(modeling.threshold));
  if (chosen.threshold === null) throw new Error(`out-of-fold predictions without a threshold: ${chosen.reason}`);
  return {
    calibration,
    threshold: chosen.threshold,
    threshold_reason: chosen.reason,
    figures: churnFigures(ranking, chosen.threshold).figures,
  };
}
