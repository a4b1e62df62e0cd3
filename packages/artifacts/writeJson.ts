import { ArtifactError } from './errors.ts';
import { writeFile } from './writeFile.ts';

/**
 * Writes `value` as indented JSON with a newline at its end, keys in the order given. A number that JSON cannot hold (NaN,
 * infinite), a bigint, a function, or undefined inside an array is an {@link ArtifactError} with its path: JSON.stringify
 * would silently write null. Object keys whose value is undefined are left out.
 */
export async function writeJson(target: string, value: unknown): Promise<void> {
  checkJson(value, '$');
  await writeFile(target, `${JSON.stringify(value, null, 2)}\n`);
}

function checkJson(value: unknown, path: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (typeof value !== 'object') throw new ArtifactError('not_json', path, `${String(value)} is not JSON`);
  if (Array.isArray(value)) checkItems(value, path);
  else if (isPlain(value)) checkFields(value, path);
  else throw new ArtifactError('not_json', path, `a ${value.constructor.name} is not JSON`);
}

function checkItems(items: readonly unknown[], path: string): void {
  for (let i = 0; i < items.length; i += 1) checkJson(items[i], `${path}[${i}]`);
}

function checkFields(fields: object, path: string): void {
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) checkJson(value, `${path}.${key}`);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
