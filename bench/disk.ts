import { mkdirSync, statfsSync } from 'node:fs';
import { InputError } from '@pilotlight/errors';
import { HOURS, tableBytes } from './data.ts';
import type { Options } from './options.ts';

/** Of a reading of the meter file, and of a contract with its invoices (raw, split and scored): estimates, on the safe side. */
const BYTES_PER_READING = 12;
const BYTES_PER_CONTRACT = 4000;
/** A row of predictions, ours and the peer's. */
const BYTES_PER_PREDICTION = 40;

/** What the chosen works have on disk at once. */
export function neededBytes({ works, rows, columns, customers }: Options): number {
  const has = (...names: Options['works']) => names.some((name) => works.includes(name));
  const tables = has('drift', 'profile', 'train', 'predict', 'growth') ? 2 * tableBytes({ rows, columns }) : 0;
  const extra = has('drift', 'growth') ? 0.1 * tables + 4e8 : 0;
  const predictions = has('predict') ? BYTES_PER_PREDICTION * rows : 0;
  // The tables are gone before contracts are made.
  const contracts = has('pipeline') ? BYTES_PER_CONTRACT * rows : 0;
  const readings = has('consumption') ? BYTES_PER_READING * HOURS * customers : 0;
  return Math.max(tables + extra + predictions, contracts, readings);
}

/** @throws InputError `disk` where the folder cannot be made or has too little room */
export function checkDisk(options: Options): void {
  const { dir } = options;
  let free = 0;
  try {
    mkdirSync(dir, { recursive: true });
    const { bavail, bsize } = statfsSync(dir);
    free = bavail * bsize;
  } catch (cause) {
    throw diskError('no folder for the data', dir, 'give one that can be written: --dir DIR', cause);
  }
  const needed = neededBytes(options);
  if (needed <= free) return;
  const gb = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const what = `the disk is too small: ${gb(needed)} are needed, ${gb(free)} are free`;
  throw diskError(what, dir, 'give another place with --dir, or fewer --rows or --columns');
}

function diskError(what: string, where: string, todo: string, cause?: unknown): InputError {
  return new InputError({ code: 'disk', what, where, todo, cause });
}
