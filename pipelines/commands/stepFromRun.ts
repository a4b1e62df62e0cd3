import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isS3Uri, joinUri } from '@pilotlight/artifacts';
import { InputError } from '@pilotlight/errors';
import type { Definition, Step } from '@pilotlight/pipeline';
import { isStep } from '@pilotlight/pipeline';

export type StepValues = {
  input: Record<string, string>;
  output: Record<string, string>;
  param: Record<string, string>;
};

/**
 * What a step of an earlier run was handed: inputs and outputs in the run's folder, parameters as `run.json` has them. Inputs that are
 * not there are left out, so that the step says what it cannot do without.
 *
 * @throws InputError `run_missing`, `run_other`
 */
export function stepFromRun(definition: Definition, name: string, folder: string): StepValues {
  const parameters = readParameters(definition, folder);
  const steps = definition.steps.filter(isStep);
  const step = steps.find((one) => one.name === name);
  if (!step) return { input: {}, output: {}, param: {} };
  return {
    input: inputsOf(step, steps, { folder, parameters }),
    output: Object.fromEntries(
      Object.entries(step.outputs).map(([key, output]) => [key, path.join(folder, output.path)]),
    ),
    param: Object.fromEntries(
      step.parameters.flatMap((key) => (parameters[key] === undefined ? [] : [[key, parameters[key]]])),
    ),
  };
}

type Place = { folder: string; parameters: Record<string, string> };

function inputsOf(step: Step, steps: readonly Step[], { folder, parameters }: Place): Record<string, string> {
  const input: Record<string, string> = {};
  for (const [key, source] of Object.entries(step.inputs)) {
    if ('parameter' in source) {
      const value = parameters[source.parameter];
      if (value !== undefined && value !== 'none') input[key] = value;
      continue;
    }
    const output = steps.find((one) => one.name === source.step)?.outputs[source.output];
    const made = output && path.join(folder, output.path);
    if (made && existsSync(made)) input[key] = made;
  }
  return input;
}

function readParameters(definition: Definition, folder: string): Record<string, string> {
  const file = joinUri(folder, 'run.json');
  const refuse = (code: string, what: string, todo: string, cause?: unknown) =>
    new InputError({ code, what, where: file, todo, cause });
  if (isS3Uri(folder))
    throw refuse(
      'run_missing',
      'a run is read from a folder of this machine',
      'copy it, or give --input NAME=s3://...',
    );
  if (!existsSync(file))
    throw refuse('run_missing', 'no run in this folder', 'give the output folder of a run by --run');
  try {
    const run = JSON.parse(readFileSync(file, 'utf8')) as { pipeline: string; parameters: Record<string, string> };
    if (run.pipeline !== definition.name) throw new Error(`a run of ${run.pipeline}`);
    return run.parameters;
  } catch (cause) {
    throw refuse('run_other', `not a run of ${definition.name}`, 'give the output folder of one by --run', cause);
  }
}
