import { GetObjectCommand, HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { type Algorithm, type Checksum, isWhole, TELLING } from '../checksum.ts';
import type { ObjectFacts } from '../store.ts';
import { statusOf } from './explain.ts';
import { asking, type Place, target } from './place.ts';

/**
 * The object's own description with the headers it was written with, or null where the key is absent. Checksums only where
 * they are asked for: of an object under a key of KMS they take the permission to decrypt.
 */
export function headObject(
  place: Place,
  key: string,
  { signal, checksums = false }: { signal?: AbortSignal | undefined; checksums?: boolean } = {},
): Promise<HeadObjectCommandOutput | null> {
  const command = new HeadObjectCommand({ ...target(place, key), ...(checksums && { ChecksumMode: 'ENABLED' }) });
  return asking(place, key, 's3:GetObject', signal, async () => {
    try {
      return await place.client.send(command, { abortSignal: signal });
    } catch (error) {
      if (statusOf(error) === undefined) throw error;
      const reason = await reasonOf(place, key, signal);
      if ((reason as Error | null)?.name === 'NoSuchKey') return null;
      // Written in between: it is there now.
      if (reason === null && statusOf(error) === 404) return place.client.send(command, { abortSignal: signal });
      throw reason ?? error;
    }
  });
}

export function factsOf(key: string, { ContentLength, ETag }: HeadObjectCommandOutput): ObjectFacts {
  return { key, bytes: ContentLength ?? 0, version: ETag ?? '' };
}

/** What S3 and this project's own writes say of a whole object's content, the strongest first; of single parts nothing. */
export function checksumsOf(answer: Described): Checksum[] {
  const own = answer.Metadata?.[SHA256_FIELD];
  const found: Checksum[] = own ? [{ algorithm: 'SHA256', value: Buffer.from(own, 'hex').toString('base64') }] : [];
  if (answer.ChecksumType !== 'COMPOSITE') {
    for (const algorithm of ['SHA256', 'SHA1', 'CRC64NVME', 'CRC32C', 'CRC32'] as const) {
      const value = answer[`Checksum${algorithm}`];
      // The answer of older services has no type: there a number behind a dash says that it is a checksum of checksums.
      if (value && !value.includes('-')) found.push({ algorithm, value });
    }
  }
  return found.filter(isWhole);
}

/** A checksum by which a file can be known to be the object's content, or null where S3 tells none that is strong enough. */
export function tellingChecksum(answer: Described): Checksum | null {
  const told = checksumsOf(answer).find(({ algorithm }) => TELLING.includes(algorithm));
  if (told) return told;
  // An ETag of a KMS object looks like an MD5 and is none: then the file's differs, and it is only sent once too often.
  const etag = /^"?([0-9a-f]{32})"?$/.exec(answer.ETag ?? '')?.[1];
  return etag ? { algorithm: 'MD5', value: Buffer.from(etag, 'hex').toString('base64') } : null;
}

/** Metadata of objects that this project wrote: the SHA-256 of the content in hex. */
export const SHA256_FIELD = 'pilotlight-sha256';

type Described = { ETag?: string; ChecksumType?: string; Metadata?: Record<string, string> } & {
  [A in Exclude<Algorithm, 'MD5'> as `Checksum${A}`]?: string;
};

/** The answer to a HEAD has no body, so a missing bucket looks like a missing key, and an expired token like nothing. */
async function reasonOf(place: Place, key: string, signal?: AbortSignal): Promise<unknown> {
  try {
    const command = new GetObjectCommand({ ...target(place, key), Range: 'bytes=0-0' });
    const { Body } = await place.client.send(command, { abortSignal: signal });
    (Body as { destroy?: () => void } | undefined)?.destroy?.();
    return null;
  } catch (error) {
    // An empty object has no first byte to ask for.
    return statusOf(error) === 416 ? null : error;
  }
}
