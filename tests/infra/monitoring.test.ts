import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { alarmsOf } from '../../infra/components/alarms.ts';
import { Machine } from '../../infra/components/machine.ts';
import { budgetArgs, Monitoring, topicPolicy } from '../../infra/components/monitoring.ts';
import { operationsDashboard } from '../../infra/components/operationsDashboard.ts';
import { type Watched, watchAll } from '../../infra/components/watched.ts';
import { type Asl, faultsOf } from './aslStates.ts';
import { partsOf, typesOf } from './componentParts.ts';
import { type CapturedResource, captureComponent, contextOf, type Inputs, of, one, type Stack } from './mocks.ts';

const ALARM = 'aws:cloudwatch/metricAlarm:MetricAlarm';
const WATCHED: Watched[] = [
  {
    functions: { trigger: 'pilotlight-dev-trigger' },
    machines: { churn: 'pilotlight-dev-churn' },
    queues: { trigger: 'pilotlight-dev-trigger-dead-letters' },
  },
  { machines: { weekly: 'pilotlight-dev-weekly' } },
];

function monitoringOf(stack: Stack): Promise<CapturedResource[]> {
  const context = contextOf(stack);
  return captureComponent(
    () => void new Monitoring('monitoring', { context, ...partsOf(context), watched: WATCHED }),
    stack,
  );
}

const dev = await monitoringOf('dev');
const prod = await monitoringOf('prod');

test('it makes these', () => {
  assert.equal(typesOf(prod), {
    Budget: ['budget'],
    Dashboard: ['operations'],
    LogGroup: ['watch-logs'],
    MetricAlarm: [
      ...['churn-drift', 'churn-failures', 'segmentation-drift', 'trigger-dead-letters', 'trigger-lost'],
      ...['weekly-failures', 'weekly-no-success'],
    ],
    Queue: ['watch-schedule-dead-letters'],
    QueuePolicy: ['watch-schedule-dead-letters'],
    Schedule: ['watch-schedule'],
    StateMachine: ['watch'],
    Topic: ['alerts'],
    TopicPolicy: ['alerts'],
    TopicSubscription: ['alerts-data-platform@example.com', 'alerts-on-call@example.com'],
  });
});

test('every alarm tells people once, when it rises, and says what to do', () => {
  for (const { inputs } of of(prod, ALARM)) {
    assert.is(inputs.okActions, undefined, 'that it is over is told by nobody');
    assert.is(inputs.alarmActions.length, 1);
    assert.match(inputs.alarmActions[0], /:pilotlight-prod-alerts$/);
    assert.ok(inputs.alarmDescription.length > 40, inputs.name);
    assert.match(inputs.name, /^pilotlight-prod-/);
  }
});

test('no alarm looks back further than CloudWatch does', () => {
  for (const { inputs } of of(prod, ALARM)) {
    const periods = [inputs.period, ...(inputs.metricQueries ?? []).map((query: Inputs) => query.metric?.period)];
    const period = Math.max(...periods.filter((one) => one !== undefined));
    const seconds = period * inputs.evaluationPeriods;
    assert.ok(seconds <= (period >= 3600 ? 604_800 : 86_400), inputs.name);
  }
});

test('8 days without a success are an alarm, and so is a watch that no longer measures', () => {
  const { inputs } = one(prod, ALARM, 'weekly-no-success');
  assert.equal([inputs.metricName, inputs.threshold], ['HoursSinceSuccess', 192]);
  assert.equal(inputs.insufficientDataActions, inputs.alarmActions);
  assert.equal(inputs.dimensions, { Stack: 'prod', Pipeline: 'segmentation' });
  const machine = JSON.parse(one(prod, 'aws:sfn/stateMachine:StateMachine').inputs.definition) as Asl;
  assert.equal(faultsOf(machine), []);
  const text = JSON.stringify(machine);
  assert.match(text, '"MetricName":"HoursSinceSuccess"');
  assert.match(text, ':stateMachine:pilotlight-prod-weekly');
  assert.is(one(prod, 'aws:scheduler/schedule:Schedule').inputs.scheduleExpression, 'rate(12 hours)');
});

test('what a machine told itself no alarm tells again: it counts in its log the failures that are none of those', async () => {
  const { inputs } = one(prod, ALARM, 'weekly-failures');
  const context = contextOf('prod');
  const made = await captureComponent(
    () =>
      void new Machine('machine', {
        ...{ context, ...partsOf(context), child: 'weekly', tells: true, definition: '{}' },
        ...{ named: { machine: 'pilotlight-dev-weekly', logGroup: 'logs' }, roleArn: context.names.roles.states.arn },
      }),
    'prod',
  );
  const filter = one(made, 'aws:cloudwatch/logMetricFilter:LogMetricFilter').inputs;
  assert.equal(filter.metricTransformation, {
    namespace: inputs.namespace,
    name: inputs.metricName,
    value: '1',
    unit: 'Count',
  });
  assert.is(
    filter.pattern,
    '{ ($.type = "ExecutionTimedOut") || (($.type = "ExecutionFailed") && ($.details.error != "WeeklyFailed") && ' +
      '($.details.error != "PipelineFailed") && ($.details.error != "DriftFound") && ($.details.error != "FileTaken")) }',
  );
  assert.equal([inputs.statistic, inputs.threshold, inputs.treatMissingData], ['Sum', 0, 'notBreaching']);
});

