import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { openHasher } from '../checksum.ts';
import { ArtifactError } from '../errors.ts';
import { parallel } from '../parallel.ts';
import type { ObjectFacts } from '../store.ts';
import { SHA256_FIELD } from './head.ts';
import type { Part } from './parts.ts';
import { asking, type Place, target, uriOf } from './place.ts';
import { settle, WRITE_FIELD, type Writing } from './settle.ts';

/** What was known of the content before its first part was read; `sha256` in hex, `crc32` in base64. */
export type KnownContent = { bytes: number; sha256: string; crc32?: string };

/** Parts of one object on their way at once; with the one that is being read, this bounds the memory. */
const PARTS_AT_ONCE = 4;
const ABORT_LIMIT_MS = 30_000;

/**
 * Sends an object in parts, each with a checksum and, at the end, one of the whole, which S3 compares: not by `Upload` of
 * `lib-storage`, which returns from an abort before the server knows of it, goes on sending the parts that are on their way,
 * and knows no checksum of the whole. Whatever fails, the parts do not stay on the server.
 */
export async function sendParts(
  place: Place,
  writing: Writing,
  parts: AsyncGenerator<Part>,
  known: KnownContent | null,
): Promise<ObjectFacts> {
  const upload = await create(place, writing, known);
  try {
    const sent = await sendAll(place, writing, upload, parts);
    checkSame(place, writing, sent, known);
    return await complete(place, writing, upload, sent);
  } catch (error) {
    await abort(place, writing, upload);
    throw error;
  } finally {
    // Not waited for: a source that is silent would hold the failure back.
    void parts.return(undefined).catch(() => {});
  }
}

type Sent = { parts: CompletedPart[]; bytes: number; crc32: string };

function create(place: Place, { key, id, signal }: Writing, known: KnownContent | null): Promise<string> {
  return asking(place, key, 's3:PutObject', signal, async () => {
    const command = new CreateMultipartUploadCommand({
      ...target(place, key),
      ChecksumAlgorithm: 'CRC32',
      ChecksumType: 'FULL_OBJECT',
      Metadata: { ...(known && { [SHA256_FIELD]: known.sha256 }), [WRITE_FIELD]: id },
    });
    const { UploadId } = await place.client.send(command, { abortSignal: signal });
    if (UploadId === undefined) throw new Error('S3 gave no upload id');
    return UploadId;
  });
}

async function sendAll(
  place: Place,
  { key, signal }: Writing,
  upload: string,
  parts: AsyncGenerator<Part>,
): Promise<Sent> {
  const whole = openHasher('CRC32');
  const done: CompletedPart[] = [];
  let bytes = 0;
  const inOrder = async function* () {
    for await (const part of parts) {
      whole.update(part.bytes);
      bytes += part.bytes.length;
      yield part;
    }
  };
  await parallel(inOrder(), PARTS_AT_ONCE, signal, async (part, partSignal) => {
    const answer = await asking(place, key, 's3:PutObject', partSignal, () =>
      place.client.send(
        new UploadPartCommand({
          ...target(place, key),
          UploadId: upload,
          PartNumber: part.number,
          Body: part.bytes,
          ContentLength: part.bytes.length,
          ChecksumAlgorithm: 'CRC32',
        }),
        { abortSignal: partSignal },
      ),
    );
    done.push({ PartNumber: part.number, ETag: answer.ETag, ChecksumCRC32: answer.ChecksumCRC32 });
  });
  done.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
  return { parts: done, bytes, crc32: (await whole.digest()).toString('base64') };
}

/** A file that grew, shrank or changed between the first reading and the last is nobody's content. */
function checkSame(place: Place, { key }: Writing, sent: Sent, known: KnownContent | null): void {
  if (!known) return;
  if (sent.bytes === known.bytes && (known.crc32 === undefined || known.crc32 === sent.crc32)) return;
  const todo = 'run it again when nobody writes to it';
  throw new ArtifactError('changed', uriOf(place, key), 'the file changed while it was sent', { todo });
}

async function complete(place: Place, writing: Writing, upload: string, sent: Sent): Promise<ObjectFacts> {
  const { key, conditions, signal } = writing;
  const command = new CompleteMultipartUploadCommand({
    ...target(place, key),
    ...conditions,
    UploadId: upload,
    MultipartUpload: { Parts: sent.parts },
    ChecksumCRC32: sent.crc32,
    ChecksumType: 'FULL_OBJECT',
    MpuObjectSize: sent.bytes,
  });
  try {
    const { ETag } = await place.client.send(command, { abortSignal: signal });
    return { key, bytes: sent.bytes, version: ETag ?? '' };
  } catch (error) {
    return settle(place, writing, error);
  }
}

/** Also after an abort by the caller, so without the caller's signal; what cannot be aborted, the bucket's lifecycle removes. */
async function abort(place: Place, { key }: Writing, upload: string): Promise<void> {
  const command = new AbortMultipartUploadCommand({ ...target(place, key), UploadId: upload });
  await place.client.send(command, { abortSignal: AbortSignal.timeout(ABORT_LIMIT_MS) }).catch(() => {});
}
