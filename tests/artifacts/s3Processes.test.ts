import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hashFile } from '../../packages/artifacts/checksum.ts';
import { type FaultProxy, startFaultProxy } from '../faultProxy.ts';
import { remove, temporary } from '../folders.ts';
import { python, skip, testWithPython } from '../python.ts';
import { fillFolder, hashesUnder, noise, s3Place } from './stores.ts';

const MIB = 1024 ** 2;
const LARGE_BYTES = 300 * MIB;
/** Of a process that copies a file of 300 MiB; Node with the SDK alone takes about 110 MiB, parts on their way 40 MiB. */
const RSS_BYTES_MAX = 256 * MIB;

let place: Awaited<ReturnType<typeof s3Place>>;
let proxy: FaultProxy;
let dir = '';

test.before(async () => {
  if (!python()) return;
  place = await s3Place();
  proxy = await startFaultProxy(place.moto.url);
});
test.after(async () => {
  await proxy?.stop();
  await place?.stop();
});
test.before.each(() => {
  dir = temporary();
});
test.after.each(() => remove(dir));

function start(verb: 'upload' | 'download', folder: string, uri: string, endpoint: string): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, 'storeChild.ts'), verb, folder, uri], {
    env: { ...process.env, AWS_ENDPOINT_URL: endpoint },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

type Told = { files: number; bytes: number; rss_bytes: number };

async function told(child: ChildProcess): Promise<Told> {
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  assert.is(code, 0);
  return JSON.parse(said) as Told;
}

testWithPython('a file of 300 MiB goes up and comes down in 256 MiB of memory', async () => {
  const uri = await place.fresh();
  mkdirSync(join(dir, 'in'));
  const file = openSync(join(dir, 'in/large'), 'w');
  for (let i = 0; i < 30; i += 1) writeSync(file, noise(MIB, i + 1), 0, MIB, i * 10 * MIB);
  ftruncateSync(file, LARGE_BYTES);
  closeSync(file);
  const up = await told(start('upload', join(dir, 'in'), uri, place.moto.url));
  const down = await told(start('download', join(dir, 'out'), uri, place.moto.url));
  for (const one of [up, down]) {
    assert.is(one.bytes, LARGE_BYTES);
    assert.ok(one.rss_bytes < RSS_BYTES_MAX, `${one.rss_bytes / MIB} MiB`);
  }
  const [sent, came] = await Promise.all(
    ['in', 'out'].map(async (name) =>
      (await hashFile(join(dir, name, 'large'), ['SHA256'])).digests[0]?.toString('hex'),
    ),
  );
  assert.is(came, sent);
});

/** Files of which three go in parts. */
function fill(folder: string): void {
  const small = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`d${i % 3}/f${i}`, noise(30_000 + i, i + 1)]));
  fillFolder(folder, { ...small, 'l/1': noise(20 * MIB, 97), 'l/2': noise(9 * MIB, 98), 'l/3': noise(9 * MIB, 99) });
}

/** Lets so many requests of that method through and no more, and kills the process when it waits for the next. */
async function killAfter(count: number, method: string, verb: 'upload' | 'download', ...where: [string, string]) {
  const later = Array.from({ length: 100 }, (_, i) => count + 1 + i);
  proxy.rules([{ method, nth: later, fault: { kind: 'hang' } }]);
  const child = start(verb, ...where, proxy.url);
  const ended = once(child, 'exit');
  while (child.exitCode === null && (proxy.struck === 0 || requestsOf(method) < count)) await sleep(5);
  child.kill('SIGKILL');
  const [, signal] = await ended;
  assert.is(signal, 'SIGKILL', `it was still going on after ${count} requests`);
  proxy.rules([]);
}

const requestsOf = (method: string): number => proxy.passed.filter((one) => one.method === method).length;

testWithPython('an upload that is killed again and again ends well when it is run again', async () => {
  const uri = await place.fresh();
  fill(join(dir, 'in'));
  for (const count of [2, 9, 12]) {
    await killAfter(count, 'PUT', 'upload', join(dir, 'in'), uri);
  }
  proxy.rules([]);
  assert.is((await told(start('upload', join(dir, 'in'), uri, proxy.url))).files, 28);
  assert.ok(requestsOf('PUT') < 20, `${requestsOf('PUT')} requests, although most had been done`);
  proxy.rules([]);
  await told(start('download', join(dir, 'out'), uri, proxy.url));
  assert.equal(hashesUnder(join(dir, 'out')), hashesUnder(join(dir, 'in')));
});

testWithPython(
  'a download that is killed again and again has whole files only, and ends well when it is run again',
  async () => {
    const uri = await place.fresh();
    fill(join(dir, 'in'));
    await told(start('upload', join(dir, 'in'), uri, place.moto.url));
    const expected = hashesUnder(join(dir, 'in'));
    for (const count of [4, 12, 9]) {
      await killAfter(count, 'GET', 'download', join(dir, 'out'), uri);
      for (const [name, hash] of Object.entries(hashesUnder(join(dir, 'out')))) {
        if (!/\.tmp-/.test(name)) assert.is(hash, expected[name], name);
      }
    }
    proxy.rules([]);
    assert.is((await told(start('download', join(dir, 'out'), uri, proxy.url))).files, 28);
    assert.equal(hashesUnder(join(dir, 'out')), expected);
    assert.ok(requestsOf('GET') < 28, `${requestsOf('GET')} requests, although most had been fetched`);
  },
);

if (!python()) skip('S3 in processes of their own', 'no Python with tests/python/requirements.txt');

test.run();
