import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { joinUri, openStore, type Store } from '@pilotlight/artifacts';
import { clientOptions } from '@pilotlight/aws';
import { corrupt } from '../errors.ts';
import { parseStored } from '../parseStored.ts';
import type { Registry } from '../registry.ts';
import { ContentSchema } from '../schemas.ts';
import type { Backend, Described } from '../service/backend.ts';
import { openServiceRegistry } from '../service/openServiceRegistry.ts';
import { appendEvent, readEvents } from './journal.ts';
import { artifactsFolder, contentKey, GROUPS } from './keys.ts';
import { mirrorState } from './mirrorState.ts';
import { type ModelPackages, openModelPackages } from './modelPackages.ts';
import { publishVersion } from './publishVersion.ts';
import { readLoaded } from './readLoaded.ts';
import { requireWrite } from './requireWrite.ts';

export type SageMakerRegistryOptions = {
  /** What time it is, for events that name no time of their own. Default the system's clock. */
  clock?: () => Date;
};

/**
 * A registry of SageMaker's model packages: a group is a model package group, a version a model package of it, with the same
 * number. Artifacts, facts and the history are objects below `uri` (`s3://BUCKET/PREFIX`), as `keys.ts` says.
 *
 * **Decisions made in the console count.** `Approved` there makes a version the champion, a rejected one too; of several it is the
 * one that was changed last. `Rejected`, or deleted, takes it out of use: when it was the champion, the one approved before it
 * comes back, if there is one. `PendingManualApproval` takes a decision back. They are seen by the next call of anybody, with
 * who did it and their comment, and stand in the journal from the next change on. A `superseded` version stays `Approved` in
 * SageMaker, so the console cannot approve it once more: reject the champion there, or use {@link Registry.approve}. Which of
 * the approved ones is the champion stands in the metadata: `pilotlight_status` is `approved` for it alone.
 *
 * Model packages in the group that something else made are let be: no version of ours, and numbers that we do not have.
 */
export function openSageMakerRegistry(uri: string, options: SageMakerRegistryOptions = {}): Registry {
  const { clock = () => new Date() } = options;
  const store = openStore(uri);
  const packages = openModelPackages(new SageMakerClient(clientOptions()), store.uri);
  return openServiceRegistry(backendOf(store, packages), clock);
}

function backendOf(store: Store, packages: ModelPackages): Backend {
  const { uri } = store;
  return {
    uri,
    groups: () => namesBelow(store, GROUPS),
    load: (group) => readLoaded(store, packages, group),
    events: (group) => readEvents(store, group),
    append: (group, entry) => appendEvent(store, group, entry),
    requireWrite: (journal, version) => requireWrite(packages, journal, version, uri),
    mirror: (group, changes) => mirrorState(store, packages, group, changes),
    publish: (publication) => publishVersion(store, packages, publication),
    describe: (group, _version, digest) => describe(store, group, digest),
    names: (group, _version, digest) => namesBelow(store, artifactsFolder(group, digest)),
    open: (group, _version, digest, name) => store.read(`${artifactsFolder(group, digest)}/${name}`),
    place: (group, _version, digest, name) =>
      joinUri(uri, name === null ? contentKey(group, digest) : `${artifactsFolder(group, digest)}/${name}`),
  };
}

async function namesBelow(store: Store, folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { key } of store.list(folder)) names.push(key.slice(folder.length + 1));
  return names;
}

async function describe(store: Store, group: string, digest: string): Promise<Described> {
  const key = contentKey(group, digest);
  const where = joinUri(store.uri, key);
  const found = await store.readText(key);
  if (found === null) throw corrupt('the description of a version is missing', where);
  const stored = parseStored(ContentSchema, found.text, where);
  return { files: stored.files, facts: stored.facts, modelSha256: stored.model_sha256 };
}
