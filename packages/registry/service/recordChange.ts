import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '@pilotlight/errors';
import { applyEvent, emptyGroup, findVersion } from '../applyEvent.ts';
import { fault } from '../errors.ts';
import type { StoredEvent } from '../schemas.ts';
import type { Backend, Entry, Journal, Loaded, Unrecorded } from './backend.ts';

/** A change of the caller's: `time` is asked for when it is written. */
export type Change = Omit<Unrecorded, 'time' | 'observed'> & { time: () => string };

const TRIES_MAX = 40;
const PAUSE_MS = 30;

/**
 * Writes a change into the journal, after what the service has and the journal lacks (with `null` that alone); whoever comes second
 * reads again and applies the change to what stands there then. At last the service is told. Done again, it writes nothing.
 *
 * @throws InputError those of {@link applyEvent}, and `locked` where others are first forty times in a row
 */
export async function recordChange(backend: Backend, group: string, change: Change | null): Promise<Journal> {
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const loaded = (await backend.load(group)) ?? { journal: emptyJournal(group), unrecorded: [] };
    const entries = entriesOf(loaded, change);
    if (await appendAll(backend, group, entries)) {
      const decided = change && { version: change.event.version, reason: change.reason };
      await backend.mirror(group, { versions: changedBy(loaded.journal, entries), decided });
      return entries.at(-1)?.journal ?? loaded.journal;
    }
    await sleep(PAUSE_MS * tries * Math.random());
  }
  const what = `others change the model group ${group} all the time`;
  throw fault('locked', what, backend.uri, 'try again after them');
}

/** The journal with what the service has beyond it: those that change something. */
export function upToDate({ journal, unrecorded }: Loaded): Entry[] {
  let last = journal;
  const entries: Entry[] = [];
  for (const one of unrecorded) {
    const entry = applyIfPossible(last, one);
    if (entry === null) continue;
    entries.push(entry);
    last = entry.journal;
  }
  return entries;
}

/** What cannot be done any more, since another change came first, counts for nothing. */
function applyIfPossible(before: Journal, one: Unrecorded): Entry | null {
  try {
    return apply(before, one, () => one.time);
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

export function emptyJournal(group: string): Journal {
  return { state: emptyGroup(group), registrations: [], observed: [] };
}

function entriesOf(loaded: Loaded, change: Change | null): Entry[] {
  if (change === null) return upToDate(loaded);
  // The caller's own registration says more than what the service has of it.
  const isOwn = ({ event }: Unrecorded) =>
    event.action === 'register' && change.event.action === 'register' && event.version === change.event.version;
  const entries = upToDate({ ...loaded, unrecorded: loaded.unrecorded.filter((one) => !isOwn(one)) });
  const own = apply(entries.at(-1)?.journal ?? loaded.journal, change, change.time);
  return own === null ? entries : [...entries, own];
}

/** The journal after the change; null when it changes nothing. */
function apply(before: Journal, change: Omit<Unrecorded, 'time'>, time: () => string): Entry | null {
  const { event, by, observed } = change;
  const state = applyEvent(before.state, event);
  if (state === before.state) return null;
  const at = time();
  const { version } = event;
  const registered = event.action === 'register' ? [{ version, by, at }] : [];
  const others = before.observed.filter((one) => one.version !== version);
  const journal: Journal = {
    state,
    registrations: [...before.registrations, ...registered],
    observed: observed === undefined ? before.observed : [...others, { version, at: observed }],
  };
  return { change: { ...change, time: at }, event: stored(journal, change, at), journal };
}

function stored({ state }: Journal, { event, by, reason }: Omit<Unrecorded, 'time'>, time: string): StoredEvent {
  return {
    schema_version: 1,
    sequence: state.sequence,
    action: event.action,
    version: event.version,
    status: findVersion(state, event.version)?.status ?? 'pending',
    champion: state.champion,
    force: 'force' in event && event.force === true,
    by,
    reason,
    time,
  };
}

async function appendAll(backend: Backend, group: string, entries: readonly Entry[]): Promise<boolean> {
  for (const entry of entries) {
    if (!(await backend.append(group, entry))) return false;
  }
  return true;
}

/** The versions whose status is another one than before. */
function changedBy(before: Journal, entries: readonly Entry[]): number[] {
  const after = entries.at(-1)?.journal.state.versions ?? [];
  return after.flatMap(({ version, status }) =>
    findVersion(before.state, version)?.status === status ? [] : [version],
  );
}
