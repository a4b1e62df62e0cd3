import { parseArgs } from 'node:util';
import { InputError } from '@pilotlight/errors';
import { type Definition, isStep, type Step } from './definition.ts';
import { checkValue } from './parameters.ts';

/** What a step is handed, by name. */
export type StepArguments = {
  inputs: Record<string, string>;
  outputs: Record<string, string>;
  parameters: Record<string, string>;
};

/** `--input k=DIR --output k=DIR --param K=V ...`, the way in which a step is handed anything. */
export function formatStepArguments({ inputs, outputs, parameters }: StepArguments): string[] {
  const options = (flag: string, values: Record<string, string>) =>
    Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  return [...options('--input', inputs), ...options('--output', outputs), ...options('--param', parameters)];
}

/**
 * Reads a step's arguments against its definition. What is not given is taken from `filled`; parameters and arguments that are not
 * there either take their default. Inputs may be missing (the step says what it cannot do without), outputs may not.
 * Anything unknown, twice or misshapen is an {@link InputError}.
 */
export function parseStepArguments(
  definition: Definition,
  step: Step,
  args: readonly string[],
  filled: Readonly<StepArguments> = { inputs: {}, outputs: {}, parameters: {} },
): StepArguments {
  const { input = [], output = [], param = [] } = parseFlags(step, args);
  const inputs = { ...filled.inputs, ...parsePairs(step, '--input', input, Object.keys(step.inputs)) };
  const outputs = { ...filled.outputs, ...parsePairs(step, '--output', output, Object.keys(step.outputs)) };
  const known = [...step.parameters, ...Object.keys(step.arguments ?? {})];
  const given = { ...filled.parameters, ...parsePairs(step, '--param', param, known) };
  const missing = Object.keys(step.outputs).find((key) => !(key in outputs));
  if (missing) throw refusal(step, `missing output ${missing}`, `add --output ${missing}=DIR`);
  return { inputs, outputs, parameters: fillParameters(definition, step, given) };
}

/** The step of that name; an {@link InputError} that lists the names where there is none. */
export function findStep(definition: Definition, name: string): Step {
  const steps = definition.steps.filter(isStep);
  const step = steps.find((one) => one.name === name);
  if (step) return step;
  const todo = `use one of ${steps.map((one) => one.name).join(', ')}`;
  throw new InputError({ code: 'unknown_step', what: `no step ${name}`, where: `pipeline ${definition.name}`, todo });
}

function parseFlags(step: Step, args: readonly string[]): { input?: string[]; output?: string[]; param?: string[] } {
  const many = { type: 'string', multiple: true } as const;
  try {
    return parseArgs({ args: [...args], options: { input: many, output: many, param: many }, strict: true }).values;
  } catch (error) {
    throw refusal(step, (error as Error).message, 'use --input k=DIR --output k=DIR --param K=V');
  }
}

function parsePairs(step: Step, flag: string, pairs: string[], known: string[]): Record<string, string> {
  const parsed: Record<string, string> = {};
  for (const pair of pairs) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (key === undefined || value === undefined || (value === '' && flag !== '--param'))
      throw refusal(step, `${flag} ${pair}`, `write ${flag} name=value`);
    if (!known.includes(key)) throw refusal(step, `unknown ${flag} ${key}`, `use one of ${known.join(', ')}`);
    if (key in parsed) throw refusal(step, `${flag} ${key} stands there twice`, 'keep one');
    parsed[key] = value;
  }
  return parsed;
}

function fillParameters(definition: Definition, step: Step, given: Record<string, string>): Record<string, string> {
  const filled: Record<string, string> = { ...step.arguments };
  for (const name of step.parameters) {
    const parameter = definition.parameters[name];
    const value = given[name] ?? parameter?.default;
    if (parameter && value !== undefined) filled[name] = checkValue(definition, name, parameter, String(value));
  }
  for (const name of Object.keys(step.arguments ?? {})) filled[name] = given[name] ?? filled[name] ?? '';
  return filled;
}

function refusal(step: Step, what: string, todo: string): InputError {
  return new InputError({ code: 'bad_step_arguments', what, where: `step ${step.name}`, todo });
}
