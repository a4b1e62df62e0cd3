import type { Context } from '../context.ts';
import { dimensionsOf, METRICS, machineArn, PIPELINES } from './alarms.ts';
import type { Watched } from './watched.ts';

type Widget = {
  type: 'alarm' | 'metric';
  x: number;
  y: number;
  width: number;
  height: number;
  properties: Record<string, unknown>;
};
type Row = { height: number; widgets: Pick<Widget, 'type' | 'properties'>[] };

const WIDTH = 24;
const HEIGHT = 6;

/** Physical name of an alarm. */
export const alarmName = ({ names }: Context, alarm: string): string => `${names.prefix}-${alarm}`;

/** The CloudWatch dashboard of a stack: red alarms first, then what ran, what the functions did, what waits, and the data. */
export function operationsDashboard(
  context: Context,
  watched: Required<Watched>,
  alarmNames: readonly string[],
): { widgets: Widget[] } {
  const rows = [alarms(context, alarmNames), executions(context, watched), functions(context, watched), data(context)];
  return { widgets: place(rows) };
}

function alarms(context: Context, names: readonly string[]): Row {
  const { region, accountId } = context.settings;
  const arns = names.map((alarm) => `arn:aws:cloudwatch:${region}:${accountId}:alarm:${alarmName(context, alarm)}`);
  return { height: 4, widgets: [{ type: 'alarm', properties: { title: 'Alarms', alarms: arns } }] };
}

const ENDINGS = ['ExecutionsSucceeded', 'ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'];

function executions(context: Context, { machines }: Required<Watched>): Row {
  const widgets = Object.entries(machines).map(([key, name]) =>
    metric(context, `Executions: ${key}`, 'Sum', 86_400, {
      namespace: 'AWS/States',
      lines: ENDINGS.map((ending) => [ending, { StateMachineArn: machineArn(context, name) }]),
    }),
  );
  return { height: HEIGHT, widgets };
}

function functions(context: Context, { functions: named, queues }: Required<Watched>): Row {
  const of = (metricName: string): Line[] => Object.values(named).map((FunctionName) => [metricName, { FunctionName }]);
  return {
    height: HEIGHT,
    widgets: [
      metric(context, 'Function errors', 'Sum', 300, { namespace: 'AWS/Lambda', lines: of('Errors') }),
      metric(context, 'Function duration, ms', 'Maximum', 300, { namespace: 'AWS/Lambda', lines: of('Duration') }),
      metric(context, 'Dead letters', 'Maximum', 300, {
        namespace: 'AWS/SQS',
        lines: Object.values(queues).map((QueueName) => ['ApproximateNumberOfMessagesVisible', { QueueName }]),
      }),
    ],
  };
}

function data(context: Context): Row {
  const namespace = context.names.metricNamespace;
  const both = (metricName: string): Line[] =>
    PIPELINES.map((pipeline) => [metricName, dimensionsOf(context, pipeline)]);
  return {
    height: HEIGHT,
    widgets: [
      metric(context, 'Drift found', 'Maximum', 3600, { namespace, lines: both(METRICS.drift) }),
      metric(context, 'Features drifted', 'Maximum', 3600, { namespace, lines: both(METRICS.featuresDrifted) }),
      metric(context, 'Hours since the last weekly success', 'Maximum', 86_400, {
        namespace,
        lines: [[METRICS.hoursSinceSuccess, dimensionsOf(context, 'segmentation')]],
      }),
    ],
  };
}

type Line = [metricName: string, dimensions: Record<string, string>];

function metric(
  { settings }: Context,
  title: string,
  stat: string,
  period: number,
  { namespace, lines }: { namespace: string; lines: Line[] },
): Row['widgets'][number] {
  const metrics = lines.map(([name, dimensions]) => [namespace, name, ...Object.entries(dimensions).flat()]);
  return {
    type: 'metric',
    properties: { title, region: settings.region, view: 'timeSeries', stat, period, metrics },
  };
}

/** Rows below one another, their widgets side by side and equally wide. */
function place(rows: readonly Row[]): Widget[] {
  let top = 0;
  return rows.flatMap(({ height, widgets }) => {
    const y = top;
    top += height;
    const width = Math.floor(WIDTH / widgets.length);
    return widgets.map((widget, column) => ({ ...widget, x: column * width, y, width, height }));
  });
}
