import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { isS3Uri, openStore, parseS3Uri, publishFolder, uploadFolder } from '@pilotlight/artifacts';
import { InputError } from '@pilotlight/errors';
import { createProgress, type Logger } from '@pilotlight/logging';
import { noteOwn, removeLeftovers, removeOwn } from './job/leftovers.ts';
import type { Scratch } from './job/openScratch.ts';

/** Where a step writes (`folders`), and how what it wrote gets to where it belongs, or away. */
export type OutputFolders = {
  folders: Record<string, string>;
  /** Returns where what was written can be read. */
  publish(): Promise<Record<string, string>>;
  discard(): Promise<void>;
};

export type Publishing = { scratch: Scratch; log: Logger; signal: AbortSignal };

/**
 * Refuses an output that is a file, or that would be written into one of the inputs or over it, or into another output.
 *
 * @param outputs folders, or `s3://...`
 * @param inputs paths, or `s3://...`
 * @throws InputError `bad_output`, `bad_uri`
 */
export function checkOutputs(
  outputs: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string>>,
): void {
  for (const [key, target] of Object.entries(outputs)) {
    const refuse = (what: string) =>
      new InputError({ code: 'bad_output', what, where: target, todo: `give another folder by --output ${key}=DIR` });
    if (isS3Uri(target)) parseS3Uri(target);
    else if (/^[a-z][a-z0-9+.-]+:\/\//i.test(target)) throw refuse('neither a folder nor s3://');
    else if (statSync(target, { throwIfNoEntry: false })?.isDirectory() === false)
      throw refuse('a file where a folder is to be');
    const place = placeOf(target);
    const taken = Object.values(inputs).find((input) => isIn(place, placeOf(input)) || isIn(placeOf(input), place));
    if (taken !== undefined) throw refuse(`the step would write into its own input ${taken}`);
    const other = Object.entries(outputs).find(([name, one]) => name !== key && isIn(place, placeOf(one)));
    if (other !== undefined) throw refuse(`the outputs ${other[0]} and ${key} would be mixed`);
  }
}

/** Links resolved, as far as the path is there; a URI as it is, which begins as no path does. */
const placeOf = (target: string) => (isS3Uri(target) ? target.replace(/\/+$/, '') : realPath(resolve(target)));

const isIn = (path: string, folder: string): boolean => `${path}${sep}`.startsWith(`${folder}${sep}`);

function realPath(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path);
  return join(realPath(dirname(path)), basename(path));
}

/** The folders as given: whoever started the step publishes them. */
export async function openGivenFolders(outputs: Readonly<Record<string, string>>): Promise<OutputFolders> {
  const folders = Object.fromEntries(Object.entries(outputs).map(([key, folder]) => [key, resolve(folder)]));
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
  return { folders, publish: async () => folders, discard: async () => {} };
}

type Move = {
  key: string;
  target: string;
  /** Where the step writes. */
  temporary: string;
  /** Returns where what was written can be read. */
  publish(): Promise<string>;
};

/**
 * A temporary folder for each given one, whose content goes to its place when the step ended well:
 *
 * - A folder that is there may be a mount, over which nothing can be renamed: the temporary folder is a hidden one in it, and its
 *   entries are renamed into place. Entries of the same name are replaced and others stay: it may be anyone's.
 * - One that is not there yet: the temporary folder stands beside it and takes its name, so that it appears whole.
 * - `s3://...`: the temporary folder is scratch, and is uploaded. One that cannot be uploaded is kept, and the log says where.
 *
 * What killed processes left under these names goes.
 */
export async function openTemporaryFolders(
  outputs: Readonly<Record<string, string>>,
  publishing: Publishing,
): Promise<OutputFolders> {
  const moves: Move[] = [];
  for (const [key, target] of Object.entries(outputs)) {
    moves.push(isS3Uri(target) ? await openUpload(key, target, publishing) : openBeside(key, resolve(target)));
  }
  return {
    folders: Object.fromEntries(moves.map(({ key, temporary }) => [key, temporary])),
    async publish() {
      // Uploads may fail and renames hardly do: so they come first.
      const inOrder = [...moves].sort((a, b) => Number(isS3Uri(b.target)) - Number(isS3Uri(a.target)));
      const found: Record<string, string> = {};
      for (const move of inOrder) found[move.key] = await move.publish();
      return found;
    },
    async discard() {
      for (const { target, temporary } of moves) if (!isS3Uri(target)) removeOwn(temporary);
    },
  };
}

function openBeside(key: string, target: string): Move {
  const parent = existsSync(target) ? target : dirname(target);
  const prefix = `.pilotlight-${key}-`;
  const temporary = join(parent, `${prefix}${process.pid}`);
  removeLeftovers(parent, prefix);
  try {
    mkdirSync(temporary, { recursive: true });
  } catch (cause) {
    const what = `the output cannot be written (${(cause as Error).message})`;
    throw new InputError({ code: 'bad_output', what, where: target, todo: `correct --output ${key}=DIR`, cause });
  }
  noteOwn(temporary);
  const publish = async () => {
    if (parent === target) await moveInto(temporary, target);
    else await publishFolder(temporary, target);
    return target;
  };
  return { key, target, temporary, publish };
}

async function moveInto(finished: string, target: string): Promise<void> {
  for (const name of await readdir(finished)) {
    await rm(join(target, name), { recursive: true, force: true });
    await rename(join(finished, name), join(target, name));
  }
}

async function openUpload(key: string, uri: string, publishing: Publishing): Promise<Move> {
  const { scratch, log, signal } = publishing;
  // A bucket that is not there, or not to be seen, shows before hours of work.
  for await (const _first of openStore(uri).list('', { signal })) break;
  const temporary = scratch.folder(join('outputs', key));
  const publish = async () => {
    const progress = createProgress(log, `upload ${key}`);
    try {
      const facts = await uploadFolder(temporary, uri, {
        signal,
        onProgress: ({ bytes, bytes_total }) => progress.update(bytes, bytes_total),
      });
      log.info({ output: key, uri, ...facts }, 'uploaded');
    } catch (error) {
      const kept = scratch.keep(temporary);
      log.warn({ output: key, folder: kept }, `the output ${key} was not uploaded and is kept in ${kept}`);
      throw error;
    } finally {
      progress.end();
    }
    return temporary;
  };
  return { key, target: uri, temporary, publish };
}
