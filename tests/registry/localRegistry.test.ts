import * as fs from 'node:fs';
import { openLocalRegistry, type Registry } from '@pilotlight/registry';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeFolder, refusal, requestOf, sha256 } from './folder.ts';

let { at, remove } = makeFolder();
remove();
let registry: Registry;
let ticks = 0;
test.before.each(() => {
  ({ at, remove } = makeFolder());
  ticks = 0;
  registry = openLocalRegistry(at('registry'), { clock });
});
test.after.each(() => remove());

const clock = () => new Date(Date.UTC(2025, 0, 1, 0, ticks++));
const request = (name: string, more = {}) => requestOf(at('artifacts'), name, more);
const decision = (version: number, more = {}) => ({ group: 'churn', version, by: 'ana', reason: 'gate', ...more });
const inGroup = (...parts: string[]) => at('registry', 'churn', ...parts);
const statuses = async () => (await registry.list('churn')).map(({ status }) => status);

function tree(folder: string): Record<string, string> {
  const names = (fs.readdirSync(folder, { recursive: true }) as string[]).sort();
  const files = names.filter((name) => fs.statSync(`${folder}/${name}`).isFile());
  return Object.fromEntries(files.map((name) => [name, fs.readFileSync(`${folder}/${name}`, 'utf8')]));
}

test('a version is registered with its files, facts and their SHA-256', async () => {
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
  assert.equal(Object.keys(tree(inGroup())), [
    'history.jsonl',
    'state.json',
    'versions/1/artifacts/model.txt',
    'versions/1/artifacts/report/roc.svg',
    'versions/1/version.json',
  ]);
});

test('the champion is what was approved last, with the folder of its files', async () => {
  assert.is(await registry.champion('churn'), null, 'no group yet');
  await registry.register(request('a'));
  assert.is(await registry.champion('churn'), null, 'nothing approved yet');
  await registry.register(request('b'));
  const approved = await registry.approve(decision(1));
  assert.is(approved.status, 'approved');
  assert.equal(await registry.champion('churn'), { ...approved, folder: inGroup('versions/1/artifacts') });
  await registry.approve(decision(2));
  const champion = await registry.champion('churn');
  assert.is(champion?.version, 2);
  assert.is(fs.readFileSync(`${champion?.folder}/model.txt`, 'utf8'), 'model b');
  assert.equal(await statuses(), ['superseded', 'approved']);
  assert.is((await registry.fetch('churn', 1)).folder, inGroup('versions/1/artifacts'));
  const back = await registry.reject(decision(2, { force: true }));
  assert.is(back.status, 'rejected');
  assert.is((await registry.champion('churn'))?.version, 1);
  await registry.reject(decision(1, { replacement: 2, force: true }));
  assert.equal(await statuses(), ['rejected', 'approved']);
});

test('the history has every change, with who, why and when', async () => {
  await registry.register(request('a', { status: 'approved', by: 'train' }));
  await registry.register(request('b'));
  await registry.approve(decision(2, { at: new Date(Date.UTC(2024, 5, 1)) }));
  await registry.reject(decision(2, { by: 'eva', reason: 'two\nlines', force: true }));
  const rows = (await registry.history('churn')).map((event) => Object.values(event).join(' '));
  assert.equal(rows, [
    '1 register 1 approved 1 false train  2025-01-01T00:00:00.000Z',
    '2 register 2 pending 1 false   2025-01-01T00:01:00.000Z',
    '3 approve 2 approved 2 false ana gate 2024-06-01T00:00:00.000Z',
    '4 reject 2 rejected 1 true eva two\nlines 2025-01-01T00:02:00.000Z',
  ]);
  assert.is(fs.readFileSync(inGroup('history.jsonl'), 'utf8').split('\n').length, 5, 'an event a line');
});

test('what changes nothing writes nothing', async () => {
  await registry.register(request('a', { status: 'approved' }));
  await registry.register(request('b', { status: 'rejected' }));
  const before = tree(at('registry'));
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
  assert.equal(tree(at('registry')), before);
});

test('a retried register does not bring an old champion back', async () => {
  await registry.register(request('a', { status: 'approved' }));
  await registry.register(request('b', { status: 'approved' }));
  assert.is((await registry.register(request('a', { status: 'approved' }))).status, 'superseded');
  assert.is((await registry.champion('churn'))?.version, 2);
});

