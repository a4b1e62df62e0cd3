import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { compileStateMachine } from '@pilotlight/pipeline';
import { churn } from '@pilotlight/pipelines/churn/definition.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { trigger } from '../../packages/functions/index.ts';
import { newObjectsOf } from '../../packages/functions/manifest/newObjects.ts';
import { reasonOutdated } from '../../packages/functions/manifest/reasonOutdated.ts';
import { CHURN } from '../pipeline/compileCases.ts';
import { python, testWithPython } from '../python.ts';
import { type Server, startMoto } from '../servers.ts';
import { bridged, notification, type Written } from './bucketEvents.ts';
import { failureOf, invocation } from './invocation.ts';

const BUCKET = 'pilotlight-data';
const PLAIN_BUCKET = 'adopted-data';
const TABLE = 'manifest';
const KEY = 'raw/churn/_SUCCESS';
const CALLER = resolve(import.meta.dirname, 'callFunction.ts');

let moto: Server;
let s3: S3Client;
let dynamodb: DynamoDBClient;
let sfn: SFNClient;
let machineArn: string;

test.before(async () => {
  if (!python()) return;
  moto = await startMoto();
  Object.assign(process.env, moto.env, { PILOTLIGHT_LOG_LEVEL: 'silent' });
  s3 = new S3Client({ forcePathStyle: true });
  dynamodb = new DynamoDBClient({});
  sfn = new SFNClient({});
  for (const Bucket of [BUCKET, PLAIN_BUCKET])
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
  await dynamodb.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'file_key', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'file_key', AttributeType: 'S' }],
    }),
  );
  // Executions stay open in moto until they are stopped: what the machine itself does is written to the table by hand.
  const definition = JSON.stringify({ StartAt: 'Work', States: { Work: { Type: 'Succeed' } } });
  const machine = { name: 'churn', definition, roleArn: 'arn:aws:iam::123456789012:role/states' };
  machineArn = (await sfn.send(new CreateStateMachineCommand(machine))).stateMachineArn ?? '';
  Object.assign(process.env, {
    PILOTLIGHT_BUCKET: BUCKET,
    PILOTLIGHT_RAW_PREFIX: 'raw/churn/',
    PILOTLIGHT_TABLE: TABLE,
    PILOTLIGHT_MACHINE_ARN: machineArn,
  });
});

test.after(async () => {
  await moto?.stop();
});

let writes = 0;

/** Writes an object, and returns what S3 would tell of it. */
async function put(content = '', key = KEY, bucket = BUCKET): Promise<Written> {
  const { ETag = '', VersionId } = await s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(content) }),
  );
  writes += 1;
  return {
    ...{ bucket, key, bytes: Buffer.byteLength(content), etag: ETag.replaceAll('"', '') },
    sequencer: writes.toString(16).toUpperCase().padStart(18, '0'),
    ...(VersionId && { versionId: VersionId }),
    at: new Date(),
  };
}

const call = (event: unknown) => trigger(event, invocation());

async function onlyRun(event: unknown) {
  const { runs } = await call(event);
  assert.is(runs.length, 1);
  return runs[0] as (typeof runs)[number];
}

async function itemOf(fileKey: string) {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: TABLE, Key: { file_key: { S: fileKey } }, ConsistentRead: true }),
  );
  return Item && Object.fromEntries(Object.entries(Item).map(([name, value]) => [name, value.S ?? Number(value.N)]));
}

async function executions(prefix = '') {
  const { executions: all = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: machineArn }));
  return all.filter(({ name }) => name?.startsWith(prefix));
}

const end = (runId: string) =>
  sfn.send(
    new StopExecutionCommand({ executionArn: `${machineArn.replace(':stateMachine:', ':execution:')}:${runId}` }),
  );

/** What a state of the compiled machine writes to the manifest, with an execution's values in it. */
async function machineWrites(
  state: 'MarkStarted' | 'UpdateManifest' | 'RecordFailure',
  run: { file_key: string; run_id: string },
) {
  const { States: states } = compileStateMachine(churn, { ...CHURN, tableName: TABLE });
  const values: Record<string, string> = {
    '$.settings.file_key': run.file_key,
    '$.settings.run_id': run.run_id,
    '$$.State.EnteredTime': new Date().toISOString(),
    'States.JsonToString($.error)': '{"Error":"States.TaskFailed"}',
  };
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) =>
        name.endsWith('.$') ? [name.slice(0, -2), values[inner as string]] : [name, fill(inner)],
      ),
    );
  };
  const parameters = fill(states[state]?.Parameters) as ConstructorParameters<typeof UpdateItemCommand>[0];
  await dynamodb.send(new UpdateItemCommand(parameters));
}

async function finish(run: { file_key: string; run_id: string }, state: 'UpdateManifest' | 'RecordFailure') {
  await machineWrites('MarkStarted', run);
  await machineWrites(state, run);
  await end(run.run_id);
}

