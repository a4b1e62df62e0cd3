import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crossValidate, predict, readModel, train } from '@pilotlight/modeling';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertTidy, customers, FEATURES, type Row, refused, temporaryFolder, truncate, writeRows } from './data.ts';

const folder = temporaryFolder();
const rows = customers(400, 1);
const trainPath = writeRows(join(folder, 'train.parquet'), rows);
const modelPath = join(folder, 'model.txt');
const unwritten = join(folder, 'unwritten.txt');
const outPath = join(folder, 'out.parquet');
const params = { objective: 'binary', num_leaves: 7 };
const base = {
  trainPaths: [trainPath],
  target: 'churned',
  features: FEATURES,
  params,
  rounds: 3,
  modelPath: unwritten,
};

const written = (name: string, change: (row: Row) => object) => writeRows(join(folder, name), rows.map(change));
const trainOn = (path: string, more: object = {}) => train({ ...base, trainPaths: [path], ...more });

test.before(async () => {
  await train({ ...base, modelPath });
});

test.after(() => {
  assert.not(existsSync(unwritten));
  assert.not(existsSync(outPath));
  assertTidy(folder);
});

test('paths', async () => {
  const hollow = join(folder, 'hollow');
  mkdirSync(hollow);
  writeFileSync(join(hollow, '_SUCCESS.parquet'), '');
  const text = join(folder, 'text.parquet');
  writeFileSync(text, 'id;x\n1;2\n');
  const nothing = join(folder, 'nothing.parquet');
  writeFileSync(nothing, '');
  await refused(() => trainOn(join(folder, 'absent.parquet')), 'NOT_FOUND', 'absent.parquet');
  await refused(() => train({ ...base, trainPaths: [] }), 'NO_PATHS');
  const none = writeRows(join(folder, 'none.parquet'), rows, 0);
  await refused(() => trainOn(none), 'NO_ROWS', none);
  await refused(() => train({ ...base, validPaths: [none] }), 'NO_ROWS', none);
  await refused(() => trainOn(hollow), 'EMPTY_FOLDER', hollow);
  await refused(() => trainOn(text), 'NOT_PARQUET', text);
  await refused(() => trainOn(nothing), 'NOT_PARQUET', nothing);
  await refused(() => trainOn(truncate(trainPath, join(folder, 'half.parquet'))), 'NOT_PARQUET', 'half.parquet');
  await refused(() => train({ ...base, modelPath: join(folder, 'no', 'model.txt') }), 'WRITE', 'model.txt');
});

test('a damaged page', async () => {
  const damaged = join(folder, 'damaged.parquet');
  const bytes = readFileSync(trainPath);
  bytes.fill(0x5a, 8, Math.floor(bytes.length / 2));
  writeFileSync(damaged, bytes);
  await refused(() => trainOn(damaged), 'NOT_PARQUET', damaged);
});

test('files that do not share a schema', async () => {
  const two = join(folder, 'two');
  mkdirSync(two);
  writeRows(join(two, 'a.parquet'), rows);
  const b = join(two, 'b.parquet');
  writeRows(
    b,
    rows.map(({ usage: _, ...row }) => row),
  );
  await refused(() => trainOn(two), 'SCHEMA_MISMATCH', 'b.parquet', "'usage'", 'missing');
  writeRows(
    b,
    rows.map((row) => ({ ...row, usage: String(row.usage) })),
  );
  await refused(() => trainOn(two), 'SCHEMA_MISMATCH', "'usage'", 'text');
  writeRows(
    b,
    rows.map((row) => ({ ...row, extra: 1 })),
  );
  await refused(() => trainOn(two), 'SCHEMA_MISMATCH', "'extra'");
});

