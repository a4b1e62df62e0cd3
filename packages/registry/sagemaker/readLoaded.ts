import { joinUri, type Store } from '@pilotlight/artifacts';
import type { VersionState } from '../applyEvent.ts';
import { corrupt } from '../errors.ts';
import { parseStored } from '../parseStored.ts';
import { ClaimSchema, type StoredClaim } from '../schemas.ts';
import type { Journal, Loaded, Unrecorded } from '../service/backend.ts';
import { emptyJournal } from '../service/recordChange.ts';
import { approvalOf } from './approval.ts';
import { isPersons, seenOf } from './isPersons.ts';
import { readJournal } from './journal.ts';
import { claimKey } from './keys.ts';
import { METADATA } from './metadata.ts';
import type { Detailed, Listed, ModelPackages } from './modelPackages.ts';
import { OWN_COMMENT, versionsOf } from './ownVersions.ts';

/** In the history, of what a person did in SageMaker without saying who or why. */
const SOMEBODY = 'SageMaker';
const NO_COMMENT = 'changed in SageMaker';

/**
 * The group as the journal has it, and what SageMaker has beyond it:
 *
 * - a version of ours that the journal lacks: its registration was cut off after SageMaker had it;
 * - another status than the one that we wrote last (`pilotlight_approval`): a person changed it. One whose change the journal
 *   has is told by its time;
 * - a version that is not there any more: a person deleted it, so it must not be used.
 *
 * A status that differs from the journal's, but is the one that we wrote last, is of a change whose writer was killed before it
 * told SageMaker: the journal counts.
 */
export async function readLoaded(store: Store, packages: ModelPackages, group: string): Promise<Loaded | null> {
  const journal = await readJournal(store, group);
  const listed = await packages.list(group);
  const versions = versionsOf(listed, store.uri, group, journal?.state ?? null);
  if (journal === null && versions.size === 0) return null;
  const known = journal ?? emptyJournal(group);
  const cut = [...versions].filter(([digest]) => !known.state.versions.some((one) => one.digest === digest));
  const found: Found[] = [];
  for (const [digest, one] of cut) found.push(...(await adopt({ store, packages, group }, digest, one)));
  for (const state of known.state.versions)
    found.push(...(await observe(packages, known, state, versions.get(state.digest))));
  found.sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0));
  return { journal: known, unrecorded: found.map(({ since, ...one }) => one) };
}

/** `since`: by SageMaker's clock, for their order. */
type Found = Unrecorded & { since: string };

type Place = { store: Store; packages: ModelPackages; group: string };

/** A registration that was cut off, and what a person did to the version since. */
async function adopt({ store, packages, group }: Place, digest: string, one: Listed): Promise<Found[]> {
  const detailed = await packages.describe(one.arn);
  if (detailed === null) return [];
  const key = claimKey(group, digest, detailed.metadata[METADATA.request] ?? '');
  const where = joinUri(store.uri, key);
  const found = await store.readText(key);
  if (found === null) throw corrupt(`nothing tells who registered version ${one.version}`, where);
  const { status, by, reason, at }: StoredClaim = parseStored(ClaimSchema, found.text, where);
  const event = { action: 'register' as const, digest, status, version: one.version };
  const registered = { event, by, reason, time: at ?? detailed.created, since: detailed.created };
  const isChanged = isPersons(detailed, approvalOf(status), null);
  return isChanged ? [registered, changeOf(one.version, detailed)] : [registered];
}

async function observe(
  packages: ModelPackages,
  { state, observed }: Journal,
  { version, status }: VersionState,
  one: Listed | undefined,
): Promise<Found[]> {
  if (one?.approval === approvalOf(status)) return [];
  // The list may be a little behind.
  const detailed = await packages.describe(one?.arn ?? `${state.group}/${version}`);
  if (detailed === null) return status === 'rejected' ? [] : [deletion(version)];
  return isPersons(detailed, approvalOf(status), seenOf(observed, version)) ? [changeOf(version, detailed)] : [];
}

function changeOf(version: number, { approval, modified, modifiedBy, comment }: Detailed): Found {
  const isOldComment = comment === null || comment.endsWith(OWN_COMMENT);
  const reason = isOldComment ? NO_COMMENT : comment;
  const facts = { by: modifiedBy ?? SOMEBODY, reason, time: modified, observed: modified, since: modified };
  if (approval === 'Approved') return { event: { action: 'approve', version, force: true }, ...facts };
  if (approval === 'Rejected') return { event: { action: 'reject', version, force: true }, ...facts };
  return { event: { action: 'withdraw', version }, ...facts };
}

function deletion(version: number): Found {
  const event = { action: 'reject' as const, version, force: true };
  const time = new Date().toISOString();
  return { event, by: SOMEBODY, reason: 'deleted in SageMaker', time, since: time };
}
