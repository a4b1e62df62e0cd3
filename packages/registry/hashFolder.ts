import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fault } from './errors.ts';
import type { VersionFile } from './registry.ts';

/** Every file below a folder with its size and SHA-256, sorted by name; folders without files do not count. */
export async function hashFolder(folder: string): Promise<VersionFile[]> {
  const names = (await listFiles(folder)).sort();
  const files: VersionFile[] = [];
  for (const name of names) files.push({ name, ...(await hashFile(join(folder, name))) });
  return files;
}

/** The names of the files below a folder. Anything but files and folders (a link may lead anywhere) is refused. */
export async function listFiles(folder: string, below = ''): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) files.push(...(await listFiles(folder, name)));
    else if (entry.isFile()) files.push(name);
    else throw fault('bad_artifacts', 'is neither a file nor a folder', join(folder, name), 'put a file in its place');
  }
  return files;
}

async function hashFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      hash.update(chunk);
    }
  });
  return { bytes, sha256: hash.digest('hex') };
}
