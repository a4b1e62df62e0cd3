/** The pages on a bucket laid out as the jobs of the cloud leave it. */
import path from 'node:path';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { openStore, uploadFolder } from '@pilotlight/artifacts';
import { openS3Results, type Results } from '@pilotlight/dashboard';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { remove, temporary } from '../folders.ts';
import { lastLine, pilotlight } from '../pilotlight.ts';
import { python, testWithPython } from '../python.ts';
import { type Server, startMoto } from '../servers.ts';
import { CUSTOMERS, makeChurnRun, makeSegmentationRun, put } from './fixtures.ts';
import { type Served, serve } from './served.ts';

const BUCKET = 'pilotlight-test-data';
const [CHURN, CONTRACTS] = ['6f1c2d3e-0000-4000-8000-000000000001', 'abcdefgh1234'];
const work = temporary();
let moto: Server;
let served: Served;
let results: Results;

const upload = (folder: string, key: string) => uploadFolder(folder, `s3://${BUCKET}/${key}`);
const open = (name: string, bytesMax: number) => {
  const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  return openS3Results({ bucket: BUCKET, cache: path.join(work, name), bytesMax, log });
};

test.before(async () => {
  if (!python()) return;
  moto = await startMoto();
  Object.assign(process.env, moto.env);
  const client = new S3Client({ forcePathStyle: true, endpoint: moto.url, region: 'eu-west-1' });
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
  await client.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration }));
  const [churn, contracts] = [path.join(work, 'churn'), path.join(work, 'contracts')];
  makeChurnRun(churn);
  makeSegmentationRun(contracts);
  put(contracts, 'evaluated/evaluation.json', { metrics: {} });
  for (const layer of ['gold', 'silver', 'scored', 'monitoring'])
    await upload(path.join(churn, layer), `${layer}/${CHURN}`);
  for (const layer of ['evaluation', 'registration', 'recommendations'])
    await upload(path.join(churn, layer), `scored/${layer}/${CHURN}`);
  await upload(path.join(contracts, 'clusters'), `scored/segmentation/clusters/${CONTRACTS}`);
  for (const layer of ['splits', 'drift'])
    await upload(path.join(contracts, layer), `models/segmentation/${layer}/${CONTRACTS}`);
  const job = `models/segmentation/models/${CONTRACTS}/Domestic/job-1/output/model`;
  await upload(path.join(contracts, 'evaluated'), job);
  const store = openStore(`s3://${BUCKET}`);
  await store.write('models/registry/churn/state.json', '{}');
  const facts = { step: 'Score', duration_s: 12.5, rss_bytes_max: 1000, ended_at: '2026-01-05T06:00:12.500Z' };
  await store.write(`tmp/runs/${CHURN}/Score.json`, JSON.stringify(facts));
  results = open('objects', 1e9);
  served = await serve({ results });
});
test.after(async () => {
  await served?.close();
  await moto?.stop();
  remove(work);
});

testWithPython('runs are found by what they left, with their date and the names of a local folder', async () => {
  const [churn, ...others] = await results.runs('churn');
  assert.equal(others, []);
  assert.is(churn?.ref.run_id, CHURN);
  assert.is(churn?.ref.as_of, '2024-12-31');
  assert.is(churn?.ref.status, 'succeeded');
  assert.ok(churn?.files.includes('recommendations/recommendations.parquet'));
  const [contracts] = await results.runs('segmentation');
  assert.is(contracts?.ref.as_of, '2024-12-31');
  assert.ok(contracts?.files.includes('models/Domestic/evaluation.json'));
});

