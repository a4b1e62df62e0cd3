import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { readSettings } from '../config.ts';
import type { Context } from '../context.ts';
import { namesOf } from '../names.ts';
import type { Stack } from '../settings.ts';

export const PROJECT = 'pilotlight';
export const STACKS = ['dev', 'staging', 'prod'] as const satisfies readonly Stack[];

/** Wrong on the side of whoever typed: one line, exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function parseStack(name: string | undefined): Stack {
  const stack = STACKS.find((known) => known === name);
  if (stack !== undefined) return stack;
  const asked = name === undefined ? 'no stack is named' : `no stack is called "${name}"`;
  throw new UsageError(`${asked}: give --stack ${STACKS.join(' | ')}`);
}

/** Settings and names of a stack, from its file alone: neither Pulumi nor an account is needed. */
export function readContext(root: string, stack: Stack): Context {
  const file = `Pulumi.${stack}.yaml`;
  if (!existsSync(path.join(root, file)))
    throw new UsageError(`${file} is missing: every stack has one, beside Pulumi.yaml`);
  const { config = {} } = (parse(readFileSync(path.join(root, file), 'utf8')) ?? {}) as {
    config?: Record<string, unknown>;
  };
  const bag = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const settings = readSettings(Object.fromEntries(bag), PROJECT, stack);
  return { settings, names: namesOf(settings) };
}
