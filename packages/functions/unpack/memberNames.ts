import { faultOfName } from '@pilotlight/artifacts';
import type { InputError } from '@pilotlight/errors';
import { functionError } from '../errors.ts';

/**
 * Refuses a member whose name leaves its folder, or that stands in the archive twice.
 *
 * @param names those seen so far; the name is added
 * @throws InputError `archive_unsafe`
 */
export function checkName(name: string, names: Set<string>, where: string): void {
  const fault = faultOfName(name);
  if (fault !== null) throw unsafe(name, fault, where);
  const plain = name.replace(/\/$/, '');
  if (names.has(plain)) throw unsafe(name, 'stands there twice', where);
  names.add(plain);
}

export const unsafe = (name: string, fault: string, where: string): InputError =>
  functionError('archive_unsafe', `the member ${JSON.stringify(name)} ${fault}`, where, 'have it packed without');
