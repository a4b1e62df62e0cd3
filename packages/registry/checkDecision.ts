import { fault } from './errors.ts';
import type { Decision } from './registry.ts';

/** @throws InputError `bad_request` where nobody or no reason is named */
export function checkDecision({ group, version, by, reason }: Decision): { by: string; reason: string } {
  const where = `group ${group} version ${version}`;
  if (by.trim() === '') throw fault('bad_request', 'nobody decided', where, 'say who');
  if (reason.trim() === '') throw fault('bad_request', 'there is no reason', where, 'say why');
  return { by, reason };
}

/** @throws InputError `bad_request` where the date is none */
export function isoTime(at: Date): string {
  if (Number.isNaN(at.getTime())) throw fault('bad_request', 'the time is none', 'at', 'give a date that there is');
  return at.toISOString();
}
