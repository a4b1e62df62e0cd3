import { type Condition, type Definition, isStep, type Node } from './definition.ts';

/** Every node with the names of the nodes that must have ended well before it, in the definition's order. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** How far a node is. `done` covers a step that ran or was skipped, and a condition that was evaluated. */
export type Progress = 'waiting' | 'running' | 'done' | 'failed' | 'not_run';

export function buildGraph(definition: Definition): Graph {
  const conditions = definition.steps.filter((node) => node.kind === 'condition');
  return new Map(definition.steps.map((node) => [node.name, dependenciesOf(node, conditions)]));
}

/** A node depends on the steps it reads, on what it comes after, and on the conditions that decide over it. */
function dependenciesOf(node: Node, conditions: readonly Condition[]): Set<string> {
  const gates = conditions.filter((condition) => branches(condition).includes(node.name));
  const names = new Set(gates.map((gate) => gate.name));
  if (isStep(node)) {
    for (const source of Object.values(node.inputs)) if ('step' in source) names.add(source.step);
    for (const name of node.after ?? []) names.add(name);
  } else if (node.kind === 'condition') {
    for (const { left } of node.all) if ('step' in left) names.add(left.step);
  }
  return names;
}

/** By node: the nodes that it waits for and can do without, since it reads them by optional inputs alone. */
export function optionalNeeds(definition: Definition): Graph {
  const conditions = definition.steps.filter((node) => node.kind === 'condition');
  const needs = definition.steps.filter(isStep).map((step) => {
    const inputs = Object.fromEntries(Object.entries(step.inputs).filter(([, source]) => !source.optional));
    const firm = dependenciesOf({ ...step, inputs }, conditions);
    return [step.name, new Set([...dependenciesOf(step, conditions)].filter((name) => !firm.has(name)))] as const;
  });
  return new Map(needs);
}

export function branches(condition: Condition): string[] {
  return [...condition.then, ...condition.otherwise];
}

/**
 * Names in an order in which every node comes after those it depends on; ties keep the definition's order. Nodes in or
 * behind a cycle are left out, and so are dependencies on unknown names.
 */
export function runOrder(graph: Graph): string[] {
  const order = new Set<string>();
  for (let grew = true; grew; ) {
    grew = false;
    for (const [name, needs] of graph) {
      if (order.has(name) || [...needs].some((need) => graph.has(need) && !order.has(need))) continue;
      order.add(name);
      grew = true;
      break;
    }
  }
  return [...order];
}

/** What to do with the waiting nodes: those that can start now, and those that never will. `optional`: {@link optionalNeeds}. */
export function nextNodes(
  graph: Graph,
  progress: ReadonlyMap<string, Progress>,
  optional: Graph = new Map(),
): { ready: string[]; never: string[] } {
  const ready: string[] = [];
  const never: string[] = [];
  for (const [name, needs] of graph) {
    if (progress.get(name) !== 'waiting') continue;
    const canMiss = (need: string) => progress.get(need) === 'not_run' && optional.get(name)?.has(need);
    const before = [...needs].filter((need) => !canMiss(need)).map((need) => progress.get(need));
    if (before.some((one) => one === 'failed' || one === 'not_run')) never.push(name);
    else if (before.every((one) => one === 'done')) ready.push(name);
  }
  return { ready, never };
}
