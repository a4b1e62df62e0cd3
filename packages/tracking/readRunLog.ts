import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { InputError } from '@pilotlight/errors';

export type MetricPoint = { key: string; step: number; value: number };

/** What a run log says, in the order in which it was recorded. */
export type RecordedRun = {
  run_id: string;
  name: string;
  execution_date: string;
  /** As texts, the way a tracking server keeps them. */
  params: Record<string, string>;
  /** Without those that were not measurable; a point that was recorded twice is there once. */
  metrics: MetricPoint[];
  tags: Record<string, string>;
  /** Relative to the log's folder: inside it, or inside the folder that it is in. */
  artifacts: string[];
  /** `cut`: the log has no end, so the step that wrote it was killed. */
  outcome: 'finished' | 'failed' | 'cut';
};

type Json = { [key: string]: unknown };

/**
 * Reads the journal that {@link openRunLog} wrote in `folder`. A last line that is half written, as a killed step leaves it, is
 * left out. No journal, a line that is none, a value that no tracking server takes (NaN, infinite) or an artifact elsewhere are an
 * InputError (`no_run`, `bad_run`).
 */
export function readRunLog(folder: string): RecordedRun {
  const [start, ...records] = readLines(folder);
  if (start === undefined) {
    throw new InputError({ code: 'no_run', what: 'the run log is empty', where: folder, todo: 'run the step again' });
  }
  const refuse = (what: string) => badRun(folder, what);
  if (start.event !== 'start' || start.schema_version !== 1) throw refuse('does not begin as a run log of version 1');
  const run: RecordedRun = {
    run_id: textOf(start.run_id, refuse),
    name: textOf(start.name, refuse),
    execution_date: textOf(start.execution_date, refuse),
    params: {},
    metrics: [],
    tags: {},
    artifacts: [],
    outcome: 'cut',
  };
  const seen = new Set<string>();
  for (const record of records) addRecord(run, record, seen, refuse);
  return { ...run, artifacts: [...new Set(run.artifacts)].sort() };
}

/** One name of a point: the same for the same point, whoever recorded it and when. */
export function pointId({ key, step, value }: MetricPoint): string {
  return `${key}\n${step}\n${value}`;
}

type Refuse = (what: string) => InputError;

function addRecord(run: RecordedRun, record: Json, seen: Set<string>, refuse: Refuse): void {
  if (record.event === 'params') {
    for (const [key, value] of entriesOf(record, refuse)) run.params[key] = paramOf(key, value, refuse);
  } else if (record.event === 'metrics') {
    addPoints(run, record, seen, refuse);
  } else if (record.event === 'tags') {
    for (const [key, value] of entriesOf(record, refuse)) run.tags[key] = textOf(value, refuse);
  } else if (record.event === 'artifact') {
    run.artifacts.push(artifactOf(record.path, refuse));
  } else if (record.event === 'end') {
    run.outcome = record.status === 'failed' ? 'failed' : 'finished';
  } else {
    throw refuse(`an unknown event ${JSON.stringify(record.event)}`);
  }
}

function addPoints(run: RecordedRun, record: Json, seen: Set<string>, refuse: Refuse): void {
  const { step } = record;
  if (!Number.isSafeInteger(step)) throw refuse(`the step ${JSON.stringify(step)} is no whole number`);
  for (const [key, value] of entriesOf(record, refuse)) {
    if (value === null) continue;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw refuse(`the metric ${key} is no finite number`);
    const point = { key, step: step as number, value };
    if (seen.has(pointId(point))) continue;
    seen.add(pointId(point));
    run.metrics.push(point);
  }
}

function readLines(folder: string): Json[] {
  const text = readJournal(folder);
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const whole = lines.map((line, index) => {
    const record = parseLine(line);
    if (record === null) throw badRun(folder, `line ${index + 1} of run.jsonl is not JSON`);
    return record;
  });
  const cut = last === '' ? null : parseLine(last);
  return cut === null ? whole : [...whole, cut];
}

function readJournal(folder: string): string {
  try {
    return readFileSync(join(folder, 'run.jsonl'), 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
    const what = isAbsent ? 'there is no run log' : `the run log cannot be read (${code})`;
    throw new InputError({ code: 'no_run', what, where: folder, todo: 'give the folder of one', cause: error });
  }
}

function parseLine(line: string): Json | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
  } catch {
    return null;
  }
}

function entriesOf({ values }: Json, refuse: Refuse): [string, unknown][] {
  if (typeof values !== 'object' || values === null) throw refuse('a record has no values');
  return Object.entries(values);
}

function textOf(value: unknown, refuse: Refuse): string {
  if (typeof value !== 'string') throw refuse(`${JSON.stringify(value) ?? 'nothing'} stands where a text should`);
  return value;
}

function paramOf(key: string, value: unknown, refuse: Refuse): string {
  const isPlain = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  if (!isPlain) throw refuse(`the parameter ${key} is no text, finite number, true or false`);
  return String(value);
}

/** A log may name what stands beside it, and nothing further away: what is uploaded is never a file of somebody else. */
function artifactOf(value: unknown, refuse: Refuse): string {
  const path = textOf(value, refuse);
  const inside = path.replace(/^\.\.(\/|$)/, '');
  const isNear = !posix.isAbsolute(path) && !inside.split('/').includes('..');
  if (!isNear) throw refuse(`the artifact ${JSON.stringify(path)} is outside of the step's output`);
  return path;
}

function badRun(folder: string, what: string): InputError {
  return new InputError({ code: 'bad_run', what, where: folder, todo: 'run the step again' });
}
