import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ObjectFacts, Store } from '@pilotlight/artifacts';
import { NotAvailable } from '../notAvailable.ts';

/** Copies of objects on disk, each by its version: one that changed is another file. */
export type ObjectCache = {
  /** Local path of an object's content, whose end is `name`. */
  open(object: ObjectFacts, name: string): Promise<string>;
};

type Kept = { file: string; bytes: number; ready: Promise<string>; used: number };
/** A file that was opened this lately may still be read. */
const IN_USE_MS = 120_000;

/** @throws NotAvailable where an object has no room: it is larger than `bytesMax`, or all that is kept is in use */
export function openObjectCache(store: Store, folder: string, bytesMax: number): ObjectCache {
  const kept = new Map<string, Kept>();
  const makeRoom = (bytes: number): void => {
    let total = bytes;
    for (const one of kept.values()) total += one.bytes;
    const oldest = [...kept].sort(([, a], [, b]) => a.used - b.used);
    for (const [key, one] of oldest) {
      if (total <= bytesMax) return;
      if (Date.now() - one.used < IN_USE_MS) break;
      kept.delete(key);
      rmSync(one.file, { force: true });
      total -= one.bytes;
    }
    if (total > bytesMax) {
      const size = `${Math.ceil(bytes / 2 ** 20)} MiB`;
      throw new NotAvailable(`there is no room on this machine for ${size} more of results`, 'give it a larger disk');
    }
  };
  return {
    async open(object, name) {
      const id = createHash('sha256').update(`${object.key}\n${object.version}`).digest('hex').slice(0, 24);
      const known = kept.get(id);
      if (known) {
        known.used = Date.now();
        return known.ready;
      }
      makeRoom(object.bytes);
      const file = path.join(folder, id, ...name.split('/'));
      const one: Kept = { file, bytes: object.bytes, ready: fetchObject(store, object.key, file), used: Date.now() };
      kept.set(id, one);
      one.ready.catch(() => kept.delete(id));
      return one.ready;
    },
  };
}

async function fetchObject(store: Store, key: string, file: string): Promise<string> {
  mkdirSync(path.dirname(file), { recursive: true });
  const partial = `${file}.partial`;
  try {
    await pipeline(await store.read(key), createWriteStream(partial));
    await rename(partial, file);
    return file;
  } catch (error) {
    rmSync(partial, { force: true });
    const reason = (error as Error).message;
    throw new NotAvailable(`${key} cannot be read: ${reason}`, 'see that it is there, and that we may read it', {
      cause: error,
    });
  }
}
