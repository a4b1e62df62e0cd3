import { InputError } from '@pilotlight/errors';
import { faultOfName } from './memberName.ts';

/** Refuses a key that is no path below the store: an InputError (`bad_key`). */
export function checkKey(uri: string, key: string): void {
  const fault = faultOfKey(key);
  if (fault !== null) throw badKey(uri, key, fault);
}

/** The key as the folder that {@link Store.list} is asked for, without its slash; `''` is the whole store. */
export function folderOf(uri: string, prefix: string): string {
  const folder = prefix.replace(/\/$/, '');
  if (folder !== '') checkKey(uri, folder);
  return folder;
}

/** Why a key cannot be a file's path on every disk, or null where it can. */
export function faultOfKey(key: string): string | null {
  if (key.endsWith('/')) return 'names a folder';
  const fault = faultOfName(key);
  if (fault !== null) return fault;
  const long = key.split('/').some((part) => Buffer.byteLength(part) > PART_BYTES_MAX);
  return long ? `has a name of more than ${PART_BYTES_MAX} bytes` : null;
}

export function badKey(uri: string, key: string, fault: string): InputError {
  const todo = 'rename it: parts between single slashes, none of them . or ..';
  return new InputError({ code: 'bad_key', what: `the key ${JSON.stringify(key)} ${fault}`, where: uri, todo });
}

/** As S3 lists: by UTF-8 bytes, not by UTF-16 units. */
export const byKey = (a: { key: string }, b: { key: string }): number =>
  Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));

const PART_BYTES_MAX = 255;
