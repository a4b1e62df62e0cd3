import type { S3Client } from '@aws-sdk/client-s3';
import { explainS3 } from './explain.ts';

/** Where a store of S3 stands. */
export type Place = {
  client: S3Client;
  bucket: string;
  /** `''`, or ends in a slash. */
  prefix: string;
  /** Without a slash at the end. */
  uri: string;
  /** Of one part of a large object; what is not larger is sent in one request. */
  part_bytes: number;
};

/** The fields of a request that name one object. */
export const target = ({ bucket, prefix }: Place, key: string) => ({ Bucket: bucket, Key: prefix + key });

export const uriOf = ({ uri }: Place, key: string): string => `${uri}/${key}`;

/** Runs a request (or several); what fails is thrown as {@link explainS3} puts it, with the key and the permission it took. */
export async function asking<T>(
  place: Place,
  key: string,
  action: string,
  signal: AbortSignal | undefined,
  request: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await request();
  } catch (error) {
    throw explainS3(error, { uri: key === '' ? place.uri : uriOf(place, key), action }, signal);
  }
}
