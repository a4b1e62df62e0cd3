import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { ArtifactError, packTarGz, unpackTarGz } from '@pilotlight/artifacts';
import { InputError } from '@pilotlight/errors';
import { type Header, pack } from 'tar-stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

let dir = '';
test.before.each(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));
});
test.after.each(() => fs.rmSync(dir, { recursive: true, force: true }));

const at = (...parts: string[]) => path.join(dir, ...parts);

async function makeArchive(members: [Partial<Header> & { name: string }, string?][]): Promise<string> {
  const archive = pack();
  for (const [header, content] of members) archive.entry(header, content ?? '');
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  fs.writeFileSync(at('made.tar.gz'), gzipSync(Buffer.concat(chunks)));
  return at('made.tar.gz');
}

async function refusal(archive: string, limits = {}): Promise<InputError> {
  try {
    await unpackTarGz(archive, at('into'), limits);
  } catch (error) {
    assert.instance(error, InputError);
    assert.not(fs.existsSync(at('into')), 'nothing is unpacked');
    const left = fs.readdirSync(dir).filter((name) => name.includes('.tmp-'));
    assert.equal(left, [], 'nothing temporary is left');
    return error as InputError;
  }
  throw new Error('the archive was not refused');
}

test('what is packed comes back', async () => {
  fs.writeFileSync(at('model.txt'), 'tree\n'.repeat(50_000));
  await packTarGz(at('a.tar.gz'), [
    { name: 'metadata.json', content: '{}' },
    { name: 'deep/model.txt', path: at('model.txt') },
  ]);
  assert.equal(await unpackTarGz(at('a.tar.gz'), at('into')), ['deep/model.txt', 'metadata.json']);
  assert.is(fs.readFileSync(at('into/deep/model.txt'), 'utf8'), 'tree\n'.repeat(50_000));
  assert.is(fs.readFileSync(at('into/metadata.json'), 'utf8'), '{}');
});

test('the bytes depend on names and contents only', async () => {
  fs.writeFileSync(at('x'), 'same');
  await packTarGz(at('1.tar.gz'), [
    { name: 'b', path: at('x') },
    { name: 'a', content: 'A' },
  ]);
  fs.utimesSync(at('x'), 1, 1);
  fs.chmodSync(at('x'), 0o600);
  await packTarGz(at('2.tar.gz'), [
    { name: 'a', content: 'A' },
    { name: 'b', path: at('x') },
  ]);
  const first = fs.readFileSync(at('1.tar.gz'));
  assert.ok(first.equals(fs.readFileSync(at('2.tar.gz'))));
  assert.equal([...first.subarray(4, 8)], [0, 0, 0, 0], 'gzip header without a time');
});

test('the system tar reads it: sorted, 0644, time 0', async () => {
  await packTarGz(at('a.tar.gz'), [
    { name: 'b.txt', content: 'bb' },
    { name: 'a.txt', content: 'ñandú' },
  ]);
  const listing = execFileSync('tar', ['--utc', '--full-time', '-tvzf', at('a.tar.gz')], { encoding: 'utf8' });
  const lines = listing.trim().split('\n');
  assert.match(lines[0] ?? '', /^-rw-r--r-- 0\/0\s+7 1970-01-01 00:00:00 a\.txt$/);
  assert.match(lines[1] ?? '', /b\.txt$/);
});

test('a failing pack leaves nothing', async () => {
  await assertRejects(packTarGz(at('a.tar.gz'), [{ name: 'x', path: at('absent') }]), /ENOENT/);
  assert.equal(fs.readdirSync(dir), []);
});

test('member names that leave the archive are not packed', async () => {
  for (const name of ['../x', '/x', 'a//b', 'a/', '', 'a\\b']) {
    await assertRejects(packTarGz(at('a.tar.gz'), [{ name, content: '' }]), ArtifactError);
  }
  const twice = [
    { name: 'x', content: '1' },
    { name: 'x', content: '2' },
  ];
  await assertRejects(packTarGz(at('a.tar.gz'), twice), ArtifactError);
});

for (const name of ['../evil', 'a/../../evil', '/etc/evil', 'C:/evil', 'a\\..\\evil', './x']) {
  test(`unpack refuses the name ${name}`, async () => {
    const error = await refusal(
      await makeArchive([
        [{ name: 'good' }, 'x'],
        [{ name }, 'x'],
      ]),
    );
    assert.is(error.code, 'unsafe_archive');
    assert.ok(error.message.includes(JSON.stringify(name)), error.message);
    assert.not(fs.existsSync(path.join(os.tmpdir(), 'evil')));
  });
}

for (const type of ['symlink', 'link', 'character-device', 'block-device', 'fifo'] as const) {
  test(`unpack refuses a ${type}`, async () => {
    const error = await refusal(await makeArchive([[{ name: 'x', type, linkname: '/etc/passwd' }]]));
    assert.match(error.message, new RegExp(`is a ${type}`));
  });
}

test('unpack refuses a name twice', async () => {
  assert.match(
    (
      await refusal(
        await makeArchive([
          [{ name: 'x' }, '1'],
          [{ name: 'x' }, '2'],
        ]),
      )
    ).message,
    /twice/,
  );
});

test('unpack refuses what is too large or too many', async () => {
  const archive = await makeArchive([
    [{ name: 'a' }, 'x'.repeat(600)],
    [{ name: 'b' }, 'x'.repeat(600)],
  ]);
  assert.match((await refusal(archive, { bytesMax: 1000 })).message, /larger than 1000 bytes/);
  assert.match((await refusal(archive, { filesMax: 1 })).message, /more than 1 member/);
  assert.equal(await unpackTarGz(archive, at('into'), { bytesMax: 1200, filesMax: 2 }), ['a', 'b']);
});

test('unpack refuses broken archives in one line', async () => {
  fs.writeFileSync(at('text'), 'this is no archive');
  assert.is((await refusal(at('text'))).code, 'broken_archive');
  await packTarGz(at('whole'), [{ name: 'x', content: String(Math.PI).repeat(5000) }]);
  fs.writeFileSync(at('cut'), fs.readFileSync(at('whole')).subarray(0, 60));
  assert.is((await refusal(at('cut'))).code, 'broken_archive');
  fs.writeFileSync(at('cut-inside'), gzipSync('x'.repeat(100)));
  assert.is((await refusal(at('cut-inside'))).code, 'broken_archive');
  const missing = await refusal(at('absent'));
  assert.is(missing.code, 'missing');
  assert.not(missing.message.includes('\n'));
});

test('unpack does not mix with what is there', async () => {
  fs.mkdirSync(at('into'));
  const archive = await makeArchive([[{ name: 'x' }, '1']]);
  assert.equal(await unpackTarGz(archive, at('into')), ['x'], 'an empty folder is fine');
  await assertRejects(unpackTarGz(archive, at('into')), InputError);
  assert.is(fs.readFileSync(at('into/x'), 'utf8'), '1');
});

test('an empty folder inside an archive is no file', async () => {
  const archive = await makeArchive([[{ name: 'empty/', type: 'directory' }], [{ name: 'x' }, '1']]);
  assert.equal(await unpackTarGz(archive, at('into')), ['x']);
});

async function assertRejects(promise: Promise<unknown>, expected: RegExp | (new (...args: never[]) => Error)) {
  let error: unknown = null;
  await promise.catch((reason: unknown) => {
    error = reason;
  });
  if (expected instanceof RegExp) assert.match(String(error), expected);
  else assert.instance(error, expected);
}

test.run();
