/** What every registry does, wherever it is: the same tests for each of them. */
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { python, skip } from '../python.ts';
import { refusal, requestOf, sha256 } from './folder.ts';
import type { Opened, Place } from './places.ts';

/** What one test works with. */
class Bench {
  readonly opened: Opened;
  constructor(opened: Opened) {
    this.opened = opened;
  }
  get registry() {
    return this.opened.registry;
  }
  readonly request = (name: string, more = {}) => requestOf(this.opened.at('artifacts'), name, more);
  readonly statuses = async () => (await this.registry.list('churn')).map(({ status }) => status);
}

const TESTS: [name: string, run: (bench: Bench) => Promise<void>][] = [];
const each = (...one: (typeof TESTS)[number]) => TESTS.push(one);

/** Registers all of them for a place, which is started before the first and stopped after the last. */
export function testWithPlace(place: Place, needs: { python: boolean }): void {
  if (needs.python && python() === null) {
    skip(`the contract in ${place.name}`, 'no Python with tests/python/requirements.txt');
    return;
  }
  test.before(() => place.start());
  test.after(() => place.stop());
  for (const [name, run] of TESTS) {
    test(`${place.name}: ${name}`, async () => {
      let ticks = 0;
      const opened = await place.open(() => new Date(Date.UTC(2025, 0, 1, 0, ticks++)));
      try {
        await run(new Bench(opened));
      } finally {
        await opened.close();
      }
    });
  }
}

const decision = (version: number, more = {}) => ({ group: 'churn', version, by: 'ana', reason: 'gate', ...more });

each('a version is registered with its files, facts and their SHA-256', async ({ registry, request }) => {
  const version = await registry.register(request('a', { by: 'train', reason: 'weekly' }));
  const { digest, ...rest } = version;
  assert.match(digest, /^[0-9a-f]{64}$/);
  assert.equal(rest, {
    group: 'churn',
    version: 1,
    status: 'pending',
    facts: { metrics: { pr_auc: 0.71 }, threshold: 0.4, features: ['tenure'], as_of: '2024-12-31', name: 'a' },
    modelSha256: sha256('model a'),
    files: [
      { name: 'model.txt', bytes: 7, sha256: sha256('model a') },
      { name: 'report/roc.svg', bytes: 12, sha256: sha256('<svg>a</svg>') },
    ],
    registeredBy: 'train',
    registeredAt: '2025-01-01T00:00:00.000Z',
  });
  assert.equal(await registry.version('churn', 1), version);
  assert.equal(await registry.list('churn'), [version]);
  assert.equal(await registry.groups(), ['churn']);
});

each('the digest of content is the same wherever it is', async ({ registry, request }) => {
  const { digest } = await registry.register(request('a'));
  assert.is(digest, '6307cb7ceee60d2abeb029941ddd3ea1726294ddee37fd361ef5f163ee8092de');
});

each(
  'the champion is what was approved last, with the folder of its files',
  async ({ registry, request, statuses }) => {
    assert.is(await registry.champion('churn'), null, 'no group yet');
    await registry.register(request('a'));
    assert.is(await registry.champion('churn'), null, 'nothing approved yet');
    await registry.register(request('b'));
    const approved = await registry.approve(decision(1));
    assert.is(approved.status, 'approved');
    const first = await registry.champion('churn');
    assert.equal(first, { ...approved, folder: first?.folder, location: first?.location });
    await registry.approve(decision(2));
    const champion = await registry.champion('churn');
    assert.is(champion?.version, 2);
    const names = (fs.readdirSync(champion?.folder ?? '', { recursive: true }) as string[]).sort();
    assert.equal(names, ['model.txt', 'report', 'report/roc.svg']);
    assert.is(fs.readFileSync(`${champion?.folder}/model.txt`, 'utf8'), 'model b');
    assert.equal(await statuses(), ['superseded', 'approved']);
    const former = await registry.fetch('churn', 1);
    assert.is(fs.readFileSync(`${former.folder}/report/roc.svg`, 'utf8'), '<svg>a</svg>');
    const back = await registry.reject(decision(2, { force: true }));
    assert.is(back.status, 'rejected');
    assert.is((await registry.champion('churn'))?.version, 1);
    await registry.reject(decision(1, { replacement: 2, force: true }));
    assert.equal(await statuses(), ['rejected', 'approved']);
  },
);

