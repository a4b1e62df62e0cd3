/** What is MLflow's own: the alias and what people do in its pages, and what can be wrong with it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openRegistry, type Registry } from '@pilotlight/registry';
import {
  createModelVersion,
  createRegisteredModel,
  deleteModelAlias,
  getModelVersion,
  getRegisteredModel,
  openMlflow,
  setModelAlias,
  setRegisteredModelTag,
} from '@pilotlight/tracking';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { python, skip } from '../python.ts';
import { refusal, requestOf } from './folder.ts';
import { mlflowPlace, type Opened } from './places.ts';

const place = mlflowPlace();
let opened: Opened;
let registry: Registry;
let ticks = 0;

const client = () => openMlflow(place.url);
const request = (name: string, more = {}) => requestOf(opened.at('artifacts'), name, more);
const decision = (version: number, more = {}) => ({ group: 'churn', version, by: 'ana', reason: 'gate', ...more });
const statuses = async () => (await registry.list('churn')).map(({ status }) => status).join(' ');
const championOf = async () => (await registry.champion('churn'))?.version ?? null;
const aliasOf = async () => (await getRegisteredModel(client(), 'churn'))?.aliases.champion ?? null;
const setAlias = (version: number) => setModelAlias(client(), { name: 'churn', alias: 'champion', version });
const removeAlias = () => deleteModelAlias(client(), { name: 'churn', alias: 'champion' });
const historyRows = async () =>
  (await registry.history('churn')).map(({ action, version, by }) => `${action} ${version} ${by}`);

/** A test with versions of these statuses. */
function check(name: string, registered: string, run: () => Promise<void>): void {
  if (python() === null) {
    skip(name, 'no Python with tests/python/requirements.txt');
    return;
  }
  test(name, async () => {
    ticks = 0;
    opened = await place.open(() => new Date(Date.UTC(2025, 0, 1, 0, ticks++)));
    registry = opened.registry;
    try {
      for (const [i, status] of registered.split(' ').filter(Boolean).entries()) {
        await registry.register(request('abcdef'[i] as string, { status }));
      }
      await run();
    } finally {
      await opened.close();
    }
  });
}

if (python() !== null) {
  test.before(() => place.start());
  test.after(() => place.stop());
}

check('the champion has the alias, and every version tells its status', 'approved pending rejected', async () => {
  assert.is(await aliasOf(), 1);
  await registry.approve(decision(2));
  assert.is(await aliasOf(), 2);
  const version = await registry.version('churn', 1);
  const found = await getModelVersion(client(), 'churn', 1);
  assert.is(found?.tags['pilotlight.status'], 'superseded');
  assert.is(found?.tags['pilotlight.digest'], version.digest);
  assert.is(found?.tags['pilotlight.model_sha256'], version.modelSha256);
  assert.is((await getModelVersion(client(), 'churn', 3))?.tags['pilotlight.status'], 'rejected');
  await registry.reject(decision(2, { force: true }));
  await registry.reject(decision(1, { force: true }));
  assert.is(await aliasOf(), null);
});

check('the alias set in the pages of MLflow approves a version', 'approved pending rejected', async () => {
  await setAlias(2);
  const before = await opened.snapshot();
  assert.is(await championOf(), 2);
  assert.is(await statuses(), 'superseded approved rejected');
  assert.is((await historyRows()).at(-1), 'approve 2 MLflow');
  assert.equal(await opened.snapshot(), before, 'readers write nothing');
  await setAlias(3);
  assert.is(await championOf(), 3);
  await registry.approve(decision(1));
  assert.is(await aliasOf(), 1);
  assert.equal((await historyRows()).slice(3), ['approve 3 MLflow', 'approve 1 ana']);
  await setAlias(3);
  assert.is(await championOf(), 3, 'also back to the one before');
  await registry.register(request('d'));
  assert.is(await statuses(), 'superseded pending approved pending');
  assert.is((await getModelVersion(client(), 'churn', 3))?.tags['pilotlight.status'], 'approved');
});

