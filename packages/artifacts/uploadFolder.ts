import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@pilotlight/errors';
import type { FolderStore } from './folderStore.ts';
import { badKey, faultOfKey } from './keys.ts';
import { openLocalStore } from './localStore.ts';
import { openFolderStore } from './openStore.ts';
import { parallel } from './parallel.ts';
import type { TransferFacts, TransferOptions } from './store.ts';

type LocalFile = { key: string; bytes: number };

const FILES_AT_ONCE = 8;
/** Larger files go one after the other: each has several parts on their way, and memory holds those of one. */
const SMALL_BYTES_MAX = 8 * 1024 ** 2;

/**
 * Copies every file of `folder` under the URI: only files, no markers of folders; by name, the small ones first; what is
 * there with the same content is left alone, so an interrupted copy goes on when it is run again. Unfinished files and
 * locks stay out. What else stands under the URI stays. An empty folder gives 0 files.
 *
 * InputErrors: `missing` or `not_folder`, `bad_key` (a name that no store takes), `not_file` (a device, a broken link), and
 * those of {@link Store}.
 */
export async function uploadFolder(
  folder: string,
  uri: string,
  { signal, onProgress }: TransferOptions = {},
): Promise<TransferFacts> {
  await checkFolder(folder);
  const store = openFolderStore(uri);
  const files: LocalFile[] = [];
  for await (const file of openLocalStore(folder).sizes('', signal)) files.push(file);
  for (const { key } of files) {
    const fault = faultOfKey(key);
    if (fault !== null) throw badKey(folder, key, fault);
  }
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const done = { files: 0, bytes: 0 };
  const report = () => onProgress?.({ ...done, files_total: files.length, bytes_total: total });
  report();
  if (files.length === 0) return done;
  const there = await sizesAt(store, signal);
  const send = async (file: LocalFile, fileSignal: AbortSignal) => {
    const bytes = await sendFile(store, file, join(folder, file.key), there, fileSignal);
    done.bytes += bytes;
    done.files += 1;
    report();
  };
  const isSmall = ({ bytes }: LocalFile) => bytes <= SMALL_BYTES_MAX;
  await parallel(files.filter(isSmall), FILES_AT_ONCE, signal, send);
  await parallel(
    files.filter((file) => !isSmall(file)),
    1,
    signal,
    send,
  );
  return done;
}

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory()) return;
  const [code, what] = found ? ['not_folder', 'not a folder'] : ['missing', 'no such folder'];
  throw new InputError({ code: code as string, what: what as string, where: folder, todo: 'correct the path' });
}

async function sizesAt(store: FolderStore, signal?: AbortSignal): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const { key, bytes } of store.sizes('', signal)) found.set(key, bytes);
  return found;
}

async function sendFile(
  store: FolderStore,
  { key, bytes }: LocalFile,
  path: string,
  there: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<number> {
  if (there.get(key) === bytes && (await store.hasContentOf(key, path, signal))) return bytes;
  const sent = await store.write(key, { path }, { signal });
  return sent.bytes;
}
