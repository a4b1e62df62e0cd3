import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@pilotlight/errors';
import type { Logger } from '@pilotlight/logging';
import * as assert from 'uvu/assert';

/** A logger that keeps what it is told. */
export function createListener(): { log: Logger; said: { level: string; msg: string; fields: object }[] } {
  const said: { level: string; msg: string; fields: object }[] = [];
  const keep = (level: string) => (fields: object, msg: string) => void said.push({ level, msg, fields });
  const log: Logger = {
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    child: () => log,
  };
  return { log, said };
}

/** Runs `work` in a temporary folder that is gone afterwards. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pilotlight-text-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The InputError that `work` ends with, checked to be one line. */
export async function inputErrorOf(work: () => Promise<unknown>): Promise<InputError> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    assert.not.match(error.message, /\n/);
    return error;
  }
  throw new Error('it did not fail');
}
