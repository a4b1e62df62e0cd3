import { InputError } from '@pilotlight/errors';
import { chooseThreshold, confusionAt, promote, rankScores } from '@pilotlight/evaluation';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { near } from './cases.ts';

const rank = (score: number[], label: number[]) =>
  rankScores({ score: Float64Array.from(score), label: Uint8Array.from(label) });

/** From the highest score: + + - + - - */
const RANKING = rank([0.9, 0.8, 0.7, 0.6, 0.3, 0.1], [1, 1, 0, 1, 0, 0]);

test('best F1', () => {
  const chosen = chooseThreshold(RANKING, { kind: 'f1' });
  assert.is(chosen.threshold, 0.6);
  near(chosen.metrics?.f1.value ?? null, 6 / 7, 'F1');
});

test('highest precision at a recall: the threshold with more recall among equals', () => {
  assert.is(chooseThreshold(RANKING, { kind: 'recall_at_least', recall: 0.2 }).threshold, 0.8);
  assert.is(chooseThreshold(RANKING, { kind: 'recall_at_least', recall: 0.67 }).threshold, 0.6);
  assert.is(chooseThreshold(RANKING, { kind: 'recall_at_least', recall: 1 }).threshold, 0.6);
});

test('a recall that no threshold reaches falls back to the best F1, and says so', () => {
  const chosen = chooseThreshold(RANKING, { kind: 'recall_at_least', recall: 1.1 });
  assert.is(chosen.strategy, 'f1');
  assert.is(chosen.threshold, 0.6);
  assert.match(chosen.reason, 'no threshold reaches recall 1.1');
});

test('Youden: of equal ones the highest threshold', () => {
  assert.is(chooseThreshold(RANKING, { kind: 'youden' }).threshold, 0.8);
});

test('cost: cheap alarms call more, dear alarms nobody', () => {
  assert.is(chooseThreshold(RANKING, { kind: 'cost', falsePositive: 1, falseNegative: 10 }).threshold, 0.6);
  assert.is(chooseThreshold(RANKING, { kind: 'cost', falsePositive: 10, falseNegative: 1 }).threshold, 0.8);
  const nobody = chooseThreshold(rank([0.9, 0.2], [0, 1]), { kind: 'cost', falsePositive: 10, falseNegative: 1 });
  assert.ok(nobody.threshold !== null && nobody.threshold > 0.9 && nobody.threshold < 0.9 + 1e-12);
  assert.is(confusionAt(rank([0.9, 0.2], [0, 1]), nobody.threshold as number).falsePositives, 0);
  assert.is(nobody.metrics?.precision.value, null);
});

test('one class has no threshold, with the reason', () => {
  for (const strategy of [{ kind: 'f1' }, { kind: 'youden' }, { kind: 'recall_at_least', recall: 0.5 }] as const) {
    const chosen = chooseThreshold(rank([0.1, 0.9], [0, 0]), strategy);
    assert.equal(chosen, { threshold: null, strategy: strategy.kind, reason: 'no positives', metrics: null });
  }
});

test('a negative cost is refused', () => {
  assert.throws(
    () => chooseThreshold(RANKING, { kind: 'cost', falsePositive: -1, falseNegative: 1 }),
    (error: unknown) => error instanceof InputError && error.code === 'threshold_strategy',
  );
});

const gate = { metric: 'roc_auc', candidate: 0.72, champion: 0.73, minimum: 0.68, tolerance: 0.005 };

for (const [name, change, decision, reason] of [
  ['worse than the champion', {}, 'reject', "roc_auc 0.72 against the champion's 0.73, tolerance 0.005: worse"],
  ['within the tolerance, to the bit', { tolerance: 0.01 }, 'promote', "against the champion's 0.73, tolerance 0.01"],
  ['better', { candidate: 0.74 }, 'promote', "roc_auc 0.74 against the champion's 0.73"],
  ['first model', { champion: null }, 'promote', 'no champion'],
  ['below the minimum', { champion: null, minimum: 0.8 }, 'reject', 'misses the minimum 0.8'],
  ['at the minimum', { champion: null, minimum: 0.72 }, 'promote', 'no champion'],
  ['no minimum', { champion: null, minimum: null }, 'promote', 'no champion'],
  ['figure unknown', { candidate: null }, 'reject', 'not known'],
  ['figure not a number', { candidate: Number.NaN }, 'reject', 'not known'],
  ['a loss that fell', { higherIsBetter: false, minimum: 1 }, 'promote', 'roc_auc 0.72'],
  ['a loss that rose', { higherIsBetter: false, minimum: 1, candidate: 0.8 }, 'reject', 'worse'],
  ['a loss above its bound', { higherIsBetter: false, minimum: 0.5 }, 'reject', 'misses the maximum 0.5'],
] as const) {
  test(`promotion: ${name}`, () => {
    const answer = promote({ ...gate, ...change });
    assert.is(answer.decision, decision);
    assert.match(answer.reason, reason);
  });
}

test.run();
