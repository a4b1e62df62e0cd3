import { allow, arnOf, type Grounds, type Statement } from './document.ts';
import { unscoped } from './unscoped.ts';

/** Writes log streams into groups that the program made. */
export function writeLogs(grounds: Grounds, groups: string[]): Statement {
  const resources = groups.map((group) => arnOf(grounds, 'logs', `log-group:${group}:*`));
  return allow('Logs', ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'], resources);
}

/** As {@link writeLogs}, where AWS names the group and the service makes it at first use. */
export function writeServiceLogs(grounds: Grounds, groups: string[]): Statement {
  const statement = writeLogs(grounds, groups);
  return { ...statement, Action: ['logs:CreateLogGroup', ...statement.Action] };
}

export function trace(): Statement {
  const actions = ['PutTraceSegments', 'PutTelemetryRecords', 'GetSamplingRules', 'GetSamplingTargets'];
  return unscoped(
    'Traces',
    actions.map((action) => `xray:${action}`),
  );
}

export function putMetrics({ names }: Grounds): Statement {
  return unscoped('Metrics', ['cloudwatch:PutMetricData'], {
    StringEquals: { 'cloudwatch:namespace': names.metricNamespace },
  });
}
