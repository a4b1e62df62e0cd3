import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { syncFolder, syncPath } from './syncFolder.ts';
import { removeAbandoned, temporaryName } from './temporary.ts';

/**
 * Lets `write` fill a temporary folder, then puts it in the place of `target`, whose old content goes. When `write` fails,
 * `target` is as before and nothing else is left.
 *
 * POSIX has no exchange of two folders, so a process killed between the two renames leaves no `target`: absent, never mixed.
 */
export async function writeFolder(target: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const path = resolve(target);
  await mkdir(dirname(path), { recursive: true });
  await removeAbandoned(path);
  const temporary = temporaryName(path);
  try {
    await mkdir(temporary);
    await write(temporary);
    await publishFolder(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Renames a finished folder to `target` on the same disk, replacing what stands there; the disk holds it on return. */
export async function publishFolder(finished: string, target: string): Promise<void> {
  await syncFolder(finished);
  await mkdir(dirname(target), { recursive: true });
  const old = temporaryName(target);
  const replaced = await renameIfThere(target, old);
  await rename(finished, target);
  await syncPath(dirname(target));
  if (replaced) await rm(old, { recursive: true, force: true });
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
