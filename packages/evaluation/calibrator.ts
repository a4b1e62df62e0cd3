import { fitIsotonic } from './fitIsotonic.ts';
import { fitSigmoid, logistic } from './fitSigmoid.ts';
import type { Scores } from './scores.ts';

/** What makes probabilities of raw scores (log-odds, as boosted trees sum them up); as it stands in JSON. */
export type Calibrator =
  | { method: 'none' }
  | { method: 'sigmoid'; slope: number; intercept: number }
  | { method: 'isotonic'; x: number[]; y: number[] };

/**
 * Fits a calibrator on raw scores of rows that the model did not learn from: on its own training rows it would learn the
 * model's overconfidence as truth. `none` takes the raw scores for the log-odds that they are.
 *
 * @throws InputError as {@link fitSigmoid}
 */
export function fitCalibrator(method: Calibrator['method'], scores: Pick<Scores, 'score' | 'label'>): Calibrator {
  if (method === 'sigmoid') return { method, ...fitSigmoid(scores) };
  if (method === 'isotonic') return { method, ...fitIsotonic(scores) };
  return { method };
}

/** Calibrated probabilities of raw scores, in their order. */
export function calibrate(calibrator: Calibrator, score: Float64Array): Float64Array {
  if (calibrator.method === 'none') return score.map(logistic);
  if (calibrator.method === 'isotonic') return score.map((one) => valueOn(calibrator, one));
  const { slope, intercept } = calibrator;
  return score.map((one) => logistic(slope * one + intercept));
}

/**
 * Log-odds of probabilities, which are clipped to [2^-52, 1 - 2^-52]: a model that is certain has a finite score too.
 */
export function logOdds(probability: Float64Array): Float64Array {
  return probability.map((one) => {
    const p = Math.min(Math.max(one, Number.EPSILON), 1 - Number.EPSILON);
    return Math.log(p) - Math.log1p(-p);
  });
}

/** The broken line at `score`: flat beyond its ends. */
function valueOn({ x, y }: { x: number[]; y: number[] }, score: number): number {
  let [low, high] = [0, x.length - 1];
  if (score <= (x[low] as number)) return y[low] as number;
  if (score >= (x[high] as number)) return y[high] as number;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((x[middle] as number) <= score) low = middle;
    else high = middle;
  }
  const [from, to] = [y[low] as number, y[high] as number];
  return from + (to - from) * ((score - (x[low] as number)) / ((x[high] as number) - (x[low] as number)));
}
