import { totalmem } from 'node:os';

/** Two fifths of what the process may use, in megabytes; DuckDB spills beyond it. */
export function defaultMemoryMb(): number {
  const allowed = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem());
  return Math.round(Math.min(4096, Math.max(512, (allowed * 0.4) / 1e6)));
}
