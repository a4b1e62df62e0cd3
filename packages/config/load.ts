import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { flatten, type Layer, mergeLayers, setPath, type Tree } from './layers.ts';

export type LoadedConfig<T> = {
  /** The effective configuration, deeply frozen. */
  value: T;
  /** Where each leaf came from: `file`, `--set`, or `default` (the schema's own), by its path (`modeling.split.train`). */
  origins: Record<string, string>;
};

export type LoadOptions = {
  /** A YAML or JSON file, or a folder of them (`base` first, then by name). */
  file: string;
  /** Name of an overlay beside the file: `powerco.yaml` + `dev` = `powerco.dev.yaml`; in a folder, `dev.yaml`. */
  environment?: string;
  /** `KEY=VALUE` pairs, the value in YAML. They win over the files. */
  sets?: readonly string[];
};

/**
 * Reads, merges and checks a configuration.
 *
 * Maps are merged key by key, lists and scalars replaced, a null takes its key away; a file may name the one it builds on by a top-level `extends`.
 *
 * @throws InputError `config_missing`, `config_unreadable`, `config_invalid` (all faults on one line, each with its key's path and origin)
 */
export function loadConfig<S extends z.ZodType>(schema: S, options: LoadOptions): LoadedConfig<z.output<S>> {
  const layers = [...readLayers(options), ...setLayers(options.sets ?? [])];
  const merged = mergeLayers(layers);
  const parsed = schema.safeParse(merged.tree);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => describeIssue(issue, merged.origins));
    throw new InputError({
      code: 'config_invalid',
      what: `configuration refused (${faults.length} ${faults.length === 1 ? 'fault' : 'faults'})`,
      where: faults.join('; '),
      todo: 'correct these keys',
    });
  }
  const origins: Record<string, string> = {};
  for (const key of Object.keys(flatten(parsed.data as Tree))) origins[key] = originOf(key, merged.origins);
  return { value: deepFreeze(parsed.data), origins };
}

function readLayers({ file, environment }: LoadOptions): Layer[] {
  if (!existsSync(file)) {
    throw new InputError({
      code: 'config_missing',
      what: 'no such configuration',
      where: file,
      todo: 'give a YAML or JSON file, or a folder of them, by --config',
    });
  }
  return statSync(file).isDirectory() ? readFolder(file, environment) : readFile(file, environment);
}

function readFolder(folder: string, environment: string | undefined): Layer[] {
  const names = readdirSync(folder).filter(isConfigFile).sort(baseFirst);
  const overlay = environment && names.find((name) => path.parse(name).name === environment);
  if (names.length === 0 || (environment && !overlay)) {
    throw new InputError({
      code: 'config_missing',
      what: environment ? `no overlay "${environment}"` : 'no configuration file',
      where: folder,
      todo: `put ${environment ?? 'base'}.yaml there`,
    });
  }
  const chosen = environment ? names.filter((name) => name === overlay || /^base\./.test(name)) : names;
  return chosen.flatMap((name) => readWithParents(path.join(folder, name), []));
}

function readFile(file: string, environment: string | undefined): Layer[] {
  const layers = readWithParents(file, []);
  if (!environment) return layers;
  const { dir, name, ext } = path.parse(file);
  const overlay = path.join(dir, `${name}.${environment}${ext}`);
  if (!existsSync(overlay)) {
    throw new InputError({
      code: 'config_missing',
      what: `no overlay "${environment}"`,
      where: overlay,
      todo: 'write it, or leave --environment out',
    });
  }
  return [...layers, ...readWithParents(overlay, [])];
}

function readWithParents(file: string, seen: readonly string[]): Layer[] {
  const resolved = path.resolve(file);
  if (seen.includes(resolved)) {
    throw new InputError({
      code: 'config_invalid',
      what: 'configuration files extend each other in a circle',
      where: [...seen, resolved].map((name) => path.basename(name)).join(' -> '),
      todo: 'remove one `extends`',
    });
  }
  const { extends: parent, ...tree } = parseFile(file);
  const own: Layer = { origin: file, tree };
  if (parent === undefined) return [own];
  if (typeof parent !== 'string') {
    throw invalid(file, '`extends` is not a file name', 'give one file name beside this file');
  }
  const parentFile = path.resolve(path.dirname(file), parent);
  if (!existsSync(parentFile)) throw invalid(file, `\`extends: ${parent}\` names no file`, 'correct the name');
  return [...readWithParents(path.relative('', parentFile), [...seen, resolved]), own];
}

function parseFile(file: string): Tree {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines, uniqueKeys: true });
  const fault = document.errors[0];
  if (fault) {
    const at = lines.linePos(fault.pos[0]);
    throw invalid(`${file}:${at.line}:${at.col}`, `not readable as YAML (${fault.code})`, 'correct the line');
  }
  const tree: unknown = document.toJS();
  if (tree === null || typeof tree !== 'object' || Array.isArray(tree) || Object.keys(tree).length === 0) {
    throw invalid(file, 'no configuration in this file', 'write keys and values');
  }
  return tree as Tree;
}

function setLayers(sets: readonly string[]): Layer[] {
  return sets.map((set) => {
    const at = set.indexOf('=');
    if (at < 1) throw invalid(`--set ${set}`, 'not KEY=VALUE', 'write for example --set modeling.seed=7');
    const document = parseDocument(set.slice(at + 1));
    if (document.errors.length > 0) throw invalid(`--set ${set}`, 'the value is not YAML', 'quote it');
    return { origin: '--set', tree: setPath({}, set.slice(0, at).split('.'), document.toJS()) };
  });
}

function describeIssue(issue: z.core.$ZodIssue, origins: Record<string, string>): string {
  const base = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => (base ? `${base}.${key}` : key));
    return keys.map((key) => `${key} is no known key (${originOf(key, origins)})`).join('; ');
  }
  return `${base || 'the whole'}: ${issue.message} (${originOf(base, origins)})`;
}

/** The origin of a key: its own, else that of the nearest key above or the first below that has one. */
function originOf(key: string, origins: Record<string, string>): string {
  for (let at = key; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const found = origins[at];
    if (found) return found;
  }
  const below = Object.keys(origins).find((other) => other.startsWith(`${key}.`));
  return (below && origins[below]) ?? 'default';
}

function invalid(where: string, what: string, todo: string): InputError {
  return new InputError({ code: 'config_unreadable', what, where, todo });
}

const isConfigFile = (name: string) => /\.(ya?ml|json)$/.test(name) && !name.startsWith('.');
const baseFirst = (a: string, b: string) => rank(a) - rank(b) || (a < b ? -1 : 1);
const rank = (name: string) => (/^base\./.test(name) ? 0 : 1);

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
