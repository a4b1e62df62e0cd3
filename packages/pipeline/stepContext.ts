import { InputError } from '@pilotlight/errors';
import type { Logger, Progress } from '@pilotlight/logging';
import { PipelineError } from './errors.ts';

/** All that a step knows. Inputs and outputs are folders (an input may be a file) with absolute paths. */
export type StepContext = {
  /** An input that was not handed is undefined. */
  inputs: Readonly<Record<string, string | undefined>>;
  /** Existing folders to write into; they are published only when the step ends well. */
  outputs: Readonly<Record<string, string>>;
  parameters: Readonly<Record<string, string>>;
  log: Logger;
  progress: Progress;
  /** Aborted when the run is to stop. */
  signal: AbortSignal;
  run: { run_id: string; execution_date: string };
  /** The machines of the job where there are several; only the first writes outputs. */
  hosts?: Hosts;
};

/** `NAME` or `NAME:PORT` of each machine, in the same order on all, and which of them this is. */
export type Hosts = { names: readonly string[]; place: number };

export type StepFunction = (context: StepContext) => Promise<void>;

/** The folder of an input that the step cannot do without. */
export function requireInput(context: StepContext, name: string): string {
  return context.inputs[name] ?? refuse('missing_input', `the step needs the input ${name}`, '--input', `${name}=DIR`);
}

/** The value of a parameter that the step cannot do without. */
export function requireParameter(context: StepContext, name: string): string {
  const value = context.parameters[name];
  return value ?? refuse('missing_parameter', `the step needs the parameter ${name}`, '--param', `${name}=VALUE`);
}

/** The folder of an output; asking for one that the definition does not have is a fault of the step. */
export function requireOutput(context: StepContext, name: string): string {
  const folder = context.outputs[name];
  if (folder === undefined) throw new PipelineError('unknown_name', 'no such output of the step', [name]);
  return folder;
}

function refuse(code: string, what: string, option: string, form: string): never {
  throw new InputError({ code, what, where: option, todo: `add ${option} ${form}` });
}
