import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { publishFolder } from '@pilotlight/artifacts';

/** Where a step writes (`folders`), and how what it wrote gets to where it belongs, or away. */
export type OutputFolders = {
  folders: Record<string, string>;
  publish(): Promise<void>;
  discard(): Promise<void>;
};

/** The folders as given: whoever started the step publishes them. */
export async function openGivenFolders(outputs: Readonly<Record<string, string>>): Promise<OutputFolders> {
  for (const folder of Object.values(outputs)) await mkdir(folder, { recursive: true });
  return { folders: { ...outputs }, publish: async () => {}, discard: async () => {} };
}

/**
 * A temporary folder beside each given one, moved there when the step ended well. In a folder that already holds
 * something, entries of the same name are replaced and others stay: it may be anyone's.
 */
export async function openTemporaryFolders(outputs: Readonly<Record<string, string>>): Promise<OutputFolders> {
  const moves = Object.entries(outputs).map(([key, target]) => {
    const temporary = join(dirname(target), `.pilotlight-${key}-${process.pid}`);
    return { key, target, temporary };
  });
  for (const { temporary } of moves) await mkdir(temporary, { recursive: true });
  return {
    folders: Object.fromEntries(moves.map(({ key, temporary }) => [key, temporary])),
    async publish() {
      for (const { temporary, target } of moves) await moveInto(temporary, target);
    },
    async discard() {
      for (const { temporary } of moves) await rm(temporary, { recursive: true, force: true });
    },
  };
}

async function moveInto(finished: string, target: string): Promise<void> {
  const there = await readdir(target).catch(() => []);
  if (there.length === 0) {
    await publishFolder(finished, target);
    return;
  }
  for (const name of await readdir(finished)) {
    await rm(join(target, name), { recursive: true, force: true });
    await rename(join(finished, name), join(target, name));
  }
}
