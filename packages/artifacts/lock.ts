import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { InputError } from '@pilotlight/errors';

/** Who holds a lock. `process_started` tells a process from a later one that got the same number. */
export type LockHolder = { pid: number; process_started: string; host: string };

/** Says that `who` (as `process 12 on thishost`) holds the lock file at `path`, in the caller's own words. */
export type LockRefusal = (who: string, path: string) => { what: string; where: string; todo: string };

/**
 * Takes the lock file, making the folders above it, or throws an {@link InputError} (`locked`) in the words of `refusal`. A
 * lock whose process is gone is taken over. Returns what gives it back.
 */
export function takeLock(path: string, refusal: LockRefusal): () => void {
  mkdirSync(dirname(path), { recursive: true });
  const own: LockHolder = { pid: process.pid, process_started: startOf(process.pid) ?? '', host: hostname() };
  const ownText = JSON.stringify(own);
  const draft = `${path}.${process.pid}`;
  // A link either makes the whole file or says that there is one: nobody can read a half-written holder.
  writeFileSync(draft, ownText);
  try {
    if (!linked(draft, path)) {
      const holder = takeOver(path, draft);
      if (holder !== null || !linked(draft, path)) throw heldBy(path, holder ?? readText(path), refusal);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (readText(path) === ownText) rmSync(path, { force: true });
  };
}

/** Whether the process that wrote the lock is still there. On another machine nobody can tell, so it counts as alive. */
export function isAlive(holder: LockHolder): boolean {
  if (holder.host !== hostname()) return true;
  const started = startOf(holder.pid);
  return started !== null && started === holder.process_started;
}

/** Makes room for the draft. Returns the text of the lock when there is none to make, since its process lives. */
function takeOver(path: string, draft: string): string | null {
  const text = readText(path);
  if (text === null) return null;
  const holder = parseHolder(text);
  if (holder && isAlive(holder)) return text;
  const aside = `${draft}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return null;
  }
  // Another process may have taken over between the reading and the renaming: then its lock goes back where it was.
  const moved = readText(aside);
  if (moved !== text) linked(aside, path);
  rmSync(aside, { force: true });
  return moved === text ? null : moved;
}

function heldBy(path: string, text: string | null, refusal: LockRefusal): InputError {
  const holder = parseHolder(text ?? '');
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
  return new InputError({ code: 'locked', ...refusal(who, path) });
}

function parseHolder(text: string): LockHolder | null {
  try {
    const { pid, process_started, host } = JSON.parse(text) as Partial<LockHolder>;
    if (typeof pid !== 'number' || typeof process_started !== 'string' || typeof host !== 'string') return null;
    return { pid, process_started, host };
  } catch {
    return null;
  }
}

/** When a process started, in the system's own words; null when there is no such process. */
function startOf(pid: number): string | null {
  const stat = readText(`/proc/${pid}/stat`);
  // The command's name, in parentheses, may hold blanks: fields are counted from behind it. 22 is the start time.
  if (stat !== null) return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  if (readText('/proc/self/stat') !== null) return null;
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
