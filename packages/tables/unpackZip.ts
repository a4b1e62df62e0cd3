import { createWriteStream } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { tableError } from './errors.ts';
import { formatOf } from './findFiles.ts';

/** Members beyond this many are refused. */
const MEMBERS_MAX = 10_000;

/**
 * Unpacks the data files of a zip, member by member, never whole in memory. Other members (a read-me, folders) and
 * names that begin with `.` or `_` are passed over.
 *
 * @param into a folder, made where absent; members keep their path below it
 * @param bytesMax default: what the disk of `into` has free
 * @returns the unpacked files, sorted by path
 * @throws InputError `zip_unreadable` (broken, encrypted, wrong checksum), `zip_path` (a member outside `into`),
 *   `zip_too_large`, `file_missing` (no data file in it)
 */
export async function unpackZip(zip: string, into: string, bytesMax?: number, signal?: AbortSignal): Promise<string[]> {
  await mkdir(into, { recursive: true });
  const allowed = bytesMax ?? (await freeBytes(into));
  const archive = await openZip(zip);
  try {
    return await unpackMembers(archive, { zip, into, allowed, ...(signal ? { signal } : {}) });
  } catch (error) {
    signal?.throwIfAborted();
    throw zipFault(zip, error);
  } finally {
    archive.close();
  }
}

type Unpack = { zip: string; into: string; allowed: number; signal?: AbortSignal };

async function unpackMembers(archive: ZipFile, unpack: Unpack): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await listMembers(archive, unpack)) {
    const target = path.join(unpack.into, entry.fileName);
    await mkdir(path.dirname(target), { recursive: true });
    await unpackMember(archive, entry, target, unpack);
    files.push(target);
  }
  if (files.length > 0) return files.sort();
  throw tableError('file_missing', 'no data file in the zip', unpack.zip, 'put .csv, .tsv, .txt or .parquet into it');
}

/**
 * Checks names and sizes before anything is unpacked; that a member holds no more than it says is checked on the way.
 */
async function listMembers(archive: ZipFile, unpack: Unpack): Promise<Entry[]> {
  const entries: Entry[] = [];
  let members = 0;
  let bytes = 0;
  for await (const entry of archive.eachEntry()) {
    members += 1;
    if (members > MEMBERS_MAX) throw tooLarge(unpack, members, bytes);
    if (!isData(entry.fileName)) continue;
    bytes += entry.uncompressedSize;
    entries.push(entry);
  }
  if (bytes > unpack.allowed) throw tooLarge(unpack, members, bytes);
  return entries;
}

async function unpackMember(archive: ZipFile, entry: Entry, target: string, { signal }: Unpack): Promise<void> {
  if (entry.isEncrypted()) throw new Error(`member "${entry.fileName}" is encrypted`);
  let sum = 0;
  const summing = new Transform({
    transform(chunk: Buffer, _, done) {
      sum = crc32(chunk, sum);
      done(null, chunk);
    },
  });
  const source = await archive.openReadStreamPromise(entry);
  await pipeline(source, summing, createWriteStream(target), signal ? { signal } : {});
  if (sum !== entry.crc32) throw new Error(`member "${entry.fileName}" does not have its checksum`);
}

function isData(member: string): boolean {
  const hidden = member.split('/').some((part) => /^[._]/.test(part));
  const format = formatOf(member);
  return !member.endsWith('/') && !hidden && format !== undefined && format.format !== 'zip';
}

async function openZip(zip: string): Promise<ZipFile> {
  try {
    return await yauzl.openPromise(zip, { lazyEntries: true, autoClose: false, validateEntrySizes: true });
  } catch (error) {
    throw zipFault(zip, error);
  }
}

/** Free space of the disk, less a tenth that the join may need. */
async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize * 0.9;
}

function tooLarge({ zip, allowed }: Unpack, members: number, bytes: number): Error {
  const what =
    members > MEMBERS_MAX
      ? `the zip has over ${MEMBERS_MAX} members`
      : `the zip unpacks to over ${megabytes(bytes)}, and ${megabytes(allowed)} are allowed`;
  return tableError('zip_too_large', what, zip, 'free disk space, or deliver smaller files');
}

function zipFault(zip: string, error: unknown): unknown {
  if (error instanceof Error && error.name === 'InputError') return error;
  const reason = error instanceof Error ? error.message : String(error);
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
    return tableError('disk_full', 'the disk is full', zip, 'free space in the work folder', error);
  }
  if (/relative path|absolute path|invalid characters in fileName/.test(reason)) {
    return tableError('zip_path', `the zip has a member outside its folder (${reason})`, zip, 'deliver it anew', error);
  }
  return tableError('zip_unreadable', `the zip cannot be unpacked (${reason})`, zip, 'deliver it again', error);
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
