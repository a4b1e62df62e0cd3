import {
  createModelVersion,
  createRegisteredModel,
  deleteModelAlias,
  describeModelVersion,
  findModelVersion,
  getModelVersion,
  getModelVersionByAlias,
  getRegisteredModel,
  type MlflowRun,
  openMlflow,
  openRun,
  openRunArtifacts,
  searchModelVersions,
  searchRegisteredModels,
  setModelAlias,
  setModelVersionTag,
  setRegisteredModelTag,
  TrackingError,
  uploadRun,
} from '@pilotlight/tracking';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { trackingPolicies } from '../../infra/iam/index.ts';
import { remove, temporary } from '../folders.ts';
import { contextOf } from '../infra/mocks.ts';
import { runPython, testWithPython } from '../python.ts';
import { startMlflow } from '../servers.ts';
import { type FaultyProxy, startFaultyProxy } from './faultyProxy.ts';
import { type Reader, recordRun, startReader } from './runs.ts';

let server: Awaited<ReturnType<typeof startMlflow>> | null = null;
let proxy: FaultyProxy;
let reader: Reader;

const open = () => openMlflow(proxy.url, { pause_s: 0.05, timeout_s: 20 });

function testWithMlflow(name: string, run: () => Promise<void>): void {
  testWithPython(name, async () => {
    if (server === null) {
      server = await startMlflow();
      proxy = await startFaultyProxy(server.url);
      reader = startReader();
    }
    await run();
  });
}

test.after(async () => {
  reader?.stop();
  await proxy?.stop();
  await server?.stop();
});

const modelOf = async (name: string) => {
  const { models } = await reader.read({ uri: server?.url ?? '', models: [name] });
  return models[name];
};

/** A place for artifacts: servers take no version whose source is outside of its run's. */
async function openSource(run_key: string): Promise<MlflowRun> {
  return openRun(open(), { experiment: 'models', run_key });
}

testWithMlflow('a registered model is made once, and keeps what it has', async () => {
  const client = open();
  const made = await createRegisteredModel(client, {
    name: 'churn',
    description: 'who leaves',
    tags: { team: 'retail' },
  });
  assert.equal(made, { name: 'churn', description: 'who leaves', tags: { team: 'retail' }, aliases: {} });
  const again = await createRegisteredModel(client, { name: 'churn', description: 'other', tags: { team: 'other' } });
  assert.equal(again, made);
  await setRegisteredModelTag(client, { name: 'churn', key: 'owner', value: 'Señora Ñ' });
  assert.equal((await modelOf('churn'))?.tags, { team: 'retail', owner: 'Señora Ñ' });
  assert.is(await getRegisteredModel(client, 'nobody'), null);
});

testWithMlflow('a version is made once for a run and a digest, with tags and description', async () => {
  const client = open();
  const run = await openSource('one');
  const other = await openSource('two');
  const request = { name: 'churn', source: run.artifact_uri, run_id: run.run_id, digest: 'a1', description: 'Señal' };
  const first = await createModelVersion(client, { ...request, tags: { status: 'pending' } });
  assert.is(first.version, 1);
  assert.is((await createModelVersion(client, request)).version, 1);
  assert.is((await createModelVersion(client, { ...request, digest: 'b2' })).version, 2);
  const elsewhere = { ...request, source: other.artifact_uri, run_id: other.run_id };
  assert.is((await createModelVersion(client, elsewhere)).version, 3);
  assert.is((await findModelVersion(client, { name: 'churn', digest: 'a1' }))?.version, 1);
  assert.is((await findModelVersion(client, { name: 'churn', digest: 'a1', run_id: other.run_id }))?.version, 3);
  assert.is(await findModelVersion(client, { name: 'churn', digest: 'A1' }), null);
  await setModelVersionTag(client, { name: 'churn', version: 1, key: 'status', value: 'approved' });
  await describeModelVersion(client, { name: 'churn', version: 2, description: 'the second' });
  const read = await modelOf('churn');
  assert.equal(
    read?.versions.map(({ version, run_id, tags, description }) => [version, run_id, tags, description]),
    [
      [1, run.run_id, { status: 'approved', 'pilotlight.digest': 'a1' }, 'Señal'],
      [2, run.run_id, { 'pilotlight.digest': 'b2' }, 'the second'],
      [3, other.run_id, { 'pilotlight.digest': 'a1' }, 'Señal'],
    ],
  );
  assert.is((await getModelVersion(client, 'churn', 2))?.description, 'the second');
  assert.is(await getModelVersion(client, 'churn', 9), null);
  assert.is(await getModelVersion(client, 'nobody', 1), null);
});

