import type * as aws from '@pulumi/aws';
import type { Context } from '../context.ts';
import type { Watched } from './watched.ts';

/** An alarm, but for whom it tells. */
export type Alarm = Omit<aws.cloudwatch.MetricAlarmArgs, 'alarmActions' | 'okActions' | 'name'>;

/** Hours after which a week without a success is one too many. */
const SUCCESS_HOURS_MAX = 8 * 24;

export const METRICS = {
  hoursSinceSuccess: 'HoursSinceSuccess',
  drift: 'DriftDetected',
  featuresDrifted: 'FeaturesDrifted',
} as const;

/** The alarm that also tells when nothing is measured. */
export const NO_SUCCESS = 'weekly-no-success';

/** The two systems, as the metrics of their steps name them. */
export const PIPELINES = ['segmentation', 'churn'] as const;

/**
 * Dimensions of the metrics that our own steps and machines write: two stacks may share an account, and CloudWatch takes metrics of
 * other dimensions for other metrics.
 */
export const dimensionsOf = ({ settings }: Context, pipeline: (typeof PIPELINES)[number]) => ({
  Stack: settings.stack,
  Pipeline: pipeline,
});

/** Every alarm of a stack by its name, with what it means and where to look first. */
export function alarmsOf(context: Context, { functions, machines, queues }: Required<Watched>): Record<string, Alarm> {
  return {
    ...each(functions, 'errors', (name) => functionErrors(name)),
    ...each(machines, 'failures', (name) => failedExecutions(machineArn(context, name))),
    ...each(queues, 'dead-letters', (name) => deadLetters(name)),
    ...Object.fromEntries(PIPELINES.map((pipeline) => [`${pipeline}-drift`, drift(context, pipeline)])),
    [NO_SUCCESS]: noSuccess(context),
  };
}

export const machineArn = ({ settings }: Context, name: string): string =>
  `arn:aws:states:${settings.region}:${settings.accountId}:stateMachine:${name}`;

function each(named: Record<string, string>, what: string, alarm: (name: string) => Alarm): Record<string, Alarm> {
  return Object.fromEntries(Object.entries(named).map(([key, name]) => [`${key}-${what}`, alarm(name)]));
}

const ABOVE_ZERO = {
  comparisonOperator: 'GreaterThanThreshold',
  threshold: 0,
  evaluationPeriods: 1,
  treatMissingData: 'notBreaching',
} as const;

const functionErrors = (name: string): Alarm => ({
  ...ABOVE_ZERO,
  alarmDescription: `${name} failed. Look into its log group, then into its dead letters.`,
  namespace: 'AWS/Lambda',
  metricName: 'Errors',
  dimensions: { FunctionName: name },
  statistic: 'Sum',
  period: 300,
});

const ENDINGS = { failed: 'ExecutionsFailed', late: 'ExecutionsTimedOut', aborted: 'ExecutionsAborted' };

/** One alarm for the three ways in which an execution does not succeed: they have one cause, and one reader. */
const failedExecutions = (arn: string): Alarm => ({
  ...ABOVE_ZERO,
  alarmDescription: `An execution of ${arn} failed, ran out of time or was stopped. Open it in the console: the red state says why.`,
  metricQueries: [
    {
      id: 'all',
      expression: `SUM([${Object.keys(ENDINGS)
        .map((id) => `FILL(${id}, 0)`)
        .join(', ')}])`,
      label: 'Executions that did not succeed',
      returnData: true,
    },
    ...Object.entries(ENDINGS).map(([id, metricName]) => ({
      id,
      metric: {
        namespace: 'AWS/States',
        metricName,
        dimensions: { StateMachineArn: arn },
        stat: 'Sum',
        period: 300,
      },
    })),
  ],
});

const deadLetters = (name: string): Alarm => ({
  ...ABOVE_ZERO,
  alarmDescription: `${name} holds what could not be delivered. Read it, mend the cause, send it again, empty the queue.`,
  namespace: 'AWS/SQS',
  metricName: 'ApproximateNumberOfMessagesVisible',
  dimensions: { QueueName: name },
  statistic: 'Maximum',
  period: 300,
});

const drift = (context: Context, pipeline: (typeof PIPELINES)[number]): Alarm => ({
  ...ABOVE_ZERO,
  alarmDescription: `The data of ${pipeline} are not those that its model was trained on. Read the drift report of the run.`,
  namespace: context.names.metricNamespace,
  metricName: METRICS.drift,
  dimensions: dimensionsOf(context, pipeline),
  statistic: 'Maximum',
  period: 3600,
});

/**
 * The age of the last success, measured by the watch machine: CloudWatch itself looks back 7 days at most. Nothing measured for long is
 * "insufficient data", of which people are told, too: then the watch is broken, and nobody would hear of the rest.
 */
const noSuccess = (context: Context): Alarm => ({
  alarmDescription:
    'No weekly run succeeded in 8 days, or nobody measured it. Look at the executions of the weekly machine.',
  comparisonOperator: 'GreaterThanThreshold',
  threshold: SUCCESS_HOURS_MAX,
  evaluationPeriods: 1,
  treatMissingData: 'missing',
  namespace: context.names.metricNamespace,
  metricName: METRICS.hoursSinceSuccess,
  dimensions: dimensionsOf(context, 'segmentation'),
  statistic: 'Maximum',
  period: 86_400,
});
