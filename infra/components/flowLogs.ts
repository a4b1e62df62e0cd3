import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns } from '../context.ts';
import { allow, arnOf, documentOf, type PolicyDocument } from '../iam/document.ts';
import { trustService } from '../iam/trust.ts';

export type FlowLogsArgs = {
  context: Context;
  keys: KeyArns;
  /** Ceiling of the role that writes. */
  boundaryArn: pulumi.Input<string>;
  vpcId: pulumi.Input<string>;
};

/** Who talked to whom in the VPC, kept as long as other logs. */
export class FlowLogs extends pulumi.ComponentResource {
  constructor(name: string, args: FlowLogsArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:network:FlowLogs', name, {}, options);
    const { context, keys, boundaryArn, vpcId } = args;
    const { settings, names } = context;
    const group = new aws.cloudwatch.LogGroup(
      'flow-logs-group',
      {
        name: flowLogGroup(names.prefix),
        retentionInDays: settings.monitoring.logRetentionDays,
        kmsKeyId: keys.logs,
      },
      { parent: this },
    );
    const { role, policy } = this.makeRole(context, boundaryArn);
    new aws.ec2.FlowLog(
      'flow-logs',
      {
        vpcId,
        trafficType: 'ALL',
        logDestinationType: 'cloud-watch-logs',
        logDestination: group.arn,
        iamRoleArn: role.arn,
        tags: { Name: `${names.prefix}-flow-logs` },
      },
      { parent: this, dependsOn: [policy] },
    );
    this.registerOutputs({ groupName: group.name });
  }

  private makeRole(context: Context, permissionsBoundary: pulumi.Input<string>) {
    const name = `${context.names.prefix}-flow-logs`;
    const trust = trustService(context, 'vpc-flow-logs.amazonaws.com', [arnOf(context, 'ec2', 'vpc-flow-log/*')]);
    const role = new aws.iam.Role(
      'flow-logs-role',
      {
        name,
        description: 'Writes the flow logs of the VPC',
        assumeRolePolicy: JSON.stringify(trust),
        permissionsBoundary,
      },
      { parent: this },
    );
    const rights = { name: 'write-flow-logs', role: role.name, policy: JSON.stringify(flowLogRights(context)) };
    const policy = new aws.iam.RolePolicy('flow-logs-policy', rights, { parent: this });
    return { role, policy };
  }
}

const flowLogGroup = (prefix: string): string => `/pilotlight/${prefix}/flow-logs`;

/** Writes into its own group; asks which groups there are, as the service does before it writes. */
function flowLogRights(context: Context): PolicyDocument {
  const group = arnOf(context, 'logs', `log-group:${flowLogGroup(context.names.prefix)}`);
  const write = ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'];
  return documentOf([
    allow('FlowLogsWrite', write, [group, `${group}:*`]),
    allow('FlowLogsFind', ['logs:DescribeLogGroups'], [arnOf(context, 'logs', 'log-group:*')]),
  ]);
}
