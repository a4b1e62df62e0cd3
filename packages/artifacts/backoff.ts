import { setTimeout as sleep } from 'node:timers/promises';

const LONGEST_MS = 20_000;

/**
 * Waits before the next try after `failures` (1, 2, ...) failures: any time up to a bound that doubles, so that many
 * clients do not come back at once. Ends with the signal's reason when it is aborted.
 */
export async function backoff(failures: number, signal?: AbortSignal, first_ms = 200): Promise<void> {
  const bound = Math.min(LONGEST_MS, first_ms * 2 ** (failures - 1));
  try {
    await sleep(Math.random() * bound, undefined, { signal });
  } catch (error) {
    throw signal?.reason ?? error;
  }
}
