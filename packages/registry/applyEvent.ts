import { fault } from './errors.ts';
import type { Status } from './registry.ts';

export type VersionState = { version: number; status: Status; digest: string };

/** Everything about a group that changes. */
export type GroupState = {
  group: string;
  /** How many changes led here. */
  sequence: number;
  champion: number | null;
  /** The versions approved and not rejected since, in the order of their approval: the last one is the champion. */
  succession: number[];
  /** Version n at index n - 1. */
  versions: VersionState[];
};

export type GroupEvent =
  | { action: 'register'; digest: string; status?: 'pending' | 'approved' | 'rejected' }
  | { action: 'approve'; version: number; force?: boolean }
  | { action: 'reject'; version: number; replacement?: number; force?: boolean };

/**
 * The state after an event; the very same object when the event changes nothing (content that is registered already, the
 * champion approved again, a rejected version rejected again). The rules are those of {@link Registry}.
 *
 * @throws InputError `unknown_version`, `version_rejected`, `champion_needed`, `not_champion`
 */
export function applyEvent(state: GroupState, event: GroupEvent): GroupState {
  const next = transition(state, event);
  return next === state ? state : { ...next, sequence: state.sequence + 1 };
}

export function emptyGroup(group: string): GroupState {
  return { group, sequence: 0, champion: null, succession: [], versions: [] };
}

/** The number of the newest version; 0 when there is none. */
export function latestOf(state: GroupState): number {
  return state.versions.length;
}

export function requireVersion(state: GroupState, version: number): VersionState {
  const found = state.versions[version - 1];
  if (found) return found;
  const known = latestOf(state) === 1 ? 'it has version 1 only' : `choose one from 1 to ${latestOf(state)}`;
  throw fault('unknown_version', `there is no version ${version}`, nameOf(state), known);
}

/** Whether champion and statuses are what the succession says; a state that was written by this package always is. */
export function isSettled(state: GroupState): boolean {
  const { succession, versions } = state;
  if (new Set(succession).size < succession.length) return false;
  if (succession.some((version) => !versions[version - 1]) || versions.some(({ version }, i) => version !== i + 1)) {
    return false;
  }
  const settled = settle(state, succession);
  if (settled.champion !== state.champion) return false;
  return versions.every(({ version, status }, i) => {
    const isDecided = status === 'approved' || status === 'superseded';
    return status === settled.versions[i]?.status && isDecided === succession.includes(version);
  });
}

function transition(state: GroupState, event: GroupEvent): GroupState {
  switch (event.action) {
    case 'register':
      return register(state, event.digest, event.status ?? 'pending');
    case 'approve':
      return approve(state, event.version, event.force ?? false);
    case 'reject':
      return reject(state, event);
  }
}

function register(state: GroupState, digest: string, status: 'pending' | 'approved' | 'rejected'): GroupState {
  if (state.versions.some((one) => one.digest === digest)) return state;
  const version = latestOf(state) + 1;
  const first = status === 'approved' ? 'pending' : status;
  const added = { ...state, versions: [...state.versions, { version, status: first, digest }] };
  return status === 'approved' ? approve(added, version, false) : added;
}

function approve(state: GroupState, version: number, force: boolean): GroupState {
  const { status } = requireVersion(state, version);
  if (version === state.champion) return state;
  if (status === 'rejected' && !force) {
    const todo = 'approve another version, or this one by force';
    throw fault('version_rejected', `version ${version} is rejected`, nameOf(state), todo);
  }
  return settle(state, [...without(state.succession, version), version]);
}

function reject(state: GroupState, event: GroupEvent & { action: 'reject' }): GroupState {
  const { version, replacement, force = false } = event;
  const { status } = requireVersion(state, version);
  if (replacement !== undefined) requireVersion(state, replacement);
  if (status === 'rejected' && (replacement === undefined || replacement === state.champion)) return state;
  if (version !== state.champion && replacement !== undefined) {
    const todo = 'reject it without a replacement';
    throw fault('not_champion', `version ${version} is not the champion`, nameOf(state), todo);
  }
  if (version === state.champion && replacement === undefined && !force) {
    const todo = 'name the version that takes its place, or reject it by force to go back to the champion before it';
    throw fault('champion_needed', `version ${version} is the champion`, nameOf(state), todo);
  }
  if (version === replacement) {
    const what = `version ${version} cannot take its own place`;
    throw fault('champion_needed', what, nameOf(state), 'name another version');
  }
  const rejected = settle(state, without(state.succession, version), version);
  return replacement === undefined ? rejected : approve(rejected, replacement, force);
}

/** Champion and statuses as a succession says. `rejected`, when given, becomes so. */
function settle(state: GroupState, succession: number[], rejected?: number): GroupState {
  const champion = succession.at(-1) ?? null;
  const statusOf = ({ version, status }: VersionState): Status => {
    if (version === champion) return 'approved';
    if (succession.includes(version)) return 'superseded';
    return version === rejected ? 'rejected' : status;
  };
  const versions = state.versions.map((one) => ({ ...one, status: statusOf(one) }));
  return { ...state, champion, succession, versions };
}

function without(succession: readonly number[], version: number): number[] {
  return succession.filter((one) => one !== version);
}

const nameOf = ({ group }: GroupState) => `group ${group}`;
