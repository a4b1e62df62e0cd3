import type { Condition, Definition, Node, Step, Test } from './definition.ts';
import { branches, buildGraph, runOrder } from './graph.ts';

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const KEY = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** Every fault of a pipeline's definition, each with the node it is in; empty when it can be run. */
export function checkGraph(definition: Definition): string[] {
  const nodes = new Map(definition.steps.map((node) => [node.name, node]));
  return [
    ...checkName(definition.name, 'pipeline'),
    ...(definition.steps.length === 0 ? ['the pipeline has no steps'] : []),
    ...checkUnique(definition.steps.map((node) => node.name)),
    ...Object.keys(definition.parameters).flatMap((key) => checkParameter(definition, key)),
    ...definition.steps.flatMap((node) => checkNode(node, definition, nodes)),
    ...checkFailsAreGated(definition),
    ...checkOutputPaths(definition),
    ...checkCycles(definition),
  ];
}

function checkName(name: string, what: string): string[] {
  return NAME.test(name) ? [] : [`bad ${what} name ${JSON.stringify(name)}: use 1 to 64 of A-Z a-z 0-9 _ -`];
}

function checkUnique(names: readonly string[]): string[] {
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [...new Set(twice)].map((name) => `duplicate name ${name}`);
}

function checkParameter(definition: Definition, key: string): string[] {
  const faults = KEY.test(key) ? [] : [`bad parameter name ${JSON.stringify(key)}`];
  const parameter = definition.parameters[key];
  const { default: value, values, type } = parameter ?? { type: 'String' as const };
  if (value === undefined) return faults;
  const fits = { String: 'string', Integer: 'number', Float: 'number', Boolean: 'boolean' }[type] === typeof value;
  if (!fits) faults.push(`parameter ${key}: its default is no ${type}`);
  if (values && !values.includes(String(value))) faults.push(`parameter ${key}: its default is not among its values`);
  return faults;
}

function checkNode(node: Node, definition: Definition, nodes: ReadonlyMap<string, Node>): string[] {
  const faults = checkName(node.name, 'step');
  if (node.kind === 'condition') faults.push(...checkCondition(node, definition, nodes));
  else if (node.kind === 'fail') faults.push(...checkExitCode(node.exitCode));
  else faults.push(...checkStep(node, definition, nodes));
  return faults.map((fault) => `${node.name}: ${fault}`);
}

function checkExitCode(exitCode: number): string[] {
  const fits = Number.isInteger(exitCode) && exitCode >= 1 && exitCode <= 125;
  return fits ? [] : [`exit code ${exitCode} is not 1 to 125`];
}

function checkStep(step: Step, definition: Definition, nodes: ReadonlyMap<string, Node>): string[] {
  const faults: string[] = [];
  for (const [key, source] of Object.entries(step.inputs)) {
    if (!KEY.test(key)) faults.push(`bad input name ${JSON.stringify(key)}`);
    if ('parameter' in source) faults.push(...checkParameterUse(source.parameter, definition));
    else faults.push(...checkOutputUse(source.step, source.output, nodes));
  }
  for (const key of Object.keys(step.outputs))
    if (!KEY.test(key)) faults.push(`bad output name ${JSON.stringify(key)}`);
  if (Object.keys(step.outputs).length === 0) faults.push('it has no output');
  const { instanceTypeParameter, instanceCountParameter } = step.resources;
  const used = [...step.parameters, instanceTypeParameter, instanceCountParameter];
  faults.push(...used.flatMap((name) => checkParameterUse(name, definition)));
  for (const name of Object.keys(step.arguments ?? {})) {
    if (step.parameters.includes(name)) faults.push(`${name} is a parameter and an argument`);
  }
  for (const [name, file] of Object.entries(step.propertyFiles ?? {})) {
    if (!(file.output in step.outputs)) faults.push(`property file ${name} is in the unknown output ${file.output}`);
    if (!isInside(file.path)) faults.push(`property file ${name} has the bad path ${JSON.stringify(file.path)}`);
  }
  for (const name of step.after ?? []) if (!nodes.has(name)) faults.push(`comes after the unknown step ${name}`);
  return faults;
}

