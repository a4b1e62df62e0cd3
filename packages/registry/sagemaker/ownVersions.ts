import { joinUri } from '@pilotlight/artifacts';
import type { GroupState } from '../applyEvent.ts';
import { corrupt } from '../errors.ts';
import { versionFolder } from './keys.ts';
import type { Listed } from './modelPackages.ts';

const OURS = 'Registered by pilotlight, artifacts in ';

/** Ends the comment of a status that we wrote: another ending is a person's. */
export const OWN_COMMENT = '(pilotlight)';

/** Names the digest, since the list of versions tells no metadata. */
export function descriptionOf(uri: string, group: string, digest: string): string {
  return `${OURS}${joinUri(uri, versionFolder(group, digest))}/`;
}

/** The digest of a version that this registry made; null of any other one. */
export function isOurs({ description }: Listed, uri: string, group: string): string | null {
  const digest = /\/([0-9a-f]{64})\/$/.exec(description)?.[1];
  return digest !== undefined && description === descriptionOf(uri, group, digest) ? digest : null;
}

/**
 * Our versions by digest: the one that the journal has, else the one with the lowest number. Two with one digest are of two
 * processes that registered the same content at the same moment.
 *
 * @throws InputError `corrupt_registry` where SageMaker has other content under a number of the journal
 */
export function versionsOf(
  listed: readonly Listed[],
  uri: string,
  group: string,
  state: GroupState | null,
): Map<string, Listed> {
  const versions = new Map<string, Listed>();
  const numbers = new Map((state?.versions ?? []).map(({ version, digest }) => [version, digest]));
  const journalled = new Map((state?.versions ?? []).map(({ version, digest }) => [digest, version]));
  for (const one of listed) {
    const digest = isOurs(one, uri, group);
    const known = numbers.get(one.version);
    if (known !== undefined && known !== digest)
      throw corrupt(`SageMaker has other content as version ${one.version}`, uri);
    if (digest === null || versions.has(digest)) continue;
    if ((journalled.get(digest) ?? one.version) === one.version) versions.set(digest, one);
  }
  return versions;
}

/** Our versions that count for nothing, since another one has their content. */
export function duplicatesOf(listed: readonly Listed[], uri: string, group: string, state: GroupState): Listed[] {
  const versions = versionsOf(listed, uri, group, state);
  return listed.filter((one) => {
    const digest = isOurs(one, uri, group);
    return digest !== null && versions.get(digest) !== one;
  });
}
