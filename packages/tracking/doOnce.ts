import { TrackingError } from './errors.ts';
import type { MlflowClient } from './openMlflow.ts';

/**
 * Does what must not be done twice: after a fault that leaves open whether it was done, `look` is asked first, and only where it
 * finds nothing (null) is it tried again.
 */
export async function doOnce<T>(
  client: MlflowClient,
  act: () => Promise<T>,
  look: () => Promise<T | null>,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof TrackingError) || !error.maybeDone || attempt >= client.attemptsMax) throw error;
    }
    await client.pause(attempt, signal);
    const found = await look();
    if (found !== null) return found;
  }
}
