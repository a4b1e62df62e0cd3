/** What is SageMaker's own: how a version looks there, what people do in the console, and what can be wrong with it. */
import { openStore } from '@pilotlight/artifacts';
import { openRegistry, type Registry } from '@pilotlight/registry';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { python, skip } from '../python.ts';
import { refusal, requestOf, sha256 } from './folder.ts';
import { BUCKET, type Opened, S3_URI, sageMakerPlace } from './places.ts';

const place = sageMakerPlace();
let opened: Opened;
let registry: Registry;
let ticks = 0;

const request = (name: string, more = {}) => requestOf(opened.at('artifacts'), name, more);
const decision = (version: number, more = {}) => ({ group: 'churn', version, by: 'ana', reason: 'gate', ...more });
const statuses = async () => (await registry.list('churn')).map(({ status }) => status).join(' ');
const championOf = async (one = registry) => (await one.champion('churn'))?.version ?? null;
const lastEvent = async () => (await registry.history('churn')).at(-1);
const describe = (version: number) => place.api.call('DescribeModelPackage', { ModelPackageName: `churn/${version}` });
const arnOf = async (version: number) => (await describe(version)).ModelPackageArn;

/** What a person does in the console. */
async function inConsole(version: number, status: string, comment?: string): Promise<void> {
  await place.api.call('UpdateModelPackage', {
    ModelPackageArn: await arnOf(version),
    ModelApprovalStatus: status,
    ...(comment === undefined ? {} : { ApprovalDescription: comment }),
  });
}

/** A test with an empty registry, or with versions of these statuses. */
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
        await registry.register(request('abcdef'[i] as string, { status, reason: 'trained' }));
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

check('a version is a model package whose source is its artifacts', '', async () => {
  const { digest } = await registry.register(request('a', { status: 'approved', by: 'train' }));
  const found = await describe(1);
  assert.is(found.SourceUri, `${S3_URI}/churn/${digest}/artifacts/`);
  assert.is(found.InferenceSpecification, undefined);
  assert.is(found.ModelApprovalStatus, 'Approved');
  assert.is(found.ModelPackageVersion, 1);
  const { pilotlight_request, ...metadata } = found.CustomerMetadataProperties as Record<string, string>;
  assert.match(pilotlight_request ?? '', /^[0-9a-f]{36}$/);
  assert.equal(metadata, {
    pilotlight_status: 'approved',
    pilotlight_approval: 'Approved',
    pilotlight_model_sha256: sha256('model a'),
    metric_pr_auc: '0.71',
  });
  const keys = (await Array.fromAsync(openStore(S3_URI).list(''))).map(({ key }) => key);
  assert.equal(keys, [
    '_groups/churn',
    `churn/${digest}/artifacts/model.txt`,
    `churn/${digest}/artifacts/report/roc.svg`,
    `churn/${digest}/requests/${pilotlight_request}.json`,
    `churn/${digest}/version.json`,
    'churn/history/000001.json',
  ]);
});

check('SageMaker shows every decision, with its reason', 'approved pending pending', async () => {
  await registry.approve(decision(2, { reason: 'it\nscores better' }));
  await registry.reject(decision(3, { reason: 'x'.repeat(3000) }));
  const shown = async (version: number) => {
    const { ModelApprovalStatus, CustomerMetadataProperties } = await describe(version);
    return [ModelApprovalStatus, (CustomerMetadataProperties as Record<string, string>).pilotlight_status];
  };
  assert.equal(await shown(1), ['Approved', 'superseded']);
  assert.equal(await shown(2), ['Approved', 'approved']);
  assert.equal(await shown(3), ['Rejected', 'rejected']);
  assert.is((await describe(2)).ApprovalDescription, 'it scores better (pilotlight)');
  assert.is(String((await describe(3)).ApprovalDescription).length, 1024);
  assert.is((await lastEvent())?.reason?.length, 3000, 'the history has all of it');
});

