import { existsSync, realpathSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { publishFolder } from '@pilotlight/artifacts';
import { InputError } from '@pilotlight/errors';

/** Where a step writes (`folders`), and how what it wrote gets to where it belongs, or away. */
export type OutputFolders = {
  folders: Record<string, string>;
  publish(): Promise<void>;
  discard(): Promise<void>;
};

/**
 * Refuses an output that is a file, or that would be written into one of the inputs or over it.
 *
 * @throws InputError `bad_output`
 */
export function checkOutputs(
  outputs: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string>>,
): void {
  for (const [key, target] of Object.entries(outputs)) {
    const refuse = (what: string) =>
      new InputError({ code: 'bad_output', what, where: target, todo: `give another folder by --output ${key}=DIR` });
    if (statSync(target, { throwIfNoEntry: false })?.isDirectory() === false)
      throw refuse('a file where a folder is to be');
    const real = realPath(target);
    const taken = Object.values(inputs).find((input) => isIn(real, realPath(input)) || isIn(realPath(input), real));
    if (taken !== undefined) throw refuse(`the step would write into its own input ${taken}`);
  }
}

const isIn = (path: string, folder: string): boolean => `${path}${sep}`.startsWith(`${folder}${sep}`);

/** Links resolved, as far as the path is there. */
function realPath(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path);
  return join(realPath(dirname(path)), basename(path));
}

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
  for (const { temporary, target, key } of moves) {
    await mkdir(temporary, { recursive: true }).catch((cause: Error) => {
      const what = `the output cannot be written (${cause.message})`;
      throw new InputError({ code: 'bad_output', what, where: target, todo: `correct --output ${key}=DIR`, cause });
    });
  }
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
