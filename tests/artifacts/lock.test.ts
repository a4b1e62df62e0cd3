import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { InputError } from '@pilotlight/errors';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isAlive, type LockHolder, type LockRefusal, takeLock } from '../../packages/artifacts/lock.ts';

let dir = '';
test.before.each(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));
});
test.after.each(() => fs.rmSync(dir, { recursive: true, force: true }));

const lock = () => path.join(dir, '.pilotlight', 'lock');
const holder = () => JSON.parse(fs.readFileSync(lock(), 'utf8')) as LockHolder;
const refusalWords: LockRefusal = (who, file) => ({ what: `${who} works`, where: dir, todo: `remove ${file}` });
const take = () => takeLock(lock(), refusalWords);

function leave(text: string): void {
  fs.mkdirSync(path.dirname(lock()), { recursive: true });
  fs.writeFileSync(lock(), text);
}

function refusal(): InputError {
  try {
    take();
  } catch (error) {
    return error as InputError;
  }
  throw new Error('the lock was given');
}

test('a lock is taken, held and given back', () => {
  const release = take();
  assert.is(holder().pid, process.pid);
  assert.ok(isAlive(holder()));
  const error = refusal();
  assert.is(error.code, 'locked');
  assert.is(error.message, `process ${process.pid} on ${os.hostname()} works: ${dir}: remove ${lock()}`);
  release();
  assert.equal(fs.readdirSync(path.dirname(lock())), []);
  take()();
});

test('the lock of a process that is gone is taken over', () => {
  leave(JSON.stringify({ pid: 2 ** 22 + 1, process_started: '1', host: os.hostname() }));
  const release = take();
  assert.is(holder().pid, process.pid);
  release();
  assert.equal(fs.readdirSync(path.dirname(lock())), []);
});

test('the lock of an earlier process with the same number is taken over', () => {
  leave(JSON.stringify({ pid: process.pid, process_started: 'long ago', host: os.hostname() }));
  take()();
});

test('a lock that cannot be read is taken over', () => {
  for (const text of ['', '{"pid":', '[]', '{"pid":"1"}']) {
    leave(text);
    take()();
  }
});

test('the lock of another machine holds', () => {
  leave(JSON.stringify({ pid: 1, process_started: '1', host: 'elsewhere' }));
  assert.match(refusal().message, /^process 1 on elsewhere works: .*: remove .*lock$/);
  assert.ok(fs.existsSync(lock()));
});

test("giving back leaves another's lock alone", () => {
  const release = take();
  leave(JSON.stringify({ pid: 1, process_started: '1', host: 'elsewhere' }));
  release();
  assert.is(holder().host, 'elsewhere');
});

test.run();