test('another byte, name, fact or model is another version', async () => {
  const first = request('a');
  await registry.register(first);
  await registry.register({ ...first, facts: { ...first.facts, threshold: 0.41 } });
  await registry.register({ ...first, facts: { ...first.facts, features: { 0: 'tenure' } } });
  await registry.register({ ...first, modelSha256: sha256('other') });
  fs.writeFileSync(`${first.artifacts}/model.txt`, 'model A');
  await registry.register(first);
  fs.renameSync(`${first.artifacts}/model.txt`, `${first.artifacts}/model2.txt`);
  await registry.register(first);
  assert.is((await registry.list('churn')).length, 6);
  assert.is((await registry.register(request('a', { group: 'other' }))).version, 1, 'groups are apart');
  assert.equal(await registry.groups(), ['churn', 'other']);
});

test('a registered version does not follow its source', async () => {
  const first = request('a', { status: 'approved' });
  await registry.register(first);
  fs.rmSync(first.artifacts, { recursive: true });
  assert.is((await registry.champion('churn'))?.version, 1);
});

for (const [how, name, change] of [
  ['was changed', 'model.txt', (file: string) => fs.writeFileSync(file, 'model b')],
  ['is missing', 'report/roc.svg', (file: string) => fs.rmSync(file)],
  ['was added', 'report/more', (file: string) => fs.writeFileSync(file, '')],
] as const) {
  test(`a file that ${how} is named`, async () => {
    await registry.register(request('a', { status: 'approved' }));
    const file = inGroup('versions/1/artifacts', name);
    change(file);
    const message = await refusal('changed_artifact', registry.champion('churn'));
    assert.ok(message.startsWith(`a file of churn version 1 ${how}`), message);
    assert.ok(message.includes(`: ${file}: `), message);
    assert.is(await refusal('changed_artifact', registry.fetch('churn', 1)), message);
    assert.is((await registry.version('churn', 1)).status, 'approved', 'what is known of it can still be read');
  });
}

test('artifacts that are all gone, or a link, are refused', async () => {
  await registry.register(request('a', { status: 'approved' }));
  fs.renameSync(inGroup('versions/1/artifacts'), at('moved'));
  assert.match(await refusal('changed_artifact', registry.champion('churn')), /is missing: .*model\.txt: /);
  fs.cpSync(at('moved'), inGroup('versions/1/artifacts'), { recursive: true });
  fs.rmSync(inGroup('versions/1/artifacts/model.txt'));
  fs.symlinkSync(at('moved/model.txt'), inGroup('versions/1/artifacts/model.txt'));
  await refusal('bad_artifacts', registry.champion('churn'));
});

test('a changed description is refused', async () => {
  await registry.register(request('a', { status: 'approved' }));
  const file = inGroup('versions/1/version.json');
  const text = fs.readFileSync(file, 'utf8');
  for (const other of [text.replace('0.4,', '0.6,'), text.replace(/"version": 1/, '"version": 2')]) {
    assert.is.not(other, text);
    fs.writeFileSync(file, other);
    const message = await refusal('corrupt_registry', registry.champion('churn'));
    assert.match(message, /^the description of version 1 was changed .*version\.json: restore it from a copy$/);
  }
  fs.writeFileSync(file, text.replace('model.txt', '../../model.txt'));
  assert.match(await refusal('corrupt_registry', registry.list('churn')), /version\.json/);
  fs.rmSync(file);
  assert.match(
    await refusal('corrupt_registry', registry.version('churn', 1)),
    /^the description of version 1 is missing/,
  );
});

test('a state that is corrupt is refused, by readers and before any change', async () => {
  await registry.register(request('a', { status: 'approved' }));
  await registry.register(request('b'));
  const text = fs.readFileSync(inGroup('state.json'), 'utf8');
  const state = JSON.parse(text);
  const texts = [
    '',
    text.slice(0, 40),
    '[]',
    JSON.stringify({ ...state, schema_version: 2 }),
    JSON.stringify({ ...state, champion: 2 }),
    JSON.stringify({ ...state, champion: 9 }),
    JSON.stringify({ ...state, succession: [1, 2] }),
    JSON.stringify({ ...state, succession: [9] }),
    JSON.stringify({ ...state, sequence: 3 }),
    JSON.stringify({ ...state, versions: state.versions.slice(1) }),
    JSON.stringify({ ...state, versions: state.versions.toReversed() }),
    JSON.stringify({ ...state, group: 'other' }),
    JSON.stringify({ ...state, more: 1 }),
  ];
  for (const corrupt of texts) {
    fs.writeFileSync(inGroup('state.json'), corrupt);
    const before = tree(at('registry'));
    const works = [
      () => registry.champion('churn'),
      () => registry.history('churn'),
      () => registry.register(request('c')),
      () => registry.approve(decision(2)),
    ];
    for (const work of works) assert.match(await refusal('corrupt_registry', work()), /state\.json: restore it/);
    assert.equal(tree(at('registry')), before);
  }
  fs.rmSync(inGroup('state.json'));
  const message = await refusal('corrupt_registry', registry.register(request('c')));
  assert.match(message, /^the state of the group is missing: .*state\.json: /);
  assert.ok(fs.existsSync(inGroup('versions/2/version.json')), 'versions are not removed when the state is lost');
});

