import { posix } from 'node:path';
import * as z from 'zod';
import type { ConnectorWait } from '../types.ts';
import { CHECKS_ENDING, isHidden, isPacked, packingOf } from '../unpack/kindOf.ts';

/**
 * What the SFTP connector writes of a remote folder, one level deep (AWS Transfer Family, StartDirectoryListing). Sub-folders are in
 * `paths`. The flag is a boolean by its description and a text in the example beside it.
 */
export const Listing = z.object({
  files: z.array(z.object({ filePath: z.string().min(1), size: z.number().optional() })),
  truncated: z.union([z.boolean(), z.enum(['true', 'false']).transform((flag) => flag === 'true')]).default(false),
});

/** A transfer takes ten paths. */
const BATCH_MAX = 10;
/** A state of a machine holds 256 KiB, of which this answer is not all. */
const ANSWER_BYTES_MAX = 200_000;
/** Names in a reason. */
const NAMED_MAX = 5;

type Answer = ConnectorWait['output'];

/**
 * What is to be fetched of a remote folder: every file with its checks file `<name>.checks.json`. Hidden files, and files of other kinds
 * that have none, are left where they are.
 *
 * Failed where the folder is not as agreed: data without checks or checks without data, a file of another kind with checks, an empty
 * file, a listing that was cut off, more than one run can take.
 */
export function planFetching(listing: z.infer<typeof Listing>, destination: string): Answer {
  if (listing.truncated) return failed('the folder has more files than one listing takes');
  const files = listing.files.filter(({ filePath }) => !isHidden(posix.basename(filePath)));
  const paths = files.map(({ filePath }) => filePath).sort();
  const data = paths.filter((path) => !path.endsWith(CHECKS_ENDING));
  const checked = data.filter((path) => paths.includes(`${path}${CHECKS_ENDING}`));
  const fault =
    unchecked(data, checked) ??
    orphaned(paths) ??
    unknown(checked) ??
    empty(files.filter(({ filePath }) => checked.includes(filePath)));
  if (fault !== undefined) return failed(fault);
  const answer = answerOf(checked, destination);
  if (Buffer.byteLength(JSON.stringify(answer)) <= ANSWER_BYTES_MAX) return answer;
  return failed(`the folder has ${checked.length} files, more than one run can take`);
}

function answerOf(checked: readonly string[], destination: string): Answer {
  const fetched = checked.flatMap((path) => [path, `${path}${CHECKS_ENDING}`]);
  const batches = Array.from({ length: Math.ceil(fetched.length / BATCH_MAX) }, (_, index) =>
    fetched.slice(index * BATCH_MAX, (index + 1) * BATCH_MAX),
  );
  const files = checked.map((path) => {
    const key = `${destination}/${posix.basename(path)}`;
    return { key, checks_key: `${key}${CHECKS_ENDING}` };
  });
  return { status: 'ended', batches, files };
}

function unchecked(data: readonly string[], checked: readonly string[]): string | undefined {
  const isData = (path: string) => packingOf(path) !== null || isPacked(path);
  const found = data.filter((path) => isData(path) && !checked.includes(path));
  return found.length === 0 ? undefined : `no ${CHECKS_ENDING} beside ${some(found)}`;
}

function orphaned(paths: readonly string[]): string | undefined {
  const known = new Set(paths);
  const checks = paths.filter((path) => path.endsWith(CHECKS_ENDING));
  const found = checks.filter((path) => !known.has(path.slice(0, -CHECKS_ENDING.length)));
  return found.length === 0 ? undefined : `no file beside ${some(found)}`;
}

function unknown(checked: readonly string[]): string | undefined {
  const found = checked.filter((path) => packingOf(path) === null);
  return found.length === 0 ? undefined : `cannot be unpacked: ${some(found)}`;
}

function empty(files: z.infer<typeof Listing>['files']): string | undefined {
  const found = files.filter(({ size }) => size === 0).map(({ filePath }) => filePath);
  return found.length === 0 ? undefined : `empty: ${some(found)}`;
}

function some(paths: readonly string[]): string {
  const more = paths.length > NAMED_MAX ? ` and ${paths.length - NAMED_MAX} more` : '';
  return `${paths
    .slice(0, NAMED_MAX)
    .map((path) => posix.basename(path))
    .join(', ')}${more}`;
}

const failed = (reason: string): Answer => ({ status: 'failed', reason });
