import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { InputError } from '@pilotlight/errors';
import { extract, type Header } from 'tar-stream';
import { faultOfName } from './memberName.ts';
import { removeAbandoned, temporaryName } from './temporary.ts';

/** Sizes are of what is unpacked, so that a small archive cannot fill the disk. */
export type UnpackLimits = { filesMax?: number; bytesMax?: number };

type Member = ReturnType<typeof extract> extends AsyncIterable<infer M> ? M : never;

const FILES_MAX = 1000;
const BYTES_MAX = 4 * 1024 ** 3;

/**
 * Unpacks a `.tar.gz` into `into` (absent or empty) and returns its files' names, sorted. Refused with an
 * {@link InputError}, and then nothing is written: names that are absolute or leave the folder, links, devices, a name
 * twice, more than `filesMax` (1000) members or `bytesMax` (4 GiB), a broken archive.
 */
export async function unpackTarGz(archive: string, into: string, limits: UnpackLimits = {}): Promise<string[]> {
  const target = resolve(into);
  await mkdir(dirname(target), { recursive: true });
  await removeAbandoned(target);
  await checkEmpty(target);
  const temporary = temporaryName(target);
  try {
    await mkdir(temporary);
    const names = await unpack(archive, temporary, limits);
    await rename(temporary, target);
    return names;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw explain(error, archive);
  }
}

async function unpack(archive: string, folder: string, limits: UnpackLimits): Promise<string[]> {
  const { filesMax = FILES_MAX, bytesMax = BYTES_MAX } = limits;
  const reader = extract();
  const reading = pipeline(createReadStream(archive), createGunzip(), reader);
  // The loop below sees the same failure first; without this, Node would call the promise's an unhandled one.
  reading.catch(() => {});
  const members = new Set<string>();
  const files: string[] = [];
  let bytes = 0;
  for await (const entry of reader) {
    const { header } = entry;
    bytes += header.size ?? 0;
    refuse(archive, header.name, faultOf(header, members));
    if (bytes > bytesMax) refuse(archive, header.name, `makes the content larger than ${bytesMax} bytes`);
    if (members.size >= filesMax) refuse(archive, header.name, `is one more than ${filesMax} members`);
    members.add(header.name.replace(/\/$/, ''));
    if (header.type === 'file') files.push(header.name);
    await save(entry, join(folder, header.name));
  }
  await reading;
  return files.sort();
}

async function save(entry: Member, path: string): Promise<void> {
  if (entry.header.type === 'directory') {
    await mkdir(path, { recursive: true });
    entry.resume();
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  await pipeline(entry, createWriteStream(path, { flags: 'wx', mode: 0o644 }));
}

function faultOf(header: Header, members: ReadonlySet<string>): string | null {
  if (header.type !== 'file' && header.type !== 'directory') return `is a ${header.type}, not a file`;
  if (members.has(header.name.replace(/\/$/, ''))) return 'stands there twice';
  return faultOfName(header.name);
}

function refuse(archive: string, name: string, fault: string | null): void {
  if (fault === null) return;
  throw new InputError({
    code: 'unsafe_archive',
    what: `the member ${JSON.stringify(name)} ${fault}`,
    where: archive,
    todo: 'use an archive that pilotlight wrote',
  });
}

async function checkEmpty(target: string): Promise<void> {
  const entries = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (entries.length === 0) return;
  const todo = 'unpack into a folder that is absent or empty';
  throw new InputError({ code: 'not_empty', what: 'the folder is not empty', where: target, todo });
}

/** Failures of the archive itself become the user's line; those of the disk stay what they are. */
function explain(error: unknown, archive: string): unknown {
  if (error instanceof InputError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const facts = { where: archive, cause: error };
  if (code === 'ENOENT')
    return new InputError({ ...facts, code: 'missing', what: 'no such archive', todo: 'check the path' });
  if (code !== undefined && !/^(Z_|ERR_)/.test(code)) return error;
  const what = `the archive cannot be read (${message})`;
  return new InputError({ ...facts, code: 'broken_archive', what, todo: 'copy or make it again' });
}
