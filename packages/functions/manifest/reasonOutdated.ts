import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { explainAws } from '../errors.ts';
import { isAbsent } from '../isAbsent.ts';
import type { NewObject } from './newObjects.ts';

/** S3 keeps `Last-Modified` to the second. */
const SECOND_MS = 1_000;

/**
 * Why an event is out of date, or null: events may come late and out of order, and a run reads what stands in the bucket now. The
 * write that came after has an event of its own, which starts its run.
 *
 * @throws InputError `denied`
 */
export async function reasonOutdated(object: NewObject, s3: S3Client, signal: AbortSignal): Promise<string | null> {
  const { bucket, key } = object;
  try {
    const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
    return isNewer(await s3.send(command, { abortSignal: signal }), object) ? 'written again since' : null;
  } catch (error) {
    if (await isAbsent(error, object, s3, signal)) return 'deleted since';
    throw explainAws(error, `s3://${bucket}/${key}`);
  }
}

function isNewer({ VersionId, ETag, LastModified }: HeadObjectCommandOutput, object: NewObject): boolean {
  if (object.versionId !== undefined && VersionId !== undefined) return VersionId !== object.versionId;
  const unquoted = (etag: string) => etag.replaceAll('"', '');
  if (object.etag !== undefined && ETag !== undefined && unquoted(ETag) !== unquoted(object.etag)) return true;
  return LastModified !== undefined && LastModified.getTime() > object.at.getTime() + SECOND_MS;
}
