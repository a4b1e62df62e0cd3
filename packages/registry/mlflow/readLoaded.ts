import { getRegisteredModel, type MlflowClient, type ModelVersion, type RegisteredModel } from '@pilotlight/tracking';
import { findVersion } from '../applyEvent.ts';
import { parseStored } from '../parseStored.ts';
import { ClaimSchema } from '../schemas.ts';
import type { Loaded, Unrecorded } from '../service/backend.ts';
import { upToDate } from '../service/recordChange.ts';
import { aliasOf, isOurAlias } from './alias.ts';
import { readJournal } from './journal.ts';
import { readVersions } from './ownVersions.ts';
import { REQUEST_TAG } from './tags.ts';

/** In the history, of what a person did in MLflow, which does not tell who. */
const SOMEBODY = 'MLflow';

/**
 * The group as the journal has it, and what MLflow has beyond it: versions whose registration was cut off, versions that are not
 * there any more, and an alias that a person moved or took away.
 */
export async function readLoaded(client: MlflowClient, group: string, uri: string): Promise<Loaded | null> {
  const model = await getRegisteredModel(client, group);
  if (model === null) return null;
  const { journal, events } = readJournal(model, uri);
  const versions = await readVersions(client, journal.state);
  if (events.length === 0 && versions.size === 0) return null;
  const cut = [...versions].filter(([digest]) => !journal.state.versions.some((one) => one.digest === digest));
  const adopted = cut
    .sort(([, a], [, b]) => a.created_ms - b.created_ms || a.version - b.version)
    .map(([digest, one]) => adopt(digest, one, uri));
  const deleted = journal.state.versions
    .filter(({ digest, status }) => !versions.has(digest) && status !== 'rejected')
    .map(({ version }) => somebody({ action: 'reject', version, force: true }, 'deleted in MLflow'));
  const unrecorded = [...adopted, ...deleted];
  const now = upToDate({ journal, unrecorded }).at(-1)?.journal.state ?? journal.state;
  // An alias goes with the version that it names.
  const isDeleted = aliasOf(model) === null && now.champion !== journal.state.champion && deleted.length > 0;
  if (isDeleted || isOurAlias(model, events, now.champion)) return { journal, unrecorded };
  return { journal, unrecorded: [...unrecorded, ...movedAlias(model, now)] };
}

function adopt(digest: string, { version, tags, created_ms }: ModelVersion, uri: string): Unrecorded {
  const where = `${uri} version ${version} tag ${REQUEST_TAG}`;
  const { status, by, reason, at } = parseStored(ClaimSchema, tags[REQUEST_TAG] ?? '', where);
  const event = { action: 'register' as const, digest, status, version };
  return { event, by, reason, time: at ?? new Date(created_ms).toISOString() };
}

/** An alias on a version of something else is let be: it is no version that anybody could score with. */
function movedAlias(model: RegisteredModel, state: Loaded['journal']['state']): Unrecorded[] {
  const version = aliasOf(model);
  if (version === null) {
    // Nobody shall be the champion: not the one before either.
    return state.succession.map((one) => somebody({ action: 'withdraw', version: one }, 'the alias was taken away'));
  }
  if (findVersion(state, version) === undefined) return [];
  return [somebody({ action: 'approve', version, force: true }, 'the alias was set')];
}

function somebody(event: Unrecorded['event'], reason: string): Unrecorded {
  return { event, by: SOMEBODY, reason, time: new Date().toISOString() };
}
