import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns } from '../context.ts';
import { DeadLetters } from './deadLetters.ts';

export type TimetableArgs = {
  context: Context;
  keys: KeyArns;
  /** `weekly`, `retrain`: physical name without the stack's prefix, and begins logical names. */
  of: string;
  description: string;
  /** `cron(...)` or `rate(...)`, on the clock of `timezone`. */
  expression: string;
  timezone: string;
  machineArn: pulumi.Input<string>;
  roleArn: pulumi.Input<string>;
  /** What the machine is started with; names in angle brackets are the scheduler's to fill in. */
  input: Record<string, string>;
  /** What must stand before: the policies of the role. */
  after?: pulumi.Resource[];
};

/** A start that failed is tried for two hours: after that people are told, and start it themselves when they have read why. */
const RETRY = { maximumEventAgeInSeconds: 7200, maximumRetryAttempts: 24 };

/** Starts a machine by the clock; a start that never worked ends in a queue. Schedules take no tags. */
export class Timetable extends pulumi.ComponentResource {
  readonly name: string;
  readonly deadLetters: DeadLetters;

  constructor(name: string, args: TimetableArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:orchestration:Timetable', name, {}, options);
    this.name = `${args.context.names.prefix}-${args.of}`;
    const queueName = `${args.of}-schedule`;
    this.deadLetters = new DeadLetters(`${queueName}-dead-letters`, { ...args, of: queueName }, { parent: this });
    new aws.scheduler.Schedule(
      `${args.of}-schedule`,
      {
        name: this.name,
        description: args.description,
        scheduleExpression: args.expression,
        scheduleExpressionTimezone: args.timezone,
        flexibleTimeWindow: { mode: 'OFF' },
        state: 'ENABLED',
        target: {
          arn: args.machineArn,
          roleArn: args.roleArn,
          input: JSON.stringify(args.input),
          deadLetterConfig: { arn: this.deadLetters.arn },
          retryPolicy: RETRY,
        },
      },
      { parent: this, dependsOn: args.after ?? [] },
    );
    this.registerOutputs({ name: this.name });
  }
}
