import { resolve } from 'node:path';
import type { GroupState } from './applyEvent.ts';
import { changeGroup } from './changeGroup.ts';
import { checkDecision, isoTime } from './checkDecision.ts';
import { explainDisk } from './errors.ts';
import { explained } from './explained.ts';
import { fetchVersion } from './fetchVersion.ts';
import { groupPaths } from './groupPaths.ts';
import { listGroups } from './listGroups.ts';
import { readHistory } from './readHistory.ts';
import { readState, requireState } from './readState.ts';
import { readVersion } from './readVersion.ts';
import { registerVersion } from './registerVersion.ts';
import type { Decision, HistoryEvent, Registry } from './registry.ts';
import type { StoredEvent } from './schemas.ts';

export type LocalRegistryOptions = {
  /** What time it is, for events that name no time of their own. Default the system's clock. */
  clock?: () => Date;
  /** How long a change waits for another process that changes the same group. Default 10. */
  lockWaitSeconds?: number;
};

/**
 * A registry in a folder of this machine, made by the first `register`:
 *
 * ```
 * <folder>/<group>/state.json                  the truth: statuses, succession, champion, the last event
 * <folder>/<group>/history.jsonl               an event a line, oldest first
 * <folder>/<group>/versions/<n>/version.json   facts, files with their SHA-256, who and when; never changed
 * <folder>/<group>/versions/<n>/artifacts/     the files; never changed
 * <folder>/<group>/lock                        while a process changes the group: which one
 * ```
 *
 * A change writes the version's folder (when registering), then `state.json` by renaming, then the history's line. Killed
 * before `state.json`, nothing has happened, and the next `register` removes the folder; killed after it, the change is
 * done, and the line, which `state.json` holds too, is made up for. Readers take no lock and write nothing, so a folder
 * that is mounted read-only can be read.
 *
 * The lock is a file that names its process: on a disk that several machines share it keeps changes apart, but a lock
 * whose machine went down has to be removed by hand.
 */
export function openLocalRegistry(folder: string, options: LocalRegistryOptions = {}): Registry {
  const { clock = () => new Date(), lockWaitSeconds = 10 } = options;
  const registry = resolve(folder);
  const timeOf = (at: Date | undefined) => () => isoTime(at ?? clock());
  const pathsOf = (group: string) => groupPaths(registry, group);
  const stateOf = async (group: string) => (await requireState(pathsOf(group))).state;
  const decide = async (request: Decision, event: Parameters<typeof changeGroup>[2]['event']) => {
    const { group, version, at } = request;
    const { by, reason } = checkDecision(request);
    const time = timeOf(at);
    const state = await changeGroup(pathsOf(group), lockWaitSeconds, { event, by, reason, time });
    return readVersion(pathsOf(group), state, version);
  };
  const methods: Registry = {
    register: async (request) => registerVersion(pathsOf(request.group), lockWaitSeconds, request, timeOf(request.at)),
    approve: async (request) => decide(request, { action: 'approve', version: request.version, ...forceOf(request) }),
    reject: async (request) => {
      const { version, replacement } = request;
      const named = replacement === undefined ? {} : { replacement };
      return decide(request, { action: 'reject', version, ...named, ...forceOf(request) });
    },
    champion: async (group) => {
      const stored = await readState(pathsOf(group));
      const champion = stored?.state.champion ?? null;
      return champion === null ? null : fetchVersion(pathsOf(group), stored?.state as GroupState, champion);
    },
    version: async (group, version) => readVersion(pathsOf(group), await stateOf(group), version),
    fetch: async (group, version) => fetchVersion(pathsOf(group), await stateOf(group), version),
    history: async (group) => (await readHistory(pathsOf(group))).map(eventOf),
    list: async (group) => {
      const state = await stateOf(group);
      return Promise.all(state.versions.map(({ version }) => readVersion(pathsOf(group), state, version)));
    },
    groups: async () => listGroups(registry),
  };
  return explained(methods, (error) => explainDisk(error, 'bad_registry', registry));
}

function forceOf({ force }: { force?: boolean }): { force?: boolean } {
  return force === true ? { force } : {};
}

function eventOf({ schema_version, ...event }: StoredEvent): HistoryEvent {
  return event;
}
