import { InputError } from '@pilotlight/errors';
import {
  averagePrecision,
  binaryMetrics,
  brier,
  calibration,
  confusionAt,
  curveRows,
  histogram,
  ksStatistic,
  lift,
  logLoss,
  metricsAt,
  prCurve,
  rankScores,
  rocAuc,
  rocCurve,
  type Scores,
  thinCurve,
} from '@pilotlight/evaluation';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { near, random } from './cases.ts';

function scores(score: number[], label: number[], weight?: number[]): Scores {
  const base = { score: Float64Array.from(score), label: Uint8Array.from(label) };
  return weight ? { ...base, weight: Float64Array.from(weight) } : base;
}

test('figures of the textbook case of four rows', () => {
  const ranking = rankScores(scores([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]));
  near(rocAuc(ranking).value, 0.75, 'ROC AUC: 3 of the 4 pairs are in order');
  near(averagePrecision(ranking).value, 1 / 2 + (1 / 2) * (2 / 3), 'average precision');
  near(ksStatistic(ranking).value, 0.5, 'KS');
  near(brier(ranking).value, (0.1 ** 2 + 0.4 ** 2 + 0.65 ** 2 + 0.2 ** 2) / 4, 'brier');
  near(logLoss(ranking).value, -(Math.log(0.9) + Math.log(0.6) + Math.log(0.35) + Math.log(0.8)) / 4, 'log loss');
  const expected = { truePositives: 1, falsePositives: 1, trueNegatives: 1, falseNegatives: 1 };
  assert.equal(confusionAt(ranking, 0.4), expected, 'a score equal to the threshold is called positive');
});

test('equal scores count half, whatever the order of rows', () => {
  const one = rankScores(scores([0.5, 0.5, 0.5, 0.9], [1, 0, 1, 1]));
  const other = rankScores(scores([0.9, 0.5, 0.5, 0.5], [1, 1, 1, 0]));
  near(rocAuc(one).value, (1 + 0.5 + 0.5) / 3, 'ROC AUC');
  assert.equal(one, other);
  assert.equal(Array.from(one.threshold), [0.9, 0.5]);
});

test('minus zero equals zero', () => {
  const ranking = rankScores(scores([0, -0, 0.5], [1, 0, 1]));
  assert.is(ranking.threshold.length, 2);
});

test('a weight of 3 is as three rows, a weight of 0 as none', () => {
  const weighted = rankScores(scores([0.2, 0.7, 0.7, 0.4], [0, 1, 0, 1], [3, 2, 1, 0]));
  const repeated = rankScores(scores([0.2, 0.2, 0.2, 0.7, 0.7, 0.7], [0, 0, 0, 1, 1, 0]));
  assert.equal(weighted, repeated);
  assert.equal(calibration(weighted), calibration(repeated));
});

for (const [name, input, reason] of [
  ['no rows', scores([], []), 'no rows'],
  ['only negatives', scores([0.1, 0.9], [0, 0]), 'no positives'],
  ['only positives', scores([0.1, 0.9], [1, 1]), 'no negatives'],
  ['weights of zero', scores([0.1, 0.9], [0, 1], [0, 0]), 'no rows'],
] as const) {
  test(`${name}: null with the reason, never NaN`, () => {
    const ranking = rankScores(input);
    for (const figure of [rocAuc, averagePrecision, ksStatistic]) {
      assert.equal(figure(ranking), { value: null, reason }, figure.name);
    }
    assert.is(rocCurve(ranking), null);
    assert.is(prCurve(ranking), null);
    assert.is(lift(ranking), null);
    const all = binaryMetrics(ranking, 0.5);
    for (const [metric, value] of Object.entries(all.metrics)) {
      assert.ok(value === null || Number.isFinite(value), `${metric} is ${value}`);
      assert.is(value === null, metric in all.undefined_reasons, `${metric} has its reason`);
    }
    assert.not.match(JSON.stringify(all), /NaN|Infinity/);
  });
}

test('scores outside 0 to 1 have an AUC but no probability figures', () => {
  const ranking = rankScores(scores([-3, 4], [0, 1]));
  assert.is(rocAuc(ranking).value, 1);
  for (const figure of [brier(ranking), logLoss(ranking), calibration(ranking).expectedCalibrationError]) {
    assert.equal(figure, { value: null, reason: 'scores are not probabilities: they run from -3 to 4' });
  }
  assert.equal(calibration(ranking).bins, []);
});

test('a certain and wrong probability has a finite log loss', () => {
  near(logLoss(rankScores(scores([0, 1], [1, 0]))).value, -Math.log(2 ** -52), 'clipped at 2^-52');
});

test('metrics that divide by nothing are null', () => {
  const metrics = metricsAt(rankScores(scores([0.1, 0.2], [0, 1])), 0.5);
  assert.equal(metrics.precision, { value: null, reason: 'nothing is called positive' });
  assert.is(metrics.recall.value, 0);
  assert.is(metrics.balancedAccuracy.value, 0.5);
});

test('without a threshold, figures of the decision are null and the others are there', () => {
  const { metrics, undefined_reasons } = binaryMetrics(rankScores(scores([0.1, 0.2], [0, 1])), null);
  assert.is(metrics.roc_auc, 1);
  assert.is(metrics.f1, null);
  assert.is(undefined_reasons.f1, 'no threshold');
});

