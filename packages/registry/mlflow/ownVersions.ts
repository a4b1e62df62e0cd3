import { DIGEST_TAG, equals, type MlflowClient, type ModelVersion, searchModelVersions } from '@pilotlight/tracking';
import type { GroupState } from '../applyEvent.ts';
import { corrupt } from '../errors.ts';
import { REQUEST_TAG } from './tags.ts';

/**
 * Our versions by digest: the one that the journal has, else the one with the lowest number. Two with one digest are of two
 * processes that registered the same content at the same moment. What something else registered is left out.
 *
 * @throws InputError `corrupt_registry` where MLflow has other content under a number of the journal
 */
export async function readVersions(client: MlflowClient, state: GroupState): Promise<Map<string, ModelVersion>> {
  const listed: ModelVersion[] = [];
  for await (const one of searchModelVersions(client, { filter: equals('name', state.group) })) {
    if (one.name === state.group) listed.push(one);
  }
  const numbers = new Map(state.versions.map(({ version, digest }) => [version, digest]));
  const journalled = new Map(state.versions.map(({ version, digest }) => [digest, version]));
  const versions = new Map<string, ModelVersion>();
  for (const one of listed.sort((a, b) => a.version - b.version)) {
    const digest = one.tags[REQUEST_TAG] === undefined ? undefined : one.tags[DIGEST_TAG];
    const known = numbers.get(one.version);
    if (known !== undefined && known !== digest) {
      throw corrupt(`MLflow has other content as version ${one.version}`, `${client.uri} model ${state.group}`);
    }
    if (digest === undefined || versions.has(digest)) continue;
    if ((journalled.get(digest) ?? one.version) === one.version) versions.set(digest, one);
  }
  return versions;
}
