import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

let count = 0;

/** A name beside `target` (so that a rename stays on one disk) that no other process uses, and that readers skip. */
export function temporaryName(target: string): string {
  count += 1;
  return join(dirname(target), `.${basename(target)}.tmp-${process.pid}-${count}`);
}

/** Whether a file's or folder's name is that of an unfinished write or of a lock: no reader's business. */
export function isUnfinished(name: string): boolean {
  return /^\..+\.(tmp-\d+-\d+|lock(\.\d+(\.stale)?)?)$/.test(name);
}

/** Whether it is an unfinished write of a process that is gone. */
export function isAbandoned(name: string): boolean {
  const pid = /^\..+\.tmp-(\d+)-\d+$/.exec(name)?.[1];
  return pid !== undefined && !isAlive(Number(pid));
}

/** Removes what processes that were killed left beside `target`; those of living processes stay. */
export async function removeAbandoned(target: string): Promise<void> {
  const prefix = `.${basename(target)}.tmp-`;
  const names = await readdir(dirname(target));
  const abandoned = names.filter((name) => name.startsWith(prefix) && !isAlive(pidOf(name, prefix)));
  await Promise.all(abandoned.map((name) => rm(join(dirname(target), name), { recursive: true, force: true })));
}

function pidOf(name: string, prefix: string): number {
  return Number.parseInt(name.slice(prefix.length), 10);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
