import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix, relative, resolve, sep } from 'node:path';
import { writeJson } from '@pilotlight/artifacts';
import { InputError } from '@pilotlight/errors';

type Value = string | number | boolean;
type Point = { step: number; value: number };

export type RunLog = {
  params(values: Record<string, Value>): void;
  /** A null value was not measurable: it is noted in `run.jsonl` and kept out of `metrics.json`. */
  metrics(values: Record<string, number | null>, step?: number): void;
  tags(values: Record<string, string>): void;
  /** A file or folder, absolute or relative to the run's folder, which is how it is noted. */
  artifact(path: string): void;
  /** A run that is not closed counts as killed; one that says so, as failed. */
  close(outcome?: 'finished' | 'failed'): Promise<void>;
};

/** MLflow's rule for the names of parameters, metrics and tags. */
const NAME = /^[A-Za-z0-9_.\-/ ]{1,250}$/;

/**
 * Opens the local log of a run in `folder` (a log that is there already goes). Every call is a line of `run.jsonl` at
 * once; `close` writes `params.json`, `metrics.json` (per name its points, ordered by step), `tags.json` and
 * `artifacts.json`. No times, so the same run gives the same bytes. NaN, an infinite number, a bad name and a parameter
 * that changes its value are refused, as a tracking server would.
 */
export function openRunLog(folder: string, run: { run_id: string; name: string; execution_date: string }): RunLog {
  const journal = startJournal(folder, run);
  const params: Record<string, Value> = {};
  const metrics: Record<string, Point[]> = {};
  const tags: Record<string, string> = {};
  const artifacts = new Set<string>();
  return {
    params(values) {
      for (const [key, value] of named(folder, values)) {
        if (params[key] !== undefined && params[key] !== value) throw refusal(folder, `the parameter ${key} changes`);
        params[key] = finite(folder, key, value);
      }
      journal({ event: 'params', values });
    },
    metrics(values, step = 0) {
      for (const [key, value] of named(folder, values)) {
        if (value === null) continue;
        metrics[key] ??= [];
        metrics[key].push({ step, value: finite(folder, key, value) });
      }
      journal({ event: 'metrics', step, values });
    },
    tags(values) {
      for (const [key, value] of named(folder, values)) tags[key] = value;
      journal({ event: 'tags', values });
    },
    artifact(path) {
      const name = relative(resolve(folder), resolve(folder, path)).split(sep).join('/');
      artifacts.add(name);
      journal({ event: 'artifact', path: name });
    },
    async close(outcome = 'finished') {
      await writeJson(join(folder, 'params.json'), sortKeys(params));
      await writeJson(join(folder, 'metrics.json'), sortPoints(metrics));
      await writeJson(join(folder, 'tags.json'), sortKeys(tags));
      await writeJson(join(folder, 'artifacts.json'), [...artifacts].sort());
      journal({ event: 'end', ...(outcome === 'failed' && { status: 'failed' }) });
    },
  };
}

function startJournal(folder: string, run: object): (record: object) => void {
  const path = join(folder, 'run.jsonl');
  mkdirSync(folder, { recursive: true });
  for (const name of ['params', 'metrics', 'tags', 'artifacts']) rmSync(join(folder, `${name}.json`), { force: true });
  writeFileSync(path, `${JSON.stringify({ event: 'start', schema_version: 1, ...run })}\n`);
  return (record) => appendFileSync(path, `${JSON.stringify(record)}\n`);
}

function named<T>(folder: string, values: Record<string, T>): [string, T][] {
  const entries = Object.entries(values);
  const bad = entries.find(([key]) => !NAME.test(key) || !isPath(key));
  if (bad) throw refusal(folder, `the name ${JSON.stringify(bad[0])} is not A-Z a-z 0-9 _ . - / and blanks`);
  return entries;
}

/** Some servers keep what is named in files, so a name must not lead elsewhere, nor be a second name of another. */
function isPath(name: string): boolean {
  return posix.normalize(name) === name && !/^(\.?$|\.\.|\.\/|\/)|\/$/.test(name);
}

function finite<T>(folder: string, key: string, value: T): T {
  if (typeof value === 'number' && !Number.isFinite(value)) throw refusal(folder, `${key} is ${value}`);
  return value;
}

function refusal(folder: string, what: string): InputError {
  return new InputError({ code: 'bad_record', what, where: folder, todo: 'correct what the step records' });
}

function sortKeys<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sortPoints(metrics: Record<string, Point[]>): Record<string, Point[]> {
  const sorted = Object.entries(metrics).map(([key, points]): [string, Point[]] => {
    return [key, points.toSorted((a, b) => a.step - b.step)];
  });
  return sortKeys(Object.fromEntries(sorted));
}
