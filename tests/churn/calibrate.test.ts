import path from 'node:path';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Evaluation } from '../../pipelines/churn/evaluation.ts';
import { openModel } from '../../pipelines/churn/modelFolder.ts';
import { evaluate } from '../../pipelines/churn/steps/evaluate.ts';
import { train } from '../../pipelines/churn/steps/train.ts';
import { near, nearAll } from '../evaluation/cases.ts';
import { readJson, remove, temporary } from '../folders.ts';
import { runPython, testWithPython } from '../python.ts';
import { contextOf, writeConfig, writeGold } from './goldFixture.ts';

type Figures = Record<string, number | null>;
type Bins = { observed: number[]; predicted: number[]; error: number };
type Answer = {
  split: Record<string, [split: string, fold: number | null]>;
  calibration: { slope: number; intercept: number; x: number[]; y: number[] };
  calibrated_gap: number;
  best: [precision: number, recall: number, threshold: number];
  out_of_fold: Figures;
  out_of_fold_raw: Figures;
  test: Figures;
  bins: Bins;
  bins_before: Bins;
  lift: number[];
  tiers: [string, number, number][];
  groups: Record<string, Figures>;
};

const folder = temporary();
const at = (...parts: string[]) => path.join(folder, ...parts);
test.after(() => remove(folder));

for (const method of ['sigmoid', 'isotonic', 'none'] as const) {
  testWithPython(`${method}: split, calibration, threshold and every figure as scikit-learn has them`, async () => {
    const gold = writeGold(at('gold'));
    const config = writeConfig(at(`${method}.json`), (all) =>
      Object.assign(all, { modeling: { ...all.modeling, calibration: method } }),
    );
    const [model, evaluation] = [at(`models_${method}`), at(`evaluation_${method}`)];
    await train(contextOf({ inputs: { gold, config }, outputs: { model } }));
    await evaluate(contextOf({ inputs: { gold, model, config }, outputs: { evaluation } }));
    const answer = runPython('churn_model_oracle.py', [model, path.join(evaluation, 'test.parquet')]) as Answer;
    compareModel(model, answer);
    compareEvaluation(readJson(evaluation, 'evaluation.json'), answer);
  });
}

function compareModel(model: string, answer: Answer): void {
  const { metadata } = openModel(model);
  const { calibration } = metadata;
  if (calibration.method === 'sigmoid') {
    near(calibration.slope, answer.calibration.slope, 'slope');
    near(calibration.intercept, answer.calibration.intercept, 'intercept');
  }
  if (calibration.method === 'isotonic') {
    nearAll(calibration.x, answer.calibration.x, 'x');
    nearAll(calibration.y, answer.calibration.y, 'y');
  }
  assert.ok(answer.calibrated_gap < 1e-12, `calibrated scores differ by ${answer.calibrated_gap}`);
  near(metadata.threshold, answer.best[2], 'threshold');
  assert.ok((metadata.metrics.out_of_fold.recall ?? 0) >= 0.7);
  compareFigures(metadata.metrics.out_of_fold, answer.out_of_fold, 'out of fold');
  const [trained] = readJson(model, 'comparison.json').experiments;
  near(trained.pr_auc, answer.out_of_fold_raw.pr_auc ?? null, 'comparison: PR-AUC');
  near(trained.roc_auc, answer.out_of_fold_raw.roc_auc ?? null, 'comparison: ROC-AUC');
}

function compareEvaluation(evaluation: Evaluation, answer: Answer): void {
  compareFigures(evaluation, answer.test, 'test');
  compareBins(evaluation.calibration.bins, evaluation.calibration.expected_error, answer.bins, 'after');
  compareBins(
    evaluation.calibration.bins_before,
    evaluation.calibration.expected_error_before,
    answer.bins_before,
    'before',
  );
  nearAll(
    (evaluation.lift ?? []).map((slice) => slice.lift),
    answer.lift,
    'lift',
  );
  assert.equal(
    evaluation.tiers.map(({ tier, rows, churners }) => [tier, rows, churners]),
    answer.tiers,
  );
  const groups = Object.entries(answer.groups);
  assert.equal(
    evaluation.subgroups.map(({ column, value }) => `${column} ${value}`),
    groups.map(([name]) => name),
  );
  for (const [index, [name, expected]] of groups.entries()) {
    const group = evaluation.subgroups[index] as unknown as Figures;
    for (const figure of ['pr_auc', 'roc_auc', 'precision', 'recall']) {
      near(group[figure] ?? null, expected[figure] ?? null, `${name}: ${figure}`);
    }
  }
}

function compareFigures(actual: object, expected: Figures, name: string): void {
  assert.ok(Object.keys(expected).length > 10);
  for (const [figure, value] of Object.entries(expected)) {
    near((actual as Figures)[figure] ?? null, value, `${name}: ${figure}`);
  }
}

function compareBins(
  bins: Evaluation['calibration']['bins'],
  error: number | null,
  expected: Bins,
  name: string,
): void {
  nearAll(
    bins.map((bin) => bin.observed_rate),
    expected.observed,
    `${name}: observed`,
  );
  nearAll(
    bins.map((bin) => bin.predicted_mean),
    expected.predicted,
    `${name}: predicted`,
  );
  near(error, expected.error, `${name}: calibration error`);
}

testWithPython('the split again by hashlib', () => {
  const answer = runPython('churn_model_oracle.py', [
    at('models_sigmoid'),
    at('evaluation_sigmoid', 'test.parquet'),
  ]) as Answer;
  const rows = readSplit(at('models_sigmoid'));
  assert.is(rows.length, 1200);
  for (const { customer_id, split, fold } of rows) assert.equal([split, fold], answer.split[customer_id], customer_id);
});

function readSplit(model: string) {
  const frame = pl.readParquet(path.join(model, 'split.parquet'));
  return frame.toRecords() as { customer_id: string; split: string; fold: number | null }[];
}

test.run();