test('a history that lacks its last line, or has a part of it, is made whole', async () => {
  await registry.register(request('a', { status: 'approved' }));
  await registry.register(request('b', { reason: 'ñandú' }));
  const whole = fs.readFileSync(inGroup('history.jsonl'), 'utf8');
  const events = await registry.history('churn');
  const last = whole.trimEnd().lastIndexOf('\n') + 1;
  for (const length of [last, last + 1, whole.length - 2, whole.length - 1]) {
    fs.writeFileSync(inGroup('history.jsonl'), whole.slice(0, length));
    assert.equal(await registry.history('churn'), events, 'readers give it, and write nothing');
    assert.is(fs.readFileSync(inGroup('history.jsonl'), 'utf8').length, length);
    await registry.approve(decision(1));
    assert.is(fs.readFileSync(inGroup('history.jsonl'), 'utf8'), whole, 'the next writer writes it');
  }
});

test('a history that cannot be made whole is refused', async () => {
  for (const name of ['a', 'b', 'c']) await registry.register(request(name));
  const whole = fs.readFileSync(inGroup('history.jsonl'), 'utf8');
  const [one, two, three] = whole.split('\n');
  const texts: [string, RegExp][] = [
    ['', /^has 0 events where the state knows of 3: .*history\.jsonl: /],
    [`${one}\n`, /^has 1 events/],
    [`${one}\n${two}\n${three}\n${three}\n`, /^has 4 events/],
    [`${one}\n${three}\n${two}\n`, /^is event 3: .*history\.jsonl line 2: /],
    [`${one}\n{"a\n${three}\n`, /^is not JSON: .*history\.jsonl line 2: /],
    [`${one}\n{"a":1}\n${three}\n`, /^is not what the registry wrote .*line 2: /],
  ];
  for (const [text, message] of texts) {
    fs.writeFileSync(inGroup('history.jsonl'), text);
    assert.match(await refusal('corrupt_registry', registry.history('churn')), message);
    assert.match(await refusal('corrupt_registry', registry.approve(decision(1))), message);
  }
});

test('what killed processes left is removed by the next register, even one that adds nothing', async () => {
  await registry.register(request('a'));
  const before = tree(inGroup());
  fs.cpSync(inGroup('versions/1'), inGroup('versions/2'), { recursive: true });
  fs.cpSync(inGroup('versions/1'), inGroup('versions/.3.tmp-1-1'), { recursive: true });
  assert.is((await registry.list('churn')).length, 1, 'readers do not see it');
  await registry.register(request('a'));
  assert.equal(tree(inGroup()), before);
  assert.equal(fs.readdirSync(inGroup('versions')), ['1']);
});

test('unknown groups and versions are refused, and not made', async () => {
  const unknown = /^the registry has no group churn: .*registry: it has none yet: register a model first$/;
  for (const work of [
    () => registry.list('churn'),
    () => registry.history('churn'),
    () => registry.version('churn', 1),
    () => registry.fetch('churn', 1),
    () => registry.approve(decision(1)),
    () => registry.reject(decision(1)),
  ]) {
    assert.match(await refusal('unknown_group', work()), unknown);
  }
  assert.equal(await registry.groups(), []);
  assert.not(fs.existsSync(at('registry')));
  await registry.register(request('a', { group: 'other' }));
  assert.match(await refusal('unknown_group', registry.approve(decision(1))), /choose one that it has: other$/);
  assert.match(await refusal('unknown_version', registry.version('other', 2)), /^there is no version 2: group other: /);
  await refusal('unknown_version', registry.approve({ ...decision(2), group: 'other' }));
  assert.equal(fs.readdirSync(at('registry')), ['other']);
});

test('a name that would leave the folder is refused', async () => {
  for (const group of [
    '../x',
    '..',
    '.',
    '',
    'a/b',
    '/etc',
    'a\\b',
    'a b',
    '-a',
    'a-',
    'a.b',
    'a\0',
    'é',
    'a'.repeat(64),
  ]) {
    const message = await refusal('bad_request', registry.register(request('a', { group })));
    assert.ok(message.startsWith(`the group has a name that cannot be used: ${JSON.stringify(group)}: `), message);
    await refusal('bad_request', registry.champion(group));
    await refusal('bad_request', registry.approve({ ...decision(1), group }));
  }
  assert.equal(fs.readdirSync(at()), ['artifacts']);
  for (const group of ['a', 'churn-2', 'a'.repeat(63)]) await registry.register(request('a', { group }));
});

