/** The whole pipeline against a second implementation in Python, written from the specification alone. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { unpackTarGz } from '@pilotlight/artifacts';
import pl, { type DataFrame } from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readJson, remove, temporary } from '../folders.ts';
import { pilotlight } from '../pilotlight.ts';
import { python, ROOT, testWithPython } from '../python.ts';

const AS_OF = '2026-01-06';
const TYPES = ['Domestic', 'Industrial'];
const work = temporary();
const [data, out, golden] = ['small', 'out', 'golden'].map((name) => path.join(work, name)) as [string, string, string];

test.before(async () => {
  if (!python()) return;
  script('make_small.py', data);
  const config = path.join(data, 'config.json');
  const folds = ['--set', 'modeling.cross_validation_folds=4'];
  const dates = ['--execution-date', AS_OF];
  const run = pilotlight('run', 'segmentation', '--config', config, '--data', data, '--out', out, ...dates, ...folds);
  assert.is(run.code, 0, run.stderr);
  const effective = path.join(out, '.pilotlight/config');
  const models = await unpackModels();
  script(
    ...['golden.py', 'run', '--data', data, '--config', path.join(effective, readdirSync(effective)[0] as string)],
    ...['--as-of', AS_OF, '--out', golden, ...models],
  );
});
test.after(() => remove(work));

function script(name: string, ...args: string[]): void {
  const result = spawnSync(python() as string, [path.join(ROOT, 'tests/golden', name), ...args], { encoding: 'utf8' });
  assert.is(result.status, 0, result.stderr);
}

async function unpackModels(): Promise<string[]> {
  const options: string[] = [];
  for (const type of TYPES) {
    const into = path.join(work, 'models', type);
    mkdirSync(path.dirname(into), { recursive: true });
    await unpackTarGz(path.join(out, 'models', type, 'model.tar.gz'), into);
    options.push('--model', `${type}=${path.join(into, 'model.txt')}`);
  }
  return options;
}

const theirs = (name: string): DataFrame => pl.readParquet(path.join(golden, name)).sort('policy_id');

function ourSplits(type: string): DataFrame {
  const frames = ['train', 'test', 'inference'].map((split) => {
    const folder = path.join(out, 'splits', type, split);
    if (!existsSync(folder)) return undefined;
    const frame = pl.scanParquet(path.join(folder, '*.parquet')).collectSync();
    return frame.withColumn(pl.lit(split).alias('split'));
  });
  return pl.concat(frames.filter((frame) => frame !== undefined)).sort('policy_id');
}

const ourClusters = (): DataFrame =>
  pl
    .scanParquet(path.join(out, `clusters/execution_date=${AS_OF}/*/*.parquet`))
    .collectSync()
    .sort('policy_id');

/** Equal, or both missing, or numbers that differ in the last digits. */
function same(ours: unknown, other: unknown, tolerance: number): boolean {
  if (ours === null || other === null || ours === undefined || other === undefined)
    return (ours ?? null) === (other ?? null);
  if (ours instanceof Date || other instanceof Date) return Number(ours) === Number(other);
  if (typeof ours === 'boolean' || typeof other === 'boolean') return Boolean(ours) === Boolean(other);
  if (typeof ours === 'string') return ours === other;
  const [a, b] = [Number(ours), Number(other)];
  return a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
}

function assertColumn(ours: DataFrame, other: DataFrame, name: string, tolerance = 1e-9): void {
  assert.is(ours.height, other.height, `rows of ${name}`);
  const [a, b] = [ours.getColumn(name).toArray(), other.getColumn(name).toArray()];
  const row = a.findIndex((value, i) => !same(value, b[i], tolerance));
  assert.is(row, -1, `${name}, row ${row}: ours ${a[row]}, golden ${b[row]}`);
}

testWithPython('the checks at the door break as often as they were planted', () => {
  const { sources } = readJson(out, 'splits/quality.json');
  const plan = readJson(data, 'plan.json');
  for (const [name, { checks }] of Object.entries<{ checks: { column: string; check: string; count: number }[] }>(
    sources,
  )) {
    const found = checks
      .filter(({ count }) => count > 0)
      .map(({ column, check, count }) => [`${column}/${check}`, count]);
    assert.equal(Object.fromEntries(found.sort()), Object.fromEntries(Object.entries(plan[name]).sort()), name);
  }
});

testWithPython('the same contracts in the same split and fold', () => {
  for (const type of TYPES) {
    const ours = ourSplits(type);
    const other = theirs('features.parquet').filter(pl.col('model_type').eq(pl.lit(type)));
    for (const column of ['policy_id', 'customer_id', 'split', 'fold', 'target', 'incorriente_reason'])
      assertColumn(ours, other, column);
  }
});

testWithPython('the same features, and the same columns dropped for the same reason', () => {
  for (const type of TYPES) {
    const { features, dropped } = readJson(out, 'splits/features.json').model_types[type];
    const expected = readJson(golden, 'features.json')[type];
    const names = features.map((feature: { name: string }) => feature.name);
    assert.equal(names.toSorted(), expected.features.toSorted(), type);
    assert.equal(
      Object.fromEntries(dropped.map((one: { name: string; reason: string }) => [one.name, one.reason])),
      expected.dropped,
    );
    assert.ok(names.length > 50);
    const ours = ourSplits(type);
    const other = theirs('features.parquet').filter(pl.col('model_type').eq(pl.lit(type)));
    for (const name of names) assertColumn(ours, other, name);
  }
});

testWithPython("Python's LightGBM predicts the same from the model file, to 1e-9", () => {
  assertColumn(ourClusters(), theirs('predictions.parquet'), 'probability');
});

testWithPython('the same risk categories and clusters', () => {
  const [ours, other] = [ourClusters(), theirs('clusters.parquet')];
  const columns = [
    'policy_id',
    'risk_rank',
    'risk_category',
    'estrato_class',
    'cat_and',
    'tenure_months',
    'cluster_code',
  ];
  for (const column of columns) assertColumn(ours, other, column);
  assert.ok(ours.getColumn('risk_category').nUnique() === 6);
});

testWithPython('the same BENCHMARK', () => {
  const by = ['model_type', 'cluster_code'];
  const ours = pl.readParquet(path.join(out, 'benchmark/benchmark.parquet')).sort(by);
  const other = pl.readParquet(path.join(golden, 'benchmark.parquet')).sort(by);
  for (const column of other.columns.filter((name) => ours.columns.includes(name))) assertColumn(ours, other, column);
  for (const column of ['customers', 'share', 'probability_median', 'observed_rate', 'amount_mean'])
    assert.ok(other.columns.includes(column));
});

testWithPython('the same drift between train and inference', () => {
  const [reference, current] = ['train', 'inference'].map((split) => path.join(out, 'splits/Domestic', split)) as [
    string,
    string,
  ];
  const report = path.join(work, 'drift');
  const paths = ['--reference-path', reference, '--current-path', current, '--output-path', report];
  const skip = ['--exclude', 'start_date', 'fold'];
  const run = pilotlight('drift', ...paths, '--execution-date', AS_OF, '--model-type', 'both', ...skip);
  assert.is(run.code, 0, run.stderr);
  script('golden.py', 'drift', '--reference', reference, '--current', current, '--out', path.join(work, 'drift.json'));
  const expected = readJson(work, 'drift.json').columns;
  const { features } = readJson(report, 'drift_report.json').model_types[0];
  let measured = 0;
  for (const feature of features) {
    const other = expected[feature.name];
    assert.ok(other, feature.name);
    assert.is(feature.status, other.status ?? 'measured', feature.name);
    if (feature.status !== 'measured') continue;
    measured++;
    assert.ok(same(feature.psi, other.psi, 1e-12), `psi of ${feature.name}: ${feature.psi}, ${other.psi}`);
    assert.is(feature.severity, other.severity, feature.name);
    if (feature.ks) {
      assert.ok(same(feature.ks.d, other.ks.d, 1e-15), `D of ${feature.name}`);
      assert.ok(same(feature.ks.p, other.ks.p, 1e-9), `p of ${feature.name}`);
    }
    if (feature.chi_squared) assert.ok(same(feature.chi_squared.statistic, other.chi2.statistic, 1e-12), feature.name);
  }
  assert.ok(measured > 50);
});

test.run();
