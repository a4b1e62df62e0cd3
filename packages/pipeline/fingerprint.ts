import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Definition, Node, Step } from './definition.ts';
import { isStep } from './definition.ts';
import { buildGraph, type Graph, runOrder } from './graph.ts';

/** What a run's outputs follow from: `inputs` has the fingerprint of each parameter that names a folder, or null for none. */
export type Sources = {
  definition: Definition;
  sourceFingerprint: string;
  parameters: Readonly<Record<string, string>>;
  inputs: Readonly<Record<string, string | null>>;
};

/**
 * A fingerprint for every step, from the code, what the step is handed, and its inputs: those of other steps by their
 * step's fingerprint. So all are known before anything runs, and a change reaches everything behind it.
 */
export function fingerprintSteps(sources: Sources): Map<string, string> {
  const { definition } = sources;
  const nodes = new Map(definition.steps.map((node) => [node.name, node]));
  const graph = buildGraph(definition);
  const prints = new Map<string, string>();
  const choices = (name: string) => fingerprintChoices(name, { graph, nodes, sources, prints });
  for (const name of runOrder(graph)) {
    const node = nodes.get(name);
    if (node && isStep(node)) prints.set(name, fingerprintStep(node, sources, prints, choices));
  }
  return prints;
}

/**
 * The run's id: 16 hexadecimal digits from the code, the inputs and the parameters that a step or a condition uses. The
 * output folder is not among them, so a run that is resumed, or done again elsewhere, has the same id.
 */
export function identifyRun({ definition, sourceFingerprint, parameters, inputs }: Sources): string {
  const used = new Set<string>();
  for (const node of definition.steps) {
    if (isStep(node)) for (const name of node.parameters) used.add(name);
    if (node.kind !== 'condition') continue;
    for (const { left } of node.all) if ('parameter' in left) used.add(left.parameter);
  }
  const values = pick(parameters, [...used]);
  return digest([definition.name, sourceFingerprint, sortedEntries(values), sortedEntries(inputs)]).slice(0, 16);
}

/**
 * A fingerprint of a folder's relative names, sizes and modification times, or of a file's name and the same, where a
 * file of up to 1 MiB (a configuration) counts by its content. The place does not count.
 */
export async function fingerprintPath(path: string): Promise<string> {
  const facts = await stat(path, { bigint: true });
  if (!facts.isDirectory()) {
    const small = facts.isFile() && facts.size <= 2 ** 20;
    return digest([basename(path), small ? await readFile(path, 'base64') : `${facts.size} ${facts.mtimeNs}`]);
  }
  return digest(await listFiles(path, ''));
}

/** A fingerprint of a folder's relative names and sizes: whether all that a step left is still there. */
export async function fingerprintNames(folder: string): Promise<string> {
  const files = await listFiles(folder, '');
  return digest(files.map(([name, size]) => [name, size]));
}

async function listFiles(folder: string, prefix: string): Promise<[name: string, size: string, time: string][]> {
  const files: [string, string, string][] = [];
  const names = (await readdir(folder)).sort();
  for (const name of names) {
    const facts = await stat(join(folder, name), { bigint: true });
    if (facts.isDirectory()) files.push(...(await listFiles(join(folder, name), `${prefix}${name}/`)));
    else files.push([prefix + name, String(facts.size), String(facts.mtimeNs)]);
  }
  return files;
}

function fingerprintStep(
  step: Step,
  sources: Sources,
  prints: ReadonlyMap<string, string>,
  choices: (step: string) => unknown[],
): string {
  const inputs = Object.entries(step.inputs).map(([key, source]) => {
    if ('parameter' in source) return [key, sources.inputs[source.parameter] ?? null];
    const print = prints.get(source.step) ?? null;
    return source.optional ? [key, source.output, print, choices(source.step)] : [key, source.output, print];
  });
  const handed = { ...pick(sources.parameters, step.parameters), ...step.arguments };
  return digest([
    sources.definition.name,
    step.name,
    sources.sourceFingerprint,
    sortedEntries(handed),
    inputs.sort(byKey),
    sortedEntries(step.outputs),
    sortedEntries(step.propertyFiles ?? {}),
  ]);
}

type Known = {
  graph: Graph;
  nodes: ReadonlyMap<string, Node>;
  sources: Sources;
  prints: ReadonlyMap<string, string>;
};

/** What the conditions above a step look at: they decide whether a reader that can do without the step is handed its output. */
function fingerprintChoices(name: string, { graph, nodes, sources, prints }: Known): unknown[] {
  const above = new Set<string>();
  const climb = (one: string) => {
    for (const need of graph.get(one) ?? []) {
      if (above.has(need)) continue;
      above.add(need);
      climb(need);
    }
  };
  climb(name);
  return [...above].sort().flatMap((one) => {
    const node = nodes.get(one);
    if (node?.kind !== 'condition') return [];
    const facts = node.all.map(({ left, op, right }) => {
      const value = 'parameter' in left ? sources.parameters[left.parameter] : prints.get(left.step);
      return [left, value ?? null, op, right];
    });
    return [[one, facts]];
  });
}

function pick(values: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

function sortedEntries(record: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(record).sort(byKey);
}

function byKey(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]) < String(b[0]) ? -1 : 1;
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