test('what cannot be registered is refused, and nothing is made', async () => {
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
  assert.match(await from(at()), /^the artifacts' folder holds the registry itself: /);
  assert.equal(await registry.groups(), []);
});

test('a decision needs who and why', async () => {
  await registry.register(request('a'));
  assert.match(
    await refusal('bad_request', registry.approve(decision(1, { by: ' ' }))),
    /^nobody decided: .*: say who$/,
  );
  assert.match(await refusal('bad_request', registry.reject(decision(1, { reason: '' }))), /^there is no reason: /);
  await refusal('bad_request', registry.approve(decision(1, { at: new Date(Number.NaN) })));
  assert.equal(await statuses(), ['pending']);
  assert.not(fs.existsSync(inGroup('lock')));
});

test('a registry that is a file is refused', async () => {
  fs.writeFileSync(at('registry'), '');
  for (const work of [
    () => registry.champion('churn'),
    () => registry.register(request('a')),
    () => registry.groups(),
  ]) {
    assert.match(
      await refusal('bad_registry', work()),
      /^the registry cannot be used \(E\w+: .*registry: give a folder/,
    );
  }
});

/** Permissions do not bind root, so it gives its own away for as long as the work takes. */
async function withoutRoot(work: () => Promise<void>): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

test('a registry that may not be written is read, and refuses changes', async () => {
  await registry.register(request('a', { status: 'approved' }));
  await registry.register(request('b'));
  const other = request('c');
  fs.chmodSync(inGroup(), 0o555);
  fs.chmodSync(at(), 0o755);
  await withoutRoot(async () => {
    assert.is((await registry.champion('churn'))?.version, 1);
    assert.is((await registry.history('churn')).length, 2);
    for (const work of [() => registry.approve(decision(2)), () => registry.register(other)]) {
      assert.match(await refusal('bad_registry', work()), /^the registry cannot be used \(EACCES: .*read and write/);
    }
  });
  fs.chmodSync(inGroup(), 0o755);
  assert.equal(await statuses(), ['approved', 'pending']);
});

test('a change whose line cannot be written is done; the next one is refused until it can', async () => {
  for (const name of ['a', 'b', 'c']) await registry.register(request(name));
  fs.chmodSync(inGroup(), 0o777);
  fs.chmodSync(inGroup('history.jsonl'), 0o444);
  fs.chmodSync(at(), 0o755);
  await withoutRoot(async () => {
    assert.is((await registry.approve(decision(1))).status, 'approved');
    assert.is((await registry.history('churn')).length, 4);
    await refusal('bad_registry', registry.approve(decision(2)));
    assert.equal(await statuses(), ['approved', 'pending', 'pending']);
  });
  await registry.approve(decision(3));
  assert.equal(
    (await registry.history('churn')).map(({ champion }) => champion),
    [null, null, null, 1, 3],
  );
});

test('a lock that is held is waited for, then its holder is named', async () => {
  await registry.register(request('a'));
  fs.writeFileSync(inGroup('lock'), JSON.stringify({ pid: 7, process_started: '1', host: 'elsewhere' }));
  const hasty = openLocalRegistry(at('registry'), { lockWaitSeconds: 0.2 });
  const started = performance.now();
  const message = await refusal('locked', hasty.approve(decision(1)));
  assert.ok(performance.now() - started >= 200);
  assert.match(
    message,
    /^process 7 on elsewhere is changing the model group churn: .*registry: try again .*0\.2 s.*lock /,
  );
  assert.is((await hasty.version('churn', 1)).status, 'pending', 'readers do not wait');
  const waiting = registry.approve(decision(1));
  setTimeout(() => fs.rmSync(inGroup('lock')), 100);
  assert.is((await waiting).status, 'approved');
});

test('changes of one process do not get into each other', async () => {
  const names = [...'abcdef'];
  const versions = await Promise.all(names.map((name) => registry.register(request(name, { status: 'approved' }))));
  assert.equal(versions.map(({ version }) => version).sort(), [1, 2, 3, 4, 5, 6]);
  assert.equal((await statuses()).filter((status) => status === 'approved').length, 1);
  assert.is((await registry.champion('churn'))?.version, 6);
});

test.run();
