/** A temporary folder for a registry's test, with artifacts to register. */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { InputError } from '@pilotlight/errors';
import type { RegisterRequest } from '@pilotlight/registry';
import * as assert from 'uvu/assert';

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

export function makeFolder(): { at: (...parts: string[]) => string; remove: () => void } {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-registry-'));
  return { at: (...parts) => path.join(dir, ...parts), remove: () => fs.rmSync(dir, { recursive: true, force: true }) };
}

/** Writes artifacts that differ by `name` below `folder`, and returns what registers them. */
export function requestOf(folder: string, name: string, more: Partial<RegisterRequest> = {}): RegisterRequest {
  const artifacts = path.join(folder, name);
  fs.mkdirSync(path.join(artifacts, 'report'), { recursive: true });
  fs.writeFileSync(path.join(artifacts, 'model.txt'), `model ${name}`);
  fs.writeFileSync(path.join(artifacts, 'report', 'roc.svg'), `<svg>${name}</svg>`);
  const facts = { metrics: { pr_auc: 0.71 }, threshold: 0.4, features: ['tenure'], as_of: '2024-12-31', name };
  return { group: 'churn', artifacts, facts, modelSha256: sha256(`model ${name}`), ...more };
}

/** The refusal that the work ends in: one line, of the code given. */
export async function refusal(code: string, work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error('it was accepted'),
    (reason) => reason,
  );
  assert.instance(error, InputError, String((error as Error).stack));
  assert.is((error as InputError).code, code, (error as Error).message);
  assert.not.match((error as InputError).message, /\n/);
  return (error as InputError).message;
}
