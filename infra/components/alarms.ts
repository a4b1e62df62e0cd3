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
  driftNotMeasurable: 'DriftNotMeasurable',
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

/**
 * Every alarm of a stack by its name, with what it means and where to look first.
 *
 * A cause is told once, by whoever knows most of it; alarms tell what nobody else can:
 *
 * | cause | who tells |
 * |---|---|
 * | a run failed, and a state caught it | the machine: error, run, execution, where to look |
 * | a run failed, and no state could catch it, or the machine could not tell | `*-failures`, by {@link UNTOLD} |
 * | a run was stopped by a person | nobody: the person knows |
 * | a file was delivered twice | nobody: its item in the manifest says so |
 * | a function failed for a machine | the machine that called it |
 * | a function failed for an event, after its tries | `*-dead-letters`, and `*-lost` where not even that worked |
 * | a schedule started nothing | `*-dead-letters` |
 * | data drifted, or could not be compared | `*-drift`, whether or not the run was asked to fail then |
 * | no weekly run at all, or nobody to measure it | `weekly-no-success` |
 *
 * That a cause is gone is not told: the next run's own message, or the dashboard, says so.
 */
export function alarmsOf(context: Context, { functions, machines, queues }: Required<Watched>): Record<string, Alarm> {
  return {
    ...each(functions, 'lost', (name) => lostEvents(name)),
    ...each(machines, 'failures', (name) => failedUntold(context, name)),
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

const lostEvents = (name: string): Alarm => ({
  ...ABOVE_ZERO,
  alarmDescription: `${name} failed, and what it was called with could not be kept either. Look into its log group, then at its queue.`,
  namespace: 'AWS/Lambda',
  metricName: 'DeadLetterErrors',
  dimensions: { FunctionName: name },
  statistic: 'Sum',
  period: 300,
});

/** Errors with which an execution ends that has told people itself, or has nothing to tell. */
export const TOLD_ERRORS = ['WeeklyFailed', 'PipelineFailed', 'DriftFound', 'FileTaken'] as const;

/** Of the log of a machine: executions that ended badly, but for those of {@link TOLD_ERRORS}. */
export const UNTOLD = `{ ($.type = "ExecutionTimedOut") || (($.type = "ExecutionFailed") && ${TOLD_ERRORS.map(
  (error) => `($.details.error != "${error}")`,
).join(' && ')}) }`;

/** The metric of {@link UNTOLD}: one a machine, since a filter gives no dimension that is not in the log. */
export const untoldFailures = ({ names }: Context, machine: string) => ({
  namespace: names.metricNamespace,
  name: `UntoldFailures-${machine}`,
});

function failedUntold(context: Context, machine: string): Alarm {
  const { namespace, name } = untoldFailures(context, machine);
  return {
    ...ABOVE_ZERO,
    alarmDescription: `An execution of ${machineArn(context, machine)} failed, and could not say so itself. Open it in the console: the red state says why.`,
    namespace,
    metricName: name,
    statistic: 'Sum',
    period: 300,
  };
}

const deadLetters = (name: string): Alarm => ({
  ...ABOVE_ZERO,
  alarmDescription: `${name} holds what could not be delivered. Read it, mend the cause, send it again, empty the queue.`,
  namespace: 'AWS/SQS',
  metricName: 'ApproximateNumberOfMessagesVisible',
  dimensions: { QueueName: name },
  statistic: 'Maximum',
  period: 300,
});

/** Where a run leaves its drift report, in the data bucket. */
const REPORTS = {
  segmentation: 'models/segmentation/drift/<run id>/',
  churn: 'monitoring/<run id>/',
} as const;

/** Drift, or that it could not be measured although there was something to compare with: one reader, one report. */
const drift = (context: Context, pipeline: (typeof PIPELINES)[number]): Alarm => ({
  ...ABOVE_ZERO,
  alarmDescription: `The data of ${pipeline} are not those that its model was trained on, or could not be compared. Read the drift report of the run: ${REPORTS[pipeline]}.`,
  metricQueries: [
    { id: 'either', expression: 'FILL(drift, 0) + FILL(unmeasured, 0)', label: 'Drift', returnData: true },
    ...Object.entries({ drift: METRICS.drift, unmeasured: METRICS.driftNotMeasurable }).map(([id, metricName]) => ({
      id,
      metric: {
        namespace: context.names.metricNamespace,
        metricName,
        dimensions: dimensionsOf(context, pipeline),
        stat: 'Maximum',
        period: 3600,
      },
    })),
  ],
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
