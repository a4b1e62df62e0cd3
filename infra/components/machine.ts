import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns } from '../context.ts';
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
    this.registerOutputs({ name: this.name, arn: this.arn });
  }
}
