import { describeJob, propertyOf } from './executor/describeJob.ts';
import { asList, asObject, type Execution, isObject, type Json, type JsonObject } from './executor/types.ts';

/** A pipeline of one step of a pipeline's JSON, as it stands there, that reads what the steps before it left in an earlier run. */
export function stepAlone(pipeline: string, name: string, earlier: Execution): string {
  const json = asObject(JSON.parse(pipeline));
  const step = find(json.Steps ?? [], name);
  if (!step) throw new Error(`no step ${name}`);
  return JSON.stringify({ ...json, Steps: [fill(step, earlier)] });
}

function find(steps: Json, name: string): JsonObject | undefined {
  for (const step of asList(steps)) {
    const { IfSteps = [], ElseSteps = [] } = asObject(step.Arguments);
    const found = step.Name === name ? step : (find(IfSteps, name) ?? find(ElseSteps, name));
    if (found) return found;
  }
  return undefined;
}

function fill(value: Json, earlier: Execution): Json {
  if (Array.isArray(value)) return value.map((one) => fill(one, earlier));
  if (!isObject(value)) return value;
  const [, step = '', property] = /^Steps\.([^.]+)\.(.+)$/.exec(String(value.Get)) ?? [];
  if (property !== undefined) return propertyIn(earlier, step, property);
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, fill(inside, earlier)]));
}

function propertyIn({ steps }: Execution, step: string, property: string): Json {
  const job = steps[step]?.jobs.find(({ status }) => status === 'Completed');
  if (!job) throw new Error(`${step} has not ended well`);
  const type = job.operation === 'CreateTrainingJob' ? 'Training' : 'Processing';
  return propertyOf(describeJob(type, job.request, job.name), property);
}
