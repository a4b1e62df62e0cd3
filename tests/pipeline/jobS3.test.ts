/** A step that is handed `s3://...`, on moto, as a job and as a command of a person. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '@pilotlight/artifacts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DENIED, type FaultProxy, startFaultProxy } from '../faultProxy.ts';
import { remove, temporary } from '../folders.ts';
import { python, skip, testWithPython } from '../python.ts';
import { type Server, startMoto } from '../servers.ts';
import { layOutProcessing, mountDisk } from './jobFolders.ts';

const cli = path.join(import.meta.dirname, 'fakeCli.ts');
let moto: Server;
let dir = '';
let unmounts: (() => void)[] = [];
let proxies: FaultProxy[] = [];
test.before(async () => {
  if (!python()) return;
  moto = await startMoto();
  Object.assign(process.env, moto.env);
  await fetch(`${moto.url}/bucket`, { method: 'PUT', body: LOCATION });
  await fetch(`${moto.url}/empty`, { method: 'PUT', body: LOCATION });
  const store = openStore('s3://bucket');
  for (const [key, content] of Object.entries(OBJECTS)) await store.write(key, content);
});
test.after(() => moto?.stop());
test.before.each(() => {
  dir = temporary();
  fs.mkdirSync(at('temporary'));
  [unmounts, proxies] = [[], []];
});
test.after.each(async () => {
  for (const unmount of unmounts) unmount();
  for (const proxy of proxies) await proxy.stop();
  remove(dir);
});

const LOCATION =
  '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>';
const OBJECTS = {
  'rows/x': 'one',
  'rows/y': 'two',
  'conf/settings.yaml': 'threshold: 1',
  'big/blob': Buffer.alloc(3_000_000, 'x'),
};

const at = (...parts: string[]) => path.join(dir, ...parts);
const names = (...parts: string[]) => fs.readdirSync(at(...parts)).sort();
const read = (...parts: string[]) => fs.readFileSync(at(...parts), 'utf8');

type Ended = { status: number | null; stderr: string; errors: string[] };

/** Not synchronous: a proxy of this process may have to answer it. */
async function step(args: string[], more: Record<string, string> = {}): Promise<Ended> {
  const env = {
    ...process.env,
    PILOTLIGHT_LOG_FORMAT: 'text',
    PILOTLIGHT_ML_ROOT: at('ml'),
    TMPDIR: at('temporary'),
    FAKE_EVENTS: at('events'),
    ...more,
  };
  const child = spawn(process.execPath, [cli, 'Check', ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const [stderr, status] = await Promise.all([
    textOf(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  return { status, stderr, errors: stderr.split('\n').filter((line) => line.includes('error: ')) };
}

async function proxied(faultFor: Parameters<typeof startFaultProxy>[1]): Promise<Record<string, string>> {
  const proxy = await startFaultProxy(moto.url, faultFor);
  proxies.push(proxy);
  return { AWS_ENDPOINT_URL: proxy.url };
}

async function keys(uri: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of openStore(uri).list()) found.push(key);
  return found;
}

const local = () => ['--output', `report=${at('report')}`];
const refused = (ended: Ended, says: RegExp) => {
  assert.is(ended.status, 2, ended.stderr);
  assert.is(ended.errors.length, 1, ended.stderr);
  assert.match(ended.errors[0] ?? '', says);
  assert.not.match(ended.stderr, / {4}at /);
  assert.not(fs.existsSync(at('events')), 'the step has not begun');
  assert.equal(names('temporary'), []);
};

testWithPython('a prefix is handed as a folder, an object as a file, none not at all; scratch goes', async () => {
  const { status, stderr } = await step(['--input', 'rows=s3://bucket/rows', '--input', 'baseline=none', ...local()]);
  assert.is(status, 0, stderr);
  assert.match(read('report/text.txt'), /\nrows: x=one\ny=two$/);
  const file = await step([
    ...['--input', 'rows=s3://bucket/rows/', '--input', 'baseline=s3://bucket/conf/settings.yaml'],
    ...local(),
  ]);
  assert.is(file.status, 0, file.stderr);
  assert.match(read('report/text.txt'), /\nrows: x=one\ny=two\nbaseline: threshold: 1$/);
  assert.equal(names('temporary'), []);
  assert.equal(names('.'), ['events', 'report', 'temporary']);
});

testWithPython('a folder of one file whose name is its own is still what was named', async () => {
  const { status } = await step(['--input', 'rows=s3://bucket/conf', ...local()]);
  assert.is(status, 0);
  assert.match(read('report/text.txt'), /\nrows: settings\.yaml=threshold: 1$/);
});

testWithPython(
  'in a job scratch is under its root, and goes, also when the step fails or is killed before',
  async () => {
    layOutProcessing(at('ml'), { outputs: ['report'] });
    const args = ['--input', 'rows=s3://bucket/rows'];
    assert.is((await step(args, { FAKE_Check: 'input' })).status, 2);
    assert.equal(names('ml'), ['config', 'output', 'processing']);
    assert.is((await step(args, { FAKE_Check: 'sigkill' })).status, null);
    assert.match(names('ml').join(), /^\.pilotlight-scratch-\d+\.\w+,config/);
    const { status, stderr } = await step(args);
    assert.is(status, 0, stderr);
    assert.equal(names('ml'), ['config', 'output', 'processing']);
    assert.equal(names('ml/output'), [], 'the failure of the first try has gone');
    assert.equal(names('ml/processing/output/report'), ['facts.json', 'text.txt']);
    assert.equal(names('temporary'), []);
  },
);

testWithPython('s3:// as an output: written locally, uploaded at the end, the same twice over', async () => {
  const args = ['--input', 'rows=s3://bucket/rows', '--output', 'report=s3://bucket/out/report'];
  for (let time = 0; time < 2; time += 1) {
    const { status, stderr } = await step(args, { FAKE_CONCLUDE: at('ending.json') });
    assert.is(status, 0, stderr);
    assert.equal(await keys('s3://bucket/out'), ['report/facts.json', 'report/text.txt']);
    assert.match(JSON.parse(read('ending.json')).texts[0], /^Check/, 'readable while the hook runs');
    assert.equal(names('temporary'), []);
  }
});

testWithPython('a step that fails uploads nothing', async () => {
  const args = ['--input', 'rows=s3://bucket/rows', '--output', 'report=s3://bucket/failed'];
  assert.is((await step(args, { FAKE_Check: 'bug' })).status, 1);
  assert.equal(await keys('s3://bucket/failed'), []);
  assert.equal(names('temporary'), []);
});

testWithPython('bad input: one line that names the thing, before the step begins', async () => {
  const rows = ['--input', 'rows=s3://bucket/rows'];
  const cases: [string[], RegExp][] = [
    [['--input', 'rows=s3://no-such-bucket/rows', ...local()], /s3:\/\/no-such-bucket/],
    [['--input', 'rows=s3://bucket/nothing-here', ...local()], /s3:\/\/bucket\/nothing-here/],
    [['--input', 'rows=s3://empty', ...local()], /s3:\/\/empty/],
    [['--input', 'rows=s3://', ...local()], /s3:\/\//],
    [['--input', 'rows=s3://Bad_Bucket/x', ...local()], /Bad_Bucket/],
    [['--input', 'rows=gs://bucket/rows', ...local()], /input rows is neither a path nor s3:\/\/: gs:\/\/bucket\/rows/],
    [['--input', 'rows=none', ...local()], /no such input rows/],
    [[...rows, '--input', 'baseline=NONE', ...local()], /no such input baseline/],
    [[...rows, '--output', 'report=s3://no-such-bucket/out'], /s3:\/\/no-such-bucket/],
    [[...rows, '--output', 'report=s3://bucket/rows/out'], /write into its own input s3:\/\/bucket\/rows/],
    [[...rows, '--output', 'report=https://bucket/out'], /neither a folder nor s3:\/\/: https:\/\/bucket\/out/],
  ];
  for (const [args, says] of cases) refused(await step(args), says);
});

testWithPython('a permission that is missing: one line that names the thing, in the job file too', async () => {
  layOutProcessing(at('ml'), { outputs: ['report'] });
  const denied = await proxied((line) => (line.includes('/bucket') ? DENIED : null));
  const ended = await step(['--input', 'rows=s3://bucket/rows'], denied);
  refused(ended, /s3:\/\/bucket\/rows/);
  assert.ok((ended.errors[0] ?? '').endsWith(read('ml/output/message')), read('ml/output/message'));
});

testWithPython('no credentials: one line', async () => {
  const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '', HOME: at('temporary') };
  const { status, errors, stderr } = await step(['--input', 'rows=s3://bucket/rows', ...local()], none);
  assert.is(status, 2, stderr);
  assert.is(errors.length, 1, stderr);
});

testWithPython('outputs that may not be uploaded are kept, and the log says where', async () => {
  const denied = await proxied((line) => (line.startsWith('PUT') || line.startsWith('POST') ? DENIED : null));
  const args = ['--input', 'rows=s3://bucket/rows', '--output', 'report=s3://bucket/denied'];
  const { status, errors, stderr } = await step(args, denied);
  assert.is(status, 2, stderr);
  assert.is(errors.length, 1, stderr);
  assert.match(errors[0] ?? '', /s3:\/\/bucket\/denied/);
  const kept = /the output report was not uploaded and is kept in (\S+)/.exec(stderr)?.[1] ?? '';
  assert.equal(fs.readdirSync(kept).sort(), ['facts.json', 'text.txt']);
  assert.equal(await keys('s3://bucket/denied'), []);
});

testWithPython('SIGTERM while an input is fetched: exit 143, and nothing stays', async () => {
  layOutProcessing(at('ml'), { outputs: ['report'] });
  let asked = () => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const more = await proxied((line) => {
    if (!line.startsWith('GET /bucket/big/blob')) return null;
    asked();
    return { kind: 'hang' };
  });
  const env = { ...process.env, ...more, PILOTLIGHT_LOG_FORMAT: 'text', PILOTLIGHT_ML_ROOT: at('ml') };
  const child = spawn(process.execPath, [cli, 'Check', '--input', 'rows=s3://bucket/big'], { env, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('close', resolve));
  await isAsked;
  child.kill('SIGTERM');
  assert.is(await ended, 143);
  assert.equal(names('ml'), ['config', 'output', 'processing']);
  assert.is(read('ml/output/message'), 'stopped before its end');
});

testWithPython('kill -9 at any time: what is to be seen is whole, and the same job done again ends', async () => {
  layOutProcessing(at('ml'), { outputs: ['rows'] });
  const args = ['First', '--input', 'data=s3://bucket/rows', '--output', 'notes=s3://bucket/killed/notes'];
  const env = { ...process.env, PILOTLIGHT_ML_ROOT: at('ml'), TMPDIR: at('temporary'), FAKE_First: 'brief' };
  const start = () => {
    const child = spawn(process.execPath, [cli, ...args], { env, stdio: 'ignore' });
    return { child, ended: new Promise<number | null>((resolve) => child.on('close', resolve)) };
  };
  const seen = async () => {
    const stored = await openStore('s3://bucket/killed').readText('notes/text.txt');
    const local = names('ml/processing/output/rows').filter((name) => !name.startsWith('.'));
    return [...local.map((name) => read('ml/processing/output/rows', name)), ...(stored ? [stored.text] : [])];
  };
  const began = performance.now();
  assert.is(await start().ended, 0);
  const whole_ms = performance.now() - began;
  const [text] = await seen();
  await openStore('s3://bucket/killed').remove('notes/text.txt');
  remove(at('ml/processing/output/rows'));
  fs.mkdirSync(at('ml/processing/output/rows'));
  for (const share of [0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95]) {
    const { child, ended } = start();
    await sleep(share * whole_ms);
    child.kill('SIGKILL');
    await ended;
    for (const one of await seen()) assert.is(one, text);
  }
  assert.is(await start().ended, 0);
  assert.equal(await seen(), [text, text]);
  assert.equal(names('ml/processing/output/rows'), ['text.txt']);
  assert.equal(names('ml'), ['config', 'processing']);
  assert.equal(names('temporary'), []);
});

testWithPython('an input larger than the disk is refused before it is fetched', async () => {
  const unmount = mountDisk(at('ml'), '1m');
  if (!unmount) {
    skip('an input larger than the disk', 'this user may not mount');
    return;
  }
  unmounts.push(unmount);
  layOutProcessing(at('ml'), { outputs: ['report'] });
  const ended = await step(['--input', 'rows=s3://bucket/big']);
  refused(ended, /s3:\/\/bucket\/big/);
  assert.match(ended.errors[0] ?? '', /bytes/);
});

test.run();
