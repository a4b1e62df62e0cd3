import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  ArtifactError,
  downloadFolder,
  openStore,
  type Store,
  type TransferProgress,
  uploadFolder,
} from '@pilotlight/artifacts';
import { InputError } from '@pilotlight/errors';
import * as assert from 'uvu/assert';
import { remove, temporary } from '../folders.ts';
import { failure, filesUnder, fillFolder, hashesUnder, listed, noise, type Place, sha256 } from './stores.ts';

type Register = (name: string, run: () => Promise<void>) => void;
type Fixture = { uri: string; store: Store; dir: string; place: Place };

const MIB = 1024 ** 2;
const NAMES = [
  'plain',
  'a b',
  'a+b',
  'ñandú/日本',
  '100%25',
  'q?x=1&y#z',
  "it's",
  'e🎈',
  'a=1/b=2/part-0.parquet',
  '.hidden',
];

/** The very same tests for each kind of store: what holds here holds for a pipeline on a laptop and in the cloud. */
export function registerStoreCases(register: Register, place: () => Place): void {
  const add = (name: string, run: (fixture: Fixture) => Promise<void>) =>
    register(name, async () => {
      const dir = temporary();
      try {
        const uri = await place().fresh();
        await run({ uri, store: openStore(uri), dir, place: place() });
      } finally {
        remove(dir);
      }
    });
  addContents(add);
  addConditions(add);
  addKeys(add);
  addFailures(add);
  addFolders(add);
  addNames(add);
  addFolderFaults(add);
}

type Add = (name: string, run: (fixture: Fixture) => Promise<void>) => void;

async function bytesOf(store: Store, key: string): Promise<Buffer> {
  const chunks: Buffer[] = await (await store.read(key)).toArray();
  return Buffer.concat(chunks);
}

