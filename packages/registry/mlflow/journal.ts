import { randomBytes } from 'node:crypto';
import {
  getModelVersion,
  getRegisteredModel,
  type MlflowClient,
  type RegisteredModel,
  setRegisteredModelTag,
} from '@pilotlight/tracking';
import { parseStored } from '../parseStored.ts';
import { RecordSchema, type StoredRecord } from '../schemas.ts';
import type { Entry, Journal } from '../service/backend.ts';
import { emptyJournal, upToDate } from '../service/recordChange.ts';
import { CHAMPION_ALIAS, shorten } from './tags.ts';

/** An event in a tag; `key` tells its place: two of one number were written at the same moment. */
export type Recorded = { key: string; record: StoredRecord; entry: Entry | null };

export type ReadJournal = {
  journal: Journal;
  /** In their order; those that changed nothing, since another came first, have no entry. */
  events: Recorded[];
};

const EVENT_KEY = /^pilotlight\.event\.(\d{6,})\.[0-9a-f]+$/;

/** MLflow has no conditional write, so the events have an order by their keys, and everybody reads the same journal from them. */
export function readJournal({ name, tags }: RegisteredModel, uri: string): ReadJournal {
  const keys = Object.keys(tags).filter((key) => EVENT_KEY.test(key));
  keys.sort((a, b) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1));
  let journal = emptyJournal(name);
  const events = keys.map((key): Recorded => {
    const record = parseStored(RecordSchema, tags[key] ?? '', `${uri} model ${name} tag ${key}`);
    const { event, by, reason, time } = record;
    const unrecorded = [{ event: withoutUndefined(event), by, reason, time }];
    const [entry = null] = upToDate({ journal, unrecorded });
    journal = entry?.journal ?? journal;
    return { key, record, entry };
  });
  return { journal, events };
}

/** Adds an event behind the last one; false when there is one more than the writer knew. */
export async function appendEvent(
  client: MlflowClient,
  name: string,
  { journal, change }: Entry,
  uri: string,
): Promise<boolean> {
  const model = await getRegisteredModel(client, name);
  if (model === null) return false;
  const before = readJournal(model, uri);
  if (before.journal.state.sequence !== journal.state.sequence - 1) return false;
  const number = numberOf(before.events.at(-1)?.key ?? '') + 1;
  const key = `pilotlight.event.${String(number).padStart(6, '0')}.${randomBytes(4).toString('hex')}`;
  const { event, by, reason, time } = change;
  const alias = model.aliases[CHAMPION_ALIAS] ?? null;
  const registered = event.action === 'register' ? await getModelVersion(client, name, event.version) : null;
  const source = registered?.source ?? null;
  const value = JSON.stringify({ schema_version: 1, event, by, reason: shorten(reason), time, alias, source });
  await setRegisteredModelTag(client, { name, key, value });
  return true;
}

const numberOf = (key: string): number => Number(EVENT_KEY.exec(key)?.[1] ?? 0);

function withoutUndefined(event: StoredRecord['event']): Entry['change']['event'] {
  return JSON.parse(JSON.stringify(event));
}
