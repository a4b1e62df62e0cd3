import { type Definition, isStep, type Node, type Step } from './definition.ts';
import { formatOperand } from './evaluateCondition.ts';
import { buildGraph, runOrder } from './graph.ts';

const SIGNS = {
  Equals: '=',
  GreaterThan: '>',
  GreaterThanOrEqualTo: '>=',
  LessThan: '<',
  LessThanOrEqualTo: '<=',
};

/** A pipeline as text: its nodes in an order in which they can run, where their inputs come from and go, its parameters. */
export function describeGraph(definition: Definition): string {
  const nodes = new Map(definition.steps.map((node) => [node.name, node]));
  const ordered = runOrder(buildGraph(definition)).flatMap((name) => nodes.get(name) ?? []);
  const parameters = Object.entries(definition.parameters).map(([name, { default: value, values, description }]) => {
    const fallback = value === undefined ? '' : ` (default ${value})`;
    return `  ${name}${fallback}  ${description}${values ? `; one of ${values.join(', ')}` : ''}`;
  });
  const lines = [`${definition.name}: ${definition.description}`, '', ...ordered.flatMap(describeNode), ''];
  return [...lines, 'Parameters', ...parameters, ''].join('\n');
}

function describeNode(node: Node): string[] {
  if (isStep(node)) return describeStep(node);
  if (node.kind === 'fail') return [`${node.name}  (fail, exit code ${node.exitCode})  ${node.message}`];
  const tests = node.all.map(({ left, op, right }) => `${formatOperand(left)} ${SIGNS[op]} ${JSON.stringify(right)}`);
  return [
    `${node.name}  (condition)  ${tests.join(' and ')}`,
    `  yes -> ${node.then.join(', ') || 'nothing'}`,
    `  no  -> ${node.otherwise.join(', ') || 'nothing'}`,
  ];
}

function describeStep(step: Step): string[] {
  const inputs = Object.entries(step.inputs).map(([key, source]) => {
    const from = 'step' in source ? `${source.step}.${source.output}` : source.parameter;
    return `  ${key} <- ${from}${source.optional ? ' (optional)' : ''}`;
  });
  const outputs = Object.entries(step.outputs).map(([key, { path }]) => `  ${key} -> ${path}/`);
  const after = step.after?.length ? [`  after ${step.after.join(', ')}`] : [];
  return [`${step.name}  (${step.kind})  ${step.description}`, ...after, ...inputs, ...outputs];
}
