/** What each feature adds to a score, against the native core's own answer for the same model and rows. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { predict, train } from '@pilotlight/modeling';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { explainRow } from '../../packages/dashboard/server/trees/explainRow.ts';
import { readTrees } from '../../packages/dashboard/server/trees/readTrees.ts';
import { remove, temporary } from '../folders.ts';
import { customers, FEATURES, writeRows } from '../modeling/data.ts';

const work = temporary();
const at = (name: string) => path.join(work, name);
const [modelPath, dataPath, outPath] = [at('model.txt'), at('data.parquet'), at('contributions.parquet')];
test.after(() => remove(work));

test('contributions of numbers, flags, categories and missing values are those of LightGBM', async () => {
  const trainPaths = [writeRows(at('train.parquet'), customers(1500, 1))];
  writeRows(dataPath, customers(300, 2));
  const params = { objective: 'binary' as const, num_leaves: 15, min_data_in_leaf: 5 };
  await train({ trainPaths, target: 'churned', features: FEATURES, params, rounds: 30, modelPath });
  await predict({ modelPath, dataPaths: [dataPath], outPath, keepColumns: [], kind: 'contributions' });
  const model = readTrees(readFileSync(modelPath, 'utf8'));
  const rows = pl.readParquet(dataPath).toRecords() as Parameters<typeof explainRow>[1][];
  const wanted = pl.readParquet(outPath).toRecords() as Record<string, number>[];
  assert.is(model.trees.length, 30);
  assert.ok(model.categories.size > 0);
  assert.ok(
    rows.some((row) => Object.values(row).includes(null)),
    'a value is missing somewhere',
  );
  let moved = 0;
  rows.forEach((row, i) => {
    const { base, contributions } = explainRow(model, row);
    assert.ok(Math.abs(base - (wanted[i]?.bias ?? Number.NaN)) < 1e-12);
    model.features.forEach((name, j) => {
      const gap = Math.abs((contributions[j] ?? Number.NaN) - (wanted[i]?.[name] ?? Number.NaN));
      assert.ok(gap < 1e-10, `row ${i}, ${name}: off by ${gap}`);
      moved += Math.abs(contributions[j] ?? 0);
    });
  });
  assert.ok(moved > 1);
});

test('a text that is no model is refused', () => {
  assert.throws(() => readTrees('feature_names=a b\n'), /without trees/);
});

test.run();
