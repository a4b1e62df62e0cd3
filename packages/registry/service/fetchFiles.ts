import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fault } from '../errors.ts';
import type { Version, VersionFile } from '../registry.ts';
import type { Backend } from './backend.ts';
import { makeDownload, removeDownload } from './downloads.ts';
import { mapLimited } from './mapLimited.ts';

const PARALLEL = 4;

/**
 * Downloads the files of a version into a folder of this process, which is removed when the process ends, and returns the folder.
 * Every file must be there with its SHA-256, and no other one.
 */
export async function fetchFiles(backend: Backend, version: Version): Promise<string> {
  const { group, version: number, digest, files } = version;
  const refuse = (name: string, how: string) => {
    const what = `a file of ${group} version ${number} ${how}`;
    const todo = 'restore it from a copy, or approve another version';
    return fault('changed_artifact', what, backend.place(group, number, digest, name), todo);
  };
  const found = new Set(await backend.names(group, number, digest));
  for (const { name } of files) if (!found.delete(name)) throw refuse(name, 'is missing');
  for (const name of found) throw refuse(name, 'was added after it was registered');
  const folder = await makeDownload();
  try {
    await mapLimited(PARALLEL, files, async (file) => {
      const isSame = await download(backend, version, file, folder);
      if (!isSame) throw refuse(file.name, 'was changed after it was registered');
    });
  } catch (error) {
    await removeDownload(folder);
    throw error;
  }
  return folder;
}

async function download(backend: Backend, version: Version, file: VersionFile, folder: string): Promise<boolean> {
  const path = join(folder, file.name);
  await mkdir(dirname(path), { recursive: true });
  const hash = createHash('sha256');
  const source = await backend.open(version.group, version.version, version.digest, file.name);
  await pipeline(
    source,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { flags: 'wx' }),
  );
  return hash.digest('hex') === file.sha256;
}