testWithPython('a marker starts one run, named after it, with the item written before', async () => {
  const marker = await put();
  const run = await onlyRun(notification(marker));
  assert.is(run.file_key, `${KEY}#${marker.versionId}`);
  assert.is(run.outcome, 'started');
  const hash = createHash('sha256').update(run.file_key).digest('hex').slice(0, 20);
  assert.is(run.run_id, `file-${hash}-1`);
  const { started_at, ...item } = (await itemOf(run.file_key)) ?? {};
  assert.equal(item, { file_key: run.file_key, run_id: run.run_id, status: 'started', attempt: 1 });
  assert.ok(Math.abs(Date.parse(String(started_at)) - Date.now()) < 60_000);
  assert.is((await executions(run.run_id)).length, 1);
});

testWithPython("the machine's own first write takes over the item of its run, and of no other", async () => {
  const run = await onlyRun(notification(await put()));
  const stranger = await failureOf(machineWrites('MarkStarted', { ...run, run_id: 'another' }));
  assert.is(stranger.name, 'ConditionalCheckFailedException');
  await machineWrites('MarkStarted', run);
  await machineWrites('UpdateManifest', run);
  assert.is((await itemOf(run.file_key))?.status, 'completed');
  assert.is((await failureOf(machineWrites('MarkStarted', run))).name, 'ConditionalCheckFailedException');
});

testWithPython('the same event again, by either way, is the same run', async () => {
  const marker = await put();
  const run = await onlyRun(notification(marker));
  for (const event of [notification(marker), bridged(marker), notification(marker, marker)]) {
    for (const again of (await call(event)).runs) assert.equal(again, { ...run, outcome: 'running' });
  }
  assert.is((await executions(run.run_id)).length, 1);
  await finish(run, 'UpdateManifest');
  assert.equal(await onlyRun(bridged(marker)), { ...run, outcome: 'done' });
  assert.is((await executions(run.run_id.slice(0, -1))).length, 1);
});

testWithPython('eight deliveries at once are one run', async () => {
  const marker = await put();
  const runs = await Promise.all(Array.from({ length: 8 }, () => onlyRun(notification(marker))));
  assert.is(new Set(runs.map(({ run_id }) => run_id)).size, 1);
  assert.is(runs.filter(({ outcome }) => outcome === 'started').length, 1);
  assert.is((await executions(runs[0]?.run_id)).length, 1);
});

testWithPython('a failed file runs again when it is delivered again, under a name of its own', async () => {
  const marker = await put();
  const first = await onlyRun(notification(marker));
  await finish(first, 'RecordFailure');
  assert.is((await itemOf(first.file_key))?.status, 'failed');
  const second = await onlyRun(notification(marker));
  assert.is(second.run_id, first.run_id.replace(/1$/, '2'));
  assert.is(second.outcome, 'started');
  const item = await itemOf(first.file_key);
  assert.equal([item?.status, item?.attempt, item?.error, item?.completed_at], ['started', 2, undefined, undefined]);
  await finish(second, 'UpdateManifest');
  assert.equal(await onlyRun(notification(marker)), { ...second, outcome: 'done' });
});

testWithPython(
  'an execution that ended without saying so has failed: the next delivery runs the file again',
  async () => {
    const marker = await put();
    const first = await onlyRun(notification(marker));
    await end(first.run_id);
    const second = await onlyRun(notification(marker));
    assert.is(second.run_id, first.run_id.replace(/1$/, '2'));
    assert.is(second.outcome, 'started');
    assert.is((await itemOf(first.file_key))?.run_id, second.run_id);
  },
);