testWithMlflow('the alias moves from version to version and goes', async () => {
  const client = open();
  assert.is(await getModelVersionByAlias(client, 'churn', 'champion'), null);
  assert.is(await getModelVersionByAlias(client, 'nobody', 'champion'), null);
  await setModelAlias(client, { name: 'churn', version: 1, alias: 'champion' });
  await setModelAlias(client, { name: 'churn', version: 2, alias: 'champion' });
  const champion = await getModelVersionByAlias(client, 'churn', 'champion');
  assert.is(champion?.version, 2);
  assert.equal(champion?.aliases, ['champion']);
  assert.equal((await modelOf('churn'))?.aliases, { champion: 2 });
  assert.equal((await getRegisteredModel(client, 'churn'))?.aliases, { champion: 2 });
  await deleteModelAlias(client, { name: 'churn', alias: 'champion' });
  await deleteModelAlias(client, { name: 'churn', alias: 'champion' });
  assert.equal((await modelOf('churn'))?.aliases, {});
  await setModelAlias(client, { name: 'churn', version: 9, alias: 'champion' }).then(
    () => assert.unreachable(),
    (error) => assert.is(error.code, 'not_found'),
  );
});

testWithMlflow('searches give all pages, in order', async () => {
  const client = open();
  const names = Array.from({ length: 230 }, (_, index) => `page-${String(index).padStart(3, '0')}`);
  for (let at = 0; at < names.length; at += 10) {
    await Promise.all(names.slice(at, at + 10).map((name) => createRegisteredModel(client, { name })));
  }
  const found = await Array.fromAsync(searchRegisteredModels(client, { filter: "name LIKE 'page-%'" }));
  assert.equal(
    found.map(({ name }) => name),
    names,
  );
  assert.ok((await Array.fromAsync(searchRegisteredModels(client))).length >= 231);
  const versions = await Array.fromAsync(searchModelVersions(client, { filter: "name = 'churn'" }));
  assert.equal(
    versions.map(({ version }) => version),
    [1, 2, 3],
  );
});

for (const fault of ['500 never', '500 done', '429', 'cut never', 'cut done', 'hang done'] as const) {
  testWithMlflow(`${fault}: no model, no version and no alias is there twice`, async () => {
    const name = `faulty-${fault.replace(' ', '-')}`;
    const client = openMlflow(proxy.url, { pause_s: 0.05, timeout_s: fault === 'hang done' ? 3 : 20 });
    const run = await openSource('one');
    for (const match of [/registered-models\/create$/, /model-versions\/create$/, /alias$/]) proxy.fail(fault, match);
    await createRegisteredModel(client, { name });
    const request = { name, source: run.artifact_uri, run_id: run.run_id, digest: 'a1' };
    assert.is((await createModelVersion(client, request)).version, 1);
    await setModelAlias(client, { name, version: 1, alias: 'champion' });
    assert.is(proxy.left(), 0, 'every fault has happened');
    const read = await modelOf(name);
    assert.is(read?.versions.length, 1);
    assert.equal(read?.aliases, { champion: 1 });
  });
}

testWithMlflow('what a name cannot be is refused before or by the server, in one line', async () => {
  const client = open();
  const both = `it's "both"`;
  await findModelVersion(client, { name: both, digest: 'a' }).then(
    () => assert.unreachable(),
    (error) => assert.match(error.message, /^both kinds of quotes: /),
  );
  await createRegisteredModel(client, { name: 'a/b:c' }).then(
    () => assert.unreachable(),
    (error) => {
      assert.instance(error, TrackingError);
      assert.is(error.code, 'refused');
      assert.not.match(error.message, /\n/);
    },
  );
});

testWithMlflow(
  'a job may make exactly the calls that the client makes, by the names that MLflow gives them',
  async () => {
    const folder = temporary();
    try {
      const log = await recordRun(`${folder}/out`, (run) => {
        for (let step = 0; step < 3; step += 1) run.metrics({ auc: step }, step);
      });
      const options = { client: open(), experiment: 'calls', run_key: 'calls', log: { warn: () => {} } };
      await uploadRun(log, options);
      await uploadRun(log, options);
      const two = await Promise.all(
        ['a', 'a', 'a', 'a'].map((run_key) => openRun(open(), { experiment: 'calls', run_key })),
      );
      assert.ok(openRunArtifacts(open(), two[0]?.artifact_uri ?? ''));
    } finally {
      remove(folder);
    }
    const names = runPython('mlflow_calls.py') as Record<string, string>;
    const called = new Set(proxy.calls.filter((call) => !call.includes('/mlflow-artifacts/')));
    const actions = [...called].map((call) => {
      const name = names[call] ?? '';
      assert.ok(name, `MLflow knows ${call}`);
      return `sagemaker-mlflow:${name[0]?.toUpperCase()}${name.slice(1)}`;
    });
    const overrides = { tracking: { kind: 'server', size: 'Small', version: '3.0' } };
    const context = contextOf('dev', overrides);
    const arn = 'arn:aws:sagemaker:eu-west-1:111111111111:mlflow-tracking-server/a';
    const keys = {
      data: 'arn:aws:kms:eu-west-1:111111111111:key/data',
      logs: 'arn:aws:kms:eu-west-1:111111111111:key/logs',
    };
    const { sagemaker } = trackingPolicies({ ...context, keys }, arn);
    const allowed = sagemaker.Statement.flatMap(({ Action }) => Action);
    assert.equal([...new Set(actions)].sort(), [...allowed].sort());
  },
);

test.run();
