import { createHash } from 'node:crypto';
import type { Facts, VersionFile } from './registry.ts';

/** SHA-256 of a version's content as JSON whose keys are sorted, so that the order in which facts are given does not count. */
export function digestContent(content: { files: readonly VersionFile[]; facts: Facts; modelSha256: string }): string {
  const files = content.files.map(({ name, sha256 }) => [name, sha256]);
  const text = JSON.stringify([files, sortKeys(content.facts), content.modelSha256]);
  return createHash('sha256').update(text).digest('hex');
}

/** Objects become lists of pairs: an object's own order of keys puts those that look like numbers first. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return { items: value.map(sortKeys) };
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, one]) => [key, sortKeys(one)]);
}
