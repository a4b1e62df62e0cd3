import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { ArtifactError } from './errors.ts';
import { faultOfName } from './memberName.ts';
import { syncPath } from './syncFolder.ts';
import { removeAbandoned, temporaryName } from './temporary.ts';

/** One member: its name in the archive, and either the file that it is copied from or its text. */
export type PackedFile = { name: string; path?: string; content?: string };

/**
 * Packs files into a `.tar.gz` whose bytes depend on names and contents only: members sorted by name, mode 0644, owner
 * 0, time 0, no time in the gzip header. Files are streamed.
 */
export async function packTarGz(target: string, files: readonly PackedFile[]): Promise<void> {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  checkNames(sorted);
  await mkdir(dirname(target), { recursive: true });
  await removeAbandoned(target);
  const temporary = temporaryName(target);
  const archive = pack();
  try {
    await Promise.all([
      addAll(archive, sorted),
      pipeline(archive, createGzip({ level: 6 }), createWriteStream(temporary, { flags: 'wx' })),
    ]);
    await syncPath(temporary);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncPath(dirname(target));
}

function checkNames(sorted: readonly PackedFile[]): void {
  let previous: string | null = null;
  for (const { name } of sorted) {
    const fault = name === previous ? 'stands there twice' : name.endsWith('/') ? 'is a folder' : faultOfName(name);
    if (fault) throw new ArtifactError('bad_name', JSON.stringify(name), `the member's name ${fault}`);
    previous = name;
  }
}

async function addAll(archive: Pack, files: readonly PackedFile[]): Promise<void> {
  try {
    for (const file of files) await add(archive, file);
    archive.finalize();
  } catch (error) {
    archive.destroy(error as Error);
    throw error;
  }
}

async function add(archive: Pack, file: PackedFile): Promise<void> {
  const fixed = { name: file.name, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0), type: 'file' as const };
  if (file.path === undefined) {
    archive.entry({ ...fixed }, file.content ?? '');
    return;
  }
  const { size } = await stat(file.path);
  await pipeline(createReadStream(file.path), archive.entry({ ...fixed, size }));
}
