/**
 * The objects of a registry, below its URI:
 *
 * ```
 * _groups/<group>                       which groups there are; empty
 * <group>/<digest>/artifacts/...        the files of a version
 * <group>/<digest>/version.json         their SHA-256, and the facts
 * <group>/<digest>/requests/<hash>.json who asked for its registration, and how
 * <group>/history/000001.json           the first event, and the group after it
 * ```
 *
 * Each is written once, on the condition that it is not there, and never changed or removed.
 */
export const GROUPS = '_groups';

export const groupMarker = (group: string) => `${GROUPS}/${group}`;
export const versionFolder = (group: string, digest: string) => `${group}/${digest}`;
export const artifactsFolder = (group: string, digest: string) => `${group}/${digest}/artifacts`;
export const contentKey = (group: string, digest: string) => `${group}/${digest}/version.json`;
export const claimKey = (group: string, digest: string, hash: string) => `${group}/${digest}/requests/${hash}.json`;
export const historyFolder = (group: string) => `${group}/history`;
export const eventKey = (group: string, sequence: number) =>
  `${historyFolder(group)}/${String(sequence).padStart(6, '0')}.json`;
