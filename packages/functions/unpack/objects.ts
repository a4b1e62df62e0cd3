import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { explainAws, functionError, missing } from '../errors.ts';
import { isAbsent } from '../isAbsent.ts';

/** An object as it was when it was first looked at; every read is of this very version. */
export type SourceObject = {
  s3: S3Client;
  bucket: string;
  key: string;
  bytes: number;
  etag: string;
  signal: AbortSignal;
};

export const uriOf = ({ bucket, key }: { bucket: string; key: string }): string => `s3://${bucket}/${key}`;

/** @throws InputError `missing`, `denied` */
export async function openObject(
  at: { bucket: string; key: string },
  s3: S3Client,
  signal: AbortSignal,
): Promise<SourceObject> {
  try {
    const command = new HeadObjectCommand({ Bucket: at.bucket, Key: at.key });
    const { ContentLength = 0, ETag = '' } = await s3.send(command, { abortSignal: signal });
    return { s3, ...at, bytes: ContentLength, etag: ETag, signal };
  } catch (error) {
    throw (await isAbsent(error, at, s3, signal)) ? missing(uriOf(at), error) : explainAws(error, uriOf(at));
  }
}

/** A broken connection is taken up again where it broke; this often in a row without a byte more, and it is given up. */
const BREAKS_MAX = 5;
const PAUSE_MS = 200;

/**
 * Bytes `start` to `end` (not included) of an object, as they come.
 *
 * @throws InputError `changed`: another version stands there now
 */
export async function* readRange(object: SourceObject, start = 0, end = object.bytes): AsyncGenerator<Buffer> {
  let at = start;
  let breaks = 0;
  while (at < end) {
    try {
      for await (const chunk of await openRange(object, at, end)) {
        at += chunk.length;
        breaks = 0;
        yield chunk;
      }
      if (at < end) throw new Error('the answer was too short');
    } catch (error) {
      object.signal.throwIfAborted();
      breaks += 1;
      if (breaks > BREAKS_MAX || isRefusal(error)) throw explainRead(error, object);
      await sleep(PAUSE_MS * 2 ** breaks * Math.random(), undefined, { signal: object.signal });
    }
  }
}

async function openRange(object: SourceObject, start: number, end: number): Promise<Readable> {
  const { s3, bucket, key, etag, signal } = object;
  const range = { Range: `bytes=${start}-${end - 1}`, IfMatch: etag };
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...range }), { abortSignal: signal });
  if (Body === undefined) throw new Error('an answer without a body');
  return Body as Readable;
}

/** What S3 has said it will say again. */
function isRefusal(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500;
}

function explainRead(error: unknown, object: SourceObject): unknown {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  const todo = 'run again when nobody writes to it';
  if (status === 412) return functionError('changed', 'it was written while it was read', uriOf(object), todo, error);
  return explainAws(error, uriOf(object));
}

/**
 * The text of an object that is small by nature.
 *
 * @throws InputError `archive_too_large`, `denied`; as AWS says it where it is missing
 */
export async function readSmall(
  { bucket, key }: { bucket: string; key: string },
  bytesMax: number,
  s3: S3Client,
  signal: AbortSignal,
): Promise<string> {
  const { Body, ContentLength = 0 } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
    abortSignal: signal,
  });
  if (ContentLength > bytesMax) {
    (Body as Readable | undefined)?.destroy();
    const what = `it has ${ContentLength} bytes, and ${bytesMax} are allowed`;
    throw functionError('archive_too_large', what, uriOf({ bucket, key }), 'deliver a smaller one');
  }
  return (await Body?.transformToString('utf8')) ?? '';
}
