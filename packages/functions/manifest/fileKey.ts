import { createHash } from 'node:crypto';
import { functionError } from '../errors.ts';
import type { NewObject } from './newObjects.ts';

/** 64 bits and more of what the key hashes to; with the rest a run's id stays below the 36 characters that job names leave for it. */
const HASH_DIGITS = 20;

/**
 * What the manifest calls a file: `<key>#<version>`, one item a write of an object. The version is S3's version id; in a bucket
 * without versions the sequencer of the write, for a marker has the same ETag every day; the ETag where an event has neither.
 */
export function fileKeyOf(object: NewObject): string {
  const { key, versionId, sequencer, etag } = object;
  const version = versionId ?? sequencer ?? etag?.replaceAll('"', '');
  if (version !== undefined) return `${key}#${version}`;
  const what = 'the event has no version id, sequencer or ETag';
  throw functionError('event', what, key, 'send what S3 or EventBridge sends');
}

/**
 * The id of a file's run, which is also the name of its execution: the same for every delivery of the same event, so that a run that
 * is started twice is one run. Another attempt, after a failure, has another id.
 *
 * @param attempt 1 for the first
 */
export function runIdOf(fileKey: string, attempt: number): string {
  return `file-${createHash('sha256').update(fileKey).digest('hex').slice(0, HASH_DIGITS)}-${attempt}`;
}
