import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { downloadFolder, isS3Uri, parseS3Uri } from '@pilotlight/artifacts';
import { InputError } from '@pilotlight/errors';
import { createProgress, type Logger } from '@pilotlight/logging';
import type { Step } from '../definition.ts';
import type { Scratch } from './openScratch.ts';

export type Fetching = { scratch: Scratch; log: Logger; signal: AbortSignal };

const SCHEME = /^[a-z][a-z0-9+.-]+:\/\//i;

/**
 * The inputs as absolute paths: what is on this machine as it is, `s3://...` fetched to scratch (an object as a file, a prefix as a
 * folder), an optional one that is `none` left out.
 *
 * @throws InputError for an input that is not there, or not to be had, or larger than the disk
 */
export async function fetchInputs(
  step: Step,
  given: Readonly<Record<string, string>>,
  fetching: Fetching,
): Promise<Record<string, string>> {
  const entries = Object.entries(given).filter(([key, value]) => !(value === 'none' && step.inputs[key]?.optional));
  // What is wrong with the others shows before the first byte is fetched.
  for (const [key, value] of entries) checkInput(key, value);
  const found: Record<string, string> = {};
  for (const [key, value] of entries) {
    found[key] = isS3Uri(value) ? await fetchInput(key, value, fetching) : resolve(value);
  }
  return found;
}

function checkInput(key: string, value: string): void {
  const todo = `correct --input ${key}=DIR`;
  if (isS3Uri(value)) {
    parseS3Uri(value);
  } else if (SCHEME.test(value)) {
    throw new InputError({ code: 'bad_uri', what: `input ${key} is neither a path nor s3://`, where: value, todo });
  } else if (!existsSync(value)) {
    throw new InputError({ code: 'missing_input', what: `no such input ${key}`, where: resolve(value), todo });
  }
}

async function fetchInput(key: string, uri: string, { scratch, log, signal }: Fetching): Promise<string> {
  const folder = scratch.folder(join('inputs', key));
  const bytesFree = scratch.bytesFree();
  const progress = createProgress(log, `fetch ${key}`);
  log.info({ input: key, uri }, 'fetching');
  const facts = await downloadFolder(uri, folder, {
    signal,
    ...(bytesFree === null ? {} : { bytesMax: bytesFree }),
    onProgress: ({ bytes, bytes_total }) => progress.update(bytes, bytes_total),
  })
    .catch((error) => {
      throw explainSize(error, { key, uri, bytesFree });
    })
    .finally(() => progress.end());
  log.info({ input: key, uri, ...facts }, 'fetched');
  return fetchedPath(folder, uri);
}

function explainSize(cause: unknown, input: { key: string; uri: string; bytesFree: number | null }): unknown {
  if (!(cause instanceof InputError) || cause.code !== 'too_large') return cause;
  const { key, uri, bytesFree } = input;
  const what = `the input ${key} does not fit on the disk, which has ${bytesFree} bytes free`;
  return new InputError({ code: 'too_large', what, where: uri, todo: 'give the job a larger volume', cause });
}

/** A URI that names an object is one file of that name; asking the store which it is would need one more permission. */
function fetchedPath(folder: string, uri: string): string {
  const file = join(folder, basename(parseS3Uri(uri).key));
  const names = readdirSync(folder);
  const isFile = !uri.endsWith('/') && names.length === 1 && join(folder, names[0] ?? '') === file;
  return isFile && statSync(file).isFile() ? file : folder;
}