each('the history has every change, with who, why and when', async ({ registry, request }) => {
  await registry.register(request('a', { status: 'approved', by: 'train' }));
  await registry.register(request('b'));
  await registry.approve(decision(2, { at: new Date(Date.UTC(2024, 5, 1)) }));
  await registry.reject(decision(2, { by: 'eva', reason: 'two\nlines', force: true }));
  const rows = (await registry.history('churn')).map(({ time, ...event }) => Object.values(event).join(' '));
  assert.equal(rows, [
    '1 register 1 approved 1 false train ',
    '2 register 2 pending 1 false  ',
    '3 approve 2 approved 2 false ana gate',
    '4 reject 2 rejected 1 true eva two\nlines',
  ]);
  const times = (await registry.history('churn')).map(({ time }) => time);
  assert.is(times[0], '2025-01-01T00:00:00.000Z');
  assert.is(times[2], '2024-06-01T00:00:00.000Z');
  assert.ok((times[0] as string) < (times[1] as string) && (times[1] as string) < (times[3] as string), times.join());
});

each('what changes nothing writes nothing', async ({ registry, request, opened }) => {
  await registry.register(request('a', { status: 'approved' }));
  await registry.register(request('b', { status: 'rejected' }));
  const before = await opened.snapshot();
  const again = await registry.register(request('a', { status: 'approved', by: 'another' }));
  assert.is(again.version, 1);
  assert.is(again.registeredBy, null);
  // The order of keys is none of the content.
  const { facts } = request('a');
  const turned = Object.fromEntries(Object.entries(facts).reverse());
  assert.is((await registry.register(request('a', { facts: turned }))).version, 1);
  assert.is((await registry.register(request('b'))).status, 'rejected');
  await registry.approve(decision(1));
  await registry.reject(decision(2));
  await registry.champion('churn');
  await registry.history('churn');
  assert.equal(await opened.snapshot(), before);
});

each('a retried register does not bring an old champion back', async ({ registry, request }) => {
  await registry.register(request('a', { status: 'approved' }));
  await registry.register(request('b', { status: 'approved' }));
  assert.is((await registry.register(request('a', { status: 'approved' }))).status, 'superseded');
  assert.is((await registry.champion('churn'))?.version, 2);
});

each('another byte, name, fact or model is another version', async ({ registry, request }) => {
  const first = request('a');
  await registry.register(first);
  await registry.register({ ...first, facts: { ...first.facts, threshold: 0.41 } });
  await registry.register({ ...first, facts: { ...first.facts, features: { 0: 'tenure' } } });
  await registry.register({ ...first, modelSha256: sha256('other') });
  fs.writeFileSync(`${first.artifacts}/model.txt`, 'model A');
  await registry.register(first);
  fs.renameSync(`${first.artifacts}/model.txt`, `${first.artifacts}/model2.txt`);
  await registry.register(first);
  assert.equal(
    (await registry.list('churn')).map(({ version }) => version),
    [1, 2, 3, 4, 5, 6],
  );
  assert.is((await registry.register(request('a', { group: 'other' }))).version, 1, 'groups are apart');
  assert.equal(await registry.groups(), ['churn', 'other']);
});

each('a registered version does not follow its source', async ({ registry, request }) => {
  const first = request('a', { status: 'approved' });
  await registry.register(first);
  fs.rmSync(first.artifacts, { recursive: true });
  assert.is((await registry.champion('churn'))?.version, 1);
});

