import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseDriftReport } from '@pilotlight/reporting';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { driftCheck } from '../../pipelines/churn/steps/driftCheck.ts';
import { score } from '../../pipelines/churn/steps/score.ts';
import { runPython, testWithPython } from '../python.ts';
import { writeGold } from './goldFixture.ts';
import { changeJson, copyOf, readJson, refuses, registerIn, remove, runStep, trainedRoot } from './scoringFixture.ts';

process.env.PILOTLIGHT_LOG_LEVEL = 'silent';

const trained = await trainedRoot();
await registerIn(trained);

const scoreIn = (root: string) => runStep(root, score, { gold: 'gold', config: 'config.json' }, { scored: 'scored' });

/** DriftCheck in score mode, or in train mode with the registration of the run. */
const checkIn = (root: string, options: { registration?: string; out?: string } = {}) => {
  const { registration, out = 'monitoring' } = options;
  const inputs = { gold: 'gold', scored: 'scored', config: 'config.json', ...(registration ? { registration } : {}) };
  return runStep(root, driftCheck, inputs, { monitoring: out });
};

const readReport = (root: string) =>
  parseDriftReport(readFileSync(path.join(root, 'monitoring/drift_report.json'), 'utf8'), 'drift_report.json');

type Row = Record<string, string | number | null>;

/** A scored root whose gold is changed after training. */
async function scoredRoot(change?: (row: Row, i: number) => Row): Promise<string> {
  const root = copyOf(trained);
  if (change) writeGold(path.join(root, 'gold'), { customers: 900, change });
  await scoreIn(root);
  return root;
}

test('a model of this very run saves its reference, and nothing is compared', async () => {
  const root = await scoredRoot();
  try {
    await checkIn(root, { registration: 'registration' });
    const summary = readJson(root, 'monitoring/drift_summary.json');
    assert.is(summary.status, 'reference_saved');
    assert.is(summary.drift_detected, false);
    assert.is(summary.score_ks, null);
    assert.equal(summary.metrics, { DriftDetected: 0, FeaturesDrifted: 0 });
    assert.equal(readJson(root, 'monitoring/alerts.json'), []);
    readReport(root);
    assert.ok(existsSync(path.join(root, 'monitoring/drift.html')));
  } finally {
    remove(root);
  }
});

test('a model that was rejected leaves the check to the old champion', async () => {
  const root = await scoredRoot();
  try {
    changeJson<{ version: number }>(path.join(root, 'registration/registration.json'), (one) => {
      one.version = 2;
    });
    await checkIn(root, { registration: 'registration' });
    const { status, model_version } = readJson(root, 'monitoring/drift_summary.json');
    assert.equal([status, model_version], ['no_drift', 1]);
  } finally {
    remove(root);
  }
});

test('the same customers on another day: quiet', async () => {
  const root = await scoredRoot();
  try {
    await checkIn(root);
    const summary = readJson(root, 'monitoring/drift_summary.json');
    assert.is(summary.status, 'no_drift', summary.reason);
    assert.is(summary.features_drifted, 0);
    assert.is(summary.features_analysed, 56);
    assert.is(summary.score_drifted, false);
    assert.is(summary.score_rows, 'held_out');
    assert.equal(readJson(root, 'monitoring/alerts.json'), []);
    const text = readFileSync(path.join(root, 'monitoring/drift.txt'), 'utf8');
    assert.match(text, /NO DRIFT/);
  } finally {
    remove(root);
  }
});

const shifted = (row: Row): Row => ({
  ...row,
  months_to_renewal: Number(row.months_to_renewal) / 4,
  is_within_3m_of_renewal: 1,
  renewal_bucket: '0-3m',
  segment: row.segment === 'Residential' ? 'SME' : (row.segment ?? null),
});

test('a shifted population: features, score, alerts, page and metrics say so', async () => {
  const root = await scoredRoot(shifted);
  try {
    await checkIn(root);
    const summary = readJson(root, 'monitoring/drift_summary.json');
    assert.is(summary.status, 'drift');
    assert.is(summary.drift_detected, true);
    assert.ok(summary.score_drifted);
    const report = readReport(root);
    const drifted = report.model_types[0]?.features.filter((feature) => feature.drifted).map(({ name }) => name);
    assert.equal(drifted, ['months_to_renewal', 'renewal_bucket', 'is_within_3m_of_renewal', 'segment']);
    assert.equal(summary.metrics, { DriftDetected: 1, FeaturesDrifted: 4 });
    const alerts = readJson(root, 'monitoring/alerts.json') as { cause: string; severity: string; message: string }[];
    assert.equal(
      alerts.map(({ cause }) => cause),
      ['score_drift', 'feature_drift'],
    );
    assert.is(alerts[1]?.severity, 'high');
    assert.match(alerts[1]?.message ?? '', /4 of 56 features drifted: .*months_to_renewal/);
    const page = readFileSync(path.join(root, 'monitoring/drift.html'), 'utf8');
    assert.ok(page.includes('months_to_renewal') && !/<script/.test(page));
    assert.not.ok(existsSync(path.join(root, 'monitoring/.work')));
  } finally {
    remove(root);
  }
});