function checkParameterUse(name: string, definition: Definition): string[] {
  return Object.hasOwn(definition.parameters, name) ? [] : [`unknown parameter ${name}`];
}

function checkOutputUse(step: string, output: string, nodes: ReadonlyMap<string, Node>): string[] {
  const node = nodes.get(step);
  if (!node) return [`reads from the unknown step ${step}`];
  const outputs = 'outputs' in node ? node.outputs : {};
  return Object.hasOwn(outputs, output) ? [] : [`reads the unknown output ${step}.${output}`];
}

function checkCondition(node: Condition, definition: Definition, nodes: ReadonlyMap<string, Node>): string[] {
  const faults = node.all.flatMap((one) => checkTest(one, definition, nodes));
  if (node.all.length === 0) faults.push('it tests nothing');
  const names = branches(node);
  if (names.length === 0) faults.push('it decides over nothing');
  for (const name of names) if (!nodes.has(name)) faults.push(`leads to the unknown step ${name}`);
  for (const name of node.then) if (node.otherwise.includes(name)) faults.push(`leads to ${name} either way`);
  return faults;
}

function checkTest(test: Test, definition: Definition, nodes: ReadonlyMap<string, Node>): string[] {
  const faults: string[] = [];
  const { left, op, right } = test;
  if ('parameter' in left) {
    faults.push(...checkParameterUse(left.parameter, definition));
  } else {
    const node = nodes.get(left.step);
    const files = node && 'propertyFiles' in node ? node.propertyFiles : {};
    if (!node) faults.push(`tests the unknown step ${left.step}`);
    else if (!Object.hasOwn(files ?? {}, left.propertyFile)) {
      faults.push(`tests the unknown property file ${left.step}.${left.propertyFile}`);
    }
  }
  if (op !== 'Equals' && typeof right !== 'number') faults.push(`${op} needs a number, not ${JSON.stringify(right)}`);
  return faults;
}

/** A fail step that nothing decides over would end every run. */
function checkFailsAreGated(definition: Definition): string[] {
  const gated = new Set(definition.steps.flatMap((node) => (node.kind === 'condition' ? branches(node) : [])));
  const free = definition.steps.filter((node) => node.kind === 'fail' && !gated.has(node.name));
  return free.map((node) => `${node.name}: no condition leads to this fail step`);
}

function checkOutputPaths(definition: Definition): string[] {
  const faults: string[] = [];
  const seen: { path: string; where: string }[] = [];
  for (const node of definition.steps) {
    for (const [key, { path }] of 'outputs' in node ? Object.entries(node.outputs) : []) {
      const where = `${node.name}.${key}`;
      if (!isInside(path)) faults.push(`${where}: bad path ${JSON.stringify(path)}: use a relative folder`);
      if (path.startsWith('.') || path === 'run.json') faults.push(`${where}: the path ${path} is the runner's own`);
      const other = seen.find((one) => `${one.path}/`.startsWith(`${path}/`) || `${path}/`.startsWith(`${one.path}/`));
      if (other) faults.push(`${where}: its path ${path} overlaps that of ${other.where}`);
      seen.push({ path, where });
    }
  }
  return faults;
}

function isInside(path: string): boolean {
  const parts = path.split('/');
  return !path.includes('\\') && parts.every((part) => part !== '' && part !== '.' && part !== '..');
}

function checkCycles(definition: Definition): string[] {
  const graph = buildGraph(definition);
  const ordered = new Set(runOrder(graph));
  const stuck = [...graph.keys()].filter((name) => !ordered.has(name));
  return stuck.length > 0 ? [`cycle among ${stuck.join(', ')}`] : [];
}