function addContents(add: Add): void {
  add('what is written is read, whatever the key', async ({ store }) => {
    for (const key of NAMES) {
      const written = await store.write(key, `content of ${key}`);
      assert.is(written.key, key);
      assert.is(written.bytes, Buffer.byteLength(`content of ${key}`));
      assert.equal(await store.head(key), written);
      assert.equal(await store.readText(key), { text: `content of ${key}`, version: written.version });
      assert.is((await bytesOf(store, key)).toString(), `content of ${key}`);
    }
    const keys = (await listed(store.list())).map(({ key }) => key);
    assert.equal(
      keys,
      [...NAMES].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
  });

  add('a key is written again with other content and another version', async ({ store }) => {
    const first = await store.write('x', 'one');
    const second = await store.write('x', 'two');
    assert.is.not(second.version, first.version);
    assert.is((await store.readText('x'))?.text, 'two');
    assert.is((await listed(store.list())).length, 1);
  });

  add('bytes, streams and files of any size come back the same', async ({ store, dir, place, uri }) => {
    const sizes = [0, 1, 5 * MIB, 8 * MIB, 8 * MIB + 1, 17 * MIB + 3];
    for (const size of sizes) {
      const content = noise(size, size + 1);
      writeFileSync(join(dir, 'file'), content);
      const kinds = {
        bytes: content,
        stream: Readable.from(pieces(content, 1_000_003)),
        file: { path: join(dir, 'file') },
      };
      for (const [kind, given] of Object.entries(kinds)) {
        const { bytes } = await store.write(`${kind}/${size}`, given);
        assert.is(bytes, size, `${kind} of ${size}`);
        assert.is(sha256(await bytesOf(store, `${kind}/${size}`)), sha256(content), `${kind} of ${size}`);
      }
    }
    assert.is((await listed(store.list())).length, 3 * sizes.length);
    assert.equal(await place.leftovers(uri), []);
  });

  add('a removed key is gone, and an absent one is removed without a word', async ({ store }) => {
    await store.write('x', 'one');
    await store.remove('x');
    await store.remove('x');
    assert.is(await store.head('x'), null);
    assert.is(await store.readText('x'), null);
    assert.equal(await listed(store.list()), []);
  });

  add('a text that is too long or no text is refused by name', async ({ store }) => {
    await store.write('long', 'x'.repeat(101));
    await store.write('odd', new Uint8Array([0xff, 0xfe, 0x41]));
    const long = await failure(store.readText('long', { bytesMax: 100 }));
    assert.instance(long, InputError);
    assert.is(long.code, 'too_large');
    assert.match(long.message, /101 bytes.*long/);
    assert.is((await failure(store.readText('odd'))).code, 'not_text');
    assert.is((await store.readText('long', { bytesMax: 101 }))?.text.length, 101);
  });
}

function addConditions(add: Add): void {
  for (const [name, size] of [
    ['small', 10],
    ['large', 9 * MIB],
  ] as const) {
    add(`of two that write a ${name} absent key, the first wins`, async ({ store, place, uri }) => {
      await store.write('x', noise(size, 1), { ifAbsent: true });
      const error = await failure(store.write('x', noise(size, 2), { ifAbsent: true }));
      assert.instance(error, ArtifactError);
      assert.is(error.code, 'exists');
      assert.is(sha256(await bytesOf(store, 'x')), sha256(noise(size, 1)));
      assert.equal(await place.leftovers(uri), []);
    });
  }

  add('a version that is known may be replaced, one that is stale or gone may not', async ({ store }) => {
    const first = await store.write('x', 'one');
    const second = await store.write('x', 'two', { ifVersion: first.version });
    assert.is((await failure(store.write('x', 'three', { ifVersion: first.version }))).code, 'changed');
    assert.is((await store.readText('x'))?.text, 'two');
    await store.remove('x');
    assert.is((await failure(store.write('x', 'three', { ifVersion: second.version }))).code, 'changed');
    assert.is(await store.head('x'), null);
  });
}

function addKeys(add: Add): void {
  const bad = ['', '/a', '../a', 'a/../b', 'a/..', './a', 'a//b', 'a/', 'a\\b', 'a\0b', `a/${'x'.repeat(256)}`];
  add('a key that would leave the store, or that no disk can hold, is refused everywhere', async ({ store, uri }) => {
    for (const key of bad) {
      for (const one of [
        () => store.write(key, 'x'),
        () => store.read(key),
        () => store.readText(key),
        () => store.head(key),
        () => store.remove(key),
      ]) {
        const error = await failure(one());
        assert.instance(error, InputError, JSON.stringify(key));
        assert.is(error.code, 'bad_key');
        assert.ok(error.message.includes(uri), error.message);
      }
    }
    assert.equal(await listed(store.list()), []);
    assert.is((await failure(listed(store.list('../a')))).code, 'bad_key');
  });

  add('a folder is listed by whole names, in the order of bytes', async ({ store }) => {
    const keys = ['a', 'a-b', 'a/1', 'a/b/2', 'ab/1', 'b', 'a/\u{ffee}', 'a/\u{1f388}'];
    // A disk has no file and folder of one name.
    for (const key of keys.slice(1)) await store.write(key, key);
    const listedKeys = async (prefix: string) => (await listed(store.list(prefix))).map(({ key }) => key);
    assert.equal(await listedKeys('a'), ['a/1', 'a/b/2', 'a/\u{ffee}', 'a/\u{1f388}']);
    assert.equal(await listedKeys('a/'), await listedKeys('a'));
    assert.equal(await listedKeys('a/b'), ['a/b/2']);
    assert.equal(await listedKeys('c'), []);
    assert.equal(await listedKeys(''), ['a-b', 'a/1', 'a/b/2', 'a/\u{ffee}', 'a/\u{1f388}', 'ab/1', 'b']);
    const facts = await listed(store.list('a/b'));
    assert.equal(facts[0], await store.head('a/b/2'));
  });
}

function addFailures(add: Add): void {
  add('an absent key is named', async ({ store }) => {
    const error = await failure(store.read('no/such'));
    assert.instance(error, InputError);
    assert.is(error.code, 'missing');
    assert.ok(error.message.includes('no/such'), error.message);
    assert.is(await store.head('no/such'), null);
  });

  for (const size of [100, 20 * MIB]) {
    add(
      `a source that fails after ${size} bytes leaves the old content and nothing else`,
      async ({ store, place, uri }) => {
        await store.write('x', 'old');
        const broken = Readable.from(failing(noise(size)));
        const error = await failure(store.write('x', broken));
        assert.is(error.message, 'the source broke');
        assert.is((await store.readText('x'))?.text, 'old');
        assert.equal(await place.leftovers(uri), []);
      },
    );

    add(
      `a write that is aborted after ${size} bytes leaves nothing and gives the reason`,
      async ({ store, place, uri }) => {
        const controller = new AbortController();
        const reason = new Error('enough');
        const endless = Readable.from(stalling(noise(size), () => controller.abort(reason)));
        const error = await failure(store.write('x', endless, { signal: controller.signal }));
        assert.is(error, reason);
        assert.is(await store.head('x'), null);
        assert.equal(await place.leftovers(uri), []);
      },
    );
  }

  add('a read that is aborted ends, and one that is left ends too', async ({ store }) => {
    await store.write('x', noise(6 * MIB));
    const controller = new AbortController();
    const body = await store.read('x', { signal: controller.signal });
    const error = await failure(
      (async () => {
        for await (const _ of body) controller.abort(new Error('enough'));
      })(),
    );
    assert.ok(error.message === 'enough' || error.name === 'AbortError', error.message);
    for await (const _ of await store.read('x')) break;
    assert.is((await bytesOf(store, 'x')).length, 6 * MIB);
  });

  add('a signal that is aborted already lets nothing begin', async ({ store }) => {
    const signal = AbortSignal.abort(new Error('before'));
    assert.is((await failure(store.write('x', 'one', { signal }))).message, 'before');
    assert.is(await store.head('x'), null);
  });
}

function addFolders(add: Add): void {
  const contents = {
    'b/c/deep.txt': 'deep',
    'a b+ñ.txt': 'odd',
    empty: '',
    large: noise(9 * MIB, 3),
    'b/.hidden': 'h',
  };
  const bytes = 9 * MIB + 8;

  add('a folder comes back the same, and the second time nothing moves', async ({ dir, uri, store }) => {
    fillFolder(join(dir, 'in'), contents);
    mkdirSync(join(dir, 'in/no files'));
    assert.equal(await uploadFolder(join(dir, 'in'), uri), { files: 5, bytes });
    const before = await listed(store.list());
    assert.is(before.length, 5, 'only files');
    assert.equal(await downloadFolder(uri, join(dir, 'out')), { files: 5, bytes });
    assert.equal(hashesUnder(join(dir, 'out')), hashesUnder(join(dir, 'in')));
    assert.equal(await uploadFolder(join(dir, 'in'), uri), { files: 5, bytes });
    assert.equal(await listed(store.list()), before);
    assert.equal(await downloadFolder(`${uri}/`, join(dir, 'out')), { files: 5, bytes });
  });

  add('progress begins with nothing and ends with all', async ({ dir, uri }) => {
    fillFolder(join(dir, 'in'), contents);
    for (const work of [
      (onProgress: (one: TransferProgress) => void) => uploadFolder(join(dir, 'in'), uri, { onProgress }),
      (onProgress: (one: TransferProgress) => void) => downloadFolder(uri, join(dir, 'out'), { onProgress }),
    ]) {
      const seen: TransferProgress[] = [];
      await work((one) => seen.push(one));
      assert.equal(seen[0], { files: 0, bytes: 0, files_total: 5, bytes_total: bytes });
      assert.equal(seen.at(-1), { files: 5, bytes, files_total: 5, bytes_total: bytes });
      const counts = seen.map((one) => one.files);
      assert.equal(counts, [0, 1, 2, 3, 4, 5]);
    }
  });

  add('another content of the same size is sent and fetched', async ({ dir, uri, store }) => {
    fillFolder(join(dir, 'in'), { x: 'one', y: 'same' });
    await uploadFolder(join(dir, 'in'), uri);
    await downloadFolder(uri, join(dir, 'out'));
    fillFolder(join(dir, 'in'), { x: 'two' });
    await uploadFolder(join(dir, 'in'), uri);
    assert.is((await store.readText('x'))?.text, 'two');
    await downloadFolder(uri, join(dir, 'out'));
    assert.is(readFileSync(join(dir, 'out/x'), 'utf8'), 'two');
  });
}

function addNames(add: Add): void {
  add('what stands there already and has another name stays, on both sides', async ({ dir, uri, store }) => {
    await store.write('other', 'o');
    fillFolder(join(dir, 'in'), { x: 'one' });
    await uploadFolder(join(dir, 'in'), uri);
    fillFolder(join(dir, 'out'), { mine: 'm' });
    await downloadFolder(uri, join(dir, 'out'));
    assert.equal(filesUnder(join(dir, 'out')), ['mine', 'other', 'x']);
  });

  add('a part of a name is no folder', async ({ dir, uri, store }) => {
    await store.write('ab/x', '1');
    await store.write('a/x', '2');
    assert.equal(await downloadFolder(`${uri}/a`, join(dir, 'out')), { files: 1, bytes: 1 });
    assert.is(readFileSync(join(dir, 'out/x'), 'utf8'), '2');
    assert.is((await failure(downloadFolder(`${uri}/a/`.replace('/a/', '/b/'), join(dir, 'out')))).code, 'empty');
  });

  add('a single file comes under its own name', async ({ dir, uri, store }) => {
    await store.write('a/one file.txt', 'x');
    assert.equal(await downloadFolder(`${uri}/a/one file.txt`, join(dir, 'out')), { files: 1, bytes: 1 });
    assert.equal(filesUnder(join(dir, 'out')), ['one file.txt']);
  });
}

function addFolderFaults(add: Add): void {
  add('an empty prefix is named, and no folder is made for it', async ({ dir, uri }) => {
    const error = await failure(downloadFolder(`${uri}/nothing`, join(dir, 'out')));
    assert.instance(error, InputError);
    assert.is(error.code, 'empty');
    assert.ok(error.message.includes(`${uri}/nothing`), error.message);
    assert.equal(filesUnder(dir), []);
  });

  add('more than is allowed is refused before anything is fetched', async ({ dir, uri, store }) => {
    await store.write('x', 'four');
    await store.write('y', 'four');
    const error = await failure(downloadFolder(uri, join(dir, 'out'), { bytesMax: 7 }));
    assert.instance(error, InputError);
    assert.is(error.code, 'too_large');
    assert.match(error.message, /8 bytes/);
    assert.equal(filesUnder(dir), []);
    assert.equal(await downloadFolder(uri, join(dir, 'out'), { bytesMax: 8 }), { files: 2, bytes: 8 });
  });

  add('a folder to send that is absent, a file or empty', async ({ dir, uri, store }) => {
    const missing = await failure(uploadFolder(join(dir, 'no such'), uri));
    assert.is(missing.code, 'missing');
    assert.ok(missing.message.includes('no such'));
    fillFolder(dir, { file: 'x' });
    assert.is((await failure(uploadFolder(join(dir, 'file'), uri))).code, 'not_folder');
    mkdirSync(join(dir, 'empty'));
    assert.equal(await uploadFolder(join(dir, 'empty'), uri), { files: 0, bytes: 0 });
    assert.equal(await listed(store.list()), []);
  });

  add('unfinished files and locks stay at home; what is no file is refused by name', async ({ dir, uri, store }) => {
    fillFolder(join(dir, 'in'), { x: '1', '.x.tmp-99-1': 'half', 'd/.y.lock': '{}' });
    assert.equal(await uploadFolder(join(dir, 'in'), uri), { files: 1, bytes: 1 });
    assert.equal(
      (await listed(store.list())).map(({ key }) => key),
      ['x'],
    );
    symlinkSync(join(dir, 'nowhere'), join(dir, 'in/link'));
    const error = await failure(uploadFolder(join(dir, 'in'), uri));
    assert.is(error.code, 'not_file');
    assert.ok(error.message.includes('in/link'), error.message);
  });

  add('an aborted copy gives the reason, leaves no half file, and goes on when it is run again', async (fixture) => {
    const { dir, uri, place } = fixture;
    const contents = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, noise(50_000, i + 1)]));
    fillFolder(join(dir, 'in'), contents);
    const out = join(dir, 'out');
    for (const work of [
      (options: object) => uploadFolder(join(dir, 'in'), uri, options),
      (options: object) => downloadFolder(uri, out, options),
    ]) {
      const controller = new AbortController();
      const onProgress = ({ files }: TransferProgress) => files >= 5 && controller.abort(new Error('enough'));
      assert.is((await failure(work({ signal: controller.signal, onProgress }))).message, 'enough');
      assert.equal(await work({}), { files: 30, bytes: 30 * 50_000 });
    }
    assert.equal(hashesUnder(out), hashesUnder(join(dir, 'in')));
    assert.equal(await place.leftovers(uri), []);
  });
}

function* pieces(bytes: Buffer, length: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

function* failing(bytes: Buffer): Generator<Buffer> {
  yield* pieces(bytes, 1_000_003);
  throw new Error('the source broke');
}

async function* stalling(bytes: Buffer, then: () => void): AsyncGenerator<Buffer> {
  yield* pieces(bytes, 1_000_003);
  setTimeout(then, 50);
  await new Promise(() => {});
}