test('lift by decile: all positives in the first tenth', () => {
  const rows = Array.from({ length: 100 }, (_, i) => i / 100);
  const slices =
    lift(
      rankScores(
        scores(
          rows,
          rows.map((score) => Number(score >= 0.9)),
        ),
      ),
    ) ?? [];
  assert.is(slices.length, 10);
  near(slices[0]?.lift ?? null, 10, 'lift of the first slice');
  near(slices[0]?.gain ?? null, 1, 'gain of the first slice');
  near(slices[1]?.lift ?? null, 0, 'lift of the second');
  near(slices[9]?.cumulative_lift ?? null, 1, 'cumulative lift of everything');
  assert.is(slices[0]?.score_min, 0.9);
});

test('lift of constant scores is 1 in every slice, and gains add up', () => {
  const slices = lift(rankScores(scores([0.5, 0.5, 0.5], [1, 0, 0]))) ?? [];
  for (const [index, slice] of slices.entries()) {
    near(slice.lift, 1, `slice ${slice.slice}`);
    near(slice.gain, (index + 1) / 10, `gain ${slice.slice}`);
  }
});

test('expected calibration error by hand', () => {
  const ranking = rankScores(scores([0.25, 0.25, 0.75, 0.75], [0, 0, 1, 0]));
  const uniform = calibration(ranking, { strategy: 'uniform', bins: 2 });
  assert.equal(
    uniform.bins.map(({ rows, predicted_mean, observed_rate }) => [rows, predicted_mean, observed_rate]),
    [
      [2, 0.25, 0],
      [2, 0.75, 0.5],
    ],
  );
  near(uniform.expectedCalibrationError.value, 0.25, 'error');
});

test('histogram: every row once, the ends inside, of whatever range', () => {
  const bins = histogram(rankScores(scores([0, 0.25, 0.5, 1, 1], [0, 1, 0, 1, 0])), 4);
  assert.equal(
    bins.map(({ positives, negatives }) => [positives, negatives]),
    [
      [0, 1],
      [1, 0],
      [0, 1],
      [1, 1],
    ],
  );
  const wide = histogram(rankScores(scores([-10, 30], [0, 1])), 2);
  assert.equal(
    wide.map(({ lower, upper, positives }) => [lower, upper, positives]),
    [
      [-10, 10, 0],
      [10, 30, 1],
    ],
  );
  assert.equal(histogram(rankScores(scores([], []))), []);
  assert.is(histogram(rankScores(scores([7, 7], [0, 1]))).length, 1);
});

test('a thinned curve keeps ends, order and area', () => {
  const next = random(5);
  const score = Array.from({ length: 20_000 }, next);
  const ranking = rankScores(
    scores(
      score,
      score.map((value) => Number(next() < value * 0.3)),
    ),
  );
  const roc = rocCurve(ranking);
  if (!roc) throw new Error('no curve');
  const thin = thinCurve(roc);
  assert.ok(thin.threshold.length <= 500 && thin.threshold.length > 400, `${thin.threshold.length} points`);
  const rows = curveRows(thin);
  assert.equal(rows[0], { threshold: null, false_positive_rate: 0, true_positive_rate: 0 });
  assert.is(rows.at(-1)?.true_positive_rate, 1);
  assert.is(rows.at(-1)?.false_positive_rate, 1);
  let area = 0;
  for (let i = 1; i < rows.length; i++) {
    const [a, b] = [rows[i - 1], rows[i]];
    if (!a || !b) continue;
    assert.ok(b.false_positive_rate >= a.false_positive_rate && b.true_positive_rate >= a.true_positive_rate);
    area += ((b.false_positive_rate - a.false_positive_rate) * (a.true_positive_rate + b.true_positive_rate)) / 2;
  }
  assert.ok(Math.abs(area - (rocAuc(ranking).value ?? 0)) < 1e-4, `area ${area}`);
});

test('thinning keeps the corner of a perfect curve and leaves short curves alone', () => {
  const score = Array.from({ length: 5000 }, (_, i) => i);
  const curve = rocCurve(
    rankScores(
      scores(
        score,
        score.map((value) => Number(value >= 2500)),
      ),
    ),
  );
  if (!curve) throw new Error('no curve');
  const thin = curveRows(thinCurve(curve, 11));
  assert.ok(thin.length <= 11);
  assert.ok(
    thin.some((row) => row.true_positive_rate > 0.85 && row.false_positive_rate < 0.15),
    'near the corner',
  );
  const short = rocCurve(rankScores(scores([0.1, 0.2], [0, 1])));
  assert.is(short && thinCurve(short), short);
});

for (const [name, input, code] of [
  ['unequal lengths', scores([0.1, 0.2], [1]), 'scores_length'],
  ['a NaN score', scores([0.1, Number.NaN], [1, 0]), 'scores_not_finite'],
  ['an infinite score', scores([0.1, Number.POSITIVE_INFINITY], [1, 0]), 'scores_not_finite'],
  ['a label of 2', scores([0.1, 0.2], [1, 2]), 'scores_label'],
  ['a negative weight', scores([0.1, 0.2], [1, 0], [1, -1]), 'scores_weight'],
] as const) {
  test(`${name} is refused`, () => {
    assert.throws(
      () => rankScores(input),
      (error: unknown) => error instanceof InputError && error.code === code,
    );
  });
}

test.run();
