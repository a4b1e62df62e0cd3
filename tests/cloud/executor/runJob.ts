import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { downloadPrefix, putFolder } from './bucket.ts';
import type { Job } from './describeJob.ts';
import { layOutHost } from './layOutHost.ts';
import { type ContainerEnd, runContainer } from './runContainer.ts';
import type { Cloud, Fault, JobRecord } from './types.ts';

const TEXT_LENGTH_MAX = 1024;
const GRACE_S = 120;

/** How a job ended; `exception` is what retry policies ask for. */
export type JobEnd = { record: JobRecord; exception: string | null; violations: string[] };

type Ended = Pick<JobRecord, 'status' | 'failureReason' | 'exitMessage'> & { exception?: string };
type Host = { root: string; end: ContainerEnd };

/**
 * Runs a job as SageMaker does: fetches its inputs to every host, runs the container there, uploads what it left.
 *
 * What a job that failed left is uploaded too. Of training jobs that is so; of processing jobs nobody says, and the harder case is taken:
 * nothing of a failed step may look like a result.
 */
export async function runJob(job: Job, cloud: Cloud, s3: S3Client, fault: Fault | undefined): Promise<JobEnd> {
  const violations: string[] = [];
  const hosts: Host[] = [];
  const commands = cloud.images[job.image];
  const [name = '', ...rest] = job.command;
  const end = (ended: Ended): JobEnd => ({ ...finish(job, hosts, ended), violations });
  if (!commands) return end(failed(`ClientError: Cannot find the image ${job.image}`));
  if (!commands[name]) return end(failed(`AlgorithmError: exec: "${name}": executable file not found, exit code: 127`));
  const roots = job.hosts.map((host) => ({ host, folder: join(cloud.work, job.name, host) }));
  for (const { host, folder } of roots) {
    const problem = await prepare(job, s3, { host, root: join(folder, 'ml') }, violations);
    if (problem !== null) return end(failed(problem));
  }
  const command = [...commands[name], ...rest];
  const ran = roots.map(({ folder }) => runHost({ job, cloud, folder, command, fault, violations }));
  hosts.push(...(await Promise.all(ran)));
  const codes = hosts.map(({ end: { exitCode } }) => exitCode);
  if (fault?.kind === 'machine lost' && codes.some((code) => code !== 0)) {
    const failureReason = 'InternalServerError: We encountered an internal error. Please try again.';
    return end({ ...failed(failureReason), exception: 'SageMaker.JOB_INTERNAL_ERROR' });
  }
  for (const { root } of hosts) for (const { path, uri } of job.outputs) await putFolder(s3, join(root, path), uri);
  return end(await judge(job, hosts));
}

const failed = (failureReason: string): Ended => ({ status: 'Failed', failureReason, exitMessage: null });

/** Null, or why the job fails before it runs. */
async function prepare(
  job: Job,
  s3: S3Client,
  { host, root }: { host: string; root: string },
  violations: string[],
): Promise<string | null> {
  await layOutHost(job, root, host);
  for (const { key, uri, path } of job.inputs) {
    const failure = (why: string) => `ClientError: Failed to download data. ${why} (input ${key})`;
    try {
      const { files, strays } = await downloadPrefix(s3, uri, join(root, path));
      if (strays.length > 0) violations.push(`${job.name}: the prefix ${uri} is that of ${strays[0]} too`);
      if (files.length === 0) return failure(`No S3 objects found under S3 URL "${uri}" given in input data source.`);
    } catch (error) {
      return failure(`ListObjectsV2 failed for ${uri}: ${(error as Error).name}`);
    }
  }
  return null;
}

type HostRun = {
  job: Job;
  cloud: Cloud;
  folder: string;
  command: string[];
  fault: Fault | undefined;
  violations: string[];
};

async function runHost({ job, cloud, folder, command, fault, violations }: HostRun): Promise<Host> {
  const root = join(folder, 'ml');
  const before = await stateOf(job, root);
  const end = await runContainer({
    ...{ folder, root, command },
    env: { ...cloud.env, ...cloud.jobEnv, ...ownVariables(job), ...job.environment },
    limit_s: job.limit_s,
    grace_s: cloud.grace_s ?? GRACE_S,
    ...(fault && 'after_ms' in fault ? { kill_after_ms: fault.after_ms } : {}),
  });
  const after = await stateOf(job, root);
  for (const [path, state] of before)
    if (after.get(path) !== state) violations.push(`${job.name}: ${path} was changed or replaced`);
  return { root, end };
}

/** What the service itself says in a container's environment. */
function ownVariables({ kind, name }: Job): Record<string, string> {
  if (kind === 'processing') return {};
  const arn = `arn:aws:sagemaker:eu-west-1:123456789012:training-job/${name.toLowerCase()}`;
  return { TRAINING_JOB_NAME: name, TRAINING_JOB_ARN: arn };
}

/** Inputs by their files, which a job must leave as they are; outputs by which folder it is, since a mount cannot be replaced. */
async function stateOf(job: Job, root: string): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  for (const { path } of job.outputs) {
    const found = await stat(join(root, path), { bigint: true }).catch(() => undefined);
    states.set(path, `${found?.ino} ${found?.birthtimeNs}`);
  }
  for (const { path } of job.inputs) {
    const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true }).catch(() => []);
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const facts = await Promise.all(
      files.sort().map(async (file) => [relative(root, file), await stat(file)] as const),
    );
    states.set(path, facts.map(([name, { size, mtimeMs }]) => `${name} ${size} ${mtimeMs}`).join('\n'));
  }
  return states;
}

async function judge(job: Job, hosts: readonly Host[]): Promise<Ended> {
  const processing = job.kind === 'processing';
  const said = await Promise.all(
    hosts.map(({ root }) => readStart(join(root, 'output', processing ? 'message' : 'failure'))),
  );
  const text = said
    .filter((one) => one !== null)
    .join('')
    .slice(0, TEXT_LENGTH_MAX);
  const exitMessage = processing && text !== '' ? text : null;
  if (hosts.some(({ end }) => end.timedOut))
    return { status: 'Stopped', failureReason: `MaxRuntimeExceeded: ${job.limit_s} s`, exitMessage };
  const code = hosts.map(({ end: { exitCode } }) => exitCode).find((one) => one !== 0);
  if (code === undefined) return { status: 'Completed', failureReason: null, exitMessage };
  const why = processing || text === '' ? 'See job logs for more information' : text;
  return { status: 'Failed', failureReason: `AlgorithmError: ${why}, exit code: ${code}`, exitMessage };
}

const readStart = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null);

function finish(job: Job, hosts: readonly Host[], { exception, ...ended }: Ended): Omit<JobEnd, 'violations'> {
  const record: JobRecord = {
    name: job.name,
    operation: job.kind === 'processing' ? 'CreateProcessingJob' : 'CreateTrainingJob',
    request: job.request,
    ...ended,
    exitCodes: hosts.map(({ end }) => end.exitCode),
    logs: hosts.map(({ end }) => end.log),
  };
  return { record, exception: exception ?? null };
}
