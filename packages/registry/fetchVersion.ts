import { join } from 'node:path';
import type { GroupState } from './applyEvent.ts';
import { fault } from './errors.ts';
import { artifactsFolder, type GroupPaths } from './groupPaths.ts';
import { hashFolder } from './hashFolder.ts';
import { readVersion } from './readVersion.ts';
import type { FetchedVersion } from './registry.ts';

/** A version and the folder of its artifacts, whose files must be the registered ones to the byte. */
export async function fetchVersion(paths: GroupPaths, state: GroupState, version: number): Promise<FetchedVersion> {
  const described = await readVersion(paths, state, version);
  const folder = artifactsFolder(paths, version);
  const found = new Map((await hashOrNothing(folder)).map(({ name, sha256 }) => [name, sha256]));
  const refuse = (name: string, how: string) => {
    const what = `a file of ${paths.group} version ${version} ${how}`;
    return fault('changed_artifact', what, join(folder, name), 'restore it from a copy, or approve another version');
  };
  for (const { name, sha256 } of described.files) {
    if (!found.has(name)) throw refuse(name, 'is missing');
    if (found.get(name) !== sha256) throw refuse(name, 'was changed after it was registered');
    found.delete(name);
  }
  for (const name of found.keys()) throw refuse(name, 'was added after it was registered');
  return { ...described, folder, location: folder };
}

async function hashOrNothing(folder: string) {
  return hashFolder(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}
