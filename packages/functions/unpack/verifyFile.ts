import { createHash } from 'node:crypto';
import { ChecksFailed } from '../errors.ts';
import type { Checks } from './checks.ts';
import { readRange, type SourceObject, uriOf } from './objects.ts';

/**
 * Compares a fetched file, as it was delivered, with its checks: size and checksum.
 *
 * @throws ChecksFailed
 */
export async function verifyFile(object: SourceObject, checks: Checks): Promise<void> {
  const where = uriOf(object);
  if (object.bytes === 0) throw new ChecksFailed('the file is empty', where);
  if (checks.bytes !== undefined && checks.bytes !== object.bytes)
    throw new ChecksFailed(`the file has ${object.bytes} bytes, its checks say ${checks.bytes}`, where);
  const hash = createHash('sha256');
  for await (const chunk of readRange(object)) hash.update(chunk);
  const sha256 = hash.digest('hex');
  if (sha256 !== checks.sha256)
    throw new ChecksFailed(`the file has the SHA-256 ${sha256}, its checks say ${checks.sha256}`, where);
}
