import { join, resolve } from 'node:path';
import { fault } from './errors.ts';

export type GroupPaths = {
  group: string;
  registry: string;
  folder: string;
  lock: string;
  state: string;
  history: string;
  versions: string;
};

const NAME = /^[A-Za-z0-9](-?[A-Za-z0-9]){0,62}$/;

/** Where a group's files are. A name that is none of a group, and so may lead elsewhere, is an `InputError`. */
export function groupPaths(registry: string, group: string): GroupPaths {
  requireGroupName(group);
  const folder = join(resolve(registry), group);
  return {
    group,
    registry: resolve(registry),
    folder,
    lock: join(folder, 'lock'),
    state: join(folder, 'state.json'),
    history: join(folder, 'history.jsonl'),
    versions: join(folder, 'versions'),
  };
}

/** @throws InputError `bad_request` */
export function requireGroupName(group: string): void {
  if (isGroupName(group)) return;
  const todo = 'use up to 63 letters, digits and single hyphens between them';
  throw fault('bad_request', 'the group has a name that cannot be used', JSON.stringify(group), todo);
}

export function isGroupName(name: string): boolean {
  return name.length <= 63 && NAME.test(name);
}

export const versionFolder = (paths: GroupPaths, version: number) => join(paths.versions, String(version));
export const versionFile = (paths: GroupPaths, version: number) => join(versionFolder(paths, version), 'version.json');
export const artifactsFolder = (paths: GroupPaths, version: number) => join(versionFolder(paths, version), 'artifacts');
