import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { isDenied, isMissing } from './errors.ts';

/**
 * Whether an object could not be read because it is not there. S3 says so only to those who may list the whole bucket; to whoever may
 * list some prefixes, as these functions, it says that they have no right to it. Such an answer is made sure of by a listing.
 *
 * @param error what reading it ended with
 */
export async function isAbsent(
  error: unknown,
  { bucket, key }: { bucket: string; key: string },
  s3: S3Client,
  signal: AbortSignal,
): Promise<boolean> {
  if (isMissing(error)) return true;
  if (!isDenied(error)) return false;
  // The first key of a prefix is the prefix itself, where that is a key.
  const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 });
  const listing = await s3.send(command, { abortSignal: signal }).catch(() => null);
  return listing !== null && listing.Contents?.[0]?.Key !== key;
}
