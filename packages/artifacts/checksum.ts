import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { crc32 } from 'node:zlib';
import { Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';

/** As S3 names them, and the MD5 that the ETag of an object in one part is. */
export type Algorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256' | 'MD5';

/** A whole object's checksum, in base64. */
export type Checksum = { algorithm: Algorithm; value: string };

export type Hasher = { update(bytes: Uint8Array): void; digest(): Promise<Buffer> };

const DIGEST_BYTES: Record<Algorithm, number> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32, MD5: 16 };

/** Of these alone, together with the size, it is said that equal checksums are equal bytes: 32 bits are too few. */
export const TELLING: readonly Algorithm[] = ['SHA256', 'SHA1', 'CRC64NVME', 'MD5'];

/** Whether the value can be one of its algorithm: what cannot is not the content's fault, and nothing is verified by it. */
export function isWhole({ algorithm, value }: Checksum): boolean {
  return Buffer.from(value, 'base64').length === DIGEST_BYTES[algorithm];
}

export function openHasher(algorithm: Algorithm): Hasher {
  if (algorithm === 'CRC32') return crc32Hasher();
  if (algorithm === 'CRC32C' || algorithm === 'CRC64NVME') {
    const sum = algorithm === 'CRC32C' ? new Crc32c() : new Crc64Nvme();
    return { update: (bytes) => void sum.update(bytes), digest: async () => Buffer.from(await sum.digest()) };
  }
  const hash = createHash(algorithm.toLowerCase());
  return { update: (bytes) => void hash.update(bytes), digest: async () => hash.digest() };
}

/** The file's checksums, in one pass and in the order asked for, and how many bytes that were. */
export async function hashFile(
  path: string,
  algorithms: readonly Algorithm[],
  signal?: AbortSignal,
): Promise<{ digests: Buffer[]; bytes: number }> {
  const hashers = algorithms.map(openHasher);
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 ** 2, signal }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    for (const hasher of hashers) hasher.update(chunk);
  }
  return { digests: await Promise.all(hashers.map((hasher) => hasher.digest())), bytes };
}

/** Whether the file's content has that checksum. */
export async function hasChecksum(
  path: string,
  { algorithm, value }: Checksum,
  signal?: AbortSignal,
): Promise<boolean> {
  const { digests } = await hashFile(path, [algorithm], signal);
  return digests[0]?.toString('base64') === value;
}

function crc32Hasher(): Hasher {
  let sum = 0;
  const digest = async () => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(sum);
    return bytes;
  };
  return {
    update: (bytes) => {
      sum = crc32(bytes, sum);
    },
    digest,
  };
}
