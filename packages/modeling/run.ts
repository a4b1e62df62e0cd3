import native, { type CancelToken, type ProgressEvent } from '@pilotlight/native';
import { explained } from './errors.ts';

/** What every long work takes beside its own options. */
export type Watched = {
  /** Stops the work between iterations or batches; its promise then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
};

/**
 * Runs native work under an abort signal. A listener that throws stops the work, and what it threw is what the promise rejects with.
 * Nobody hears of progress after the promise has settled.
 */
export async function runNative<T, P>(
  signal: AbortSignal | undefined,
  listener: ((progress: P) => void) | undefined,
  shape: (event: ProgressEvent) => P,
  start: (token: CancelToken, listen: (event: ProgressEvent) => void) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const token = new native.CancelToken();
  const cancel = () => token.cancel();
  let fault: { error: unknown } | undefined;
  let settled = false;
  const listen = (event: ProgressEvent) => {
    if (settled || fault || !listener) return;
    try {
      listener(shape(event));
    } catch (error) {
      fault = { error };
      token.cancel();
    }
  };
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await start(token, listen);
  } catch (error) {
    throw fault ? fault.error : explained(error, signal);
  } finally {
    settled = true;
    signal?.removeEventListener('abort', cancel);
  }
}
