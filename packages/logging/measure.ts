import type { Logger } from './logger.ts';
import { memory } from './memory.ts';

/** Runs `work` and logs how long it took and the memory held after it; a failure is passed on, not logged. */
export async function measure<T>(log: Logger, name: string, work: () => Promise<T> | T): Promise<T> {
  const start = performance.now();
  const result = await work();
  log.info({ duration_s: Math.round(performance.now() - start) / 1000, ...memory() }, name);
  return result;
}
