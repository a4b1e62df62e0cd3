import { setTimeout as sleep } from 'node:timers/promises';
import { takeLock } from '@pilotlight/artifacts';
import { InputError } from '@pilotlight/errors';
import type { GroupPaths } from './groupPaths.ts';

const POLL_MS = 25;

/** Does the work while no other process changes the group; waits for one that does, and then says which. */
export async function withGroupLock<T>(paths: GroupPaths, waitSeconds: number, work: () => Promise<T>): Promise<T> {
  const release = await waitForLock(paths, waitSeconds);
  try {
    return await work();
  } finally {
    release();
  }
}

async function waitForLock(paths: GroupPaths, waitSeconds: number): Promise<() => void> {
  const deadline = performance.now() + waitSeconds * 1000;
  for (;;) {
    try {
      return takeLock(paths.lock, (who, path) => ({
        what: `${who} is changing the model group ${paths.group}`,
        where: paths.registry,
        todo: `try again after it (this waited ${waitSeconds} s), or remove ${path} when that process is gone`,
      }));
    } catch (error) {
      const isHeld = error instanceof InputError && error.code === 'locked';
      if (!isHeld || performance.now() >= deadline) throw error;
    }
    // Processes that wait for one lock do not all ask for it at the same moment.
    await sleep(POLL_MS * (1 + Math.random()));
  }
}
