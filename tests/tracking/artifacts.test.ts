import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { s3Options } from '@pilotlight/aws';
import {
  type MlflowClient,
  openMlflow,
  openRun,
  openRunArtifacts,
  TrackingError,
  uploadRun,
} from '@pilotlight/tracking';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { remove, temporary } from '../folders.ts';
import { testWithPython } from '../python.ts';
import { type Server, startMlflow, startMoto } from '../servers.ts';
import { type FaultyProxy, startFaultyProxy } from './faultyProxy.ts';
import { type Reader, recordRun, sha256, sha256Of, startReader, writeArtifact } from './runs.ts';

const BUCKET = 'mlflow-artifacts';
const PART_BYTES = 5 * 1024 ** 2;

let moto: Server | null = null;
let server: Server;
let proxy: FaultyProxy;
let reader: Reader;
let s3: S3Client;
let client: MlflowClient;
let dir = '';
const log = { warn: () => {} };

test.before.each(() => {
  dir = temporary();
});
test.after.each(() => remove(dir));
test.after(async () => {
  reader?.stop();
  s3?.destroy();
  await proxy?.stop();
  await server?.stop();
  await moto?.stop();
});

/** The test with an MLflow server that keeps what it is sent in S3, where moto stands in for that. */
function testWithMlflow(name: string, run: () => Promise<void>): void {
  testWithPython(name, async () => {
    if (moto === null) await start();
    proxy.heal();
    await run();
  });
}

async function start(): Promise<void> {
  moto = await startMoto();
  Object.assign(process.env, moto.env);
  s3 = new S3Client(s3Options());
  await s3.send(
    new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
  );
  server = await startMlflow({ artifacts: `s3://${BUCKET}/proxied` });
  proxy = await startFaultyProxy(server.url);
  client = openMlflow(proxy.url, { pause_s: 0.02, timeout_s: 20 });
  reader = startReader();
}

async function keysOf(prefix: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
  return Contents.map(({ Key = '' }) => Key).sort();
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => assert.unreachable('it was taken'),
    (error) => error,
  );

function recordModel(): Promise<string> {
  return recordRun(path.join(dir, 'out'), (run, output) => {
    run.metrics({ auc: 0.75 });
    writeArtifact(output, 'model/model ñ.txt', 'tree'.repeat(1000));
    writeArtifact(output, 'report.html', '<html>');
    run.artifact('../model');
    run.artifact('../report.html');
  });
}

testWithMlflow('artifacts of a run that is kept in S3 are written there directly, and found by MLflow', async () => {
  const experiment = 'direct';
  const body = { name: experiment, artifact_location: `s3://${BUCKET}/direct/ñ` };
  await client.call('POST', 'experiments/create', { body });
  const folder = await recordModel();
  const { run_id } = await uploadRun(folder, { client, experiment, run_key: 'r-1', log });
  await uploadRun(folder, { client, experiment, run_key: 'r-1', log });
  assert.equal(await keysOf('direct/'), [
    `direct/ñ/${run_id}/artifacts/model/model ñ.txt`,
    `direct/ñ/${run_id}/artifacts/report.html`,
  ]);
  assert.not.ok(proxy.calls.some((call) => call.includes('/mlflow-artifacts/')));
  const { runs } = await reader.read({ uri: server.url, experiment, artifacts: true });
  assert.equal(runs[0]?.artifacts, {
    'model/model ñ.txt': sha256('tree'.repeat(1000)),
    'report.html': sha256('<html>'),
  });
  const artifacts = openRunArtifacts(client, `s3://${BUCKET}/direct/ñ/${run_id}/artifacts`);
  assert.equal(await Array.fromAsync(artifacts.list()), [
    { name: 'model/model ñ.txt', bytes: 4000 },
    { name: 'report.html', bytes: 6 },
  ]);
  assert.is(Buffer.concat(await (await artifacts.read('report.html')).toArray()).toString(), '<html>');
});

