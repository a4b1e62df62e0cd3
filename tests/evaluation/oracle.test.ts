import {
  averagePrecision,
  binaryMetrics,
  brier,
  calibration,
  chooseThreshold,
  confusionAt,
  ksStatistic,
  lift,
  logLoss,
  metricsAt,
  prCurve,
  type Ranking,
  rankScores,
  rocAuc,
  rocCurve,
  type Scores,
} from '@pilotlight/evaluation';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runPython, testWithPython } from '../python.ts';
import { near, nearAll, random } from './cases.ts';

type Case = { name: string; score: number[]; label: number[]; weight?: number[]; thresholds: number[] };
type Decision = Record<'precision' | 'recall' | 'f1' | 'accuracy' | 'specificity', number | null> & {
  balanced_accuracy: number;
  confusion: number[];
};
type Answer = {
  decisions: Decision[];
  log_loss?: number;
  brier?: number;
  roc_auc?: number;
  average_precision?: number;
  ks?: number;
  best_f1?: number | null;
  /** By the recall asked for: precision, recall and threshold of scikit-learn's best point. */
  recall_at_least?: Record<string, [precision: number, recall: number, threshold: number]>;
  deciles?: number[] | null;
  roc?: { fpr: number[]; tpr: number[]; thresholds: number[] };
  pr?: { precision: number[]; recall: number[]; thresholds: number[] };
  calibration?: Record<'quantile' | 'uniform', { observed: number[]; predicted: number[] }>;
};

testWithPython('agrees with scikit-learn on random, tied, constant, tiny, weighted and extreme scores', () => {
  const cases = makeCases();
  const answers = runPython('evaluation_oracle.py', [], cases) as Answer[];
  assert.is(answers.length, cases.length);
  let bothClasses = 0;
  for (const [index, one] of cases.entries()) {
    const answer = answers[index] as Answer;
    const ranking = rankScores(toScores(one));
    compareFigures(one.name, ranking, answer);
    compareDecisions(one, ranking, answer);
    if (answer.roc) bothClasses++;
    compareCurves(one.name, ranking, answer);
    compareCalibration(one.name, ranking, answer);
    compareChoices(one.name, ranking, answer);
  }
  assert.ok(bothClasses > 100, `only ${bothClasses} cases have both classes`);
});

function compareFigures(name: string, ranking: Ranking, answer: Answer): void {
  near(logLoss(ranking).value, answer.log_loss ?? null, `${name}: log loss`);
  near(brier(ranking).value, answer.brier ?? null, `${name}: brier`);
  near(rocAuc(ranking).value, answer.roc_auc ?? null, `${name}: ROC AUC`);
  near(averagePrecision(ranking).value, answer.average_precision ?? null, `${name}: average precision`);
  if (answer.ks !== undefined) near(ksStatistic(ranking).value, answer.ks, `${name}: KS`);
  if (answer.best_f1 === undefined || answer.best_f1 === null) return;
  const chosen = chooseThreshold(ranking, { kind: 'f1' });
  near(chosen.metrics?.f1.value ?? null, answer.best_f1, `${name}: best F1`);
}

function compareDecisions(one: Case, ranking: Ranking, answer: Answer): void {
  for (const [index, threshold] of one.thresholds.entries()) {
    const expected = answer.decisions[index] as Decision;
    const counts = confusionAt(ranking, threshold);
    const metrics = metricsAt(ranking, threshold);
    const name = `${one.name} at ${threshold}`;
    nearAll(Object.values(counts), expected.confusion, `${name}: confusion`);
    for (const metric of ['precision', 'recall', 'f1', 'accuracy', 'specificity'] as const) {
      near(metrics[metric].value, expected[metric], `${name}: ${metric}`);
    }
    if (metrics.balancedAccuracy.value !== null) {
      near(metrics.balancedAccuracy.value, expected.balanced_accuracy, `${name}: balanced accuracy`);
    }
    assertNumbers(binaryMetrics(ranking, threshold).metrics, name);
  }
}