for (const [how, name, text] of [
  ['was changed', 'model.txt', 'model b'],
  ['was changed', 'model.txt', 'model a and more'],
  ['is missing', 'report/roc.svg', null],
  ['was added', 'report/more', ''],
] as const) {
  each(`a file that ${how} (${text}) is named`, async ({ registry, request, opened }) => {
    await registry.register(request('a', { status: 'approved' }));
    const file = await opened.tamper(1, name, text);
    const message = await refusal('changed_artifact', registry.champion('churn'));
    assert.ok(message.startsWith(`a file of churn version 1 ${how}`), message);
    assert.ok(message.includes(`: ${file}: `), `${message}\n${file}`);
    assert.is(await refusal('changed_artifact', registry.fetch('churn', 1)), message);
    assert.is((await registry.version('churn', 1)).status, 'approved', 'what is known of it can still be read');
  });
}

each('a changed description is refused', async ({ registry, request, opened }) => {
  await registry.register(request('a', { status: 'approved' }));
  let original = '';
  const redescribe = (change: (text: string) => string | null) =>
    opened.redescribe(1, (text) => {
      original ||= text;
      return change(original);
    });
  await redescribe((text) => text.replace(/0\.4(?=[,}\n])/, '0.6'));
  const message = await refusal('corrupt_registry', registry.champion('churn'));
  assert.match(message, /^the description of version 1 was changed .*version\.json: restore it from a copy$/);
  await redescribe((text) => text.replace('model.txt', '../../model.txt'));
  assert.match(await refusal('corrupt_registry', registry.list('churn')), /version\.json/);
  await redescribe(() => '{"schema_version":');
  assert.match(await refusal('corrupt_registry', registry.version('churn', 1)), /^is not JSON: .*version\.json/);
  await redescribe(() => null);
  assert.match(await refusal('corrupt_registry', registry.version('churn', 1)), /^the description of .* is missing/);
});

each('unknown groups and versions are refused, and not made', async ({ registry, request, opened }) => {
  for (const work of [
    () => registry.list('churn'),
    () => registry.history('churn'),
    () => registry.version('churn', 1),
    () => registry.fetch('churn', 1),
    () => registry.approve(decision(1)),
    () => registry.reject(decision(1)),
  ]) {
    const message = await refusal('unknown_group', work());
    assert.is(message, `the registry has no group churn: ${opened.uri}: it has none yet: register a model first`);
  }
  assert.equal(await registry.groups(), []);
  await registry.register(request('a', { group: 'other' }));
  assert.match(await refusal('unknown_group', registry.approve(decision(1))), /choose one that it has: other$/);
  assert.match(await refusal('unknown_version', registry.version('other', 2)), /^there is no version 2: group other: /);
  await refusal('unknown_version', registry.approve({ ...decision(2), group: 'other' }));
  assert.equal(await registry.groups(), ['other']);
});

each('a name that is none of a group is refused', async ({ registry, request }) => {
  const names = [
    '../x',
    '..',
    '',
    'a/b',
    '/etc',
    'a b',
    '-a',
    'a-',
    'a--b',
    '_groups',
    'a.b',
    'a\0',
    'é',
    'a'.repeat(64),
  ];
  for (const group of names) {
    const message = await refusal('bad_request', registry.register(request('a', { group })));
    assert.ok(message.startsWith(`the group has a name that cannot be used: ${JSON.stringify(group)}: `), message);
    await refusal('bad_request', registry.champion(group));
    await refusal('bad_request', registry.list(group));
    await refusal('bad_request', registry.history(group));
    await refusal('bad_request', registry.approve({ ...decision(1), group }));
  }
  for (const group of ['a', 'churn-2', 'a'.repeat(63)]) await registry.register(request('a', { group }));
});

