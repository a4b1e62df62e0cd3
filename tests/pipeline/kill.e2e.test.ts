import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunReport } from '@pilotlight/pipeline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

let dir = '';
let started: ChildProcess[] = [];
test.before.each(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));
  started = [];
  fs.mkdirSync(at('data'));
  fs.writeFileSync(at('data/x.csv'), 'a,b\n1,2\n');
});
test.after.each(() => {
  for (const child of started) child.kill('SIGKILL');
  fs.rmSync(dir, { recursive: true, force: true });
});

const at = (...parts: string[]) => path.join(dir, ...parts);

type Ended = { code: number | null; signal: string | null; stderr: string };
type Running = { child: ChildProcess; ended: Promise<Ended> };

function start(out: string, behaviours: Record<string, string> = {}): Running {
  const script = path.join(import.meta.dirname, 'fakeRun.ts');
  const env = { ...process.env, PILOTLIGHT_LOG_FORMAT: 'text', FAKE_EVENTS: at('events'), ...behaviours };
  const child = spawn(process.execPath, [script, at('data'), at(out)], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  started.push(child);
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stderr }));
  });
  return { child, ended };
}

const events = () => (fs.existsSync(at('events')) ? fs.readFileSync(at('events'), 'utf8').trim().split('\n') : []);
const readRun = (out: string) => JSON.parse(fs.readFileSync(at(out, 'run.json'), 'utf8')) as RunReport;

async function until(what: () => boolean): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 10) {
    if (what()) return;
    await sleep(10);
  }
  throw new Error('it did not happen within 20 s');
}

function outputs(out: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of (fs.readdirSync(at(out), { recursive: true }) as string[]).sort()) {
    const file = at(out, name);
    if (name.startsWith('.pilotlight') || name === 'run.json' || fs.statSync(file).isDirectory()) continue;
    files[name] = fs.readFileSync(file, 'utf8');
  }
  return files;
}

/** Processes that still run a step of this test's folder. */
function stepsAlive(): string[] {
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => {
    try {
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir);
    } catch {
      return false;
    }
  });
}

test('kill -9 of the runner in each step, then the same command: the same bytes as without', async () => {
  assert.is((await start('whole').ended).code, 0);
  const whole = outputs('whole');
  assert.is(Object.keys(whole).length, 7);
  for (const step of ['First', 'Check', 'Left', 'Last']) {
    fs.rmSync(at('events'), { force: true });
    const running = start('killed', { [`FAKE_${step}`]: 'deaf' });
    await until(() => events().includes(`start ${step}`));
    running.child.kill('SIGKILL');
    assert.is((await running.ended).signal, 'SIGKILL');
    assert.is(readRun('killed').status, 'running', 'nobody was left to say more');
    assert.not(
      Object.keys(outputs('killed')).some((name) => name.startsWith(step === 'Left' ? 'models/Left' : 'result')),
    );
  }
  const resumed = await start('killed').ended;
  assert.is(resumed.code, 0);
  assert.match(resumed.stderr, /First: skipped: done before/);
  assert.equal(outputs('killed'), whole);
  assert.is(readRun('killed').run_id, readRun('whole').run_id);
});

test('kill -9 of the runner at any time leaves whole outputs or none', async () => {
  assert.is((await start('whole').ended).code, 0);
  const whole = outputs('whole');
  for (const wait_ms of [150, 300, 450, 600, 750, 900, 1100]) {
    const running = start('killed');
    await sleep(wait_ms);
    running.child.kill('SIGKILL');
    await running.ended;
    for (const [name, text] of fs.existsSync(at('killed')) ? Object.entries(outputs('killed')) : []) {
      assert.is(text, whole[name], `${name} after ${wait_ms} ms`);
    }
  }
  assert.is((await start('killed').ended).code, 0);
  assert.equal(outputs('killed'), whole);
  assert.equal(fs.readdirSync(at('killed/.pilotlight')).includes('lock'), false);
});

test('steps end when their runner was killed', async () => {
  if (process.platform !== 'linux') return;
  const running = start('out', { FAKE_First: 'hang' });
  await until(() => events().includes('start First'));
  running.child.kill('SIGKILL');
  await running.ended;
  await until(() => stepsAlive().length === 0);
});

test('kill -9 of a step fails the run with one line; the same command goes on', async () => {
  const running = start('out', { FAKE_Check: 'deaf' });
  await until(() => events().includes('start Check'));
  const step = stepsAlive().find((pid) => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('fakeCli.ts'));
  process.kill(Number(step), 'SIGKILL');
  const ended = await running.ended;
  assert.is(ended.code, 1);
  const errors = ended.stderr.split('\n').filter((line) => line.includes('error'));
  assert.is(errors.length, 1, ended.stderr);
  assert.match(errors[0] ?? '', /Check: error: was killed \(SIGKILL\).*log: .*Check\.jsonl/);
  const resumed = await start('out').ended;
  assert.is(resumed.code, 0);
});

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} stops the steps, and the same command goes on`, async () => {
    const running = start('out', { FAKE_Check: 'hang' });
    await until(() => events().includes('start Check'));
    running.child.kill(signal);
    const ended = await running.ended;
    assert.is(ended.code, code);
    assert.match(ended.stderr, new RegExp(`interrupted by ${signal}: the same command goes on`));
    assert.is(readRun('out').status, 'interrupted');
    assert.equal(stepsAlive(), []);
    assert.not(fs.existsSync(at('out/.pilotlight/lock')));
    const resumed = await start('out').ended;
    assert.is(resumed.code, 0);
    assert.match(resumed.stderr, /First: skipped/);
  });
}

test('a second signal ends a step that does not listen', async () => {
  const running = start('out', { FAKE_First: 'deaf' });
  await until(() => events().includes('start First'));
  running.child.kill('SIGINT');
  await sleep(800);
  running.child.kill('SIGINT');
  assert.is((await running.ended).code, 130);
});

test('a second run on the same folder says who holds it and changes nothing', async () => {
  const first = start('out', { FAKE_First: 'hang' });
  await until(() => events().includes('start First'));
  const second = await start('out').ended;
  assert.is(second.code, 2);
  assert.match(
    second.stderr,
    new RegExp(`^process ${first.child.pid} on \\S+ is running in this output folder: .*out: wait`),
  );
  assert.is(events().length, 1);
  first.child.kill('SIGINT');
  await first.ended;
});

test.run();
