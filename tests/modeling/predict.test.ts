import { join } from 'node:path';
import { crossValidate, meanContributions, predict, readModel, train } from '@pilotlight/modeling';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { closeTo, customers, FEATURES, numbers, readColumns, temporaryFolder, writeRows } from './data.ts';

const folder = temporaryFolder();
const rows = customers(1500, 1);
const trainPath = writeRows(join(folder, 'train.parquet'), rows);
const dataPath = writeRows(join(folder, 'data.parquet'), customers(700, 2));
const modelPath = join(folder, 'model.txt');
const outPath = join(folder, 'out.parquet');
const base = {
  trainPaths: [trainPath],
  target: 'churned',
  features: FEATURES,
  params: { objective: 'binary', num_leaves: 7 },
  rounds: 25,
};

test.before(async () => {
  await train({ ...base, modelPath });
});

test('kept columns come through as they are, rows in order', async () => {
  const found = await predict({
    modelPath,
    dataPaths: [dataPath],
    outPath,
    keepColumns: ['id', 'region', 'paperless', 'income'],
  });
  assert.equal(found, { rows: 700, unseenCategories: {} });
  const [before, after] = [readColumns(dataPath), readColumns(outPath)];
  assert.equal(Object.keys(after), ['id', 'region', 'paperless', 'income', 'probability']);
  for (const name of ['id', 'region', 'paperless', 'income']) assert.equal(after[name], before[name]);
  assert.ok(numbers(after, 'probability').every((value) => value > 0 && value < 1));
});

test('progress ends at the last row', async () => {
  const seen: { done: number; total: number }[] = [];
  await predict({
    modelPath,
    dataPaths: [dataPath],
    outPath,
    keepColumns: [],
    onProgress: (event) => seen.push(event),
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(seen.every(({ done, total }) => done <= 700 && total === 700));
});

test('raw scores are the log odds, and contributions add up to them', async () => {
  await predict({ modelPath, dataPaths: [dataPath], outPath, keepColumns: [] });
  const probability = numbers(readColumns(outPath), 'probability');
  await predict({ modelPath, dataPaths: [dataPath], outPath, keepColumns: [], kind: 'raw' });
  const raw = numbers(readColumns(outPath), 'raw_score');
  closeTo(
    raw.map((value) => 1 / (1 + Math.exp(-value))),
    probability,
    1e-14,
  );
  await predict({ modelPath, dataPaths: [dataPath], outPath, keepColumns: ['id'], kind: 'contributions' });
  const parts = readColumns(outPath);
  assert.equal(Object.keys(parts), ['id', 'income', 'usage', 'paperless', 'region', 'bias']);
  const sums = raw.map((_, row) =>
    Object.keys(parts)
      .filter((name) => name !== 'id')
      .reduce((sum, name) => sum + (numbers(parts, name)[row] ?? Number.NaN), 0),
  );
  closeTo(sums, raw, 1e-9);
  const means = await meanContributions({ modelPath, dataPaths: [dataPath] });
  for (const { feature, mean_abs, mean } of means) {
    const values = numbers(parts, feature);
    closeTo([mean], [values.reduce((sum, value) => sum + value, 0) / 700], 1e-12);
    closeTo([mean_abs], [values.reduce((sum, value) => sum + Math.abs(value), 0) / 700], 1e-12);
  }
  const sampled = await meanContributions({ modelPath, dataPaths: [dataPath], rowsMax: 50 });
  assert.is(sampled.length, 4);
  assert.not.equal(sampled, means);
});

test('a category never seen counts as missing, and is reported with examples', async () => {
  const strange = customers(300, 3).map((row) => (row.id % 3 === 0 ? { ...row, region: `nuevo ${row.id % 2}` } : row));
  const missing = strange.map((row) => (row.id % 3 === 0 ? { ...row, region: null } : row));
  const strangePath = writeRows(join(folder, 'strange.parquet'), strange);
  const missingPath = writeRows(join(folder, 'missing.parquet'), missing);
  const found = await predict({ modelPath, dataPaths: [strangePath], outPath, keepColumns: [] });
  assert.equal(found.unseenCategories, { region: { rows: 100, examples: ['nuevo 0', 'nuevo 1'] } });
  const unseen = readColumns(outPath);
  await predict({ modelPath, dataPaths: [missingPath], outPath, keepColumns: [] });
  assert.equal(unseen, readColumns(outPath));
});

test('infinite and all-missing numbers predict; a null is a NaN', async () => {
  const extreme = customers(6, 4).map((row, index) => ({
    ...row,
    income: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, null, 1e308, 0][index] ?? null,
    usage: 0.5,
    paperless: true,
    region: 'Lugo',
  }));
  const extremePath = writeRows(join(folder, 'extreme.parquet'), extreme);
  await predict({ modelPath, dataPaths: [extremePath], outPath, keepColumns: [] });
  const found = numbers(readColumns(outPath), 'probability');
  assert.is(found[0], found[4]);
  assert.is(found[2], found[3]);
  assert.ok(found.every(Number.isFinite));
  const infinite = join(folder, 'infinite.txt');
  await train({ ...base, trainPaths: [trainPath, extremePath], modelPath: infinite });
  await predict({ modelPath: infinite, dataPaths: [extremePath], outPath, keepColumns: [] });
  assert.ok(numbers(readColumns(outPath), 'probability').every(Number.isFinite));
});

test('data without rows gives predictions without rows', async () => {
  const none = writeRows(join(folder, 'none.parquet'), customers(5, 1), 0);
  const found = await predict({ modelPath, dataPaths: [none], outPath, keepColumns: ['id'] });
  assert.is(found.rows, 0);
  assert.equal(readColumns(outPath), { id: [], probability: [] });
  assert.is((await predict({ modelPath, dataPaths: [none, dataPath], outPath, keepColumns: ['id'] })).rows, 700);
});

test('a feature with a space in its name is found again', async () => {
  const spaced = rows.map(({ income, churned }) => ({ 'net income': income, churned }));
  const path = writeRows(join(folder, 'spaced.parquet'), spaced);
  const model = join(folder, 'spaced.txt');
  await train({ ...base, trainPaths: [path], features: [{ name: 'net income', kind: 'numeric' }], modelPath: model });
  assert.equal((await readModel(model)).features, ['net_income']);
  assert.is((await predict({ modelPath: model, dataPaths: [path], outPath, keepColumns: ['net income'] })).rows, 1500);
});

test('cross-validation predicts each fold by a model of the others', async () => {
  const found = await crossValidate({ ...base, foldColumn: 'fold', outPath, keepColumns: ['id', 'fold'] });
  const counts = [0, 1, 2, 3].map((fold) => ({ fold, rows: rows.filter((row) => row.fold === fold).length }));
  assert.equal(found.folds, counts);
  const all = readColumns(outPath);
  assert.equal(Object.keys(all), ['id', 'fold', 'probability']);
  const swapped = rows.map((row) => (row.fold === 2 ? { ...row, churned: 1 - row.churned } : row));
  const flippedPath = writeRows(join(folder, 'flipped.parquet'), swapped);
  const other = join(folder, 'flipped-out.parquet');
  await crossValidate({ ...base, trainPaths: [flippedPath], foldColumn: 'fold', outPath: other, keepColumns: ['id'] });
  const flipped = numbers(readColumns(other), 'probability');
  const straight = numbers(all, 'probability');
  const differs = (fold: number) => rows.some((row) => row.fold === fold && straight[row.id] !== flipped[row.id]);
  assert.not(differs(2), 'the labels of a fold must not reach its own predictions');
  assert.ok(differs(1));
});

test.run();
