import { join } from 'node:path';
import { InputError } from '@pilotlight/errors';
import type { Step } from '../definition.ts';
import type { StepArguments } from '../stepArguments.ts';
import { JOB_FILES } from './findJob.ts';
import { type Job, modelFolder } from './readJob.ts';

/**
 * What the job says of the step's inputs, outputs and parameters: it holds where the command line is silent. The service's inputs
 * and outputs that the step does not have are no business of it.
 *
 * @throws InputError `unknown_hyperparameter`, `many_hosts` where a step cannot share its work: each would do all of it
 */
export function fillFromJob(job: Job, step: Step): StepArguments {
  checkHosts(job, step);
  checkHyperparameters(job, step);
  const outputs = Object.keys(step.outputs);
  const [only, ...others] = outputs;
  const model = job.kind === 'training' && only !== undefined && others.length === 0;
  return {
    inputs: pick(job.inputs, Object.keys(step.inputs)),
    outputs: { ...pick(job.outputs, outputs), ...(model ? { [only]: modelFolder(job) } : {}) },
    parameters: job.hyperparameters,
  };
}

function checkHosts({ hosts }: Job, step: Step): void {
  if (hosts.length < 2 || step.sharesWork) return;
  const what = `the job has ${hosts.length} machines (${hosts.join(', ')}), and this step cannot share its work`;
  const todo = `set ${step.resources.instanceCountParameter} to 1`;
  throw new InputError({ code: 'many_hosts', what, where: `step ${step.name}`, todo });
}

function checkHyperparameters({ hyperparameters, root }: Job, step: Step): void {
  const known = [...step.parameters, ...Object.keys(step.arguments ?? {})];
  const unknown = Object.keys(hyperparameters).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const todo = known.length > 0 ? `use one of ${known.join(', ')}` : `${step.name} has no parameters: leave it out`;
  const where = join(root, JOB_FILES.training[0]);
  throw new InputError({ code: 'unknown_hyperparameter', what: `unknown hyperparameter ${unknown}`, where, todo });
}

function pick(values: Record<string, string>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}
