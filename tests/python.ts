import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'uvu';

export const ROOT = resolve(import.meta.dirname, '..');

/** The interpreter that has tests/python/requirements.txt, or null: `PILOTLIGHT_PYTHON`, else the one in `.cache`. */
export const python = (): string | null => interpreterOf('PILOTLIGHT_PYTHON', 'python');

/** The one that has tests/python/sagemaker-requirements.txt, by `PILOTLIGHT_SAGEMAKER_PYTHON`, or null. */
export const sagemakerPython = (): string | null => interpreterOf('PILOTLIGHT_SAGEMAKER_PYTHON', 'sagemaker-python');

function interpreterOf(variable: string, name: string): string | null {
  const named = process.env[variable];
  if (named !== undefined) return named !== '' && existsSync(named) ? named : null;
  const own = resolve(process.env.PILOTLIGHT_CACHE ?? resolve(ROOT, '.cache'), name, 'bin/python');
  return existsSync(own) ? own : null;
}

/**
 * Runs `tests/python/<script>` with `input` as JSON on its stdin and returns the JSON that it prints. Python's own error
 * text becomes the error's.
 */
export function runPython(
  script: string,
  args: readonly string[] = [],
  input?: unknown,
  interpreter: string | null = python(),
): unknown {
  if (!interpreter) throw new Error('no Python for the oracle tests: skip the test where python() is null');
  const result = spawnSync(interpreter, [resolve(import.meta.dirname, 'python', script), ...args], {
    input: input === undefined ? '' : JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
  });
  if (result.status !== 0) throw new Error(`${script} ended with ${result.status ?? result.signal}:\n${result.stderr}`);
  return JSON.parse(result.stdout);
}

/** A file or folder of the data sets that stand beside the repository (`../shared/data/<name>`), or null where absent. */
export function sharedData(name: string): string | null {
  const path = resolve(ROOT, '../shared/data', name);
  return existsSync(path) ? path : null;
}

/** Registers a skipped test that says why; its count stands in the totals. */
export function skip(name: string, reason: string): void {
  console.log(`skipped: ${name}: ${reason}`);
  test.skip(name, () => {});
}

/** `test` where Python is, else a skipped test that says so. */
export function testWithPython(name: string, run: () => Promise<void> | void): void {
  if (python()) test(name, run);
  else skip(name, 'no Python with tests/python/requirements.txt');
}

/** `test` where all the named data sets are, else a skipped test that says which one is missing. */
export function testWithData(name: string, data: readonly string[], run: () => Promise<void> | void): void {
  const missing = data.find((item) => sharedData(item) === null);
  if (missing === undefined) test(name, run);
  else skip(name, `no ../shared/data/${missing}`);
}
