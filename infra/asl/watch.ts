import { REPEATABLE, retryOf, type State, type StateMachine } from './states.ts';

export type WatchFacts = {
  /** Of the machine that is watched. */
  machineArn: string;
  namespace: string;
  metric: string;
  dimensions: Readonly<Record<string, string>>;
};

/**
 * Measures the hours since a machine's last success, or since the machine was made where it never succeeded. An alarm alone cannot say
 * "not in 8 days": CloudWatch looks back 7 days at most, and the machine that is watched runs every 7. In JSONata, because JSONPath
 * cannot reckon with dates.
 */
export function watchMachine({ machineArn, namespace, metric, dimensions }: WatchFacts): StateMachine {
  const measurement = {
    MetricName: metric,
    Value: '{% ($millis() - $toMillis($since)) / 3600000 %}',
    Unit: 'None',
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
  };
  const last = { StateMachineArn: machineArn, StatusFilter: 'SUCCEEDED', MaxResults: 1 };
  return {
    Comment: 'Hours since the last success, as a metric',
    QueryLanguage: 'JSONata',
    StartAt: 'Machine',
    TimeoutSeconds: 1800,
    States: {
      Machine: ask('sfn:describeStateMachine', { StateMachineArn: machineArn }, 'LastSuccess', {
        since: '{% $states.result.CreationDate %}',
      }),
      LastSuccess: ask('sfn:listExecutions', last, 'Measure', {
        since: '{% $count($states.result.Executions) > 0 ? $states.result.Executions[0].StopDate : $since %}',
      }),
      Measure: ask('cloudwatch:putMetricData', { Namespace: namespace, MetricData: [measurement] }, 'Measured'),
      Measured: { Type: 'Succeed' },
      Failed: { Type: 'Fail', Error: 'WatchFailed', Cause: '{% $cause %}' },
    },
  };
}

function ask(action: string, args: Record<string, unknown>, next: string, assign?: Record<string, string>): State {
  return {
    Type: 'Task',
    Resource: `arn:aws:states:::aws-sdk:${action}`,
    Arguments: args,
    ...(assign && { Assign: assign }),
    TimeoutSeconds: 60,
    Retry: [retryOf(REPEATABLE)],
    Catch: [{ ErrorEquals: ['States.ALL'], Assign: { cause: '{% $string($states.errorOutput) %}' }, Next: 'Failed' }],
    Next: next,
  };
}
