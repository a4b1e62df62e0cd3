/** What the command tells others when a step has ended well: MLflow and the bucket. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openStore } from '@pilotlight/artifacts';
import type { StepEnding } from '@pilotlight/pipeline';
import { openRunLog } from '@pilotlight/tracking';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { concludeStep } from '../../pipelines/conclude.ts';
import { startFaultProxy } from '../faultProxy.ts';
import { remove, temporary } from '../folders.ts';
import { python, testWithPython } from '../python.ts';
import { type Server, startMlflow, startMoto } from '../servers.ts';

const NAMES = ['MLFLOW_TRACKING_URI', 'PILOTLIGHT_BUCKET_URI', 'PILOTLIGHT_CODE_VERSION'];
let dir = '';
let moto: Server | undefined;
let mlflow: Server | undefined;
test.before(async () => {
  if (!python()) return;
  [moto, mlflow] = await Promise.all([startMoto(), startMlflow()]);
  Object.assign(process.env, moto.env);
  const body =
    '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>';
  await fetch(`${moto.url}/data`, { method: 'PUT', body });
});
test.after(async () => {
  await Promise.all([moto?.stop(), mlflow?.stop()]);
});
test.before.each(() => {
  dir = temporary();
  for (const name of NAMES) delete process.env[name];
});
test.after.each(() => remove(dir));

type Line = { level: 'info' | 'warn'; fields: object; msg: string };

async function ending(more: Partial<StepEnding> = {}): Promise<{ ending: StepEnding; lines: Line[] }> {
  const folder = path.join(dir, 'model');
  const run = openRunLog(path.join(folder, 'tracking'), { run_id: 'fixed', name: 'a-model', execution_date: 'a-date' });
  writeFileSync(path.join(folder, 'model.txt'), 'tree');
  run.params({ rounds: 20 });
  run.metrics({ auc: 0.75 });
  run.artifact(path.join(folder, 'model.txt'));
  await run.close();
  const lines: Line[] = [];
  const at = (level: Line['level']) => (fields: object, msg: string) => void lines.push({ level, fields, msg });
  const log = { debug: () => {}, info: at('info'), warn: at('warn'), error: at('warn'), child: () => log };
  const facts = {
    step: 'Train',
    inputs: {},
    outputs: { model: folder },
    parameters: {},
    duration_s: 1.5,
    rss_bytes_max: 2e8,
  };
  const when = { run: { run_id: 'exec-1', execution_date: '2026-01-06' }, signal: new AbortController().signal };
  return { ending: { ...facts, ...when, log, ...more }, lines };
}

async function searchRuns(experiment: string): Promise<{ data: Record<string, { key: string; value: unknown }[]> }[]> {
  const get = async (name: string, options?: object) => {
    const answer = await fetch(`${mlflow?.url}/api/2.0/mlflow/${name}`, options);
    return (await answer.json()) as Record<string, never>;
  };
  const found = await get(`experiments/get-by-name?experiment_name=${experiment}`);
  const { experiment_id } = found.experiment as unknown as { experiment_id: string };
  const body = JSON.stringify({ experiment_ids: [experiment_id], max_results: 10 });
  const headers = { 'content-type': 'application/json' };
  const { runs = [] } = await get('runs/search', { method: 'POST', body, headers });
  return runs as never[];
}

const value = (list: { key: string; value: unknown }[] = [], key: string) => list.find((one) => one.key === key)?.value;

test('without an address nobody is told anything', async () => {
  process.env.MLFLOW_TRACKING_URI = 'none';
  const { ending: end, lines } = await ending();
  await concludeStep('churn')(end);
  assert.equal(lines, []);
});

testWithPython('what the step took, in the bucket', async () => {
  process.env.PILOTLIGHT_BUCKET_URI = 's3://data';
  const { ending: end, lines } = await ending({ outputs: {} });
  await concludeStep('churn')(end);
  const found = await openStore('s3://data').readText('tmp/runs/exec-1/Train.json');
  const { ended_at, ...facts } = JSON.parse(found?.text ?? '');
  assert.equal(facts, { step: 'Train', duration_s: 1.5, rss_bytes_max: 2e8 });
  assert.ok(Math.abs(Date.now() - Date.parse(ended_at)) < 60_000);
  assert.equal(lines, []);
  await concludeStep('churn')((await ending({ outputs: {}, run: { run_id: 'none', execution_date: '' } })).ending);
  assert.is(await openStore('s3://data').head('tmp/runs/none/Train.json'), null);
});

testWithPython('a run log among the outputs is one run in MLflow, however often it is sent', async () => {
  process.env.MLFLOW_TRACKING_URI = mlflow?.url;
  process.env.PILOTLIGHT_CODE_VERSION = 'abc';
  const { ending: end, lines } = await ending();
  await concludeStep('churn')(end);
  await concludeStep('churn')(end);
  assert.equal(
    lines.map(({ level }) => level),
    ['info', 'info'],
    JSON.stringify(lines),
  );
  const [run, ...others] = await searchRuns('pilotlight-churn');
  assert.equal(others, []);
  assert.is(value(run?.data.params, 'rounds'), '20');
  assert.is(value(run?.data.metrics, 'auc'), 0.75);
  assert.is(value(run?.data.tags, 'pilotlight.run_id'), 'exec-1');
  assert.is(value(run?.data.tags, 'pilotlight.step'), 'Train');
  assert.is(value(run?.data.tags, 'pilotlight.execution_date'), '2026-01-06');
  assert.is(value(run?.data.tags, 'pilotlight.code_version'), 'abc');
  await concludeStep('churn')((await ending({ run: { run_id: 'exec-2', execution_date: '2026-01-13' } })).ending);
  assert.is((await searchRuns('pilotlight-churn')).length, 2);
});

testWithPython('two run logs of one step are two runs; a step by itself is one run for the same work', async () => {
  process.env.MLFLOW_TRACKING_URI = mlflow?.url;
  const both = await ending();
  both.ending.outputs = { model: path.join(dir, 'model'), copy: path.join(dir, 'model') };
  await concludeStep('two')(both.ending);
  assert.is((await searchRuns('pilotlight-two')).length, 2, JSON.stringify(both.lines));
  const alone = await ending({ run: { run_id: 'none', execution_date: '' } });
  await concludeStep('alone')(alone.ending);
  await concludeStep('alone')(alone.ending);
  assert.is((await searchRuns('pilotlight-alone')).length, 1, JSON.stringify(alone.lines));
});

test('an MLflow that hangs holds nobody longer than the limit', async () => {
  const proxy = await startFaultProxy('http://127.0.0.1:9', () => ({ kind: 'hang' }));
  try {
    process.env.MLFLOW_TRACKING_URI = proxy.url;
    const { ending: end, lines } = await ending();
    const start = performance.now();
    await concludeStep('churn', { limit_s: 0.5 })(end);
    assert.ok(performance.now() - start < 3000);
    assert.is(lines.length, 1);
    assert.is(
      lines[0]?.msg,
      'the run is not in MLflow (no end in 0.5 s); the outputs of the step stand',
      JSON.stringify(lines),
    );
    assert.ok(proxy.requests.length > 0, 'it was asked');
  } finally {
    await proxy.stop();
  }
});

test('an MLflow that is wrong or down is one warning', async () => {
  for (const uri of ['ftp://nobody', 'http://127.0.0.1:9']) {
    process.env.MLFLOW_TRACKING_URI = uri;
    const { ending: end, lines } = await ending();
    await concludeStep('churn', { limit_s: 5 })(end);
    assert.equal(
      lines.map(({ level }) => level),
      ['warn'],
    );
    assert.match(lines[0]?.msg ?? '', /^the run is not in MLflow \(.+\); the outputs of the step stand$/);
  }
});

test('a bucket that is wrong does not keep the run from MLflow, nor the other way round', async () => {
  process.env.PILOTLIGHT_BUCKET_URI = 's3://Bad_Bucket';
  process.env.MLFLOW_TRACKING_URI = 'ftp://nobody';
  const { ending: end, lines } = await ending();
  await concludeStep('churn')(end);
  assert.is(lines.length, 2);
});

test('a folder that is no run log is left alone', async () => {
  process.env.MLFLOW_TRACKING_URI = 'ftp://nobody';
  mkdirSync(path.join(dir, 'other/tracking'), { recursive: true });
  const { ending: end, lines } = await ending({ outputs: { other: path.join(dir, 'other') } });
  await concludeStep('churn')(end);
  assert.equal(lines, []);
});

test.run();
