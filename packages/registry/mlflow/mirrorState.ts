import {
  deleteModelAlias,
  getRegisteredModel,
  type MlflowClient,
  setModelAlias,
  setModelVersionTag,
  setRegisteredModelTag,
} from '@pilotlight/tracking';
import { aliasOf, isOurAlias } from './alias.ts';
import { readJournal } from './journal.ts';
import { readVersions } from './ownVersions.ts';
import { CHAMPION_ALIAS, SHOWN_TAG, STATUS_TAG } from './tags.ts';

/** Sets the alias and the tags of statuses as the journal says; an alias that a person moved is the next change's to record. */
export async function mirrorState(client: MlflowClient, name: string, uri: string): Promise<void> {
  const model = await getRegisteredModel(client, name);
  if (model === null) return;
  const { journal, events } = readJournal(model, uri);
  const { state } = journal;
  const last = events.at(-1)?.key;
  if (last === undefined || !isOurAlias(model, events, state.champion)) return;
  const alias = aliasOf(model);
  if (state.champion === null && alias !== null) await deleteModelAlias(client, { name, alias: CHAMPION_ALIAS });
  if (state.champion !== null && alias !== state.champion) {
    await setModelAlias(client, { name, alias: CHAMPION_ALIAS, version: state.champion });
  }
  if (model.tags[SHOWN_TAG] !== last) await setRegisteredModelTag(client, { name, key: SHOWN_TAG, value: last });
  const versions = await readVersions(client, state);
  for (const { version, digest, status } of state.versions) {
    const tagged = versions.get(digest)?.tags[STATUS_TAG];
    if (tagged === undefined || tagged === status) continue;
    await setModelVersionTag(client, { name, version, key: STATUS_TAG, value: status });
  }
}
