import { readdir } from 'node:fs/promises';
import { groupPaths, isGroupName } from './groupPaths.ts';
import { readText } from './readText.ts';

/** The names of the groups in a registry, sorted; none when its folder does not exist yet. */
export async function listGroups(registry: string): Promise<string[]> {
  const groups: string[] = [];
  for (const entry of await entriesOf(registry)) {
    if (!entry.isDirectory() || !isGroupName(entry.name)) continue;
    if ((await readText(groupPaths(registry, entry.name).state)) !== null) groups.push(entry.name);
  }
  return groups.sort();
}

async function entriesOf(folder: string) {
  return readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}
