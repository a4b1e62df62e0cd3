import { type GroupState, isSettled } from './applyEvent.ts';
import { corrupt, fault } from './errors.ts';
import type { GroupPaths } from './groupPaths.ts';
import { listGroups } from './listGroups.ts';
import { parseStored } from './parseStored.ts';
import { readText } from './readText.ts';
import { StateSchema, type StoredEvent } from './schemas.ts';

/** What `state.json` holds: the truth about a group, and the event that led to it. */
export type Stored = { state: GroupState; lastEvent: StoredEvent };

/** The group's state; null when nothing was ever registered in it. */
export async function readState(paths: GroupPaths): Promise<Stored | null> {
  const text = await readText(paths.state);
  if (text === null) {
    // A history is begun after the first state is written: without the state it says that the state was lost.
    if (await readText(paths.history)) throw corrupt('the state of the group is missing', paths.state);
    return null;
  }
  const { schema_version, last_event: lastEvent, ...state } = parseStored(StateSchema, text, paths.state);
  if (state.group !== paths.group) throw corrupt(`is the state of the group ${state.group}`, paths.state);
  const hasGap = state.versions.some(({ version }, i) => version !== i + 1);
  if (hasGap || !isSettled(state) || lastEvent.sequence !== state.sequence || lastEvent.champion !== state.champion) {
    throw corrupt('contradicts itself', paths.state);
  }
  return { state, lastEvent };
}

/** As {@link readState}; a group that does not exist is an `InputError` with the names of those that do. */
export async function requireState(paths: GroupPaths): Promise<Stored> {
  const stored = await readState(paths);
  if (stored) return stored;
  const known = (await listGroups(paths.registry)).join(', ');
  const todo = known ? `choose one that it has: ${known}` : 'it has none yet: register a model first';
  throw fault('unknown_group', `the registry has no group ${paths.group}`, paths.registry, todo);
}