each('what cannot be registered is refused, and nothing is made', async ({ registry, request, opened: { at } }) => {
  const facts = (value: unknown) => registry.register(request('a', { facts: value }));
  assert.match(
    await refusal('bad_request', facts({ metrics: { pr_auc: Number.NaN } })),
    /: facts\.metrics(\.pr_auc)?: /,
  );
  for (const value of [{ a: undefined }, { a: new Date(0) }, { a: 1n }, { a: Infinity }, [], null]) {
    await refusal('bad_request', facts(value));
  }
  for (const modelSha256 of ['', 'abc', 'A'.repeat(64)]) {
    await refusal('bad_request', registry.register(request('a', { modelSha256 })));
  }
  await refusal('bad_request', registry.register(request('a', { at: new Date(Number.NaN) })));
  const from = (artifacts: string) => refusal('bad_artifacts', registry.register(request('a', { artifacts })));
  assert.match(await from(at('nothing')), /^there is no artifacts' folder: .*nothing: /);
  fs.mkdirSync(at('empty/below'), { recursive: true });
  assert.match(await from(at('empty')), /^the artifacts' folder is empty: .*empty: /);
  fs.writeFileSync(at('file'), '');
  assert.match(await from(at('file')), /^the artifacts' folder cannot be used \(ENOTDIR/);
  fs.symlinkSync(at('file'), at('empty/link'));
  assert.match(await from(at('empty')), /^is neither a file nor a folder: .*link: /);
  assert.equal(await registry.groups(), []);
});

each('a decision needs who and why', async ({ registry, request, statuses, opened }) => {
  await registry.register(request('a'));
  const before = await opened.snapshot();
  assert.match(
    await refusal('bad_request', registry.approve(decision(1, { by: ' ' }))),
    /^nobody decided: .*: say who$/,
  );
  assert.match(await refusal('bad_request', registry.reject(decision(1, { reason: '' }))), /^there is no reason: /);
  await refusal('bad_request', registry.approve(decision(1, { at: new Date(Number.NaN) })));
  assert.equal(await statuses(), ['pending']);
  assert.equal(await opened.snapshot(), before);
});

each('a decision that is refused changes nothing', async ({ registry, request, opened }) => {
  await registry.register(request('a', { status: 'approved' }));
  await registry.register(request('b', { status: 'rejected' }));
  const before = await opened.snapshot();
  await refusal('champion_needed', registry.reject(decision(1)));
  await refusal('version_rejected', registry.approve(decision(2)));
  await refusal('not_champion', registry.reject(decision(2, { replacement: 2 })));
  await refusal('unknown_version', registry.approve(decision(3)));
  assert.equal(await opened.snapshot(), before);
});

each('registrations at the same moment do not get into each other', async ({ registry, request, statuses }) => {
  const names = [...'abcdef'];
  const versions = await Promise.all(names.map((name) => registry.register(request(name, { status: 'approved' }))));
  assert.equal(versions.map(({ version }) => version).sort(), [1, 2, 3, 4, 5, 6]);
  assert.equal((await statuses()).filter((status) => status === 'approved').length, 1);
  const events = await registry.history('churn');
  assert.equal(
    events.map(({ sequence }) => sequence),
    [1, 2, 3, 4, 5, 6],
  );
  assert.equal(events.map(({ version }) => version).sort(), [1, 2, 3, 4, 5, 6]);
  assert.is((await registry.champion('churn'))?.version, events.at(-1)?.version);
});

each('the same content registered at the same moment is one version', async ({ registry, request }) => {
  const one = request('a', { status: 'approved' });
  const versions = await Promise.all([1, 2, 3, 4].map(() => registry.register(one)));
  assert.equal(new Set(versions.map(({ version }) => version)).size, 1);
  assert.is((await registry.list('churn')).length, 1);
  assert.is((await registry.history('churn')).length, 1);
});

each(
  'approvals at the same moment are all in the history, and the last of them holds',
  async ({ registry, request, statuses }) => {
    for (const name of 'abc') await registry.register(request(name));
    await Promise.all([1, 2, 3].map((version) => registry.approve(decision(version, { by: `p${version}` }))));
    const approvals = (await registry.history('churn')).slice(3);
    assert.equal(approvals.map(({ version, by }) => [version, by]).sort(), [
      [1, 'p1'],
      [2, 'p2'],
      [3, 'p3'],
    ]);
    assert.is((await registry.champion('churn'))?.version, approvals.at(-1)?.version);
    assert.equal((await statuses()).sort(), ['approved', 'superseded', 'superseded']);
  },
);
