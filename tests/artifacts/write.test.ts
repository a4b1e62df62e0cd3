import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ArtifactError, writeFile, writeFolder, writeJson } from '@pilotlight/artifacts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

let dir = '';
test.before.each(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));
});
test.after.each(() => fs.rmSync(dir, { recursive: true, force: true }));

const at = (...parts: string[]) => path.join(dir, ...parts);
const read = (...parts: string[]) => fs.readFileSync(at(...parts), 'utf8');

async function failure(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

test('a file is written whole, in folders that it makes', async () => {
  await writeFile(at('a/b/c.txt'), 'one');
  await writeFile(at('a/b/c.txt'), new Uint8Array([50]));
  assert.is(read('a/b/c.txt'), '2');
  assert.equal(fs.readdirSync(at('a/b')), ['c.txt']);
});

test('a failing write leaves the folder as it was', async () => {
  fs.mkdirSync(at('taken'));
  fs.writeFileSync(at('taken/x'), '');
  await failure(writeFile(at('taken'), 'text'));
  assert.equal(fs.readdirSync(dir), ['taken']);
});

test('JSON keeps the order of keys and ends with a newline', async () => {
  await writeJson(at('x.json'), { b: 1, a: [null, true, 'ñ'], gone: undefined });
  assert.is(read('x.json'), '{\n  "b": 1,\n  "a": [\n    null,\n    true,\n    "ñ"\n  ]\n}\n');
});

for (const [value, where] of [
  [{ a: { b: [0, Number.NaN] } }, '$.a.b[1]'],
  [{ psi: Number.POSITIVE_INFINITY }, '$.psi'],
  [[1n], '$[0]'],
  [{ f: () => 1 }, '$.f'],
  [[undefined], '$[0]'],
  [{ when: new Date(0) }, '$.when'],
  [{ map: new Map() }, '$.map'],
] as const) {
  test(`JSON refuses what it cannot hold, at ${where}`, async () => {
    const error = await failure(writeJson(at('x.json'), value));
    assert.instance(error, ArtifactError);
    assert.is((error as ArtifactError).where, where);
    assert.equal(fs.readdirSync(dir), []);
  });
}

test('a folder is replaced as a whole', async () => {
  await writeFolder(at('out'), async (folder) => fs.writeFileSync(path.join(folder, 'old'), ''));
  await writeFolder(at('out'), async (folder) => {
    fs.writeFileSync(path.join(folder, 'new'), '');
    assert.equal(fs.readdirSync(at('out')), ['old'], 'the old one stands until the new one is done');
  });
  assert.equal(fs.readdirSync(at('out')), ['new']);
  assert.equal(fs.readdirSync(dir), ['out']);
});

test('a folder that fails to be written leaves the old one', async () => {
  await writeFolder(at('out'), async (folder) => fs.writeFileSync(path.join(folder, 'old'), ''));
  const error = await failure(
    writeFolder(at('out'), async (folder) => {
      fs.writeFileSync(path.join(folder, 'half'), '');
      throw new Error('stop');
    }),
  );
  assert.is(error.message, 'stop');
  assert.equal(fs.readdirSync(at('out')), ['old']);
  assert.equal(fs.readdirSync(dir), ['out']);
});

test('what a killed process left is removed by the next write, that of a living one is not', async () => {
  const script = `
    import { writeFolder } from '@pilotlight/artifacts';
    import { writeFileSync } from 'node:fs';
    await writeFolder(process.argv[1], async (folder) => {
      writeFileSync(folder + '/half', 'x');
      process.kill(process.pid, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 10_000));
    });`;
  const root = path.resolve(import.meta.dirname, '../..');
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script, at('out')], { cwd: root });
  assert.is(child.signal, 'SIGKILL');
  assert.is(fs.readdirSync(dir).length, 1, 'the killed process left its temporary folder');
  fs.mkdirSync(at(`.out.tmp-${process.pid}-999`));
  await writeFolder(at('out'), async (folder) => fs.writeFileSync(path.join(folder, 'whole'), ''));
  assert.equal(fs.readdirSync(dir).sort(), [`.out.tmp-${process.pid}-999`, 'out']);
  assert.equal(fs.readdirSync(at('out')), ['whole']);
});

test.run();
