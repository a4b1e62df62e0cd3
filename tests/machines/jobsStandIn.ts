import { describeJob, type Job } from '../cloud/executor/describeJob.ts';
import type { JobRecord } from '../cloud/executor/types.ts';
import { type Any, type Front, ServiceError } from './front.ts';

export type { Job } from '../cloud/executor/describeJob.ts';
export type JobOutcome = Pick<JobRecord, 'status' | 'failureReason' | 'exitMessage'>;

export const done: JobOutcome = { status: 'Completed', failureReason: null, exitMessage: null };

/** What a container says whose step refused its input: the form is that of `AWS`, the message is the step's. */
export const failure = (exitMessage: string | null, code: number): JobOutcome => {
  const failureReason = `AlgorithmError: See job logs for more information, exit code: ${code}`;
  return { status: 'Failed', failureReason, exitMessage };
};

/** The step of a job, as its command names it. */
export const stepOf = ({ command }: Pick<Job, 'command'>): string => command[3] ?? '';

/**
 * SageMaker Processing as Step Functions sees it: a job is made at once, runs for a while, and its end is seen by describing it. Names are
 * taken for good. moto's jobs have no course and run nothing.
 *
 * @param run what the jobs do; `attempt` counts those of the same step in this scene
 * @returns the jobs in the order in which they were made
 */
export function serveJobs(front: Front, run: (job: Job, attempt: number) => Promise<JobOutcome> | JobOutcome): Job[] {
  const jobs: Job[] = [];
  const ended = new Map<string, JobOutcome>();
  front.answer('SageMaker.CreateProcessingJob', (input: Any) => {
    const { ProcessingJobName: name, ...request } = input;
    if (!/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name))
      throw new ServiceError('ValidationException', `bad name ${name}`);
    if (jobs.some((job) => job.name === name)) throw new ServiceError('ResourceInUse', `${name} is taken`);
    const job = describeJob('Processing', request, name);
    jobs.push(job);
    const attempt = jobs.filter((one) => stepOf(one) === stepOf(job)).length;
    const crashed = (error: Error) =>
      ({ status: 'Failed', failureReason: String(error.stack), exitMessage: null }) as const;
    Promise.try(run, job, attempt).then(
      (outcome) => ended.set(name, outcome),
      (error) => ended.set(name, crashed(error)),
    );
    return { ProcessingJobArn: arnOf(name) };
  });
  front.answer('SageMaker.DescribeProcessingJob', ({ ProcessingJobName: name }: Any) => {
    const job = jobs.find((one) => one.name === name);
    if (!job) throw new ServiceError('ResourceNotFound', `no job ${name}`);
    const { status = 'InProgress', failureReason = null, exitMessage = null } = ended.get(name) ?? {};
    return {
      ...job.request,
      ProcessingJobArn: arnOf(name),
      ProcessingJobStatus: status,
      ...(exitMessage !== null && { ExitMessage: exitMessage }),
      ...(failureReason !== null && { FailureReason: failureReason }),
    };
  });
  return jobs;
}

const arnOf = (name: string) => `arn:aws:sagemaker:eu-west-1:111111111111:processing-job/${name.toLowerCase()}`;