function compareCurves(name: string, ranking: Ranking, answer: Answer): void {
  const [roc, pr] = [rocCurve(ranking), prCurve(ranking)];
  assert.is(roc === null, answer.roc === undefined, name);
  if (!roc || !pr || !answer.roc || !answer.pr) return;
  nearAll(roc.falsePositiveRate, answer.roc.fpr, `${name}: false positive rate`);
  nearAll(roc.truePositiveRate, answer.roc.tpr, `${name}: true positive rate`);
  nearAll(roc.threshold.subarray(1), answer.roc.thresholds, `${name}: ROC thresholds`);
  nearAll(pr.precision, answer.pr.precision, `${name}: precision`);
  nearAll(pr.recall, answer.pr.recall, `${name}: recall`);
  nearAll(pr.threshold.subarray(1), answer.pr.thresholds, `${name}: PR thresholds`);
}

function compareCalibration(name: string, ranking: Ranking, answer: Answer): void {
  for (const strategy of ['quantile', 'uniform'] as const) {
    const expected = answer.calibration?.[strategy];
    if (!expected) continue;
    const { bins } = calibration(ranking, { strategy });
    nearAll(
      bins.map((bin) => bin.observed_rate),
      expected.observed,
      `${name}: ${strategy} observed`,
    );
    nearAll(
      bins.map((bin) => bin.predicted_mean),
      expected.predicted,
      `${name}: ${strategy} predicted`,
    );
  }
}

function compareChoices(name: string, ranking: Ranking, answer: Answer): void {
  for (const [recall, [precision, reached, threshold]] of Object.entries(answer.recall_at_least ?? {})) {
    const chosen = chooseThreshold(ranking, { kind: 'recall_at_least', recall: Number(recall) });
    near(chosen.metrics?.precision.value ?? null, precision, `${name}: precision at recall ${recall}`);
    near(chosen.metrics?.recall.value ?? null, reached, `${name}: recall at recall ${recall}`);
    near(chosen.threshold, threshold, `${name}: threshold at recall ${recall}`);
  }
  const slices = answer.deciles ? lift(ranking) : null;
  if (!answer.deciles || !slices) return;
  nearAll(
    slices.map((slice) => slice.positives),
    answer.deciles,
    `${name}: positives by decile`,
  );
  const rows = ranking.positives + ranking.negatives;
  nearAll(
    slices.map((slice) => slice.lift),
    answer.deciles.map((positives) => (positives * 10) / rows / (ranking.positives / rows)),
    `${name}: lift by decile`,
  );
}

function assertNumbers(metrics: Record<string, number | null>, name: string): void {
  for (const [metric, value] of Object.entries(metrics)) {
    assert.ok(value === null || Number.isFinite(value), `${name}: ${metric} is ${value}`);
  }
}

function toScores({ score, label, weight }: Case): Scores {
  const base = { score: Float64Array.from(score), label: Uint8Array.from(label) };
  return weight ? { ...base, weight: Float64Array.from(weight) } : base;
}

/** Families of inputs x sizes x seeds; a quarter carries weights. */
function makeCases(): Case[] {
  const families: Record<string, (next: () => number) => number> = {
    random: (next) => next(),
    tied: (next) => Math.round(next() * 8) / 8,
    constant: () => 0.3,
    extreme: (next) => [0, 1, 1e-300, 1 - 2 ** -53, 0.5][Math.floor(next() * 5)] as number,
    raw: (next) => (next() - 0.5) * 2e6,
    huge: (next) => (next() - 0.5) * 1e300,
  };
  const cases: Case[] = [];
  for (const [family, draw] of Object.entries(families)) {
    for (const size of [1, 2, 3, 5, 10, 37, 200, 700]) {
      for (const seed of [1, 2, 3, 4]) {
        cases.push(makeCase(`${family} ${size} #${seed}`, draw, size, random(seed * 7919 + size)));
        if (seed === 3) addWeights(cases.at(-1) as Case, random(seed + size));
      }
    }
  }
  return cases;
}

function makeCase(name: string, draw: (next: () => number) => number, size: number, next: () => number): Case {
  const score = Array.from({ length: size }, () => draw(next));
  const label = score.map((value) => Number(next() < 0.25 + 0.5 * Number(value > 0.5)));
  return { name, score, label, thresholds: [0.5, score[0] as number, Math.max(...score) * 2 + 1] };
}

function addWeights(one: Case, next: () => number): void {
  one.name += ' weighted';
  one.weight = one.score.map(() => 0.25 + next() * 4);
}

test.run();
