import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Folders that this process writes to and that nobody else should see. */
const own = new Set<string>();

/** Notes a folder as this process's, until {@link removeOwn}. */
export function noteOwn(folder: string): void {
  own.add(folder);
}

/** Removes a noted folder; what cannot be removed is left for {@link removeLeftovers} of the next process. */
export function removeOwn(folder: string): void {
  own.delete(folder);
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // Nothing that reads results looks into it.
  }
}

/** For a process that has to end at once: synchronous, so that nothing comes between. */
export function removeAllOwn(): void {
  for (const folder of own) removeOwn(folder);
}

/**
 * Removes what killed processes left in `folder` under names that begin with `prefix` and end in `-<process id>`, with or
 * without a random part. In a container the dead process had the number that this one has, so what has it and is not noted is left over
 * too.
 */
export function removeLeftovers(folder: string, prefix: string): void {
  for (const name of names(folder)) {
    const pid = name.startsWith(prefix) ? /^-(\d+)(\.\w+)?$/.exec(name.slice(prefix.length - 1))?.[1] : undefined;
    const path = join(folder, name);
    if (pid === undefined || own.has(path)) continue;
    if (Number(pid) === process.pid || !isAlive(Number(pid))) removeOwn(path);
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
