import type { Observed } from '../service/backend.ts';
import type { Approval } from './approval.ts';
import { METADATA } from './metadata.ts';
import type { Detailed } from './modelPackages.ts';

/**
 * Whether the approval status is a person's and the journal does not have it yet: it is neither what the journal says (`ours`) nor
 * what we wrote last, and changed after what the journal has (`seen`).
 */
export function isPersons({ approval, metadata, modified }: Detailed, ours: Approval, seen: string | null): boolean {
  if (approval === ours || approval === metadata[METADATA.approval]) return false;
  return seen === null || modified > seen;
}

/** When the last change of a person's was made that the journal has; null when it has none. */
export function seenOf(observed: readonly Observed[], version: number): string | null {
  return observed.find((one) => one.version === version)?.at ?? null;
}
