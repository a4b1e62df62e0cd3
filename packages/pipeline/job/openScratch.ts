import { existsSync, mkdirSync, mkdtempSync, renameSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { JobPlace } from './findJob.ts';
import { noteOwn, removeLeftovers, removeOwn } from './leftovers.ts';

/** A folder for what is fetched and for what is still to be sent; made when it is first asked for. */
export type Scratch = {
  /** Makes a folder of that name in it. */
  folder(name: string): string;
  /** Free bytes on its disk, or null where the system does not say. */
  bytesFree(): number | null;
  /** Moves a folder of it to where nobody removes it, and returns its new path: what is in it would be work lost. */
  keep(folder: string): string;
  /** Removes it, where there is one. */
  remove(): void;
};

const NAME = '.pilotlight-scratch-';

/** In a job under its root, which is the volume that was asked for; else, or where nothing may be written there, in the temporary folder. */
export function openScratch(job: JobPlace | null): Scratch {
  let made: string | null = null;
  const path = () => {
    made ??= make(job ? [job.root, tmpdir()] : [tmpdir()]);
    return made;
  };
  return {
    folder(name) {
      const folder = join(path(), name);
      mkdirSync(folder, { recursive: true });
      return folder;
    },
    bytesFree() {
      try {
        const { bavail, bsize } = statfsSync(path());
        return bavail * bsize;
      } catch {
        return null;
      }
    },
    keep(folder) {
      const kept = join(mkdtempSync(join(dirname(path()), 'pilotlight-kept-')), basename(folder));
      renameSync(folder, kept);
      return kept;
    },
    remove() {
      if (made !== null) removeOwn(made);
      made = null;
    },
  };
}

function make(places: readonly string[]): string {
  const [place = tmpdir(), ...others] = places;
  try {
    if (existsSync(place)) removeLeftovers(place, NAME);
    // A full stop before the random part, which may be all digits.
    const folder = mkdtempSync(join(place, `${NAME}${process.pid}.`));
    noteOwn(folder);
    return folder;
  } catch (error) {
    if (others.length === 0) throw error;
    return make(others);
  }
}
