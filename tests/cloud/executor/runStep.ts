import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { describeJob, type Job } from './describeJob.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { runJob } from './runJob.ts';
import { asObject, type Cloud, type JobRecord, type Node, type RetryPolicy, type StepRecord } from './types.ts';

const JOB_NAME_LENGTH_MAX = 63;

export type StepEnd = Pick<StepRecord, 'status' | 'failureReason' | 'jobs' | 'waits_s'> & {
  /** The job that ended well. */
  job?: Job;
  violations: string[];
};

/** Runs the job of a step, and again as its retry policies say, every time under a name of its own. Pauses are counted, not kept. */
export async function runStep(
  node: Node & { type: 'Processing' | 'Training' },
  { scope, cloud, s3, executionId }: { scope: Scope; cloud: Cloud; s3: S3Client; executionId: string },
): Promise<StepEnd> {
  const filled = asObject(await evaluate(node.arguments, scope));
  const tries = node.retryPolicies.map(() => 0);
  const end: { jobs: JobRecord[]; waits_s: number[]; violations: string[] } = { jobs: [], waits_s: [], violations: [] };
  for (let attempt = 1; ; attempt++) {
    const fault = cloud.faults?.({ step: node.name, attempt });
    const job = describeJob(node.type, filled, jobName(executionId, node.name, attempt));
    let failureReason: string | null = null;
    let exception: string | null = null;
    if (fault?.kind === 'refused') {
      ({ exception } = fault);
      failureReason = `ClientError: Failed to invoke ${node.type}Job: ${exception}`;
    } else {
      const ran = await runJob(job, cloud, s3, fault);
      end.jobs.push(ran.record);
      end.violations.push(...ran.violations);
      if (ran.record.status === 'Completed') return { status: 'Succeeded', failureReason: null, job, ...end };
      ({ exception } = ran);
      failureReason = ran.record.failureReason;
    }
    const wait = nextWait(node.retryPolicies, tries, exception);
    if (wait === null) return { status: 'Failed', failureReason, ...end };
    end.waits_s.push(wait);
  }
}

/** SageMaker's own: `pipelines-<execution>-<step>-<ten characters>`. */
function jobName(executionId: string, step: string, attempt: number): string {
  const unique = createHash('sha256').update(`${executionId}/${step}/${attempt}`).digest('hex').slice(0, 10);
  const room = JOB_NAME_LENGTH_MAX - `pipelines-${executionId}--${unique}`.length;
  return `pipelines-${executionId}-${step.slice(0, room)}-${unique}`;
}

/** Seconds to the next attempt by the first policy for the exception, or null where there is none left. */
function nextWait(policies: readonly RetryPolicy[], tries: number[], exception: string | null): number | null {
  const index = policies.findIndex(({ exceptions }) => exception !== null && exceptions.includes(exception));
  const [policy, tried] = [policies[index], tries[index]];
  if (!policy || tried === undefined || tried >= policy.attemptsMax) return null;
  tries[index] = tried + 1;
  return policy.interval_s * policy.backoffRate ** tried;
}
