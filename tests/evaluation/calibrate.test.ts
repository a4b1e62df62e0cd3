import { InputError } from '@pilotlight/errors';
import { type Calibrator, calibrate, fitCalibrator, fitIsotonic, fitSigmoid, logOdds } from '@pilotlight/evaluation';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runPython, testWithPython } from '../python.ts';
import { near, nearAll, random } from './cases.ts';

type Case = { name: string; score: number[]; label: number[]; probes: number[] };
type Line = { slope: number; intercept: number };
type Answer = { sigmoid: Line & { solver: Line }; isotonic: { x: number[]; y: number[]; probes: number[] } };

const scoresOf = ({ score, label }: { score: number[]; label: number[] }) => ({
  score: Float64Array.from(score),
  label: Uint8Array.from(label),
});

testWithPython('sigmoid: the minimum that scikit-learn looks for, to 1e-12', () => {
  for (const { one, answer } of askOracle()) {
    const fitted = fitSigmoid(scoresOf(one));
    near(fitted.slope, answer.sigmoid.slope, `${one.name}: slope`);
    near(fitted.intercept, answer.sigmoid.intercept, `${one.name}: intercept`);
    const { solver } = answer.sigmoid;
    assert.ok(Math.abs(fitted.slope - solver.slope) < 1e-3 * (1 + Math.abs(solver.slope)), `${one.name}: solver`);
  }
});

testWithPython(
  "isotonic: the points of scikit-learn's IsotonicRegression, and its values between and beyond them",
  () => {
    for (const { one, answer } of askOracle()) {
      const fitted = fitIsotonic(scoresOf(one));
      nearAll(fitted.x, answer.isotonic.x, `${one.name}: x`);
      nearAll(fitted.y, answer.isotonic.y, `${one.name}: y`);
      const values = calibrate({ method: 'isotonic', ...fitted }, Float64Array.from(one.probes));
      nearAll(values, answer.isotonic.probes, `${one.name}: values`);
    }
  },
);

function askOracle(): { one: Case; answer: Answer }[] {
  const cases = makeCases();
  const answers = runPython('evaluation_oracle.py', [], cases) as Answer[];
  assert.is(answers.length, cases.length);
  return cases.map((one, index) => ({ one, answer: answers[index] as Answer }));
}

/** Log-odds of models that are good, useless, upside down, far from 0, tied and certain, from few rows to many. */
function makeCases(): Case[] {
  const families: Record<string, (next: () => number, label: number) => number> = {
    good: (next, label) => gauss(next) + 2.5 * label - 3,
    useless: (next) => gauss(next),
    inverted: (next, label) => gauss(next) - label,
    large: (next, label) => 400 * (gauss(next) + label),
    tied: (next, label) => Math.round(2 * gauss(next) + label) / 2,
    certain: (next, label) => (next() < 0.8 ? 30 * (2 * label - 1) : 0) + gauss(next),
  };
  return Object.entries(families).flatMap(([family, draw], index) =>
    [7, 40, 300, 4000].map((size) => {
      const next = random(100 * index + size);
      const label = Array.from({ length: size }, (_, row) => (row < 2 ? row : Number(next() < 0.2)));
      const score = label.map((one) => draw(next, one));
      const probes = Array.from({ length: 50 }, () => 3 * gauss(next) - 1);
      return { name: `${family} ${size}`, score, label, probes: [...probes, -1e6, 1e6, score[0] as number] };
    }),
  );
}

const gauss = (next: () => number) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

test('sigmoid: smoothed targets keep one class and separated classes finite', () => {
  // All targets are (3 + 1) / (3 + 2): the best line is flat at log(0.8 / 0.2).
  const flat = fitSigmoid(scoresOf({ score: [1, 2, 3], label: [1, 1, 1] }));
  near(flat.slope, 0, 'slope');
  near(flat.intercept, Math.log(4), 'intercept');
  // Targets 1/3 and 2/3 at scores -1 and 1: the line through log(1/2) and log(2).
  const two = fitSigmoid(scoresOf({ score: [-1, 1], label: [0, 1] }));
  near(two.slope, Math.log(2), 'slope of two points');
  near(two.intercept, 0, 'intercept of two points');
});

test('sigmoid: a constant score gives the smoothed rate', () => {
  // Two of four are positive: targets 3/4 and 1/4, mean 1/2.
  const fitted = fitSigmoid(scoresOf({ score: [5, 5, 5, 5], label: [1, 0, 1, 0] }));
  near(fitted.slope * 5 + fitted.intercept, 0, 'log-odds');
});

test('isotonic by hand: one violation is pooled', () => {
  const fitted = fitIsotonic(scoresOf({ score: [1, 2, 3, 4], label: [0, 1, 0, 1] }));
  assert.equal(fitted, { x: [1, 2, 3, 4], y: [0, 0.5, 0.5, 1] });
  const values = calibrate({ method: 'isotonic', ...fitted }, Float64Array.from([0, 1.5, 2.5, 9]));
  assert.equal([...values], [0, 0.25, 0.5, 1]);
});

test('log-odds and back: what is not calibrated stays what it was', () => {
  const probability = Float64Array.from([1e-9, 0.25, 0.5, 0.999]);
  nearAll(calibrate({ method: 'none' }, logOdds(probability)), probability, 'probability');
  assert.ok([...logOdds(Float64Array.from([0, 1]))].every(Number.isFinite));
});

test('every method gives probabilities that do not fall', () => {
  const next = random(5);
  const label = Array.from({ length: 500 }, () => Number(next() < 0.3));
  const scores = scoresOf({ label, score: label.map((one) => gauss(next) + one) });
  const rising = Float64Array.from({ length: 200 }, (_, i) => (i - 100) / 10);
  for (const method of ['none', 'sigmoid', 'isotonic'] as const) {
    const values = [...calibrate(fitCalibrator(method, scores) as Calibrator, rising)];
    assert.ok(
      values.every((value, i) => value >= 0 && value <= 1 && (i === 0 || value >= (values[i - 1] as number))),
      method,
    );
  }
});

test('nothing to fit on is refused', () => {
  for (const method of ['sigmoid', 'isotonic'] as const) {
    assert.throws(
      () => fitCalibrator(method, scoresOf({ score: [], label: [] })),
      (error: unknown) => error instanceof InputError && error.code === 'scores_length',
    );
  }
});

test.run();
