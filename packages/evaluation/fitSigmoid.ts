import { checkScores, type Scores } from './scores.ts';
import { openSum } from './sum.ts';

export type Sigmoid = { slope: number; intercept: number };

const ROUNDS_MAX = 200;

/**
 * Platt scaling: the `slope` and `intercept` of P(positive) = 1 / (1 + exp(-(slope * score + intercept))) that minimise the
 * cross-entropy to smoothed targets, (positives + 1) / (positives + 2) for positives and 1 / (negatives + 2) for negatives
 * (J. Platt, Probabilistic Outputs for Support Vector Machines, 1999; scikit-learn's `method="sigmoid"`, whose a and b are
 * these with the sign changed). The scores may be on any scale; one class is enough, for the targets are never 0 or 1.
 *
 * Newton's method on the centred and scaled scores, step halved where it would climb (Lin, Lin and Weng 2007), until the step is
 * below rounding.
 *
 * @throws InputError as {@link checkScores}, and `scores_length` without rows
 */
export function fitSigmoid(scores: Pick<Scores, 'score' | 'label'>): Sigmoid {
  checkScores(scores, 1);
  const { mean, scale } = standardize(scores.score);
  const values = scores.score.map((score) => (score - mean) / scale);
  const targets = smoothTargets(scores.label);
  let at: Sigmoid = { slope: 0, intercept: logOddsOf(targets.reduce((sum, one) => sum + one, 0) / targets.length) };
  let loss = crossEntropy(values, targets, at);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const step = newtonStep(values, targets, at);
    const next = descend(at, step, loss, (point) => crossEntropy(values, targets, point));
    if (!next) break;
    [at, loss] = [next.at, next.loss];
    if (isTiny(step.slope, at.slope) && isTiny(step.intercept, at.intercept)) break;
  }
  return { slope: at.slope / scale, intercept: at.intercept - (at.slope * mean) / scale };
}

function smoothTargets(label: Uint8Array): Float64Array {
  const positives = label.reduce((sum, one) => sum + one, 0);
  const [high, low] = [(positives + 1) / (positives + 2), 1 / (label.length - positives + 2)];
  return Float64Array.from(label, (one) => (one === 1 ? high : low));
}

function newtonStep(values: Float64Array, targets: Float64Array, at: Sigmoid): Sigmoid {
  const [g1, g0, h11, h10, h00] = [openSum(), openSum(), openSum(), openSum(), openSum()];
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    const z = at.slope * value + at.intercept;
    const [p, q] = [logistic(z), logistic(-z)];
    const gap = p - (targets[row] as number);
    g1.add(gap * value);
    g0.add(gap);
    h11.add(p * q * value * value);
    h10.add(p * q * value);
    h00.add(p * q);
  }
  // A constant score leaves its own direction flat: the ridge keeps the step finite and the slope at 0.
  const ridge = 1e-300 + h00.total() * Number.EPSILON * 1e-6;
  const [a, b, c] = [h11.total() + ridge, h10.total(), h00.total() + ridge];
  const determinant = a * c - b * b;
  return {
    slope: -(c * g1.total() - b * g0.total()) / determinant,
    intercept: -(a * g0.total() - b * g1.total()) / determinant,
  };
}

/** The longest of step, step / 2, ... that does not climb beyond rounding; null where none does. */
function descend(at: Sigmoid, step: Sigmoid, loss: number, lossAt: (point: Sigmoid) => number) {
  for (let share = 1; share > 1e-10; share /= 2) {
    const point = { slope: at.slope + share * step.slope, intercept: at.intercept + share * step.intercept };
    const next = lossAt(point);
    if (next <= loss * (1 + 1e-14)) return { at: point, loss: next };
  }
  return null;
}

/** Written so that neither exp overflows nor a small term is lost in 1. */
function crossEntropy(values: Float64Array, targets: Float64Array, { slope, intercept }: Sigmoid): number {
  const sum = openSum();
  for (let row = 0; row < values.length; row++) {
    const z = slope * (values[row] as number) + intercept;
    sum.add(Math.max(z, 0) - z * (targets[row] as number) + Math.log1p(Math.exp(-Math.abs(z))));
  }
  return sum.total();
}

/** The mean, and the largest distance from it (1 for a constant): of any finite scores, unlike a sum of squares. */
function standardize(score: Float64Array): { mean: number; scale: number } {
  const total = openSum();
  for (const one of score) total.add(one / score.length);
  const mean = total.total();
  const scale = score.reduce((most, one) => Math.max(most, Math.abs(one - mean)), 0);
  return { mean, scale: scale > 0 ? scale : 1 };
}

const isTiny = (step: number, value: number) => Math.abs(step) <= 4 * Number.EPSILON * (1 + Math.abs(value));
const logOddsOf = (p: number) => Math.log(p) - Math.log1p(-p);

export function logistic(z: number): number {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}
