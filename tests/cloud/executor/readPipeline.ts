import { findReferences, type Reference } from './references.ts';
import {
  asList,
  asObject,
  type Branch,
  type JsonObject,
  type Node,
  type Pipeline,
  Refused,
  type RetryPolicy,
} from './types.ts';

const EXECUTION =
  /^Execution\.(CurrentDateTime|PipelineArn|PipelineExecutionArn|PipelineExecutionId|PipelineName|StartDateTime)$/;
const TYPES = ['Processing', 'Training', 'Condition', 'Fail'];

/**
 * Reads a pipeline's JSON as CreatePipeline does.
 *
 * @throws Refused where a reference leads nowhere, a name is there twice, or steps wait for one another
 */
export function readPipeline(text: string): Pipeline {
  const json = asObject(JSON.parse(text));
  if (json.Version !== '2020-12-01') throw new Refused(`unknown Version ${json.Version}`);
  const parameters = asList(json.Parameters);
  const nodes = new Map<string, Node>();
  for (const node of readSteps(json.Steps, [])) {
    if (nodes.has(node.name)) throw new Refused(`step ${node.name} is there twice`);
    nodes.set(node.name, node);
  }
  if (nodes.size === 0) throw new Refused('no steps');
  const names = new Set(parameters.map(({ Name }) => String(Name)));
  for (const node of nodes.values()) checkNode(node, nodes, names);
  checkOrder(nodes);
  return { parameters, nodes };
}

function readSteps(steps: unknown, branches: readonly Branch[]): Node[] {
  return asList(steps).flatMap((step) => {
    const { Name, Type } = step;
    if (typeof Name !== 'string' || !/^[A-Za-z0-9\-_]{1,64}$/.test(Name)) throw new Refused(`bad step name ${Name}`);
    if (!TYPES.includes(String(Type))) throw new Refused(`${Name}: unknown type ${Type}`);
    const { IfSteps, ElseSteps, ...own } = asObject(step.Arguments);
    const isCondition = Type === 'Condition';
    const node: Node = {
      name: Name,
      type: Type as Node['type'],
      arguments: isCondition ? own : asObject(step.Arguments),
      retryPolicies: asList(step.RetryPolicies).map(readRetryPolicy),
      propertyFiles: asList(step.PropertyFiles).map(readPropertyFile),
      needs: needsOf(step, isCondition ? own : asObject(step.Arguments)),
      branches,
    };
    if (!isCondition) return [node];
    const inside = (side: unknown, outcome: boolean) => readSteps(side, [...branches, { condition: Name, outcome }]);
    return [node, ...inside(IfSteps, true), ...inside(ElseSteps, false)];
  });
}

const readRetryPolicy = ({ ExceptionType, IntervalSeconds, BackoffRate, MaxAttempts }: JsonObject): RetryPolicy => ({
  exceptions: Array.isArray(ExceptionType) ? ExceptionType.map(String) : [],
  interval_s: Number(IntervalSeconds ?? 1),
  backoffRate: Number(BackoffRate ?? 2),
  attemptsMax: Number(MaxAttempts ?? 5),
});

const readPropertyFile = ({ PropertyFileName, OutputName, FilePath }: JsonObject) => ({
  name: String(PropertyFileName),
  output: String(OutputName),
  path: String(FilePath),
});

function needsOf({ DependsOn }: JsonObject, own: JsonObject): Set<string> {
  const named = Array.isArray(DependsOn) ? DependsOn.map(String) : [];
  return new Set([...named, ...findReferences(own).flatMap(({ step }) => step ?? [])]);
}

function checkNode(node: Node, nodes: ReadonlyMap<string, Node>, parameters: ReadonlySet<string>): void {
  const refuse = (what: string) => new Refused(`${node.name}: ${what}`);
  for (const reference of findReferences(node.arguments)) {
    const { path, step } = reference;
    if (step !== undefined) continue;
    const isKnown = path.startsWith('Parameters.')
      ? parameters.has(path.slice('Parameters.'.length))
      : EXECUTION.test(path);
    if (!isKnown) throw refuse(`unknown reference ${path}`);
  }
  for (const name of node.needs) {
    const source = nodes.get(name);
    if (!source) throw refuse(`unknown step ${name}`);
    if (!source.branches.every((branch, depth) => isSame(branch, node.branches[depth])))
      throw refuse(`${name} stands in a branch that it is not inside of`);
  }
  for (const reference of findReferences(node.arguments)) checkStepReference(reference, nodes, refuse);
  for (const { name, output } of node.propertyFiles)
    if (!outputsOf(node).includes(output)) throw refuse(`property file ${name} is in the unknown output ${output}`);
}

const isSame = (branch: Branch, other: Branch | undefined) =>
  branch.condition === other?.condition && branch.outcome === other.outcome;

function checkStepReference(
  { path, step, property, isFile }: Reference,
  nodes: ReadonlyMap<string, Node>,
  refuse: (what: string) => Refused,
): void {
  const source = step === undefined ? undefined : nodes.get(step);
  if (!source || property === undefined) return;
  const output = /^ProcessingOutputConfig\.Outputs\['([^']+)'\]\.S3Output\.S3Uri$/.exec(property)?.[1];
  const file = /^PropertyFiles\.(.+)$/.exec(property)?.[1];
  const isThere =
    (output !== undefined && outputsOf(source).includes(output)) ||
    (property === 'ModelArtifacts.S3ModelArtifacts' && source.type === 'Training') ||
    (isFile && file !== undefined && source.propertyFiles.some(({ name }) => name === file));
  if (!isThere || (file !== undefined) !== isFile) throw refuse(`unknown reference ${path}`);
}

const outputsOf = (node: Node): string[] =>
  asList(asObject(node.arguments.ProcessingOutputConfig).Outputs).map(({ OutputName }) => String(OutputName));

function checkOrder(nodes: ReadonlyMap<string, Node>): void {
  const done = new Set<string>();
  for (let before = -1; before < done.size; ) {
    before = done.size;
    for (const { name, needs, branches } of nodes.values()) {
      const all = [...needs, ...branches.map(({ condition }) => condition)];
      if (all.every((one) => done.has(one))) done.add(name);
    }
  }
  const stuck = [...nodes.keys()].filter((name) => !done.has(name));
  if (stuck.length > 0) throw new Refused(`cyclic dependencies: ${stuck.join(', ')}`);
}
