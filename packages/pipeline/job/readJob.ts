import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@pilotlight/errors';
import { JOB_FILES, type JobPlace, ML_ROOT } from './findJob.ts';

/** What the service says of the job. */
export type Job = JobPlace & {
  /** Null where the service does not say. */
  name: string | null;
  /** The machines of the job; empty where the service does not say. */
  hosts: string[];
  /** Which of them this is. */
  host: string | null;
  /** Folders by the name of the input or channel. */
  inputs: Record<string, string>;
  /** Folders by the name of the output; a training job has but one place, which has no name. */
  outputs: Record<string, string>;
  /** Values that stand in for parameters; none in a processing job. */
  hyperparameters: Record<string, string>;
};

/**
 * Reads the service's files; those that are missing say nothing.
 *
 * @throws InputError `bad_job_file` that names the file
 */
export function readJob(place: JobPlace): Job {
  return place.kind === 'processing' ? readProcessingJob(place) : readTrainingJob(place);
}

/** The place of a training job's only output. */
export const modelFolder = ({ root }: JobPlace): string => join(root, 'model');

function readProcessingJob(place: JobPlace): Job {
  const [request, resources] = JOB_FILES.processing.map((file) => readFile(place.root, file));
  const { ProcessingJobName: name, ProcessingInputs: inputs, ProcessingOutputConfig: output } = request?.value ?? {};
  const outputs = isRecord(output) ? output.Outputs : undefined;
  return {
    ...place,
    name: typeof name === 'string' ? name : null,
    ...hostsOf(resources),
    inputs: localPaths(place, inputs, 'InputName', 'S3Input'),
    outputs: localPaths(place, outputs, 'OutputName', 'S3Output'),
    hyperparameters: {},
  };
}

function readTrainingJob(place: JobPlace): Job {
  const [hyperparameters, resources, channels] = JOB_FILES.training.map((file) => readFile(place.root, file));
  const names = Object.keys(channels?.value ?? {});
  return {
    ...place,
    name: null,
    ...hostsOf(resources),
    inputs: Object.fromEntries(names.map((channel) => [channel, join(place.root, 'input/data', channel)])),
    outputs: {},
    hyperparameters: readHyperparameters(hyperparameters),
  };
}

type JobFile = { path: string; value: Record<string, unknown> };

function readFile(root: string, name: string): JobFile | null {
  const path = join(root, name);
  if (!existsSync(path)) return null;
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!isRecord(value)) throw new Error('no JSON object');
    return { path, value };
  } catch (cause) {
    throw refuse(`the job's file cannot be read (${(cause as Error).message})`, path, cause);
  }
}

/** Sorted, so that all machines have the same order. */
function hostsOf(file: JobFile | null | undefined): Pick<Job, 'hosts' | 'host'> {
  const { hosts = [], current_host: current } = file?.value ?? {};
  if (!Array.isArray(hosts) || !hosts.every((host) => typeof host === 'string'))
    throw refuse('hosts is no list of names', file?.path ?? '');
  const host = typeof current === 'string' ? current : null;
  if (hosts.length > 1 && (host === null || !hosts.includes(host)))
    throw refuse('current_host is none of hosts', file?.path ?? '');
  return { hosts: hosts.toSorted(), host };
}

/** The service hands its own settings the same way, under names of their own: they are no parameters of a step. */
const OF_THE_SERVICE = /^sagemaker_/;

function readHyperparameters(file: JobFile | null | undefined): Record<string, string> {
  const own = Object.entries(file?.value ?? {}).filter(([name]) => !OF_THE_SERVICE.test(name));
  return Object.fromEntries(
    own.map(([name, value]) => {
      if (typeof value !== 'string') throw refuse(`the hyperparameter ${name} is no text`, file?.path ?? '');
      return [name, value];
    }),
  );
}

/** `{InputName, S3Input: {LocalPath}}` and the like, as folders by name. */
function localPaths(place: JobPlace, items: unknown, name: string, part: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const item of Array.isArray(items) ? items : []) {
    const { [name]: key, [part]: place_ } = isRecord(item) ? item : {};
    const path = isRecord(place_) ? place_.LocalPath : undefined;
    if (typeof key === 'string' && typeof path === 'string') found[key] = moved(path, place.root);
  }
  return found;
}

function moved(path: string, root: string): string {
  return path.startsWith(`${ML_ROOT}/`) ? join(root, path.slice(ML_ROOT.length)) : path;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function refuse(what: string, where: string, cause?: unknown): InputError {
  return new InputError({ code: 'bad_job_file', what, where, todo: 'correct what starts the job', cause });
}
