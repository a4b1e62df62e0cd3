import { readFileSync } from 'node:fs';
import type { Logger } from './logger.ts';

/**
 * Resident memory of this process in bytes, now and at its highest.
 *
 * The highest comes from the kernel's `VmHWM` where `/proc` is: `getrusage` also counts what the parent held when it
 * forked, which would blame a small step for a large runner. Elsewhere it is `getrusage`'s.
 */
export function memory(): { rss_bytes: number; rss_bytes_max: number } {
  const now = process.memoryUsage.rss();
  return { rss_bytes: now, rss_bytes_max: Math.max(now, highWaterMark() ?? process.resourceUsage().maxRSS * 1024) };
}

/** Logs memory every `interval_s` seconds until the returned function is called; never keeps the process alive. */
export function sampleMemory(log: Logger, interval_s = 30): () => void {
  const timer = setInterval(() => log.info(memory(), 'memory'), interval_s * 1000);
  timer.unref();
  return () => clearInterval(timer);
}

function highWaterMark(): number | null {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return kib === undefined ? null : Number(kib) * 1024;
  } catch {
    return null;
  }
}
