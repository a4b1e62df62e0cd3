import { type Condition, type Definition, type Fail, isStep, type Node, type Step } from '../definition.ts';
import { branches, buildGraph, type Graph, optionalNeeds, runOrder } from '../graph.ts';
import { refuse } from './options.ts';

/** One side of a condition. */
export type Turn = { condition: Condition; holds: boolean };

/** A definition as both clouds want it: nodes in an order in which they can run, those behind a condition inside its branches. */
export type Block = Step | Fail | Fork;
export type Fork = { kind: 'fork'; condition: Condition; then: Block[]; otherwise: Block[] };

export type Nested = {
  blocks: Block[];
  /** By node: the turns that a run must take to reach it, outermost first. */
  turns: ReadonlyMap<string, readonly Turn[]>;
};

/**
 * Puts every node that only one side of a condition leads to inside that branch, with all that cannot do without it. A node that
 * reads such a step by an optional input alone stays outside: it runs either way.
 *
 * @throws PipelineError where a node stands behind both sides of a condition (it would never run), or behind branches of two
 * conditions of which neither is inside the other (no cloud can nest that)
 */
export function nestBranches(definition: Definition): Nested {
  const nodes = new Map(definition.steps.map((node) => [node.name, node]));
  const graph = buildGraph(definition);
  const optional = optionalNeeds(definition);
  const turns = new Map<string, readonly Turn[]>();
  const blocks: Block[] = [];
  const forks = new Map<string, Fork>();
  for (const name of runOrder(graph)) {
    const node = nodes.get(name);
    if (!node) continue;
    const path = findTurns(node, { definition, graph, optional, turns });
    turns.set(name, path);
    branchAt(path, blocks, forks).push(openBlock(node, forks));
  }
  return { blocks, turns };
}

/** The turns of `source` that a run that reaches `reader` has not necessarily taken. */
export function openTurns({ turns }: Nested, source: string, reader: string): readonly Turn[] {
  const taken = turns.get(reader) ?? [];
  return (turns.get(source) ?? []).filter((turn) => !taken.some((one) => isSame(one, turn)));
}

type Found = { definition: Definition; graph: Graph; optional: Graph; turns: ReadonlyMap<string, readonly Turn[]> };

function findTurns(node: Node, { definition, graph, optional, turns }: Found): readonly Turn[] {
  const canMiss = optional.get(node.name) ?? new Set();
  const needs = [...(graph.get(node.name) ?? [])].filter((name) => !canMiss.has(name));
  const gates = definition.steps.filter((one) => one.kind === 'condition' && branches(one).includes(node.name));
  const paths = [
    ...needs.map((name) => turns.get(name) ?? []),
    ...(gates as Condition[]).map((gate) => [
      ...(turns.get(gate.name) ?? []),
      { condition: gate, holds: gate.then.includes(node.name) },
    ]),
  ];
  const deepest = paths.reduce((longest, path) => (path.length > longest.length ? path : longest), []);
  const stray = paths.flat().find((turn) => !deepest.some((one) => isSame(one, turn)));
  if (stray) throw refuse(definition, [`${node.name}: ${describeStray(stray, deepest)}`]);
  return deepest;
}

function describeStray(stray: Turn, path: readonly Turn[]): string {
  const { name } = stray.condition;
  if (path.some(({ condition }) => condition === stray.condition)) return `it stands behind both sides of ${name}`;
  const others = path.map(({ condition }) => condition.name).join(', ');
  return `it stands behind branches of ${name} and of ${others}, and neither is inside the other`;
}

const isSame = (a: Turn, b: Turn) => a.condition === b.condition && a.holds === b.holds;

function branchAt(path: readonly Turn[], blocks: Block[], forks: ReadonlyMap<string, Fork>): Block[] {
  const last = path.at(-1);
  const fork = last && forks.get(last.condition.name);
  if (!last || !fork) return blocks;
  return last.holds ? fork.then : fork.otherwise;
}

function openBlock(node: Node, forks: Map<string, Fork>): Block {
  if (isStep(node) || node.kind === 'fail') return node;
  const fork: Fork = { kind: 'fork', condition: node, then: [], otherwise: [] };
  forks.set(node.name, fork);
  return fork;
}
