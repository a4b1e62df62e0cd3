/** Cases from public tests of other projects and from textbooks, recomputed. */
import { chiSquared, ksTwoSample, psi } from '@pilotlight/modeling';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const near = (found: number | undefined | null, expected: number, digits: number) =>
  assert.ok(Math.abs((found ?? Number.NaN) - expected) <= 0.5 * 10 ** -digits, `${found} is not ${expected}`);
const ks = (a: number[], b: number[]) => ksTwoSample(Float64Array.from(a), Float64Array.from(b));
const steps = (from: number, to: number, count: number) =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

test('PSI under the zero rules', () => {
  near(psi([2, 2, 0], [2, 1, 1]), 2.12852, 5);
  near(psi([2, 2, 0], [2, 1, 1], { kind: 'floor', value: 0.01 }), 0.945817, 6);
  near(psi([1000, 1500, 1200, 1300], [800, 1400, 1600, 1200]), 0.0349210194, 10);
  assert.is(psi([1, 0], [1, 1], { kind: 'none' }), Number.POSITIVE_INFINITY);
  assert.is(psi([0], [1]), null);
});

test('Kolmogorov-Smirnov', () => {
  assert.equal(ks([1.01, 2.01], [1, 2, 3]), { d: 1 / 3, p: 1 });
  near(ks([0.99, 1.99], [1, 2, 3, 4])?.d, 0.75, 15);
  near(ks([0.99, 1.99], [1, 2, 3, 4])?.p, 0.4, 15);
  const shifted = ks(
    steps(1, 100, 100),
    steps(1, 100, 110).map((value) => value + 20.1),
  );
  near(shifted?.d, 232 / 1100, 15);
  near(shifted?.p, 0.015739183865607, 14);
  assert.is(ks([], [1]), null);
  assert.is(ks([Number.NaN], [1]), null);
});

test('chi-squared', () => {
  const found = chiSquared([
    [762, 327, 468],
    [484, 239, 477],
  ]);
  near(found?.statistic, 30.070149, 6);
  assert.is(found?.df, 2);
  near((found?.p ?? 0) * 1e7, 2.95359, 5);
  const dropped = chiSquared([
    [5, 5, 0],
    [8, 3, 5],
  ]);
  near(dropped?.statistic, 5.078125, 12);
  near(dropped?.p, 0.0789404, 7);
  near(
    chiSquared([
      [130, 370],
      [240, 260],
    ])?.statistic,
    50.969541,
    6,
  );
  assert.is(
    chiSquared([
      [1, 2],
      [0, 0],
    ]),
    null,
  );
});

test.run();
