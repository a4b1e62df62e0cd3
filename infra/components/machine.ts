import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns } from '../context.ts';
import { UNTOLD, untoldFailures } from './alarms.ts';
import { logGroup } from './logGroup.ts';

export type MachineArgs = {
  context: Context;
  keys: KeyArns;
  /** `weekly`, `churn`: begins logical names. */
  child: string;
  /** Physical names of the machine and of its log group. */
  named: { machine: string; logGroup: string };
  roleArn: pulumi.Input<string>;
  /** In the Amazon States Language. */
  definition: pulumi.Input<string>;
  /** Whether it tells people of its failures itself; then those are counted that it could not tell. */
  tells: boolean;
  /** What must stand before: the policies of the role, without which Step Functions refuses to log. */
  after?: pulumi.Resource[];
};

/** A state machine that logs everything and is traced. */
export class Machine extends pulumi.ComponentResource {
  readonly name: string;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: MachineArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:orchestration:Machine', name, {}, options);
    this.name = args.named.machine;
    const group = logGroup(`${args.child}-logs`, args.named.logGroup, args, this);
    const machine = new aws.sfn.StateMachine(
      args.child,
      {
        name: this.name,
        type: 'STANDARD',
        roleArn: args.roleArn,
        definition: args.definition,
        loggingConfiguration: {
          level: 'ALL',
          includeExecutionData: true,
          logDestination: pulumi.interpolate`${group.arn}:*`,
        },
        tracingConfiguration: { enabled: true },
      },
      { parent: this, dependsOn: args.after ?? [] },
    );
    this.arn = machine.arn;
    if (args.tells) this.countUntold(args, group.name);
    this.registerOutputs({ name: this.name, arn: this.arn });
  }

  private countUntold({ child, context }: MachineArgs, logGroupName: pulumi.Output<string>): void {
    new aws.cloudwatch.LogMetricFilter(
      `${child}-untold`,
      {
        name: `${this.name}-untold`,
        logGroupName,
        pattern: UNTOLD,
        metricTransformation: { ...untoldFailures(context, this.name), value: '1', unit: 'Count' },
      },
      { parent: this },
    );
  }
}
