import { createHash, randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { InputError } from '@pilotlight/errors';
import { backoff } from '../backoff.ts';
import { hashFile } from '../checksum.ts';
import { orAborted } from '../orAborted.ts';
import type { ObjectFacts, StoreContent, WriteConditions } from '../store.ts';
import { statusOf } from './explain.ts';
import { SHA256_FIELD } from './head.ts';
import { type KnownContent, sendParts } from './multipart.ts';
import { type Part, partsOfFile, partsOfStream } from './parts.ts';
import { type Place, target } from './place.ts';
import { settle, WRITE_FIELD, type Writing } from './settle.ts';

const CONFLICTS_MAX = 6;

/** Writes an object: small ones in one request, larger ones in parts. See {@link Store.write}. */
export async function writeObject(
  place: Place,
  key: string,
  content: StoreContent,
  { ifAbsent, ifVersion, signal }: WriteConditions = {},
): Promise<ObjectFacts> {
  signal?.throwIfAborted();
  const conditions = { ...(ifAbsent && { IfNoneMatch: '*' }), ...(ifVersion !== undefined && { IfMatch: ifVersion }) };
  const writing = { key, id: randomUUID(), conditions, signal };
  if (typeof content === 'string') return putBytes(place, writing, Buffer.from(content));
  if (content instanceof Uint8Array) return writeBytes(place, writing, content);
  if (content instanceof Readable) return writeStream(place, writing, content);
  return writeLocalFile(place, writing, content.path);
}

async function writeBytes(place: Place, writing: Writing, content: Uint8Array): Promise<ObjectFacts> {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes.length <= place.part_bytes) return putBytes(place, writing, bytes);
  const slices = Readable.from(slicesOf(bytes, place.part_bytes), { objectMode: false });
  return sendParts(place, writing, partsOfStream(slices, place.part_bytes), {
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
}

async function writeLocalFile(place: Place, writing: Writing, path: string): Promise<ObjectFacts> {
  const { size } = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') throw cause;
    throw new InputError({ code: 'missing', what: 'no such file', where: path, todo: 'check the path', cause });
  });
  if (size <= place.part_bytes) return putBytes(place, writing, await readFile(path, { signal: writing.signal }));
  const { digests } = await hashFile(path, ['SHA256', 'CRC32'], writing.signal);
  const [sha256, crc32] = digests as [Buffer, Buffer];
  const known: KnownContent = { bytes: size, sha256: sha256.toString('hex'), crc32: crc32.toString('base64') };
  return sendParts(place, writing, partsOfFile(path, size, place.part_bytes), known);
}

async function writeStream(place: Place, writing: Writing, stream: Readable): Promise<ObjectFacts> {
  const { signal } = writing;
  const parts = partsOfStream(stream, place.part_bytes);
  try {
    const first = await orAborted(parts.next(), signal);
    const second = first.done ? first : await orAborted(parts.next(), signal);
    if (second.done) return await putBytes(place, writing, first.done ? Buffer.alloc(0) : first.value.bytes);
    return await sendParts(place, writing, chain([first.value as Part, second.value], parts), null);
  } finally {
    stream.destroy();
  }
}

/** One request. The SDK tries again what may be tried again; a conflict with another write that is going on is ours to try. */
async function putBytes(place: Place, writing: Writing, bytes: Buffer): Promise<ObjectFacts> {
  const { key, id, conditions, signal } = writing;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const command = new PutObjectCommand({
    ...target(place, key),
    ...conditions,
    Body: bytes,
    ContentLength: bytes.length,
    ChecksumAlgorithm: 'CRC32',
    Metadata: { [SHA256_FIELD]: sha256, [WRITE_FIELD]: id },
  });
  for (let failures = 1; ; failures += 1) {
    try {
      const { ETag } = await place.client.send(command, { abortSignal: signal });
      return { key, bytes: bytes.length, version: ETag ?? '' };
    } catch (error) {
      if (statusOf(error) === 409 && failures < CONFLICTS_MAX) await backoff(failures, signal);
      else return settle(place, writing, error);
    }
  }
}

async function* chain(first: readonly Part[], rest: AsyncGenerator<Part>): AsyncGenerator<Part> {
  yield* first;
  yield* rest;
}

function* slicesOf(bytes: Buffer, length: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