check(
  'approved in the console, a version is the champion, and whose click it was is told',
  'approved pending',
  async () => {
    await inConsole(2, 'Approved', 'looks good');
    const before = await opened.snapshot();
    assert.is(await championOf(), 2);
    assert.is(await statuses(), 'superseded approved');
    assert.is((await registry.version('churn', 2)).status, 'approved');
    const { time, ...event } = (await lastEvent()) ?? {};
    const expected = { action: 'approve', version: 2, status: 'approved', champion: 2, force: true };
    assert.equal(event, { sequence: 3, ...expected, by: 'fake-user-profile-name', reason: 'looks good' });
    assert.ok(Math.abs(Date.parse(time ?? '') - Date.now()) < 60_000, time);
    assert.equal(await opened.snapshot(), before, 'readers write nothing');
    await registry.register(request('c'));
    assert.equal(
      (await registry.history('churn')).map(({ action, version, by }) => [action, version, by]),
      [
        ['register', 1, null],
        ['register', 2, null],
        ['approve', 2, 'fake-user-profile-name'],
        ['register', 3, null],
      ],
    );
    assert.is(await championOf(), 2);
  },
);

check('rejected in the console, the champion gives way to the one before it', 'approved pending pending', async () => {
  await registry.approve(decision(2));
  await inConsole(2, 'Rejected');
  assert.is(await championOf(), 1);
  assert.is(await statuses(), 'approved rejected pending');
  assert.is((await lastEvent())?.reason, 'changed in SageMaker', 'our own comment is not theirs');
  await inConsole(1, 'Rejected');
  assert.is(await championOf(), null);
  await inConsole(3, 'Rejected');
  await registry.register(request('d'));
  assert.is(await statuses(), 'rejected rejected rejected pending');
  assert.is((await registry.history('churn')).length, 8);
});

check('approved in the console, a rejected version is back', 'approved rejected', async () => {
  await inConsole(2, 'Approved');
  assert.is(await championOf(), 2);
  await inConsole(2, 'Rejected');
  assert.is(await championOf(), 1);
});

check('back to pending in the console, a decision counts no more', 'approved approved rejected', async () => {
  await inConsole(2, 'PendingManualApproval');
  await inConsole(3, 'PendingManualApproval');
  assert.is(await statuses(), 'approved pending pending');
  assert.is((await lastEvent())?.action, 'withdraw');
  await registry.approve(decision(3));
  assert.is(await statuses(), 'superseded pending approved');
});

check(
  'of several that the console approved, the one that was changed last is the champion',
  'pending pending pending',
  async () => {
    await inConsole(3, 'Approved');
    await inConsole(1, 'Approved');
    await inConsole(2, 'Approved');
    assert.is(await championOf(), 2);
    assert.is(await statuses(), 'superseded approved superseded');
    await inConsole(2, 'Rejected');
    assert.is(await championOf(), 1);
  },
);

check(
  'a decision after the one of the console holds, and both are in the history',
  'approved pending pending',
  async () => {
    await inConsole(2, 'Approved', 'by eva');
    await registry.reject(decision(2, { force: true }));
    for (const one of [registry, openRegistry(S3_URI)]) assert.is(await championOf(one), 1);
    await inConsole(3, 'Approved');
    await registry.approve(decision(1));
    await inConsole(2, 'Approved');
    await registry.approve(decision(3));
    assert.is(await statuses(), 'superseded superseded approved');
    assert.is((await describe(2)).ModelApprovalStatus, 'Approved');
    assert.equal(
      (await registry.history('churn')).slice(3).map(({ action, version, by }) => `${action} ${version} ${by}`),
      [
        'approve 2 fake-user-profile-name',
        'reject 2 ana',
        'approve 3 fake-user-profile-name',
        'approve 1 ana',
        'approve 2 fake-user-profile-name',
        'approve 3 ana',
      ],
    );
  },
);

check(
  'what a person did is not taken for another click when SageMaker was told no more of it',
  'approved approved pending',
  async () => {
    await inConsole(1, 'PendingManualApproval');
    await inConsole(3, 'Rejected');
    place.api.denied.add('UpdateModelPackage');
    await refusal('denied', registry.register(request('d')));
    place.api.denied.clear();
    assert.is((await registry.history('churn')).length, 6, 'it is in the history');
    assert.is(await statuses(), 'pending approved rejected pending');
    await registry.approve(decision(3, { force: true }));
    assert.is(await statuses(), 'pending superseded approved pending');
    await registry.reject(decision(3, { replacement: 1 }));
    assert.is(await statuses(), 'approved superseded rejected pending');
    assert.is((await registry.history('churn')).length, 8);
    assert.is((await describe(1)).ModelApprovalStatus, 'Approved');
  },
);

