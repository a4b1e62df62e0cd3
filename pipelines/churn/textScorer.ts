import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What scored the texts of a layer's customers, as its `quality.json` says; null where there were none. */
export function readTextScorer(folder: string): string | null {
  const file = path.join(folder, 'quality.json');
  if (!existsSync(file)) return null;
  const { text } = JSON.parse(readFileSync(file, 'utf8')) as { text?: { scorer?: string | null } };
  return text?.scorer ?? null;
}
