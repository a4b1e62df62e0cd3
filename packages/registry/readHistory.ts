import { corrupt } from './errors.ts';
import type { GroupPaths } from './groupPaths.ts';
import { parseStored } from './parseStored.ts';
import { requireState } from './readState.ts';
import { readText } from './readText.ts';
import { EventSchema, type StoredEvent } from './schemas.ts';

/**
 * The events of a group, oldest first. It needs no lock: the history is behind the state by one event at most, which the
 * state holds (so too after a process was killed between writing the two), and ahead of it only when a change came between
 * the two readings here.
 */
export async function readHistory(paths: GroupPaths): Promise<StoredEvent[]> {
  const stored = await requireState(paths);
  const { lines } = await readLines(paths);
  const { sequence } = stored.state;
  const isAhead = lines.length > sequence && (await requireState(paths)).state.sequence >= lines.length;
  const events = checkLines(lines, isAhead ? lines.length : sequence, paths);
  return lines.length < sequence ? [...events, stored.lastEvent] : events;
}

/** The whole lines of the history, and how many bytes they take: what stands behind them was cut off in the writing. */
export async function readLines(paths: GroupPaths): Promise<{ lines: string[]; bytes: number; isCut: boolean }> {
  const text = (await readText(paths.history)) ?? '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return { lines: whole.split('\n').slice(0, -1), bytes: Buffer.byteLength(whole), isCut: whole.length < text.length };
}

/** The events of the lines of a history whose state is at `sequence`: all of them, or all but the last. */
export function checkLines(lines: readonly string[], sequence: number, paths: GroupPaths): StoredEvent[] {
  if (lines.length !== sequence && lines.length !== sequence - 1) {
    throw corrupt(`has ${lines.length} events where the state knows of ${sequence}`, paths.history);
  }
  return lines.map((line, i) => {
    const where = `${paths.history} line ${i + 1}`;
    const event = parseStored(EventSchema, line, where);
    if (event.sequence !== i + 1) throw corrupt(`is event ${event.sequence}`, where);
    return event;
  });
}