check('deleted in the console, a version is not used any more', 'approved approved', async () => {
  await place.api.call('DeleteModelPackage', { ModelPackageName: await arnOf(2) });
  assert.is(await championOf(), 1);
  assert.is(await statuses(), 'approved rejected');
  const message = await refusal('unknown_version', registry.approve(decision(2, { force: true })));
  assert.match(message, /^version 2 was deleted in SageMaker: s3:.* group churn: decide on another version$/);
  assert.is((await registry.register(request('c'))).version, 3, 'its number is not given again');
  assert.is((await lastEvent())?.version, 3);
});

check('what something else put into the group is let be', 'pending', async () => {
  const foreign = {
    ModelPackageGroupName: 'churn',
    SourceUri: 's3://elsewhere/model',
    ModelApprovalStatus: 'Approved',
  };
  for (let i = 0; i < 101; i += 1)
    await place.api.call('CreateModelPackage', { ...foreign, ClientToken: `foreign-${i}` });
  assert.is(await championOf(), null);
  const added = await registry.register(request('b', { status: 'approved' }));
  assert.is(added.version, 103, 'on the second page of the list');
  assert.equal(
    (await registry.list('churn')).map(({ version }) => version),
    [1, 103],
  );
  const message = await refusal('unknown_version', registry.approve(decision(2)));
  assert.is(message, 'there is no version 2: group churn: choose one of 1, 103');
  assert.is((await describe(2)).ModelApprovalStatus, 'Approved');
});

check('two registries that share a group each have their own versions', 'approved', async () => {
  const other = openRegistry(`s3://${BUCKET}/models/other`);
  assert.is(await championOf(other), null);
  assert.equal(await other.groups(), []);
  assert.is((await other.register(request('b', { status: 'approved' }))).version, 2);
  assert.is(await championOf(), 1);
  assert.is(await championOf(other), 2);
});

check('two model packages of one content are one version', 'approved', async () => {
  const { ModelPackageDescription, SourceUri, CustomerMetadataProperties } = await describe(1);
  const again = { ModelPackageGroupName: 'churn', ModelPackageDescription, SourceUri, CustomerMetadataProperties };
  await place.api.call('CreateModelPackage', { ...again, ModelApprovalStatus: 'Approved', ClientToken: 'another' });
  assert.is(await statuses(), 'approved');
  await registry.register(request('c'));
  assert.is((await describe(2)).ModelApprovalStatus, 'Rejected');
  assert.is((await describe(2)).ApprovalDescription, 'Another version has the same content (pilotlight)');
  assert.is(await statuses(), 'approved pending');
});

check('a registration that was cut off is whole for everybody, as it was asked for', 'approved', async () => {
  const asked = { status: 'approved', by: 'train', reason: 'weekly' };
  await registry.register(request('b', asked));
  await inConsole(1, 'Rejected');
  // As if the process had been killed before it wrote the history.
  await openStore(S3_URI).remove('churn/history/000002.json');
  assert.is(await championOf(), 2);
  assert.is(await statuses(), 'rejected approved');
  assert.is((await registry.version('churn', 2)).registeredBy, 'train');
  assert.is((await registry.history('churn'))[1]?.reason, 'weekly');
  assert.is((await registry.register(request('b', { status: 'pending', by: 'other' }))).status, 'approved');
  assert.equal(
    (await registry.history('churn')).map(({ action, version, by }) => `${action} ${version} ${by}`),
    ['register 1 null', 'register 2 train', 'reject 1 fake-user-profile-name'],
  );
});