testWithMlflow(
  'a bucket that is not there is named, and the next upload, once it is, ends with the one run',
  async () => {
    const experiment = 'no bucket';
    const body = { name: experiment, artifact_location: 's3://no-such-bucket/x' };
    await client.call('POST', 'experiments/create', { body });
    const folder = await recordModel();
    const error = await failureOf(uploadRun(folder, { client, experiment, run_key: 'r-1', log }));
    assert.match(error.message, /no-such-bucket/);
    assert.not.match(error.message, /\n/);
    await s3.send(
      new CreateBucketCommand({
        Bucket: 'no-such-bucket',
        CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
      }),
    );
    await uploadRun(folder, { client, experiment, run_key: 'r-1', log });
    const { runs } = await reader.read({ uri: server.url, experiment });
    assert.equal(
      runs.map(({ status, metrics }) => [status, metrics]),
      [['FINISHED', { auc: [[0, 0.75]] }]],
    );
  },
);

testWithMlflow(
  'by the proxy, a file past the limit goes in parts to the store behind it, also through faults',
  async () => {
    const file = path.join(dir, 'model.bin');
    writeFileSync(file, Buffer.alloc(PART_BYTES + 1_000_000, 'drift and churn '));
    const { artifact_uri } = await openRun(client, { experiment: 'parts', run_key: 'r-1' });
    const artifacts = openRunArtifacts(client, artifact_uri, { partsFromBytes: PART_BYTES, partBytes: PART_BYTES });
    for (const fault of ['500 done', 'cut done', 'cut never', '429'] as const) {
      proxy.fail(fault, /mpu\/create/);
      proxy.fail(fault, /mpu\/complete/);
      await artifacts.write(`models/${fault}.bin`, file);
      assert.is(proxy.left(), 0);
    }
    assert.equal(
      await keysOf('proxied/'),
      ['429', '500 done', 'cut done', 'cut never'].map(
        (fault) => `${artifact_uri.replace(/^mlflow-artifacts:/, 'proxied')}/models/${fault}.bin`,
      ),
    );
    const { runs } = await reader.read({ uri: server.url, experiment: 'parts', artifacts: true });
    assert.equal([...new Set(Object.values(runs[0]?.artifacts ?? {}))], [sha256Of(file)]);
    assert.ok(!proxy.calls.some((call) => /^PUT .*models/.test(call)), 'the bytes went past the server');
  },
);

testWithMlflow('parts of an upload that failed are given up at the store', async () => {
  const file = path.join(dir, 'model.bin');
  writeFileSync(file, Buffer.alloc(PART_BYTES + 1, 'x'));
  const { artifact_uri } = await openRun(client, { experiment: 'given up', run_key: 'r-1' });
  const artifacts = openRunArtifacts(client, artifact_uri, { partsFromBytes: PART_BYTES, partBytes: PART_BYTES });
  proxy.fail('500 never', /mpu\/complete/, 100);
  const error = await failureOf(artifacts.write('model.bin', file));
  assert.instance(error, TrackingError);
  assert.is(error.code, 'failed');
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
  const here = Uploads.filter(({ Key = '' }) => Key.includes(artifact_uri.replace(/^mlflow-artifacts:/, '')));
  assert.equal(here, []);
  assert.equal(await Array.fromAsync(artifacts.list()), []);
});

testWithPython('where the store of a server takes no parts, the file goes as one', async () => {
  const plain = await startMlflow();
  try {
    const file = path.join(dir, 'model.bin');
    writeFileSync(file, Buffer.alloc(PART_BYTES + 1, 'x'));
    const local = openMlflow(plain.url);
    const { artifact_uri } = await openRun(local, { experiment: 'whole', run_key: 'r-1' });
    const artifacts = openRunArtifacts(local, artifact_uri, { partsFromBytes: PART_BYTES, partBytes: PART_BYTES });
    await artifacts.write('a/model.bin', file);
    assert.equal(await Array.fromAsync(artifacts.list()), [{ name: 'a/model.bin', bytes: PART_BYTES + 1 }]);
  } finally {
    await plain.stop();
  }
});

test.run();
