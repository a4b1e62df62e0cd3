import { posix } from 'node:path';
import type { NewObject } from './newObjects.ts';

/** Which objects start a run. */
export type TriggerRule = {
  bucket: string;
  /** Ends with `/`, or is empty. */
  prefix: string;
  /** Glob over the part of the key after the prefix. */
  pattern: string;
};

/**
 * The marker that whoever delivers a set of files writes last, empty or not: Hadoop's and Spark's own name for it. Seven raw files are
 * one delivery, and only who writes them knows which is the last one.
 */
export const PATTERN = '_SUCCESS';

/**
 * Why an object starts no run, or null where it does. An empty object starts one only where its name begins with `_`: that is how
 * markers are named, and data files of no bytes are a delivery gone wrong.
 */
export function reasonToIgnore(object: NewObject, { bucket, prefix, pattern }: TriggerRule): string | null {
  const { key } = object;
  if (object.bucket !== bucket) return `in the bucket ${object.bucket}, not ${bucket}`;
  if (!key.startsWith(prefix)) return `not below ${prefix}`;
  if (key.endsWith('/')) return 'a folder marker';
  if (!posix.matchesGlob(key.slice(prefix.length), pattern)) return `not ${pattern}`;
  if (object.bytes === 0 && !posix.basename(key).startsWith('_')) return 'empty';
  return null;
}