test('columns', async () => {
  await refused(() => train({ ...base, target: 'churn' }), 'MISSING_COLUMN', "'churn'", "did you mean 'churned'");
  await refused(() => train({ ...base, weight: 'wieght' }), 'MISSING_COLUMN', "'weight'");
  const named = (name: string, kind: 'numeric' | 'categorical') => ({ ...base, features: [{ name, kind }] });
  await refused(() => train(named('incom', 'numeric')), 'MISSING_COLUMN', "'income'");
  await refused(() => train(named('region', 'numeric')), 'BAD_COLUMN', "'region'", 'text');
  await refused(() => train(named('income', 'categorical')), 'BAD_COLUMN', "'income'");
  await refused(() => train(named('churned', 'numeric')), 'BAD_COLUMN', "'churned'");
  await refused(
    () => train({ ...base, target: 'region', features: FEATURES.slice(0, 2) }),
    'BAD_COLUMN',
    "'region'",
    'text',
  );
  await refused(() => train({ ...base, features: [] }), 'NO_FEATURES');
  const colon = written('colon.parquet', (row) => ({ 'a:b': row.income, churned: row.churned }));
  await refused(() => trainOn(colon, { features: 'all' }), 'BAD_NAME', "'a:b'");
});

test('labels and weights', async () => {
  const labels = (name: string, churned: (row: Row) => number | null) =>
    written(name, (row) => ({ ...row, churned: churned(row) }));
  const some = labels('null.parquet', (row) => (row.id === 5 ? null : row.churned));
  await refused(() => trainOn(some), 'BAD_LABEL', "'churned'", '1 of 400');
  await refused(() => trainOn(labels('two.parquet', (row) => row.churned + 1)), 'BAD_LABEL', 'give 0 and 1');
  await refused(() => trainOn(labels('one.parquet', () => 1)), 'ONE_CLASS', 'all 400 labels are 1');
  const infinite = labels('inf.parquet', (row) => (row.id === 5 ? Number.POSITIVE_INFINITY : row.churned + 0.5));
  await refused(() => trainOn(infinite, { params: { objective: 'regression' } }), 'BAD_LABEL');
  const classes = { target: 'class', params: { objective: 'multiclass', num_class: 2 } };
  await refused(() => train({ ...base, ...classes }), 'BAD_LABEL', 'from 0 to 1');
  const weights = written('weights.parquet', (row) => ({ ...row, weight: row.id === 5 ? -1 : 1 }));
  await refused(() => trainOn(weights, { weight: 'weight' }), 'BAD_WEIGHT', '-1');
});

test('parameters', async () => {
  const given = (more: Record<string, string | number>) => () => train({ ...base, params: { ...params, ...more } });
  await refused(given({ learning_rat: 0.1 }), 'UNKNOWN_PARAMETER', "'learning_rat'", "'learning_rate'");
  await refused(given({ zzz: 0.1 }), 'UNKNOWN_PARAMETER', "'zzz'");
  await refused(given({ objective: 'binari' }), 'BAD_PARAMETER', "did you mean 'binary'");
  await refused(given({ objective: 'lambdarank' }), 'BAD_PARAMETER', 'query groups');
  await refused(given({ metric: 'aux' }), 'BAD_PARAMETER', "did you mean 'auc'");
  await refused(given({ eta: 0.1, learning_rate: 0.2 }), 'BAD_PARAMETER', "'eta'", "'learning_rate'");
  await refused(given({ seed: '1 data=x' }), 'BAD_PARAMETER', "'seed'");
  await refused(given({ data: 'x' }), 'BAD_PARAMETER', "'data'");
  await refused(given({ linear_tree: 'true' }), 'BAD_PARAMETER', 'raw matrix');
  await refused(given({ num_iterations: 7 }), 'BAD_PARAMETER', "'num_iterations'");
  await refused(given({ num_leaves: 'many' }), 'BAD_PARAMETER', "'num_leaves'", "'many'");
  await refused(given({ learning_rate: -1 }), 'BAD_PARAMETER', "'learning_rate'", 'above 0');
  await refused(given({ extra_trees: 'yes' }), 'BAD_PARAMETER', 'true or false');
  await refused(given({ boosting: 'boost' }), 'BAD_PARAMETER', 'gbdt');
  await refused(given({ metric: 'multi_logloss' }), 'BAD_PARAMETER', 'objective');
  await refused(() => train({ ...base, params: { objective: 'multiclass' } }), 'BAD_PARAMETER', 'num_class');
  await refused(() => train({ ...base, earlyStoppingRounds: 3 }), 'BAD_PARAMETER', 'validat');
});

