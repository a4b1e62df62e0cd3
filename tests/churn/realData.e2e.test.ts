/** Real public data: PowerCo from raw files to recommendations, Swiss meters through Bronze. */
import path from 'node:path';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readJson, remove, temporary } from '../folders.ts';
import { pilotlight } from '../pilotlight.ts';
import { python, ROOT, runPython, sharedData, testWithData } from '../python.ts';

const work = temporary();
test.after(() => remove(work));

testWithData('PowerCo: churn within what is published for these data', ['powerco'], () => {
  const out = path.join(work, 'powerco');
  const config = path.join(ROOT, 'pipelines/churn/config/powerco.yaml');
  const data = sharedData('powerco') as string;
  const run = pilotlight(
    ...['run', 'churn', '--config', config, '--data', data, '--out', out],
    ...['--as-of', '2016-01-31', '--mode', 'train', '--set', 'features.beside=[]', '--set', 'modeling.folds=4'],
  );
  assert.is(run.code, 0, run.stderr);
  const { experiments } = readJson(out, 'models/comparison.json');
  const trained = experiments.find((one: { role: string }) => one.role === 'trained');
  assert.ok(trained.roc_auc > 0.66 && trained.roc_auc < 0.74, `ROC-AUC ${trained.roc_auc}`);
  assert.ok(trained.pr_auc > 0.2, `PR-AUC ${trained.pr_auc}`);
  const features = readJson(out, 'gold/features.json');
  assert.equal(features.absent_tiers, ['2b', '1b'], 'declared absent, and said so');
  const evaluation = readJson(out, 'evaluation/evaluation.json');
  assert.is(evaluation.n_train + evaluation.n_test, 10_223);
  const rows = pl.readParquet(path.join(out, 'recommendations/recommendations.parquet')).height;
  assert.is(rows, 10_223, 'a row a customer');
});

testWithData('Swiss meters: quarters of an hour to months, as polars adds them up', ['swiss_meter'], () => {
  if (!python()) return console.log('skipped: no Python with tests/python/requirements.txt');
  const raw = path.join(work, 'swiss');
  runPython('swiss_meter.py', [path.join(sharedData('swiss_meter') as string, 'elcons_15min.parquet'), raw]);
  const bronze = path.join(work, 'bronze');
  const step = pilotlight(
    ...['step', 'churn', 'Bronze', '--input', `raw=${raw}`, '--output', `bronze=${bronze}`],
    ...['--input', `config=${path.join(ROOT, 'tests/churn/swiss.yaml')}`, '--param', 'AsOf=2024-12-31'],
  );
  assert.is(step.code, 0, step.stderr);
  const key = ['customer_id', 'month'];
  const expected = pl.readParquet(path.join(raw, 'expected.parquet')).sort(key);
  const ours = pl.readParquet(path.join(bronze, 'customer_month.parquet')).sort(key);
  assert.is(ours.height, expected.height);
  assert.ok(expected.height > 1000);
  for (const column of expected.columns) {
    const [a, b] = [ours.getColumn(column).toArray(), expected.getColumn(column).toArray()];
    const other = b.findIndex((value, row) => !isSame(a[row], value));
    assert.is(other, -1, `${column} in row ${other}: ours ${a[other]}, expected ${b[other]}`);
  }
  const { consumption } = readJson(bronze, 'quality.json');
  assert.is(consumption.readings, 537 * 7 * 672);
  assert.is(consumption.duplicates, 0);
});

function isSame(ours: unknown, expected: unknown): boolean {
  if (typeof expected === 'string') return ours === expected;
  const [a, b] = [Number(ours), Number(expected)];
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
}

test.run();