check('figures that SageMaker would not take are cut to what it takes', '', async () => {
  const many = Array.from({ length: 60 }, (_, i) => [`figure (${i}) ñ`, i / 7]);
  const metrics = { ...Object.fromEntries(many), ['x'.repeat(300)]: 1, text: 'none' };
  await registry.register(request('a', { facts: { metrics } }));
  const metadata = (await describe(1)).CustomerMetadataProperties as Record<string, string>;
  assert.is(metadata['metric_figure _3_ ñ'], String(3 / 7));
  assert.is(Object.keys(metadata).length, 24);
  assert.equal((await registry.version('churn', 1)).facts, { metrics }, 'the facts are whole');
});

for (const [action, work] of [
  ['CreateModelPackage', () => registry.register(request('c'))],
  ['CreateModelPackageGroup', () => registry.register(request('c', { group: 'new' }))],
  ['DescribeModelPackageGroup', () => registry.register(request('c', { group: 'new' }))],
  ['UpdateModelPackage', () => registry.approve(decision(2))],
  ['ListModelPackages', () => registry.champion('churn')],
] as const) {
  check(`without the permission for ${action} it is named, and nothing has changed`, 'approved pending', async () => {
    place.api.denied.add(action);
    const message = await refusal('denied', work());
    assert.match(message, /^SageMaker does not let us \(User: .* is not authorized to perform: \w+\): s3:/);
    assert.ok(message.endsWith(`: allow sagemaker:${action} to who runs this`), message);
    place.api.denied.clear();
    assert.is(await statuses(), 'approved pending');
    assert.is((await registry.history('churn')).length, 2);
    assert.equal(await registry.groups(), ['churn']);
  });
}

check('a bucket that is not there, or no credentials, is named', '', async () => {
  const nowhere = openRegistry('s3://pilotlight-nowhere/registry');
  for (const work of [() => nowhere.champion('churn'), () => nowhere.register(request('a')), () => nowhere.groups()]) {
    assert.match(await refusal('no_bucket', work()), /^no such bucket: s3:\/\/pilotlight-nowhere\/registry/);
  }
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
  delete process.env.AWS_ACCESS_KEY_ID;
  delete process.env.AWS_SECRET_ACCESS_KEY;
  try {
    await refusal('no_credentials', openRegistry(S3_URI).champion('churn'));
  } finally {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY });
  }
});

check(
  'a history that is not what the registry wrote is refused, by readers and before any change',
  'approved pending',
  async () => {
    const store = openStore(S3_URI);
    const key = (sequence: number) => `churn/history/00000${sequence}.json`;
    const text = (await store.readText(key(2)))?.text ?? '';
    const event = JSON.parse(text);
    const texts = [
      '',
      text.slice(0, 40),
      JSON.stringify({ ...event, champion: 2 }),
      JSON.stringify({ ...event, sequence: 3 }),
      JSON.stringify({ ...event, group: 'other' }),
      JSON.stringify({ ...event, succession: [9] }),
      JSON.stringify({ ...event, more: 1 }),
    ];
    const works = [
      () => registry.champion('churn'),
      () => registry.history('churn'),
      () => registry.register(request('c')),
      () => registry.approve(decision(2)),
    ];
    for (const corrupt of texts) {
      await store.write(key(2), corrupt);
      for (const work of works) assert.match(await refusal('corrupt_registry', work()), /000002\.json: restore it/);
    }
    await store.write(key(2), text);
    await store.write(key(4), text);
    for (const work of works)
      assert.match(await refusal('corrupt_registry', work()), /^is not event 3: .*000004\.json/);
    await store.remove(key(4));
    assert.is(await championOf(), 1);
  },
);

for (const [uri, code, message] of [
  ['s3://', 'bad_uri', /^"" is no bucket's name: "s3:\/\/": write it as s3:\/\/BUCKET\/PREFIX$/],
  ['S3://models', 'bad_uri', /^not an S3 URI/],
  ['https://models', 'bad_registry', /^this names no registry: "https:\/\/models": give a folder, s3:\/\/BUCKET/],
  [' ', 'bad_registry', /^this names no registry: " "/],
] as const) {
  test(`${uri} is no registry`, async () => {
    const opening = (async () => openRegistry(uri))();
    assert.match(await refusal(code, opening), message);
  });
}

test.run();
