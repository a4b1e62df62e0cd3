import { posix } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { InputError } from '@pilotlight/errors';
import type { Logger } from '@pilotlight/logging';
import { ChecksFailed, explainAws, functionError } from '../errors.ts';
import type { Decompress } from '../types.ts';
import { Budget, type Limits } from './budget.ts';
import type { Checks } from './checks.ts';
import { countRows } from './countRows.ts';
import { type Dataset, datasetOf } from './datasetOf.ts';
import { HeldUpload } from './heldUpload.ts';
import { dataFormatOf, isHidden, isPacked, packingOf } from './kindOf.ts';
import type { Member } from './member.ts';
import { unsafe } from './memberNames.ts';
import { membersOf } from './members.ts';
import { type SourceObject, uriOf } from './objects.ts';
import { PartPool } from './partPool.ts';
import { Uncountable } from './uncountable.ts';
import { type Counted, verifyRows } from './verifyRows.ts';

type Written = Decompress['output']['written'];

export type Unpack = {
  object: SourceObject;
  checks: Checks;
  /** Prefix, without a slash at its end. */
  destination: string;
  limits: Limits;
  log: Logger;
};

type Sent = Counted & { dataset: Dataset; upload: HeldUpload };

/**
 * Writes the data files that are in a fetched file to `<destination>/<data set>/<name of the fetched file>/<name in it>`: a folder a
 * fetched file, so that equal names in two of them do not meet. All of it is sent and counted first, and appears only when it agrees
 * with the checks; else nothing does. Twice the same is once.
 *
 * @throws ChecksFailed; InputError `archive_unreadable`, `archive_unsafe`, `archive_too_large`, `dataset_unknown`, `not_empty`
 */
export async function unpackFile(unpack: Unpack): Promise<Written> {
  const sent: Sent[] = [];
  try {
    await sendAll(unpack, sent);
    verifyRows(sent, unpack.checks, uriOf(unpack.object));
    await checkPlace(unpack, sent);
    for (const { upload } of sent) await upload.complete();
  } catch (error) {
    for (const { upload } of sent) await upload.abort();
    throw explain(error, uriOf(unpack.object));
  }
  const written = sent.map(({ upload, rows_count }) => ({ key: upload.key, bytes: upload.bytes, rows_count }));
  return written.sort((a, b) => (a.key < b.key ? -1 : 1));
}

async function sendAll(unpack: Unpack, sent: Sent[]): Promise<void> {
  const { object, limits, log } = unpack;
  const packing = packingOf(nameOf(object));
  const todo = 'deliver .csv, .tsv, .txt or .parquet, plain or as .gz, .zip, .tar or .tar.gz';
  if (packing === null) throw functionError('archive_unreadable', 'unknown kind of file', uriOf(object), todo);
  const budget = new Budget(limits, object.bytes, uriOf(object));
  const pool = new PartPool();
  for await (const member of membersOf(object, packing, budget)) {
    if (isPacked(member.name)) throw unsafe(member.name, 'is packed itself', uriOf(object));
    if (isHidden(member.name) || dataFormatOf(member.name) === null) log.warn({ member: member.name }, 'passed over');
    else await send(member, unpack, { budget, pool, sent });
  }
  if (sent.length === 0) throw functionError('archive_unreadable', 'no data file in it', uriOf(object), todo);
}

type Sending = { budget: Budget; pool: PartPool; sent: Sent[] };

async function send(member: Member, unpack: Unpack, { budget, pool, sent }: Sending): Promise<void> {
  const { object, destination } = unpack;
  const { s3, bucket, signal } = object;
  const dataset = datasetOf(nameOf(object), member.name);
  const key = `${destination}/${dataset}/${nameOf(object)}/${member.name}`;
  const upload = await HeldUpload.open({ s3, bucket, key, signal, pool });
  const one: Sent = { name: member.name, rows_count: 0, dataset, upload };
  sent.push(one);
  const counter = countRows(dataFormatOf(member.name) ?? 'csv');
  try {
    for await (const chunk of member.content) {
      budget.addBytes(chunk.length);
      counter.update(chunk);
      await upload.write(chunk);
    }
    one.rows_count = counter.end();
  } catch (error) {
    if (!(error instanceof Uncountable)) throw error;
    throw new ChecksFailed(
      `the rows of ${JSON.stringify(member.name)} cannot be counted (${error.message})`,
      uriOf(object),
    );
  }
  await upload.end();
}

/**
 * Refuses a folder that has other files in it: a file that was delivered again with other names in it would leave the old ones beside
 * the new, and whoever reads the folder would read both.
 */
async function checkPlace({ object, destination }: Unpack, sent: readonly Sent[]): Promise<void> {
  const { s3, bucket, signal } = object;
  const keys = new Set(sent.map(({ upload }) => upload.key));
  for (const dataset of new Set(sent.map((one) => one.dataset))) {
    const Prefix = `${destination}/${dataset}/${nameOf(object)}/`;
    // One more than there should be is enough to know.
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix, MaxKeys: Math.min(1000, keys.size + 1) });
    const { Contents = [] } = await s3.send(command, { abortSignal: signal });
    const other = Contents.find(({ Key }) => Key !== undefined && !keys.has(Key))?.Key;
    if (other === undefined) continue;
    const where = uriOf({ bucket, key: other });
    throw functionError(
      'not_empty',
      'a file of an earlier delivery stands in the way',
      where,
      'delete it, then run again',
    );
  }
}

const nameOf = ({ key }: SourceObject): string => posix.basename(key);

/** What is wrong with the archive becomes one line; what is wrong with S3, or with us, stays what it is. */
function explain(error: unknown, where: string): unknown {
  if (error instanceof InputError || error instanceof ChecksFailed || !(error instanceof Error)) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  const isAws = '$metadata' in error || '$fault' in error;
  if (isAws) return explainAws(error, where);
  const isOurs = error instanceof TypeError || error instanceof ReferenceError;
  if (isOurs || syscall !== undefined || (code !== undefined && !/^(Z_|ERR_)/.test(code))) return error;
  return functionError(
    'archive_unreadable',
    `it cannot be unpacked (${error.message})`,
    where,
    'have it packed again',
    error,
  );
}
