import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLocalRegistry } from '@pilotlight/registry';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeFolder, refusal, requestOf } from './folder.ts';

let { at, remove } = makeFolder();
remove();
test.before.each(() => {
  ({ at, remove } = makeFolder());
});
test.after.each(() => remove());

const script = (name: string) => path.join(import.meta.dirname, name);
const open = (folder: string) => openLocalRegistry(folder, { clock: () => new Date(0) });
const request = (name: string) => requestOf(at('artifacts'), name, { status: 'approved' });

function tree(folder: string): Record<string, string | null> {
  const names = (fs.readdirSync(folder, { recursive: true }) as string[]).sort();
  const content = (file: string) => (fs.statSync(file).isFile() ? fs.readFileSync(file, 'utf8') : null);
  return Object.fromEntries(names.map((name) => [name, content(path.join(folder, name))]));
}

test('several processes that register at once lose no version and give no number twice', async () => {
  const workers = ['a', 'b', 'c', 'd'];
  const started = workers.map((worker) => startWorker([`${worker}1`, 'common', `${worker}2`]));
  await Promise.all(started.map(({ ready }) => ready));
  for (const { child } of started) child.stdin.end();
  const given = await Promise.all(started.map(({ versions }) => versions));
  const common = new Set(given.map((versions) => versions[1]));
  assert.is(common.size, 1, 'what all register is one version');
  const all = new Set(given.flat());
  assert.equal([...all].sort(), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const registry = open(at('registry'));
  const versions = await registry.list('churn');
  assert.equal(
    versions.map(({ version }) => version),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  for (const [i, worker] of workers.entries()) {
    assert.is(versions[(given[i]?.[0] as number) - 1]?.facts.name, `${worker}1`);
    assert.is(versions[(given[i]?.[2] as number) - 1]?.facts.name, `${worker}2`);
  }
  const events = await registry.history('churn');
  assert.equal(
    events.map(({ sequence, version, champion }) => [sequence, version, champion]),
    versions.map(({ version }) => [version, version, version]),
  );
  assert.is((await registry.champion('churn'))?.version, 9);
  assert.equal(fs.readdirSync(at('registry', 'churn')).sort(), ['history.jsonl', 'state.json', 'versions']);
});

function startWorker(names: string[]) {
  const requests = names.map((name) => JSON.stringify(request(name)));
  const given = [script('registerWorker.ts'), at('registry'), ...requests];
  const child = spawn(process.execPath, given, { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      output += chunk;
      resolve();
    });
  });
  const versions = new Promise<number[]>((resolve, reject) => {
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(output.slice('ready'.length)));
      else reject(new Error(`a worker ended with ${code}`));
    });
  });
  return { child, ready, versions };
}

for (const [what, before] of [
  ['the first version', []],
  ['a second version', ['a']],
] as const) {
  test(`killed at any operation while it registers ${what}, a process leaves all or nothing`, async () => {
    for (const name of before) await open(at('start')).register(request(name));
    const first = before.length;
    if (first > 0) fs.cpSync(at('start'), at('whole'), { recursive: true });
    await open(at('whole')).register(request('b'));
    const whole = tree(at('whole'));
    const seen = new Set<number>();
    let killed = 0;
    for (let operation = 1; ; operation += 1) {
      fs.rmSync(at('registry'), { recursive: true, force: true });
      if (first > 0) fs.cpSync(at('start'), at('registry'), { recursive: true });
      const given = [script('killedWorker.ts'), at('registry'), String(operation), JSON.stringify(request('b'))];
      const { status, signal, stderr } = spawnSync(process.execPath, given, { encoding: 'utf8' });
      if (status === 0) break;
      assert.is(signal, 'SIGKILL', stderr);
      killed += 1;
      seen.add(await checkKilled(first));
      assert.is((await open(at('registry')).register(request('b'))).version, first + 1);
      assert.equal(tree(at('registry')), whole, `killed at operation ${operation}`);
    }
    assert.ok(killed > 15, `${killed} kills`);
    assert.equal([...seen].sort(), [first, first + 1], 'kills both before and after the change was done');
  });
}

/** What a reader finds after a kill: either the state before the change or the one after it. Returns how many versions. */
async function checkKilled(first: number): Promise<number> {
  const registry = open(at('registry'));
  const champion = await registry.champion('churn');
  if (!(await registry.groups()).includes('churn')) {
    assert.is(first, 0);
    assert.is(champion, null);
    return 0;
  }
  const versions = await registry.list('churn');
  assert.is(champion?.version, versions.length, 'the newest is the champion, and its files are whole');
  assert.is((await registry.history('churn')).at(-1)?.version, versions.length);
  return versions.length;
}

test('a process that is killed while another waits gives way to it', async () => {
  await open(at('registry')).register(request('a'));
  const hold = `import { takeLock } from '@pilotlight/artifacts'; takeLock(process.argv[1], () => ({}));
    process.stdout.write('held'); setInterval(() => {}, 1000);`;
  const args = ['--input-type=module', '-e', hold, at('registry/churn/lock')];
  const holder = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    const hasty = openLocalRegistry(at('registry'), { lockWaitSeconds: 0 });
    const message = await refusal('locked', hasty.register(request('b')));
    assert.match(message, new RegExp(`^process ${holder.pid} on \\S+ is changing the model group churn: `));
    const waiting = open(at('registry')).register(request('b'));
    await sleep(100);
    holder.kill('SIGKILL');
    assert.is((await waiting).version, 2);
  } finally {
    holder.kill('SIGKILL');
  }
});

test.run();
