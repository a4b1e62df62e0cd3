import { folderOf } from '../keys.ts';
import { joinUri, parseS3Uri } from '../uri.ts';

/** What a store's URI says: bucket and folder (empty: all of it), and the URI without a slash at its end. */
export function readAddress(uri: string): { bucket: string; folder: string; uri: string } {
  const { bucket, key } = parseS3Uri(uri);
  const folder = folderOf(uri, key);
  return { bucket, folder, uri: joinUri(`s3://${bucket}`, folder) };
}
