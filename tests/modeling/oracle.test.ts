import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { predict, readModel, train } from '@pilotlight/modeling';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runPython, sharedData, testWithData, testWithPython } from '../python.ts';
import { closeTo, convertExample, customers, FEATURES, readColumns, temporaryFolder, writeRows } from './data.ts';

type Oracle = {
  best_iteration: number;
  evaluations: Record<string, number[]>;
  predictions: number[] | number[][];
  contributions: number[][];
  raw: number[];
  gain: number[];
  split: number[];
  pandas_categorical: string[][] | null;
  features: string[];
};

const folder = temporaryFolder();
const oracle = (task: object) => runPython('boosting_oracle.py', [], task) as Oracle;
const at = (name: string) => join(folder, name);
/** Trees alone: the parameters after them differ in what Python passes on. */
const trees = (path: string) => readFileSync(path, 'utf8').split('\nend of trees\n')[0];
const shared = { deterministic: true, force_row_wise: true, num_threads: 2, verbosity: -1 };

const OBJECTIVES = [
  ['binary_classification/binary', { objective: 'binary', metric: 'auc' }],
  ['multiclass_classification/multiclass', { objective: 'multiclass', num_class: 5, metric: 'multi_logloss' }],
  ['regression/regression', { objective: 'regression', metric: 'l2' }],
] as const;

/** Predictions of a model file here, row by row. */
async function predictHere(modelPath: string, data: string, kind?: 'raw' | 'contributions'): Promise<number[][]> {
  const outPath = at('predicted.parquet');
  await predict({ modelPath, dataPaths: [data], outPath, keepColumns: [], kind });
  const columns = Object.values(readColumns(outPath)) as number[][];
  return (columns[0] ?? []).map((_, row) => columns.map((column) => column[row] as number));
}

for (const [name, objective] of OBJECTIVES) {
  const title = `LightGBM's example: ${objective.objective}`;
  testWithData(title, ['lightgbm_examples'], async () => {
    const source = join(sharedData('lightgbm_examples') ?? '', name);
    const [trainPath, validPath] = [at('train.parquet'), at('valid.parquet')];
    const features = convertExample(`${source}.train`, trainPath);
    convertExample(`${source}.test`, validPath);
    await agree(
      trainPath,
      validPath,
      'label',
      features,
      {},
      {
        ...objective,
        ...shared,
        num_leaves: 31,
        bagging_fraction: 0.8,
        bagging_freq: 1,
        feature_fraction: 0.8,
        seed: 7,
      },
    );
  });
}

testWithPython('generated customers, with text categories and missing values', async () => {
  const [trainPath, validPath] = [
    writeRows(at('c-train.parquet'), customers(3000, 11)),
    writeRows(at('c-valid.parquet'), customers(1000, 12)),
  ];
  const params = { objective: 'binary', metric: 'auc', ...shared, num_leaves: 15, min_data_per_group: 20 };
  const categories = { region: ['Lugo', 'Soria', 'cádiz', 'ÁVILA'] };
  await agree(
    trainPath,
    validPath,
    'churned',
    FEATURES.map((one) => one.name),
    categories,
    params,
  );
});

testWithPython('a bin sample smaller than the data, weights, and no validation', async () => {
  const trainPath = writeRows(at('s-train.parquet'), customers(5000, 21));
  const params = { objective: 'binary', ...shared, bin_construct_sample_cnt: 900, data_random_seed: 5, max_bin: 63 };
  const features = ['income', 'usage', 'spend'];
  await train({
    trainPaths: [trainPath],
    target: 'churned',
    weight: 'weight',
    features: features.map((name) => ({ name, kind: 'numeric' })),
    params,
    rounds: 15,
    modelPath: at('s-ours.txt'),
  });
  oracle({
    task: 'train',
    train: trainPath,
    target: 'churned',
    weight: 'weight',
    features,
    params,
    rounds: 15,
    model: at('s-theirs.txt'),
  });
  assert.is(trees(at('s-ours.txt')), trees(at('s-theirs.txt')));
});

/** Trains on both sides with early stopping; the models, their metrics, predictions and importances must agree, each side's model on the other. */
async function agree(
  trainPath: string,
  validPath: string,
  target: string,
  features: string[],
  categories: Record<string, string[]>,
  params: Record<string, string | number | boolean>,
) {
  const [ours, theirs] = [at('ours.txt'), at('theirs.txt')];
  const kinds = features.map((name) => ({
    name,
    kind: FEATURES.find((one) => one.name === name)?.kind ?? ('numeric' as const),
  }));
  const found = await train({
    trainPaths: [trainPath],
    validPaths: [validPath],
    target,
    features: kinds,
    params,
    rounds: 60,
    earlyStoppingRounds: 8,
    modelPath: ours,
  });
  const expected = oracle({
    task: 'train',
    train: trainPath,
    valid: validPath,
    target,
    features,
    categories,
    params,
    rounds: 60,
    patience: 8,
    model: theirs,
  });

  assert.is(found.bestIteration, expected.best_iteration);
  const metric = Object.keys(expected.evaluations)[0] ?? '';
  closeTo(found.evaluations[`valid_${metric}`] ?? [], expected.evaluations[metric] ?? [], 1e-12);
  assert.is(trees(ours), trees(theirs), 'the same data, parameters and seed give the same trees');
  closeTo(
    found.importance.map((one) => one.gain),
    expected.gain,
    1e-12,
  );
  assert.equal(
    found.importance.map((one) => one.split),
    expected.split,
  );

  const loaded = oracle({ task: 'predict', model: ours, data: validPath });
  assert.equal(loaded.features, features);
  assert.equal(loaded.pandas_categorical, Object.keys(categories).length ? Object.values(categories) : null);
  const here = await predictHere(ours, validPath);
  closeTo(here.flat(), loaded.predictions.flat(), 1e-12);
  closeTo((await predictHere(ours, validPath, 'raw')).flat(), loaded.raw.flat(), 1e-12);
  closeTo((await predictHere(ours, validPath, 'contributions')).flat(), loaded.contributions.flat(), 1e-12);
  closeTo((await predictHere(theirs, validPath)).flat(), expected.predictions.flat(), 1e-12);
  closeTo(
    (await readModel(theirs)).importance.map((one) => one.gain),
    expected.gain,
    1e-12,
  );
}

test.run();
