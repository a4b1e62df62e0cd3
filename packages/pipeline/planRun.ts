import { realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { InputError } from '@pilotlight/errors';
import { type Definition, isStep, type Step } from './definition.ts';
import { fingerprintPath, fingerprintSteps, identifyRun } from './fingerprint.ts';
import { buildGraph, type Graph, optionalNeeds } from './graph.ts';
import { resolveParameters } from './parameters.ts';

/** All that is known before anything runs. */
export type Plan = {
  definition: Definition;
  graph: Graph;
  optional: Graph;
  out: string;
  runId: string;
  executionDate: string;
  sourceFingerprint: string;
  parameters: Record<string, string>;
  /** Per parameter that names an input: its absolute path and fingerprint; null where it is `none`. */
  inputs: Record<string, { path: string; fingerprint: string } | null>;
  fingerprints: ReadonlyMap<string, string>;
};

const NONE = 'none';

/** Checks all that was given and works out every step's fingerprint. Throws an {@link InputError}; writes nothing. */
export async function planRun(request: {
  definition: Definition;
  parameters: Readonly<Record<string, string>>;
  out: string;
  sourceFingerprint: string;
}): Promise<Plan> {
  const { definition, sourceFingerprint } = request;
  const out = resolve(request.out);
  const parameters = resolveParameters(definition, request.parameters);
  const inputs = await readInputs(definition, parameters, out);
  const prints = Object.entries(inputs).map(([name, input]) => [name, input?.fingerprint ?? null]);
  const sources = { definition, sourceFingerprint, parameters, inputs: Object.fromEntries(prints) };
  return {
    ...{ definition, out, sourceFingerprint, parameters, inputs },
    graph: buildGraph(definition),
    optional: optionalNeeds(definition),
    runId: identifyRun(sources),
    executionDate: parameters.ExecutionDate ?? parameters.AsOf ?? '',
    fingerprints: fingerprintSteps(sources),
  };
}

/**
 * The input folders of a step by name: parameters' paths, and upstream steps' folders in the output folder.
 *
 * @param leftOut steps that this run does without; what an earlier run left of them is not handed
 */
export function inputsOf(step: Step, plan: Plan, leftOut: (step: string) => boolean): Record<string, string> {
  const paths: Record<string, string> = {};
  for (const [key, source] of Object.entries(step.inputs)) {
    if ('step' in source && source.optional && leftOut(source.step)) continue;
    const path = 'parameter' in source ? plan.inputs[source.parameter]?.path : outputOf(source, plan);
    if (path !== undefined) paths[key] = path;
  }
  return paths;
}

export function handedTo(step: Step, plan: Plan): Record<string, string> {
  const handed = step.parameters.map((name) => [name, plan.parameters[name] ?? '']);
  return { ...Object.fromEntries(handed), ...step.arguments };
}

function outputOf(source: { step: string; output: string }, plan: Plan): string | undefined {
  const node = plan.definition.steps.find((one) => one.name === source.step);
  const output = node && isStep(node) ? node.outputs[source.output] : undefined;
  return output && resolve(plan.out, output.path);
}

async function readInputs(
  definition: Definition,
  parameters: Readonly<Record<string, string>>,
  out: string,
): Promise<Plan['inputs']> {
  const inputs: Plan['inputs'] = {};
  const steps = definition.steps.filter(isStep);
  const outputs = steps.flatMap((step) => Object.values(step.outputs).map(({ path }) => path));
  for (const [name, optional] of inputParameters(definition)) {
    const value = parameters[name] ?? '';
    inputs[name] = value === NONE && optional ? null : await readInput(name, value, out, outputs);
  }
  return inputs;
}

/** The parameters that name inputs, and whether every step that reads one can do without it. */
function inputParameters(definition: Definition): Map<string, boolean> {
  const found = new Map<string, boolean>();
  for (const step of definition.steps.filter(isStep)) {
    for (const source of Object.values(step.inputs)) {
      if (!('parameter' in source)) continue;
      found.set(source.parameter, (found.get(source.parameter) ?? true) && source.optional === true);
    }
  }
  return found;
}

async function readInput(
  name: string,
  value: string,
  out: string,
  outputs: readonly string[],
): Promise<{ path: string; fingerprint: string }> {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(value)) throw refusal('not_local', 'not a local path', name, value);
  const path = resolve(value);
  try {
    const [real, realOut] = [await realpath(path), await realpath(out).catch(() => out)];
    const taken = [join(realOut, 'run.json'), ...outputs.map((output) => join(realOut, output))];
    if (isIn(realOut, real) || taken.some((one) => isIn(real, one) || isIn(one, real))) {
      throw refusal('overlap', 'the run would write into its own input', name, path);
    }
    return { path, fingerprint: await fingerprintPath(path) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? 'no such file or folder' : `cannot be read (${message})`;
    throw refusal('missing_input', what, name, path, error);
  }
}

function isIn(path: string, folder: string): boolean {
  return `${path}${sep}`.startsWith(`${folder}${sep}`);
}

function refusal(code: string, what: string, name: string, where: string, cause?: unknown): InputError {
  return new InputError({ code, what, where, todo: `correct the parameter ${name}`, cause });
}