testWithPython(
  'killed between the write and the start: the next delivery starts the run that was written',
  async () => {
    const marker = await put();
    const event = notification(marker);
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const asked = once(silent, 'request');
    const child = spawn(process.execPath, [CALLER, 'trigger', JSON.stringify(event)], {
      env: { ...process.env, AWS_ENDPOINT_URL_SFN: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await asked;
    child.kill('SIGKILL');
    await ended;
    silent.closeAllConnections();
    silent.close();
    const item = await itemOf(`${KEY}#${marker.versionId}`);
    assert.is(item?.status, 'started');
    assert.is((await executions(String(item?.run_id))).length, 0);
    const run = await onlyRun(event);
    assert.is(run.run_id, item?.run_id);
    assert.is((await executions(run.run_id)).length, 1);
  },
);

testWithPython(
  'an older event that comes late does nothing: not while the newer runs, nor when it is done',
  async () => {
    const [older, newer] = [await put('1'), await put('2')];
    const run = await onlyRun(notification(newer));
    const before = (await executions()).length;
    const late = await call(notification(older));
    assert.equal(late.runs, []);
    assert.equal(late.ignored, [{ key: KEY, reason: 'written again since' }]);
    await finish(run, 'UpdateManifest');
    assert.equal((await call(bridged(older))).runs, []);
    assert.is((await executions()).length, before);
    assert.is((await itemOf(run.file_key))?.status, 'completed');
    assert.is(await itemOf(`${KEY}#${older.versionId}`), undefined);
  },
);

testWithPython('in a bucket without versions, content and time tell an older write', async () => {
  const reasonOf = (written: Written) => {
    const [object] = newObjectsOf(bridged(written)).objects;
    return object ? reasonOutdated(object, s3, new AbortController().signal) : 'no object';
  };
  const [older, newer] = [await put('1', KEY, PLAIN_BUCKET), await put('2', KEY, PLAIN_BUCKET)];
  assert.is(older.versionId, undefined);
  assert.equal([await reasonOf(older), await reasonOf(newer)], ['written again since', null]);
  const marker = await put('', KEY, PLAIN_BUCKET);
  const yesterday = { ...marker, at: new Date(Date.now() - 86_400_000) };
  assert.equal([await reasonOf(marker), await reasonOf(yesterday)], [null, 'written again since']);
});

testWithPython('a marker that was deleted since starts nothing', async () => {
  const marker = await put();
  await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: KEY }));
  const { runs, ignored } = await call(notification(marker));
  assert.equal(runs, []);
  assert.equal(ignored, [{ key: KEY, reason: 'deleted since' }]);
});

testWithPython('other buckets, other prefixes, other files and folders start nothing and write nothing', async () => {
  const items = async () => (await dynamodb.send(new ScanCommand({ TableName: TABLE, Select: 'COUNT' }))).Count;
  const [before, beforeItems] = [(await executions()).length, await items()];
  const marker = await put();
  const { runs, ignored } = await call(
    notification(
      { ...marker, bucket: 'somebody-elses' },
      { ...marker, key: 'raw/segmentation/_SUCCESS' },
      { ...marker, key: 'raw/churn/' },
      { ...marker, key: 'raw/churn/costs_by_province_month.csv', bytes: 32_000 },
    ),
  );
  assert.equal(runs, []);
  assert.is(ignored.length, 4);
  assert.equal([(await executions()).length, await items()], [before, beforeItems]);
});

testWithPython('keys with spaces, pluses and Spanish letters are found', async () => {
  process.env.PILOTLIGHT_TRIGGER_PATTERN = '**/_SUCCESS';
  // Another process: configuration is read once.
  const marker = await put('', 'raw/churn/año 2026+1/_SUCCESS');
  const child = spawn(process.execPath, [CALLER, 'trigger', JSON.stringify(notification(marker))], {
    env: process.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  delete process.env.PILOTLIGHT_TRIGGER_PATTERN;
  const [output] = await once(child.stdout, 'data');
  await once(child, 'exit');
  const { runs } = JSON.parse(String(output)).answer;
  assert.is(runs[0].file_key, `raw/churn/año 2026+1/_SUCCESS#${marker.versionId}`);
  assert.is((await executions(runs[0].run_id)).length, 1);
});

testWithPython('one object that fails does not keep the others of its event from their runs', async () => {
  const marker = await put();
  const broken = { ...marker, key: 'raw/churn/_SUCCESS', etag: '', sequencer: '' };
  const event = notification(broken, marker);
  delete event.Records[0]?.s3.object.versionId;
  const error = await failureOf(call(event));
  assert.is(error.name, 'InputError');
  assert.match(error.message, /no version id/);
  assert.is((await itemOf(`${KEY}#${marker.versionId}`))?.status, 'started');
});

testWithPython('a malformed event is an error of one line, for the dead letters', async () => {
  const error = await failureOf(call({ Records: [{ eventSource: 'aws:s3' }] }));
  assert.is(error.name, 'InputError');
  assert.not.match(error.message, /\n/);
  assert.is(error.stack, `InputError: ${error.message}`);
});

testWithPython('a machine that is not there: the error names it, and the file runs when it is', async () => {
  const marker = await put();
  const event = JSON.stringify(notification(marker));
  const wrong = machineArn.replace(/churn$/, 'gone');
  const child = spawn(process.execPath, [CALLER, 'trigger', event], {
    env: { ...process.env, PILOTLIGHT_MACHINE_ARN: wrong, PILOTLIGHT_LOG_LEVEL: 'info' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  assert.is.not(code, 0);
  const line = JSON.parse(said.split('\n').find((text) => text.includes('"level":"error"')) ?? '{}');
  assert.ok(line.msg.includes(wrong), line.msg);
  assert.is(line.request_id, invocation().awsRequestId);
  assert.is((await onlyRun(notification(marker))).outcome, 'running');
  assert.is((await executions((await itemOf(`${KEY}#${marker.versionId}`))?.run_id as string)).length, 1);
});

test.run();