testWithPython('the manifest tells of runs that left nothing, and of those that did', async () => {
  const client = new DynamoDBClient({ endpoint: moto.url, region: 'eu-west-1' });
  const schema = { TableName: 'manifest', BillingMode: 'PAY_PER_REQUEST' as const };
  await client.send(
    new CreateTableCommand({
      ...schema,
      KeySchema: [{ AttributeName: 'file_key', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'file_key', AttributeType: 'S' }],
    }),
  );
  const items = {
    'a#1': {
      run_id: CHURN,
      status: 'completed',
      started_at: '2026-01-05T05:50:00Z',
      completed_at: '2026-01-05T06:01:00Z',
    },
    'b#1': {
      run_id: 'broken',
      status: 'failed',
      started_at: '2026-01-06T05:50:00Z',
      error: 'JobFailed: no column power',
    },
    'c#1': { run_id: 'running', status: 'started', started_at: '2026-01-07T05:50:00Z' },
    'd#1': { note: 'not an item of ours' },
  };
  for (const [file_key, item] of Object.entries(items)) {
    const Item = Object.fromEntries(Object.entries({ file_key, ...item }).map(([name, S]) => [name, { S }]));
    await client.send(new PutItemCommand({ TableName: 'manifest', Item }));
  }
  const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  const options = { bucket: BUCKET, cache: path.join(work, 'manifest'), bytesMax: 1e9, log };
  const own = await serve({ results: openS3Results({ ...options, manifest: 'manifest' }) });
  try {
    const { runs } = (await own.get('/api/v1/churn/status')).body;
    const seen = runs.map(({ run_id, status, file, message }: Record<string, unknown>) => [
      run_id,
      status,
      file,
      message,
    ]);
    assert.equal(seen, [
      ['running', 'running', 'c#1', null],
      ['broken', 'failed', 'b#1', 'JobFailed: no column power'],
      [CHURN, 'succeeded', 'a#1', null],
    ]);
    const overview = await own.get('/api/v1/churn/overview');
    assert.is(overview.body.available, true, 'the newest run with results is shown');
  } finally {
    await own.close();
  }
  const blind = openS3Results({ ...options, cache: path.join(work, 'blind'), manifest: 'no-such-table' });
  assert.equal(
    (await blind.runs('churn')).map(({ ref }) => ref.run_id),
    [CHURN],
  );
  assert.match((await blind.faults()).join(), /table no-such-table cannot be read/);
});

testWithPython('pages are those of the same run in a folder', async () => {
  const local = await serve({ folders: [path.join(work, 'churn'), path.join(work, 'contracts')] });
  for (const url of [
    'churn/customers?tier=High',
    'churn/recommendations',
    'segmentation/customers',
    'churn/explorer',
  ]) {
    const [here, there] = [await local.get(`/api/v1/${url}`), await served.get(`/api/v1/${url}`)];
    assert.is(there.body.available, true, there.text);
    assert.equal({ ...there.body, run: null }, { ...here.body, run: null }, url);
  }
  await local.close();
  const { body } = await served.get('/api/v1/churn/customers/C00007');
  assert.is(body.months.length, 2);
  assert.is((await served.get('/api/v1/churn/overview')).body.kpis[0].value, CUSTOMERS);
});

testWithPython('status says what steps took, and that the rest is not known', async () => {
  const { body } = await served.get('/api/v1/churn/status');
  const step = body.runs[0].steps.find(({ name }: { name: string }) => name === 'Score');
  assert.is(step.duration_s, 12.5);
  assert.is(step.started, '2026-01-05T06:00:00.000Z');
  assert.match(body.source.en, /a run that failed before it left anything is not listed/);
});

testWithPython('an object is fetched once; where there is no room for it, the page says so', async () => {
  const [run] = await results.runs('churn');
  const name = 'scored/scores.parquet';
  assert.is(await run?.open(name), await run?.open(name));
  const small = await serve({ results: open('small', 100) });
  const { status, body } = await small.get('/api/v1/churn/customers');
  assert.is(status, 200);
  assert.match(body.reason, /no room on this machine/);
  await small.close();
});

testWithPython('a bucket that is not there is refused in one line', async () => {
  const outcome = pilotlight('dashboard', '--s3', 'pilotlight-no-such-bucket', '--port', '0');
  assert.is(outcome.code, 2, outcome.stderr);
  assert.match(lastLine(outcome), /the bucket cannot be read: s3:\/\/pilotlight-no-such-bucket/);
});

test.run();