test('prediction', async () => {
  const predicted = (more: object) => () =>
    predict({ modelPath, dataPaths: [trainPath], outPath, keepColumns: [], ...more });
  const without = written('without.parquet', ({ income: _, ...row }) => row);
  await refused(predicted({ dataPaths: [without] }), 'MISSING_COLUMN', "'income'");
  const bare = written('bare.parquet', ({ id }) => ({ id }));
  await refused(predicted({ dataPaths: [bare] }), 'MISSING_COLUMN', 'income, usage, paperless, region');
  await refused(predicted({ keepColumns: ['idd'] }), 'MISSING_COLUMN', "'idd'");
  await refused(predicted({ keepColumns: ['id', 'id'] }), 'BAD_COLUMN', "'id'");
  await refused(predicted({ keepColumns: ['income'], kind: 'contributions' }), 'BAD_COLUMN', "'income'");
  await refused(predicted({ kind: 'odds' }), 'BAD_OPTION', "'odds'");
  const typed = written('typed.parquet', (row) => ({ ...row, region: row.id }));
  await refused(predicted({ dataPaths: [typed] }), 'BAD_COLUMN', "'region'");
  const swapped = written('swapped.parquet', (row) => ({ ...row, income: String(row.income) }));
  await refused(predicted({ dataPaths: [swapped] }), 'BAD_COLUMN', "'income'");
});

test('folds', async () => {
  const folded = (foldColumn: string, path = trainPath) =>
    crossValidate({ ...base, trainPaths: [path], foldColumn, outPath, keepColumns: [] });
  await refused(() => folded('folds'), 'MISSING_COLUMN', "'fold'");
  await refused(() => folded('region'), 'BAD_FOLD', "'region'");
  await refused(() => folded('weight'), 'BAD_FOLD', "'weight'");
  await refused(
    () =>
      folded(
        'fold',
        written('onefold.parquet', (row) => ({ ...row, fold: 1 })),
      ),
    'BAD_FOLD',
    'one fold',
  );
});

test('a model file that is no model, or no longer one', async () => {
  const text = readFileSync(modelPath, 'utf8');
  const changed = async (change: (text: string) => string, ...words: string[]) => {
    const path = join(folder, 'changed.txt');
    const after = change(text);
    assert.is.not(after, text);
    writeFileSync(path, after);
    await refused(() => readModel(path), 'BAD_MODEL', path, ...words);
  };
  await refused(() => readModel(join(folder, 'absent.txt')), 'MODEL_NOT_FOUND');
  await refused(() => readModel(trainPath), 'BAD_MODEL');
  await changed(() => '');
  await changed(() => 'hello\n');
  for (const share of [0.1, 0.3, 0.5, 0.7, 0.9]) await changed((t) => t.slice(0, Math.floor(t.length * share)));
  await changed((t) => t.replace(/^num_leaves=.*$/m, 'num_leaves=7000000'));
  await changed((t) => t.replace(/^left_child=\S+/m, 'left_child=9'));
  await changed((t) => t.replace(/^right_child=\S+/m, 'right_child=0'));
  await changed((t) => t.replace(/^split_feature=\d/m, 'split_feature=9'));
  await changed((t) => t.replace(/^leaf_value=\S+ /m, 'leaf_value='));
  await changed((t) => t.replace(/^tree_sizes=\d+/m, 'tree_sizes=99999'));
  await changed((t) => t.replace(/^feature_names=\S+ /m, 'feature_names='));
  await changed((t) => t.replace(/^num_class=.*$/m, 'num_class=3'));
  await changed((t) => t.replace(/^feature_infos=\S+ /m, 'feature_infos='));
  await changed((t) => t.replace(/pandas_categorical:.*/, 'pandas_categorical:[["a"],["b"]]'), 'categories');
  await changed((t) => t.replace(/pandas_categorical:.*/, 'pandas_categorical:[["a"'), 'parse');
});

test.run();
