import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { predict, readModel, train } from '@pilotlight/modeling';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertTidy, customers, FEATURES, numbers, readColumns, temporaryFolder, writeRows } from './data.ts';

const folder = temporaryFolder();
const trainPath = writeRows(join(folder, 'train.parquet'), customers(2000, 1));
const validPath = writeRows(join(folder, 'valid.parquet'), customers(800, 2));
const params = { objective: 'binary', metric: 'auc', num_leaves: 7, learning_rate: 0.2 };
const base = { trainPaths: [trainPath], target: 'churned', features: FEATURES, params };

test('trains, stops early, and keeps the best iteration', async () => {
  const seen: number[] = [];
  const modelPath = join(folder, 'stopped.txt');
  const found = await train({
    ...base,
    validPaths: [validPath],
    rounds: 500,
    earlyStoppingRounds: 5,
    modelPath,
    onProgress: ({ iteration, rounds, metrics }) => {
      assert.is(rounds, 500);
      assert.equal(Object.keys(metrics), ['valid_auc']);
      seen.push(iteration);
    },
  });
  const auc = found.evaluations.valid_auc ?? [];
  assert.ok(found.rounds < 500);
  assert.is(auc.length, found.rounds);
  assert.is(auc.indexOf(Math.max(...auc)) + 1, found.bestIteration);
  assert.is(found.rounds, found.bestIteration + 5);
  assert.is((readFileSync(modelPath, 'utf8').match(/^Tree=/gm) ?? []).length, found.bestIteration);
  assert.ok(Math.max(...auc) > 0.85);
  assert.equal(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  assert.equal(found.features, ['income', 'usage', 'paperless', 'region']);
  assert.equal(found.categories, { region: ['Lugo', 'Soria', 'cádiz', 'ÁVILA'] });
  assert.is(found.trainRows, 2000);
  assert.is(found.validRows, 800);
  assert.is(found.classesCount, 2);
  assertTidy(folder);
});

test('rounds may stand among the parameters, under any of their names', async () => {
  const modelPath = join(folder, 'rounds.txt');
  const found = await train({ ...base, params: { ...params, n_estimators: 3 }, modelPath });
  assert.is(found.rounds, 3);
  assert.is(found.bestIteration, 3);
  assert.equal(found.evaluations, {});
});

test('the same data and parameters give the same bytes, whatever the threads and the number of files', async () => {
  const all = customers(2000, 1);
  const parts = temporaryFolder();
  writeRows(join(parts, 'a.parquet'), all.slice(0, 700));
  writeRows(join(parts, 'b.parquet'), all.slice(700));
  const texts = [];
  for (const [trainPaths, num_threads] of [
    [[trainPath], 1],
    [[trainPath], 2],
    [[parts], 2],
  ] as const) {
    const modelPath = join(folder, 'same.txt');
    await train({ ...base, trainPaths: [...trainPaths], params: { ...params, num_threads }, rounds: 20, modelPath });
    texts.push(readFileSync(modelPath, 'utf8').replace(/^\[num_threads: .*$/m, ''));
  }
  assert.is(texts[0], texts[1]);
  assert.is(texts[0], texts[2]);
});

test('all usable columns but the target, the weight and the excluded', async () => {
  const modelPath = join(folder, 'all.txt');
  const exclude = ['id', 'class', 'spend', 'fold'];
  const found = await train({ ...base, features: 'all', exclude, weight: 'weight', rounds: 2, modelPath });
  assert.equal(found.features, ['income', 'usage', 'paperless', 'region']);
  const named = join(folder, 'named.txt');
  await train({ ...base, weight: 'weight', rounds: 2, modelPath: named });
  assert.is(readFileSync(modelPath, 'utf8'), readFileSync(named, 'utf8'));
  await train({ ...base, rounds: 2, modelPath: named });
  assert.is.not(readFileSync(modelPath, 'utf8'), readFileSync(named, 'utf8'));
});

test('whole numbers can be categories', async () => {
  const modelPath = join(folder, 'numbers.txt');
  const features = [
    { name: 'income', kind: 'numeric' },
    { name: 'fold', kind: 'categorical' },
  ] as const;
  await train({ ...base, features, rounds: 3, modelPath });
  assert.match(readFileSync(modelPath, 'utf8'), /\npandas_categorical:\[\[0,1,2,3\]\]\n$/);
  assert.equal((await readModel(modelPath)).categories, { fold: ['0', '1', '2', '3'] });
});

test('regression and many classes', async () => {
  const modelPath = join(folder, 'other.txt');
  const outPath = join(folder, 'other.parquet');
  const regression = {
    ...base,
    target: 'spend',
    params: { objective: 'regression', num_leaves: 7 },
    rounds: 60,
    modelPath,
  };
  assert.is((await train(regression)).classesCount, 1);
  await predict({ modelPath, dataPaths: [validPath], outPath, keepColumns: ['spend'] });
  const numeric = readColumns(outPath);
  assert.equal(Object.keys(numeric), ['spend', 'prediction']);
  const spend = numbers(numeric, 'spend');
  const mean = spend.reduce((sum, value) => sum + value, 0) / spend.length;
  const residual = numbers(numeric, 'prediction').reduce(
    (sum, value, row) => sum + (value - (spend[row] ?? 0)) ** 2,
    0,
  );
  assert.ok(1 - residual / spend.reduce((sum, value) => sum + (value - mean) ** 2, 0) > 0.6);

  const many = {
    ...base,
    target: 'class',
    params: { objective: 'multiclass', num_class: 3, num_leaves: 7 },
    rounds: 30,
    modelPath,
  };
  assert.is((await train(many)).classesCount, 3);
  await predict({ modelPath, dataPaths: [validPath], outPath, keepColumns: [] });
  const shares = readColumns(outPath);
  assert.equal(Object.keys(shares), ['probability_0', 'probability_1', 'probability_2']);
  for (let row = 0; row < 800; row += 1) {
    const sum = Object.values(shares).reduce((total, column) => total + (column[row] as number), 0);
    assert.ok(Math.abs(sum - 1) < 1e-12);
  }
});

test('an aborted signal stops training midway and leaves no model', async () => {
  const modelPath = join(folder, 'aborted.txt');
  const controller = new AbortController();
  let last = 0;
  const onProgress = ({ iteration }: { iteration: number }) => {
    last = iteration;
    if (iteration >= 3) controller.abort(new Error('enough'));
  };
  const work = train({ ...base, rounds: 100_000, modelPath, signal: controller.signal, onProgress });
  const error = await work.catch((fault: Error) => fault);
  assert.instance(error, Error);
  assert.is((error as Error).message, 'enough');
  assert.ok(last < 100_000);
  assert.not(existsSync(modelPath));
  const before = train({ ...base, modelPath, signal: AbortSignal.abort(new Error('before')) });
  assert.is(((await before.catch((fault: Error) => fault)) as Error).message, 'before');
  assertTidy(folder);
});

test('what a listener throws comes out of training', async () => {
  const onProgress = () => {
    throw new Error('listener');
  };
  const work = train({ ...base, rounds: 100_000, modelPath: join(folder, 'thrown.txt'), onProgress });
  const error = await work.catch((fault: Error) => fault);
  assert.is((error as Error).message, 'listener');
});

test('the event loop stays free while training', async () => {
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 1);
  await train({ ...base, rounds: 200, modelPath: join(folder, 'loop.txt') });
  clearInterval(timer);
  assert.ok(ticks > 3, `${ticks} ticks`);
});

test.run();
