import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Any, Front } from './front.ts';
import { inTurn } from './functions.ts';

export const CONNECTOR = 'c-0123456789abcdef0';

/** What stands on the other company's server: content by path. */
export type RemoteFiles = Readonly<Record<string, Uint8Array | string>>;

/** A data file, packed, with the checks that belong to it. */
export function delivery(name: string, rows: readonly string[], checks: Record<string, unknown> = {}): RemoteFiles {
  const file = gzipSync(`id\n${rows.join('\n')}\n`);
  const sha256 = createHash('sha256').update(file).digest('hex');
  const said = { sha256, rows_count: rows.length, ...checks };
  return { [`/export/${name}`]: file, [`/export/${name}.checks.json`]: JSON.stringify(said) };
}

/**
 * Transfer Family's connector as its callers see it: it answers at once, and what was asked for stands in the bucket later. moto has none.
 *
 * @param listedAfter looks at the bucket before the listing is there; Infinity: never
 * @param transferred what the results of a transfer say, look by look
 */
export function serveConnector(
  front: Front,
  s3: S3Client,
  remote: RemoteFiles,
  { listedAfter = 0, transferred = ['COMPLETED'] }: { listedAfter?: number; transferred?: string[] } = {},
): void {
  const put = async (path: string, Body: Uint8Array | string) => {
    const [, Bucket, Key] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  };
  const transfers: { paths: string[]; next: () => string }[] = [];
  front.answer('Transfer.StartDirectoryListing', async ({ OutputDirectoryPath, RemoteDirectoryPath }: Any) => {
    const OutputFileName = `${CONNECTOR}-${crypto.randomUUID()}.json`;
    const files = Object.entries(remote)
      .filter(([path]) => path.startsWith(`${RemoteDirectoryPath}/`))
      .map(([filePath, content]) => ({ filePath, size: content.length, modifiedTimestamp: '2026-11-21T04:00:00Z' }));
    const listing = JSON.stringify({ files, paths: [], truncated: 'false' });
    let looks = 0;
    front.before(`GET ${OutputDirectoryPath}/${OutputFileName}`, async () => {
      if (looks++ === listedAfter) await put(`${OutputDirectoryPath}/${OutputFileName}`, listing);
    });
    return { ListingId: crypto.randomUUID(), OutputFileName };
  });
  front.answer('Transfer.StartFileTransfer', async ({ RetrieveFilePaths, LocalDirectoryPath }: Any) => {
    for (const path of RetrieveFilePaths)
      await put(`${LocalDirectoryPath}/${path.split('/').at(-1)}`, remote[path] as string);
    transfers.push({ paths: RetrieveFilePaths, next: inTurn(...transferred) });
    return { TransferId: String(transfers.length) };
  });
  front.answer('Transfer.ListFileTransferResults', ({ TransferId }: Any) => {
    const { paths, next } = transfers[Number(TransferId) - 1] as (typeof transfers)[number];
    const StatusCode = next();
    const failed = StatusCode === 'FAILED' ? { FailureCode: 'FILE_NOT_FOUND', FailureMessage: 'it has gone' } : {};
    return { FileTransferResults: paths.map((FilePath) => ({ FilePath, StatusCode, ...failed })) };
  });
}
