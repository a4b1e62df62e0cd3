import { open, truncate } from 'node:fs/promises';
import { writeJson } from '@pilotlight/artifacts';
import { applyEvent, emptyGroup, findVersion, type GroupEvent, type GroupState, latestOf } from './applyEvent.ts';
import type { GroupPaths } from './groupPaths.ts';
import { checkLines, readLines } from './readHistory.ts';
import { readState, requireState, type Stored } from './readState.ts';
import type { StoredEvent } from './schemas.ts';
import { withGroupLock } from './withGroupLock.ts';

export type Change = {
  event: GroupEvent;
  by: string | null;
  reason: string | null;
  /** When it was done, ISO 8601. Asked for under the lock, so that the times of a history do not run backwards. */
  time: () => string;
  /** What has to be on the disk before the state says that it is there. */
  prepare?: (before: GroupState, after: GroupState, time: string) => Promise<void>;
};

/**
 * Applies a change under the group's lock and returns the state after it. `state.json` is the truth: a change is done once
 * that file is renamed into place. The history's line follows; when the process is killed before it, the next change (and
 * each reader) takes it from the state, which holds its last event.
 */
export async function changeGroup(paths: GroupPaths, lockWaitSeconds: number, change: Change): Promise<GroupState> {
  // A group that a change needs is not made by asking for its lock.
  if (change.event.action !== 'register') await requireState(paths);
  return withGroupLock(paths, lockWaitSeconds, async () => {
    const stored = await readState(paths);
    if (stored) await repairHistory(paths, stored);
    const before = stored?.state ?? emptyGroup(paths.group);
    const after = applyEvent(before, change.event);
    const time = change.time();
    await change.prepare?.(before, after, time);
    if (after !== before) await commit(paths, after, describe(change, after, time));
    return after;
  });
}

async function commit(paths: GroupPaths, state: GroupState, event: StoredEvent): Promise<void> {
  await writeJson(paths.state, { schema_version: 1, ...state, last_event: event });
  // The change is done. A line that cannot be written now is the next change's to write, which is refused when it cannot.
  await appendLine(paths.history, JSON.stringify(event)).catch(() => {});
}

function describe({ event, by, reason }: Change, after: GroupState, time: string): StoredEvent {
  const version = event.action === 'register' ? latestOf(after) : event.version;
  return {
    schema_version: 1,
    sequence: after.sequence,
    action: event.action,
    version,
    status: findVersion(after, version)?.status ?? 'pending',
    champion: after.champion,
    force: 'force' in event && event.force === true,
    by,
    reason,
    time,
  };
}

async function repairHistory(paths: GroupPaths, { state, lastEvent }: Stored): Promise<void> {
  const { lines, bytes, isCut } = await readLines(paths);
  checkLines(lines, state.sequence, paths);
  if (isCut) await truncate(paths.history, bytes);
  if (lines.length < state.sequence) await appendLine(paths.history, JSON.stringify(lastEvent));
}

async function appendLine(path: string, line: string): Promise<void> {
  const handle = await open(path, 'a');
  try {
    await handle.writeFile(`${line}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