check('without the alias there is no champion, until one is approved anew', 'approved approved pending', async () => {
  await removeAlias();
  assert.is(await championOf(), null);
  assert.is(await statuses(), 'pending pending pending');
  await registry.approve(decision(3));
  assert.is(await aliasOf(), 3);
  await registry.reject(decision(3, { force: true }));
  assert.is(await aliasOf(), null);
});

check('a version that was deleted is not used any more', 'approved approved', async () => {
  await client().call('DELETE', 'model-versions/delete', { body: { name: 'churn', version: '2' } });
  assert.is(await championOf(), 1);
  await registry.register(request('c'));
  assert.is(await statuses(), 'approved rejected pending');
  assert.is(await aliasOf(), 1);
});

check('what something else registered is let be', 'pending', async () => {
  await createModelVersion(client(), { name: 'churn', source: 's3://elsewhere/model', digest: 'x' });
  await setAlias(2);
  assert.is(await championOf(), null);
  assert.is((await registry.register(request('b'))).version, 3);
  const message = await refusal('unknown_version', registry.approve(decision(2)));
  assert.is(message, 'there is no version 2: group churn: choose one of 1, 3');
  await createRegisteredModel(client(), { name: 'somebodys' });
  assert.equal(await registry.groups(), ['churn']);
});

check(
  'a change that is not possible any more after another of the same moment counts for nothing',
  'approved pending',
  async () => {
    await registry.reject(decision(2));
    const { tags = {} } = (await getRegisteredModel(client(), 'churn')) ?? {};
    const key = Object.keys(tags).find((one) => one.startsWith('pilotlight.event.000003.')) as string;
    const late = { ...JSON.parse(tags[key] as string), event: { action: 'approve', version: 2 } };
    await setRegisteredModelTag(client(), {
      name: 'churn',
      key: 'pilotlight.event.000003.ffffffffff',
      value: JSON.stringify(late),
    });
    assert.equal(await historyRows(), ['register 1 null', 'register 2 null', 'reject 2 ana']);
    assert.is(await championOf(), 1);
    await registry.approve(decision(2, { force: true }));
    assert.is((await registry.history('churn')).at(-1)?.sequence, 4);
  },
);

check('a long reason is cut, in the history and in a registration', '', async () => {
  await registry.register(request('a', { reason: 'x'.repeat(9000) }));
  await registry.approve(decision(1, { reason: 'ñ'.repeat(9000) }));
  const reasons = (await registry.history('churn')).map(({ reason }) => reason);
  assert.equal(reasons, [`${'x'.repeat(2500)}...`, `${'ñ'.repeat(2500)}...`]);
});

check('a tag of the history that is not what the registry wrote is refused', 'approved', async () => {
  const { tags = {} } = (await getRegisteredModel(client(), 'churn')) ?? {};
  const key = Object.keys(tags).find((one) => one.startsWith('pilotlight.event.')) as string;
  for (const value of ['{', '{}', (tags[key] as string).replace('register', 'approve')]) {
    await setRegisteredModelTag(client(), { name: 'churn', key, value });
    for (const work of [() => registry.champion('churn'), () => registry.register(request('b'))]) {
      assert.ok((await refusal('corrupt_registry', work())).includes(` tag ${key}: restore it from a copy`));
    }
  }
});

check('no server, and one that is no MLflow, are named', '', async () => {
  const nothing = openRegistry('mlflow:http://127.0.0.1:9');
  process.env.MLFLOW_HTTP_REQUEST_MAX_RETRIES = '0';
  try {
    assert.match(
      await refusal('bad_registry', nothing.champion('churn')),
      /: mlflow:http:\/\/127\.0\.0\.1:9: check the address, or start the server$/,
    );
  } finally {
    delete process.env.MLFLOW_HTTP_REQUEST_MAX_RETRIES;
  }
  const other = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => other.once('listening', resolve));
    const uri = `mlflow:http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const message = await refusal('bad_registry', openRegistry(uri).list('churn'));
    assert.ok(message.endsWith(`: ${uri}: give the address of an MLflow tracking server`), message);
  } finally {
    other.close();
  }
  for (const uri of ['mlflow:', 'mlflow:ftp://x', 'mlflow:arn:aws:s3:::x']) {
    await refusal('bad_uri', openRegistry(uri).champion('churn'));
  }
});

test.run();
