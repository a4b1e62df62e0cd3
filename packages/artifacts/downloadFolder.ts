import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InputError } from '@pilotlight/errors';
import { ArtifactError } from './errors.ts';
import type { FolderStore } from './folderStore.ts';
import { badKey, faultOfKey } from './keys.ts';
import { openFolderStore } from './openStore.ts';
import { parallel } from './parallel.ts';
import type { TransferFacts, TransferOptions } from './store.ts';
import { isAbandoned, temporaryName } from './temporary.ts';

type Source = { store: FolderStore; files: RemoteFile[] };
/** `name` is the path below the local folder. */
type RemoteFile = { key: string; name: string; bytes: number };

const FILES_AT_ONCE = 8;

/**
 * Copies an object, or everything under a prefix, into `folder`, which is made. A file appears whole or not at all; what
 * is there already with the same content is not fetched again, so an interrupted copy goes on when it is run again. What
 * else stands in the folder stays.
 *
 * InputErrors name the URI: `empty` (nothing there), `too_large` (more than `bytesMax`, before anything is fetched),
 * `bad_key` (a name that would leave the folder or that no disk can hold), `ambiguous` (an object and a folder of one
 * name), and those of {@link Store}.
 */
export async function downloadFolder(
  uri: string,
  folder: string,
  { signal, onProgress, bytesMax = Number.POSITIVE_INFINITY }: TransferOptions & { bytesMax?: number } = {},
): Promise<TransferFacts> {
  const { store, files } = await find(uri, signal);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  check(uri, files, total, bytesMax);
  await mkdir(folder, { recursive: true });
  await sweep(folder);
  const done = { files: 0, bytes: 0 };
  const report = () => onProgress?.({ ...done, files_total: files.length, bytes_total: total });
  report();
  await parallel(files, FILES_AT_ONCE, signal, async (file, fileSignal) => {
    const bytes = await fetchFile(store, file, join(folder, file.name), fileSignal);
    done.bytes += bytes;
    done.files += 1;
    report();
  });
  return done;
}

/** What the URI means: the folder of that name, else the one object. */
async function find(uri: string, signal?: AbortSignal): Promise<Source> {
  const store = openFolderStore(uri);
  const files: RemoteFile[] = [];
  for await (const { key, bytes } of store.sizes('', signal)) files.push({ key, name: key, bytes });
  const single = uri.endsWith('/') ? null : await findObject(store.uri, signal);
  if (single && single !== 'denied' && files.length > 0) {
    const todo = `write ${uri}/ for the folder, or name the one that is meant otherwise`;
    throw new InputError({ code: 'ambiguous', what: 'both an object and a folder', where: uri, todo });
  }
  if (files.length > 0) return { store, files };
  if (single && single !== 'denied') return single;
  const what = single ? 'nothing is there, or s3:GetObject is denied on it' : 'nothing is there';
  throw new InputError({ code: 'empty', what, where: uri, todo: 'correct the URI, or write there first' });
}

/**
 * The object that the URI names as it stands, in the store of the folder above it. A role that may read a folder is denied
 * the object of that name, which need not be there.
 */
async function findObject(uri: string, signal?: AbortSignal): Promise<Source | 'denied' | null> {
  const above = dirname(uri);
  const key = basename(uri);
  if (key === '' || above === 's3:' || faultOfKey(key) !== null) return null;
  const store = openFolderStore(above);
  try {
    const found = await store.size(key, signal);
    return found && { store, files: [{ key, name: key, bytes: found.bytes }] };
  } catch (error) {
    if (error instanceof InputError && error.code === 'denied') return 'denied';
    throw error;
  }
}

function check(uri: string, files: readonly RemoteFile[], total: number, bytesMax: number): void {
  if (total > bytesMax) {
    const what = `${files.length} files with ${total} bytes, more than the ${bytesMax} that are allowed`;
    throw new InputError({ code: 'too_large', what, where: uri, todo: 'name a smaller one, or allow more' });
  }
  const names = new Set(files.map(({ name }) => name));
  for (const { name } of files) {
    const fault = faultOfKey(name);
    if (fault !== null) throw badKey(uri, name, fault);
    for (let above = dirname(name); above !== '.'; above = dirname(above)) {
      if (names.has(above)) throw badKey(uri, above, 'is both an object and a folder');
    }
  }
}

/** Removes what a copy that was killed left in the folder. */
async function sweep(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const abandoned = entries.filter((entry) => entry.isFile() && isAbandoned(entry.name));
  await Promise.all(abandoned.map((entry) => rm(join(entry.parentPath, entry.name), { force: true })));
}

async function fetchFile(store: FolderStore, file: RemoteFile, path: string, signal: AbortSignal): Promise<number> {
  const there = await stat(path).catch(() => null);
  if (there?.isFile() && there.size === file.bytes && (await store.hasContentOf(file.key, path, signal)))
    return there.size;
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  try {
    const body = await store.read(file.key, { signal });
    await pipeline(body, createWriteStream(temporary, { flags: 'wx' }), { signal });
    const { size } = await stat(temporary);
    await rename(temporary, path);
    return size;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (!(error instanceof InputError) || error.code !== 'missing') throw error;
    const todo = 'run it again';
    throw new ArtifactError('changed', error.where, 'the object went away while it was fetched', {
      todo,
      cause: error,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}
