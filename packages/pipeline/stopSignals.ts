import { constants } from 'node:os';

export type StopReason = { message: string; exitCode: number };

/** A terminal, a wrapper and the caller may all pass on the same Ctrl-C: what comes so soon after it is no second one. */
const ECHO_MS = 500;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `onStop` on the first SIGINT, SIGTERM, SIGHUP or abort, `onHurry` on every further one. Returns what takes the
 * handlers away.
 */
export function listenForStop(
  signal: AbortSignal | undefined,
  onStop: (reason: StopReason) => void,
  onHurry: () => void,
): () => void {
  let stopped_ms: number | null = null;
  const stop = (message: string, exitCode: number) => {
    const now_ms = performance.now();
    if (stopped_ms === null) onStop({ message, exitCode });
    else if (now_ms - stopped_ms > ECHO_MS) onHurry();
    stopped_ms ??= now_ms;
  };
  const handlers = SIGNALS.map((name) => {
    const handler = () => stop(`interrupted by ${name}`, 128 + constants.signals[name]);
    process.on(name, handler);
    return { name, handler };
  });
  const onAbort = () => stop('interrupted', 130);
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  return () => {
    for (const { name, handler } of handlers) process.off(name, handler);
    signal?.removeEventListener('abort', onAbort);
  };
}
