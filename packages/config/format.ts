import { stringify } from 'yaml';
import { flatten, type Tree } from './layers.ts';
import type { LoadedConfig } from './load.ts';

/** The effective configuration for a person: one `path: value  # origin` line a leaf. */
export function formatConfig(config: LoadedConfig<unknown>): string {
  const rows = Object.entries(flatten(config.value as Tree)).map(([key, value]) => ({
    text: `${key}: ${inline(value)}`,
    origin: config.origins[key] ?? 'default',
  }));
  const width = Math.min(72, Math.max(...rows.map((row) => row.text.length)));
  return rows.map((row) => `${row.text.padEnd(width)}  # ${row.origin}`).join('\n');
}

const inline = (value: unknown) => stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
