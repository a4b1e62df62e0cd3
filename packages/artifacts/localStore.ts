import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InputError } from '@pilotlight/errors';
import { backoff } from './backoff.ts';
import { hashFile } from './checksum.ts';
import { ArtifactError } from './errors.ts';
import type { FolderStore } from './folderStore.ts';
import { byKey, checkKey, folderOf } from './keys.ts';
import { takeLock } from './lock.ts';
import { orAborted } from './orAborted.ts';
import { decodeText, tooLarge } from './readAll.ts';
import type { ObjectFacts, StoreContent, WriteConditions } from './store.ts';
import { syncPath } from './syncFolder.ts';
import { isUnfinished, removeAbandoned, temporaryName } from './temporary.ts';

const TEXT_BYTES_MAX = 1024 ** 2;
const LOCK_TRIES_MAX = 60;

/** The store in a local folder, made by the first write. Versions are the SHA-256 of the content. */
export function openLocalStore(folder: string): FolderStore {
  const root = resolve(folder);
  const uri = folder.replace(/(?<=.)\/+$/, '');
  const pathOf = (key: string): string => {
    checkKey(uri, key);
    const reserved = isUnfinished(basename(key));
    if (reserved) throw named(uri, 'bad_key', `the key ${JSON.stringify(key)} is one of unfinished files`, 'rename it');
    return join(root, key);
  };
  return {
    uri,
    read: async (key, { signal } = {}) => {
      const path = pathOf(key);
      if (!(await sizeOf(path))) throw named(path, 'missing', 'no such file', 'correct the path');
      // Opened before it is handed out: what is removed or replaced from now on is still read as it was.
      return (await open(path)).createReadStream({ signal });
    },
    readText: async (key, { bytesMax = TEXT_BYTES_MAX, signal } = {}) => readText(pathOf(key), bytesMax, signal),
    write: async (key, content, conditions = {}) => write(key, pathOf(key), content, conditions),
    head: async (key, { signal } = {}) => {
      const path = pathOf(key);
      return (await sizeOf(path)) ? await factsOf(key, path, signal) : null;
    },
    list: (prefix = '', { signal } = {}) => list(uri, root, prefix, signal),
    size: async (key) => sizeOf(pathOf(key)),
    sizes: (prefix) => sizes(uri, root, prefix),
    remove: async (key, { signal } = {}) => {
      const path = pathOf(key);
      if (await sizeOf(path)) await locked(path, signal, () => rm(path, { force: true }));
    },
    hasContentOf: async (key, path, signal) => {
      const [own, other] = await Promise.all([factsOf(key, pathOf(key), signal), factsOf(key, path, signal)]);
      return own.version === other.version;
    },
  };
}

async function readText(path: string, bytesMax: number, signal?: AbortSignal) {
  const size = await sizeOf(path);
  if (!size) return null;
  if (size.bytes > bytesMax) throw tooLarge(path, size.bytes, bytesMax);
  const chunks: Buffer[] = await createReadStream(path, { end: bytesMax, signal }).toArray();
  const bytes = Buffer.concat(chunks);
  if (bytes.length > bytesMax) throw tooLarge(path, bytes.length, bytesMax);
  return { text: decodeText(path, bytes), version: createHash('sha256').update(bytes).digest('hex') };
}

