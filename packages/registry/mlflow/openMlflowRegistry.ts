import { posix } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  getModelVersion,
  getRegisteredModel,
  type MlflowClient,
  openMlflow,
  openRunArtifacts,
  searchRegisteredModels,
  setRegisteredModelTag,
  TrackingError,
} from '@pilotlight/tracking';
import { corrupt } from '../errors.ts';
import { explained } from '../explained.ts';
import { parseStored } from '../parseStored.ts';
import type { Registry } from '../registry.ts';
import { ContentSchema } from '../schemas.ts';
import type { Backend, Described } from '../service/backend.ts';
import { openServiceRegistry } from '../service/openServiceRegistry.ts';
import { explainMlflow } from './explainMlflow.ts';
import { ARTIFACTS, DESCRIPTION } from './files.ts';
import { appendEvent, readJournal } from './journal.ts';
import { mirrorState } from './mirrorState.ts';
import { publishVersion } from './publishVersion.ts';
import { readLoaded } from './readLoaded.ts';
import { REGISTRY_TAG, SHOWN_TAG } from './tags.ts';

export type MlflowRegistryOptions = {
  /** What time it is, for events that name no time of their own. Default the system's clock. */
  clock?: () => Date;
};

/**
 * A registry of MLflow's registered models at a tracking URI (as `openMlflow` takes it): a group is a registered model, a version
 * one of its versions, with the same number. Files and facts are artifacts of a run of the experiment `pilotlight-registry`, the
 * history is in tags of the registered model.
 *
 * **The champion is the alias `champion`**, wherever it is set: set in MLflow's pages it approves a version, also one that was
 * rejected; taken away there, nobody is the champion until a version is approved anew. A version that was deleted counts as
 * rejected. The tag `pilotlight.status` of versions shows their status; setting it decides nothing.
 *
 * MLflow has no conditional write. Changes of one group at the same moment are all done and have one order, the same for
 * everybody; one that is not possible any more after another one of that moment counts for nothing. Reasons are cut after 2,500
 * characters.
 */
export function openMlflowRegistry(trackingUri: string, options: MlflowRegistryOptions = {}): Registry {
  const { clock = () => new Date() } = options;
  return explained(openServiceRegistry(backendOf(openMlflow(trackingUri)), clock), explainMlflow);
}

function backendOf(client: MlflowClient): Backend {
  const uri = `mlflow:${client.uri}`;
  return {
    uri,
    groups: () => groupNames(client),
    load: (group) => readLoaded(client, group, uri),
    events: async (group) => {
      const model = await getRegisteredModel(client, group);
      const { events } = model === null ? { events: [] } : readJournal(model, uri);
      return events.flatMap(({ entry }) => (entry === null ? [] : [entry.event]));
    },
    append: (group, entry) => appendEvent(client, group, entry, uri),
    requireWrite: (journal) => requireWrite(client, journal.state.group),
    mirror: (group) => mirrorState(client, group, uri),
    publish: (publication) => publishVersion(client, publication),
    describe: (group, version) => describe(client, group, version),
    names: async (group, version) => {
      const names: string[] = [];
      const { artifacts } = await artifactsOf(client, group, version);
      for await (const { name } of artifacts.list()) {
        if (name.startsWith(`${ARTIFACTS}/`)) names.push(name.slice(ARTIFACTS.length + 1));
      }
      return names;
    },
    open: async (group, version, _digest, name) => {
      const { artifacts } = await artifactsOf(client, group, version);
      return artifacts.read(`${ARTIFACTS}/${name}`);
    },
    place: (group, version, _digest, name) =>
      `${uri} ${group} version ${version} ${name === null ? DESCRIPTION : posix.join(ARTIFACTS, name)}`,
  };
}

async function groupNames(client: MlflowClient): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, tags } of searchRegisteredModels(client)) {
    if (tags[REGISTRY_TAG] !== undefined) names.push(name);
  }
  return names;
}

/** Writes a tag that stands there already: there is no other way to ask whether one may. */
async function requireWrite(client: MlflowClient, name: string): Promise<void> {
  const value = (await getRegisteredModel(client, name))?.tags[SHOWN_TAG] ?? '';
  await setRegisteredModelTag(client, { name, key: SHOWN_TAG, value });
}

async function artifactsOf(client: MlflowClient, group: string, version: number) {
  const where = `mlflow:${client.uri} ${group} version ${version}`;
  const found = await getModelVersion(client, group, version);
  const source = found?.source ?? (await recordedSource(client, group, version));
  if (source === null) throw corrupt('nothing tells where its artifacts are', where);
  return { artifacts: openRunArtifacts(client, source), where };
}

/** Of a version that was deleted. */
async function recordedSource(client: MlflowClient, group: string, version: number): Promise<string | null> {
  const model = await getRegisteredModel(client, group);
  const events = model === null ? [] : readJournal(model, `mlflow:${client.uri}`).events;
  return (
    events.find(({ record: { event, source } }) => event.version === version && source !== null)?.record.source ?? null
  );
}

async function describe(client: MlflowClient, group: string, version: number): Promise<Described> {
  const { artifacts, where } = await artifactsOf(client, group, version);
  const place = `${where} ${DESCRIPTION}`;
  const content = await artifacts.read(DESCRIPTION).then(text, (error) => {
    const isMissing = error instanceof TrackingError && error.code === 'not_found';
    throw isMissing ? corrupt(`the description of version ${version} is missing`, place, error) : error;
  });
  const stored = parseStored(ContentSchema, content, place);
  return { files: stored.files, facts: stored.facts, modelSha256: stored.model_sha256 };
}
