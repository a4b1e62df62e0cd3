import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { watchMachine } from '../asl/watch.ts';
import type { Context, KeyArns } from '../context.ts';
import { alarmsOf, dimensionsOf, METRICS, NO_SUCCESS } from './alarms.ts';
import { Machine } from './machine.ts';
import { alarmName, operationsDashboard } from './operationsDashboard.ts';
import { type ResourceStatement, resourcePolicy } from './resourcePolicy.ts';
import { Timetable } from './timetable.ts';
import { type Watched, watchAll } from './watched.ts';

type Arn = { arn: pulumi.Input<string> };

export type MonitoringArgs = {
  context: Context;
  keys: KeyArns;
  roles: { states: Arn; scheduler: Arn };
  /** What the other components want to be looked after. */
  watched: readonly Watched[];
  /** What must stand before: the policies of the roles. */
  after?: pulumi.Resource[];
};

/** Who is told, of what, and how much it may cost. */
export class Monitoring extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;
  readonly alarms: Record<string, aws.cloudwatch.MetricAlarm>;

  constructor(name: string, args: MonitoringArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:operations:Monitoring', name, {}, options);
    const { context } = args;
    this.topicArn = this.makeTopic(args);
    const watch = this.makeWatch(args);
    // A watch that fails measures nothing, and of that the alarm tells that it measures for.
    this.alarms = this.makeAlarms(context, watchAll(...args.watched));
    const watched = watchAll(...args.watched, watch);
    new aws.cloudwatch.Dashboard(
      'operations',
      {
        dashboardName: context.names.prefix,
        dashboardBody: JSON.stringify(operationsDashboard(context, watched, Object.keys(this.alarms))),
      },
      { parent: this },
    );
    new aws.budgets.Budget('budget', budgetArgs(context), { parent: this });
    this.registerOutputs({ topicArn: this.topicArn });
  }

  private makeTopic({ context, keys }: MonitoringArgs): pulumi.Output<string> {
    const { names, settings } = context;
    const topic = new aws.sns.Topic(
      'alerts',
      { name: names.alerts.name, displayName: names.prefix, kmsMasterKeyId: keys.data },
      { parent: this },
    );
    const policy = topicPolicy(names.alerts.arn, settings.accountId);
    new aws.sns.TopicPolicy('alerts', { arn: topic.arn, policy }, { parent: this });
    for (const email of settings.monitoring.emails) {
      const subscription = { topic: topic.arn, protocol: 'email', endpoint: email };
      new aws.sns.TopicSubscription(`alerts-${email}`, subscription, { parent: this });
    }
    return topic.arn;
  }

  private makeAlarms(context: Context, watched: Required<Watched>): Record<string, aws.cloudwatch.MetricAlarm> {
    const actions = [this.topicArn];
    const made = Object.entries(alarmsOf(context, watched)).map(([alarm, args]) => {
      const tells = { alarmActions: actions, ...(alarm === NO_SUCCESS && { insufficientDataActions: actions }) };
      const named = { ...args, name: alarmName(context, alarm), ...tells };
      return [alarm, new aws.cloudwatch.MetricAlarm(alarm, named, { parent: this })] as const;
    });
    return Object.fromEntries(made);
  }

  /** Measures how long ago the weekly machine succeeded, twice a day. */
  private makeWatch({ context, keys, roles, after }: MonitoringArgs): Watched {
    const { names } = context;
    const common = { context, keys, after: after ?? [] };
    const name = `${names.prefix}-watch`;
    const facts = {
      machineArn: names.machines.weekly.arn,
      namespace: names.metricNamespace,
      metric: METRICS.hoursSinceSuccess,
      dimensions: dimensionsOf(context, 'segmentation'),
    };
    const machine = new Machine(
      'watch-machine',
      {
        ...common,
        child: 'watch',
        tells: false,
        named: { machine: name, logGroup: `/aws/vendedlogs/states/${name}` },
        roleArn: roles.states.arn,
        definition: JSON.stringify(watchMachine(facts)),
      },
      { parent: this },
    );
    const timetable = new Timetable(
      'watch-timetable',
      {
        ...common,
        of: 'watch',
        description: 'Has the age of the last weekly success measured',
        ...{ expression: 'rate(12 hours)', timezone: 'UTC' },
        machineArn: machine.arn,
        roleArn: roles.scheduler.arn,
        input: {},
      },
      { parent: this },
    );
    return { machines: { watch: machine.name }, queues: { 'watch-schedule': timetable.deadLetters.name } };
  }
}

/** Alarms publish by this policy, machines and jobs by their roles; nobody by plain HTTP. */
export function topicPolicy(topicArn: string, accountId: string): string {
  const alarms: ResourceStatement = {
    Sid: 'Alarms',
    Effect: 'Allow',
    Principal: { Service: 'cloudwatch.amazonaws.com' },
    Action: ['sns:Publish'],
    Resource: [topicArn],
    Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
  };
  const plain: ResourceStatement = {
    Sid: 'DenyPlainHttp',
    Effect: 'Deny',
    Principal: '*',
    Action: ['sns:Publish'],
    Resource: [topicArn],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  return resourcePolicy([alarms, plain]);
}

/**
 * What the stack may cost a month, by its tags. They count from the day on which they were activated as cost allocation tags, which
 * is done once, by hand, in the account that pays.
 */
export function budgetArgs({ names, settings }: Context): aws.budgets.BudgetArgs {
  const { budgetUsdMonth, emails } = settings.monitoring;
  const notify = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
    notificationType,
    threshold,
    thresholdType: 'PERCENTAGE',
    comparisonOperator: 'GREATER_THAN',
    subscriberEmailAddresses: emails,
  });
  return {
    name: names.prefix,
    budgetType: 'COST',
    timeUnit: 'MONTHLY',
    limitAmount: String(budgetUsdMonth),
    limitUnit: 'USD',
    metrics: 'UnblendedCost',
    filterExpression: {
      ands: [
        { tags: { key: 'project', values: ['pilotlight'] } },
        { tags: { key: 'stack', values: [settings.stack] } },
      ],
    },
    notifications: emails.length === 0 ? [] : [notify('ACTUAL', 80), notify('ACTUAL', 100), notify('FORECASTED', 100)],
  };
}
