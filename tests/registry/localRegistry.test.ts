import * as fs from 'node:fs';
import { openLocalRegistry, type Registry } from '@pilotlight/registry';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeFolder, refusal, requestOf } from './folder.ts';
import { tree } from './places.ts';

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

test('what a group is made of', async () => {
  await registry.register(request('a', { status: 'approved' }));
  await registry.register(request('a'));
  assert.equal(Object.keys(tree(inGroup())), [
    'history.jsonl',
    'state.json',
    'versions/1/artifacts/model.txt',
    'versions/1/artifacts/report/roc.svg',
    'versions/1/version.json',
  ]);
  assert.is((await registry.champion('churn'))?.folder, inGroup('versions/1/artifacts'), 'the very files');
  await registry.approve(decision(1));
  await registry.reject(decision(1, { reason: 'two\nlines', force: true }));
  assert.is(fs.readFileSync(inGroup('history.jsonl'), 'utf8').split('\n').length, 3, 'an event a line');
});

test('artifacts that are all gone, or a link, are refused', async () => {
  await registry.register(request('a', { status: 'approved' }));
  fs.renameSync(inGroup('versions/1/artifacts'), at('moved'));
  assert.match(await refusal('changed_artifact', registry.champion('churn')), /is missing: .*model\.txt: /);
  fs.cpSync(at('moved'), inGroup('versions/1/artifacts'), { recursive: true });
  fs.rmSync(inGroup('versions/1/artifacts/model.txt'));
  fs.symlinkSync(at('moved/model.txt'), inGroup('versions/1/artifacts/model.txt'));
  await refusal('bad_artifacts', registry.champion('churn'));
});

test('the description of another version is refused', async () => {
  await registry.register(request('a', { status: 'approved' }));
  const file = inGroup('versions/1/version.json');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/"version": 1/, '"version": 2'));
  const message = await refusal('corrupt_registry', registry.champion('churn'));
  assert.match(message, /^the description of version 1 was changed .*version\.json: restore it from a copy$/);
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

test('what is refused leaves no folder behind', async () => {
  for (const work of [() => registry.list('churn'), () => registry.approve(decision(1))]) {
    await refusal('unknown_group', work());
  }
  assert.not(fs.existsSync(at('registry')));
  for (const group of ['../x', '..', '/etc', 'a\\b']) {
    await refusal('bad_request', registry.register(request('a', { group })));
  }
  assert.equal(fs.readdirSync(at()), ['artifacts']);
  const message = await refusal('bad_artifacts', registry.register(request('a', { artifacts: at() })));
  assert.match(message, /^the artifacts' folder holds the registry itself: /);
  await registry.register(request('a', { group: 'other' }));
  await refusal('unknown_version', registry.approve({ ...decision(2), group: 'other' }));
  await refusal('bad_request', registry.approve({ ...decision(1, { by: ' ' }), group: 'other' }));
  assert.equal(fs.readdirSync(at('registry')), ['other']);
  assert.not(fs.existsSync(at('registry', 'other', 'lock')));
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

test.run();
