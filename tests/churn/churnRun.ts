import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as assert from 'uvu/assert';
import { readJson } from '../folders.ts';
import { lastLine, type Outcome, pilotlight } from '../pilotlight.ts';

export const AS_OF = '2024-12-31';

/** In the order in which they run; Recommend and DriftCheck at the same time. */
export const STEPS = [
  ...['Bronze', 'Silver', 'Gold', 'Train', 'Evaluate', 'Register', 'Score', 'Recommend', 'DriftCheck'],
] as const;

/** A model that is made in a second, and a gate that it passes. */
export const FAST = ['--set', 'modeling.boosting.rounds=60', '--set', 'modeling.promotion.pr_auc_min=0.05'];

// A run does steps again when the sources have changed since; nobody's edit may do that in the middle of a test.
process.env.PILOTLIGHT_CODE_VERSION = 'tested';

export function generateCustomers(folder: string, customers: number, seed: number): void {
  const size = ['--customers', String(customers), '--hours', '48', '--seed', String(seed)];
  const made = pilotlight('generate', 'churn', ...size, '--out', folder);
  assert.is(made.code, 0, made.stderr);
}

export function churnArgs(data: string, out: string, ...more: string[]): string[] {
  return ['run', 'churn', '--data', data, '--out', out, '--as-of', AS_OF, ...FAST, ...more];
}

/** Runs the pipeline to a good end. */
export function succeed(...args: string[]): Outcome {
  const outcome = pilotlight(...args);
  assert.is(outcome.code, 0, outcome.stderr);
  return outcome;
}

/** Bad input: exit 2, and the last line says what; no stack trace, nothing on stdout. */
export function refused(expected: RegExp, ...args: string[]): Outcome {
  const outcome = pilotlight(...args);
  assert.is(outcome.code, 2, outcome.stderr);
  assert.is(outcome.stdout, '');
  assert.match(lastLine(outcome), expected);
  assert.not.match(outcome.stderr, /\n\s+at |panicked/);
  return outcome;
}

/** Refused before anything was done: one line and no other. */
export function refusedAtOnce(expected: RegExp, ...args: string[]): void {
  const { stderr } = refused(expected, ...args);
  assert.is(stderr.trimEnd().split('\n').length, 1, stderr);
}

/** Status of each step of the last run. */
export function statuses(out: string): Record<string, string> {
  const steps: { name: string; status: string }[] = readJson(out, 'run.json').steps;
  return Object.fromEntries(steps.map(({ name, status }) => [name, status]));
}

/** What a registry says of its versions, but for times. */
export function versionsOf(registry: string): { champion: number | null; versions: { status: string }[] } {
  const { champion, versions } = readJson(registry, 'churn/state.json');
  return { champion, versions };
}

/** Names of the files that only one of two runs has, or that differ. */
export function differing(one: Record<string, string>, other: Record<string, string>): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => one[name] !== other[name]).sort();
}

/** Relative paths of the files in a folder, sorted; the runner's own are left out. */
export function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  return names.filter((name) => !name.startsWith('.pilotlight')).sort();
}

export const readText = (...parts: string[]): string => readFileSync(path.join(...parts), 'utf8');
