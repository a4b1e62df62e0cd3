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
  /** By number. Of a folder it is 1, 2, 3 ...; a service may have given a number to something else. */
  versions: VersionState[];
};

export type GroupEvent =
  /** `version`: the number that a service gave; default the next one. */
  | { action: 'register'; digest: string; status?: 'pending' | 'approved' | 'rejected'; version?: number }
  | { action: 'approve'; version: number; force?: boolean }
  | { action: 'reject'; version: number; replacement?: number; force?: boolean }
  | { action: 'withdraw'; version: number };

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
  return state.versions.at(-1)?.version ?? 0;
}

export function findVersion(state: GroupState, version: number): VersionState | undefined {
  return state.versions.find((one) => one.version === version);
}

export function requireVersion(state: GroupState, version: number): VersionState {
  const found = findVersion(state, version);
  if (found) return found;
  const numbers = state.versions.map((one) => one.version);
  const isWhole = numbers.every((number, i) => number === i + 1);
  const choice = isWhole ? `from 1 to ${numbers.length}` : `of ${numbers.join(', ')}`;
  const known = numbers.length === 1 ? `it has version ${numbers[0]} only` : `choose one ${choice}`;
  throw fault('unknown_version', `there is no version ${version}`, nameOf(state), known);
}

/** Whether champion and statuses are what the succession says; a state that was written by this package always is. */
export function isSettled(state: GroupState): boolean {
  const { succession, versions } = state;
  if (new Set(succession).size < succession.length) return false;
  if (succession.some((version) => !findVersion(state, version))) return false;
  if (versions.some(({ version }, i) => version <= (versions[i - 1]?.version ?? 0))) return false;
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
      return register(state, event);
    case 'approve':
      return approve(state, event.version, event.force ?? false);
    case 'reject':
      return reject(state, event);
    case 'withdraw':
      return withdraw(state, event.version);
  }
}

function register(state: GroupState, event: GroupEvent & { action: 'register' }): GroupState {
  const { digest, status = 'pending', version = latestOf(state) + 1 } = event;
  if (state.versions.some((one) => one.digest === digest)) return state;
  const first = status === 'approved' ? 'pending' : status;
  const versions = [...state.versions, { version, status: first, digest }];
  const added = { ...state, versions: versions.sort((a, b) => a.version - b.version) };
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
  const rejected = settle(state, without(state.succession, version), { version, status: 'rejected' });
  return replacement === undefined ? rejected : approve(rejected, replacement, force);
}

/** What was decided counts no more: the version waits again. */
function withdraw(state: GroupState, version: number): GroupState {
  if (requireVersion(state, version).status === 'pending') return state;
  return settle(state, without(state.succession, version), { version, status: 'pending' });
}

/** Champion and statuses as a succession says. `left` is the version that is not in it any more, and what it becomes. */
function settle(state: GroupState, succession: number[], left?: { version: number; status: Status }): GroupState {
  const champion = succession.at(-1) ?? null;
  const statusOf = ({ version, status }: VersionState): Status => {
    if (version === champion) return 'approved';
    if (succession.includes(version)) return 'superseded';
    return version === left?.version ? left.status : status;
  };
  const versions = state.versions.map((one) => ({ ...one, status: statusOf(one) }));
  return { ...state, champion, succession, versions };
}

function without(succession: readonly number[], version: number): number[] {
  return succession.filter((one) => one !== version);
}

const nameOf = ({ group }: GroupState) => `group ${group}`;