test('lost events, drift and dead letters are looked for as agreed', () => {
  const seen = (name: string) => {
    const { inputs } = one(prod, ALARM, name);
    return [
      inputs.namespace,
      inputs.metricName,
      inputs.statistic,
      inputs.period,
      inputs.threshold,
      inputs.treatMissingData,
    ];
  };
  assert.equal(seen('trigger-lost'), ['AWS/Lambda', 'DeadLetterErrors', 'Sum', 300, 0, 'notBreaching']);
  const { inputs } = one(prod, ALARM, 'churn-drift');
  const queries = inputs.metricQueries as { expression?: string; metric?: Record<string, unknown> }[];
  const dimensions = { Stack: 'prod', Pipeline: 'churn' };
  assert.equal(
    queries.flatMap(({ metric }) => metric ?? []),
    ['DriftDetected', 'DriftNotMeasurable'].map((metricName) => {
      return { namespace: 'Pilotlight', metricName, dimensions, stat: 'Maximum', period: 3600 };
    }),
  );
  assert.equal([inputs.threshold, inputs.treatMissingData], [0, 'notBreaching']);
  assert.equal(seen('trigger-dead-letters').slice(0, 3), ['AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'Maximum']);
});

test('the topic is encrypted; alarms of this account may publish, nobody by plain HTTP', () => {
  assert.match(one(prod, 'aws:sns/topic:Topic').inputs.kmsMasterKeyId, /key\/data$/);
  const [alarms, plain] = JSON.parse(
    topicPolicy('arn:aws:sns:eu-west-1:111111111111:alerts', '111111111111'),
  ).Statement;
  assert.equal(
    [alarms.Principal, alarms.Condition],
    [{ Service: 'cloudwatch.amazonaws.com' }, { StringEquals: { 'aws:SourceAccount': '111111111111' } }],
  );
  assert.equal([plain.Effect, plain.Condition], ['Deny', { Bool: { 'aws:SecureTransport': 'false' } }]);
});

test('the budget counts the tags of this stack, and tells whom the configuration names', () => {
  const { inputs } = one(prod, 'aws:budgets/budget:Budget');
  assert.equal([inputs.limitAmount, inputs.limitUnit, inputs.timeUnit], ['2500', 'USD', 'MONTHLY']);
  assert.equal(inputs.filterExpression.ands, [
    { tags: { key: 'project', values: ['pilotlight'] } },
    { tags: { key: 'stack', values: ['prod'] } },
  ]);
  assert.is(inputs.costFilters, undefined, 'AWS takes one way of filtering');
  assert.equal(
    inputs.notifications.map((one: Inputs) => [one.notificationType, one.threshold]),
    [
      ['ACTUAL', 80],
      ['ACTUAL', 100],
      ['FORECASTED', 100],
    ],
  );
  assert.equal(
    budgetArgs(contextOf('dev')).notifications,
    [],
    'nobody to tell: AWS refuses a notification without reader',
  );
});

test('the dashboard shows every alarm, machine, function and queue, and no widget covers another', () => {
  const context = contextOf('dev');
  const watched = watchAll(...WATCHED);
  const alarms = Object.keys(alarmsOf(context, watched));
  const { widgets } = operationsDashboard(context, watched, alarms);
  const text = JSON.stringify(widgets);
  for (const alarm of alarms) assert.match(text, `:alarm:pilotlight-dev-${alarm}"`);
  for (const name of Object.values(watched).flatMap((named) => Object.values(named))) assert.match(text, name);
  const cells = widgets.flatMap(({ x, y, width, height }) =>
    Array.from({ length: width * height }, (_, cell) => `${x + (cell % width)},${y + Math.floor(cell / width)}`),
  );
  assert.is(new Set(cells).size, cells.length);
  for (const { x, width } of widgets) assert.ok(width > 0 && x + width <= 24);
  assert.is(one(dev, 'aws:cloudwatch/dashboard:Dashboard').inputs.dashboardName, 'pilotlight-dev');
});

test('what several parts want looked after is put together', () => {
  assert.equal(watchAll(...WATCHED), {
    functions: { trigger: 'pilotlight-dev-trigger' },
    machines: { churn: 'pilotlight-dev-churn', weekly: 'pilotlight-dev-weekly' },
    queues: { trigger: 'pilotlight-dev-trigger-dead-letters' },
  });
});

test.run();
