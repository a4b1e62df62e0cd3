import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Step } from './definition.ts';

/**
 * An empty output, or a property file that is no JSON, is not a success, whatever else the step says: one line, or null where all is
 * there.
 *
 * @param folders where the step wrote, by output
 */
export async function findMissing(step: Step, folders: Readonly<Record<string, string>>): Promise<string | null> {
  for (const key of Object.keys(step.outputs)) {
    const names = await readdir(folders[key] ?? '').catch(() => []);
    if (names.length === 0) return `${step.name} ended without writing its output ${key}`;
  }
  for (const [name, { output, path }] of Object.entries(step.propertyFiles ?? {})) {
    try {
      JSON.parse(await readFile(join(folders[output] ?? '', path), 'utf8'));
    } catch {
      return `${step.name} ended without its property file ${name} (${output}/${path}), or it is no JSON`;
    }
  }
  return null;
}
