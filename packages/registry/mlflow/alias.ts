import type { RegisteredModel } from '@pilotlight/tracking';
import type { Recorded } from './journal.ts';
import { CHAMPION_ALIAS, SHOWN_TAG } from './tags.ts';

export function aliasOf({ aliases }: RegisteredModel): number | null {
  return aliases[CHAMPION_ALIAS] ?? null;
}

/**
 * Whether the alias is where one of us put it, and not a person: it names the champion of the journal, the one of the event that it
 * was last set for, or what a later event found, whose writer may not have got to setting it.
 */
export function isOurAlias(model: RegisteredModel, events: readonly Recorded[], champion: number | null): boolean {
  const alias = aliasOf(model);
  if (alias === champion) return true;
  const shown = events.findIndex(({ key }) => key === model.tags[SHOWN_TAG]);
  const later = events.slice(shown + 1);
  const ours = new Set<number | null>(later.map(({ record }) => record.alias));
  for (const { entry } of shown < 0 ? later : [events[shown] as Recorded, ...later]) {
    if (entry) ours.add(entry.event.champion);
  }
  // Before the first event nobody had set it.
  if (events.length === 0) ours.add(null);
  return ours.has(alias);
}
