import { ArtifactError, joinUri, type Store } from '@pilotlight/artifacts';
import { isSettled } from '../applyEvent.ts';
import { corrupt } from '../errors.ts';
import { parseStored } from '../parseStored.ts';
import { JournalSchema, type StoredEvent } from '../schemas.ts';
import type { Entry, Journal } from '../service/backend.ts';
import { mapLimited } from '../service/mapLimited.ts';
import { eventKey, historyFolder } from './keys.ts';

type Read = { journal: Journal; event: StoredEvent };

/** A group of many versions is longer than the store's own limit for texts. */
const BYTES_MAX = 64 * 1024 ** 2;
const PARALLEL = 16;

/** The group after its last event; null when it has none. */
export async function readJournal(store: Store, group: string): Promise<Journal | null> {
  const sequence = await lastSequence(store, group);
  return sequence === 0 ? null : (await readEntry(store, group, sequence)).journal;
}

/** Every event, oldest first. */
export async function readEvents(store: Store, group: string): Promise<StoredEvent[]> {
  const sequences = Array.from({ length: await lastSequence(store, group) }, (_, i) => i + 1);
  return mapLimited(PARALLEL, sequences, async (sequence) => (await readEntry(store, group, sequence)).event);
}

/** False when there is an event with that number already. */
export async function appendEvent(store: Store, group: string, { journal, event }: Entry): Promise<boolean> {
  const { state, registrations, observed } = journal;
  const text = JSON.stringify({ schema_version: 1, ...state, last_event: event, registrations, observed });
  try {
    await store.write(eventKey(group, state.sequence), `${text}\n`, { ifAbsent: true });
    return true;
  } catch (error) {
    if (error instanceof ArtifactError && error.code === 'exists') return false;
    throw error;
  }
}

/** How many events there are; a gap, or a file that is none of them, is refused. */
async function lastSequence(store: Store, group: string): Promise<number> {
  let last = 0;
  for await (const { key } of store.list(historyFolder(group))) {
    if (key !== eventKey(group, last + 1)) throw corrupt(`is not event ${last + 1}`, joinUri(store.uri, key));
    last += 1;
  }
  return last;
}

async function readEntry(store: Store, group: string, sequence: number): Promise<Read> {
  const key = eventKey(group, sequence);
  const where = joinUri(store.uri, key);
  const found = await store.readText(key, { bytesMax: BYTES_MAX });
  if (found === null) throw corrupt(`event ${sequence} is missing`, where);
  const {
    schema_version,
    last_event: event,
    registrations,
    observed,
    ...state
  } = parseStored(JournalSchema, found.text, where);
  if (state.group !== group) throw corrupt(`is the state of the group ${state.group}`, where);
  const isOther = state.sequence !== sequence || event.sequence !== sequence || event.champion !== state.champion;
  if (isOther || !isSettled(state)) throw corrupt('contradicts itself', where);
  return { journal: { state, registrations, observed }, event };
}