async function write(
  key: string,
  path: string,
  content: StoreContent,
  { ifAbsent, ifVersion, signal }: WriteConditions,
): Promise<ObjectFacts> {
  signal?.throwIfAborted();
  await makeFolder(path);
  await removeAbandoned(path);
  const temporary = temporaryName(path);
  try {
    const facts = await fill(key, temporary, content, signal);
    if (ifAbsent) await linkNew(temporary, path);
    else await locked(path, signal, () => replace(key, temporary, path, ifVersion));
    await syncPath(dirname(path));
    return facts;
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    if (!/^(EEXIST|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw named(path, 'bad_key', 'a file stands where its folder would be', 'rename one of the two', error);
  }
}

async function fill(key: string, temporary: string, content: StoreContent, signal?: AbortSignal): Promise<ObjectFacts> {
  const hash = createHash('sha256');
  let bytes = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const file = await open(temporary, 'wx');
  // A source that is silent does not end when it is told to: the abort is not to wait for it.
  await orAborted(pipeline(sourceOf(content), counter, file.createWriteStream(), { signal }), signal);
  await syncPath(temporary);
  return { key, bytes, version: hash.digest('hex') };
}

function sourceOf(content: StoreContent): Readable {
  if (content instanceof Readable) return content;
  if (typeof content === 'string' || content instanceof Uint8Array) return Readable.from([Buffer.from(content)]);
  return createReadStream(content.path);
}

/** A link makes the whole file or says that there is one: of any number of writers, one wins. */
async function linkNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new ArtifactError('exists', path, 'there is a file of that name already', { cause: error });
  }
}

async function replace(key: string, temporary: string, path: string, ifVersion: string | undefined): Promise<void> {
  if (ifVersion !== undefined) {
    const found = (await sizeOf(path)) ? await factsOf(key, path) : null;
    if (found?.version !== ifVersion) throw new ArtifactError('changed', path, 'another writer has changed the file');
  }
  try {
    await rename(temporary, path);
  } catch (error) {
    if (!/^(EISDIR|ENOTEMPTY|EEXIST)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw named(path, 'bad_key', 'a folder stands where the file would be', 'rename one of the two', error);
  }
}

/** Comparing a version and renaming are two steps: a lock makes them one for all writers of the file. */
async function locked(path: string, signal: AbortSignal | undefined, work: () => Promise<void>): Promise<void> {
  const release = await take(join(dirname(path), `.${basename(path)}.lock`), path, signal);
  try {
    await work();
  } finally {
    release();
  }
}

async function take(lock: string, path: string, signal?: AbortSignal): Promise<() => void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return takeLock(lock, (who) => ({
        what: `${who} is writing it`,
        where: path,
        todo: 'run it again when it has ended',
      }));
    } catch (error) {
      if (!(error instanceof InputError) || tries === LOCK_TRIES_MAX) throw error;
      await backoff(Math.min(tries, 6), signal, 20);
    }
  }
}

async function* list(uri: string, root: string, prefix: string, signal?: AbortSignal): AsyncGenerator<ObjectFacts> {
  for await (const { key } of sizes(uri, root, prefix)) {
    signal?.throwIfAborted();
    const path = join(root, key);
    if (await sizeOf(path)) yield await factsOf(key, path, signal);
  }
}

async function* sizes(uri: string, root: string, prefix: string): AsyncGenerator<{ key: string; bytes: number }> {
  const found: { key: string; bytes: number }[] = [];
  await walk(root, folderOf(uri, prefix), found);
  yield* found.sort(byKey);
}

async function walk(root: string, folder: string, found: { key: string; bytes: number }[]): Promise<void> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  for (const entry of entries) {
    if (isUnfinished(entry.name)) continue;
    const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) await walk(root, key, found);
    else {
      const size = await sizeOf(join(root, key));
      if (!size) throw named(join(root, key), 'not_file', 'neither a file nor a folder', 'remove it');
      found.push({ key, bytes: size.bytes });
    }
  }
}

/** Null where there is no file: nothing, or a folder. */
async function sizeOf(path: string): Promise<{ bytes: number } | null> {
  try {
    const found = await stat(path);
    return found.isFile() ? { bytes: found.size } : null;
  } catch (error) {
    if (/^(ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

async function factsOf(key: string, path: string, signal?: AbortSignal): Promise<ObjectFacts> {
  const { digests, bytes } = await hashFile(path, ['SHA256'], signal);
  return { key, bytes, version: (digests[0] as Buffer).toString('hex') };
}

function named(where: string, code: string, what: string, todo: string, cause?: unknown): InputError {
  return new InputError({ code, what, where, todo, cause });
}