testWithPython('KS and p of the features and of the score equal those of scipy', async () => {
  const root = await scoredRoot(shifted);
  try {
    await checkIn(root);
    const report = readReport(root);
    const reference = pl.readParquet(path.join(root, 'models/reference.parquet'));
    const gold = pl.readParquet(path.join(root, 'gold/gold_master.parquet'));
    const numbers = (frame: typeof gold, name: string) =>
      (frame.getColumn(name).toArray() as (number | null)[]).filter((value) => value !== null);
    for (const name of ['months_to_renewal', 'std_margin']) {
      const feature = report.model_types[0]?.features.find((one) => one.name === name);
      const expected = ksOf(numbers(reference, name), numbers(gold, name));
      assert.ok(Math.abs((feature?.ks?.d as number) - expected.d) < 1e-12, name);
      assert.ok(Math.abs((feature?.p as number) - expected.p) < 1e-9, name);
    }
    const split = pl.readParquet(path.join(root, 'models/split.parquet'));
    const trainedOn = new Set(
      split
        .filter(pl.col('split').eq(pl.lit('train')))
        .getColumn('customer_id')
        .toArray(),
    );
    const scores = pl.readParquet(path.join(root, 'scored/scores.parquet')).toRecords();
    const heldOut = scores
      .filter((row) => !trainedOn.has(String(row.customer_id)))
      .map((row) => Number(row.churn_proba));
    const before = numbers(reference, 'churn_proba').map((value) => Math.round(value * 1e4) / 1e4);
    const expected = ksOf(before, heldOut);
    const summary = readJson(root, 'monitoring/drift_summary.json');
    assert.ok(Math.abs(summary.score_ks - expected.d) < 1e-12);
    assert.ok(Math.abs(summary.score_p - expected.p) < 1e-9);
  } finally {
    remove(root);
  }
});

function ksOf(a: number[], b: number[]): { d: number; p: number } {
  const [found] = runPython('churn_drift_oracle.py', [], [[a, b]]) as { d: number; p: number }[];
  return found as { d: number; p: number };
}

test('a feature that has lost its values is an alert, and no drift of its own', async () => {
  const root = await scoredRoot((row) => ({ ...row, std_margin: null }));
  try {
    await checkIn(root);
    const summary = readJson(root, 'monitoring/drift_summary.json');
    assert.equal([summary.features_not_measurable, summary.features_emptied], [1, 1]);
    const alerts = readJson(root, 'monitoring/alerts.json') as { cause: string; message: string }[];
    const alert = alerts.find(({ cause }) => cause === 'features_emptied');
    assert.match(alert?.message ?? '', /std_margin/);
  } finally {
    remove(root);
  }
});

test('the same inputs give the same bytes', async () => {
  const root = await scoredRoot(shifted);
  try {
    await checkIn(root, { out: 'a' });
    await checkIn(root, { out: 'b' });
    for (const name of ['drift_report.json', 'drift_summary.json', 'drift.html', 'drift.txt', 'alerts.json']) {
      assert.ok(readFileSync(path.join(root, 'a', name)).equals(readFileSync(path.join(root, 'b', name))), name);
    }
  } finally {
    remove(root);
  }
});

test('refuses scores of other customers or dates, and a registry without the model', async () => {
  const root = await scoredRoot();
  try {
    const scores = path.join(root, 'scored/scores.parquet');
    const rows = pl.readParquet(scores);
    rows.tail(rows.height - 3).writeParquet(scores);
    await refuses(() => checkIn(root), /3 customers of gold have no score \(C00000, C00001, C00002\)/);
    rows.writeParquet(scores);
    const summary = path.join(root, 'scored/summary.json');
    changeJson<{ as_of: string }>(summary, (one) => {
      one.as_of = '2024-11-30';
    });
    await refuses(() => checkIn(root), /scored for 2024-11-30/);
    changeJson<{ as_of: string; model_version: number }>(summary, (one) => {
      Object.assign(one, { as_of: '2024-12-31', model_version: 4 });
    });
    await refuses(() => checkIn(root), /there is no version 4/);
    rmSync(summary);
    await refuses(() => checkIn(root), /no such file.*summary\.json/);
    assert.not.ok(existsSync(path.join(root, 'monitoring/drift_summary.json')), 'nothing was written');
  } finally {
    remove(root);
  }
});

test.after(() => remove(trained));
test.run();
