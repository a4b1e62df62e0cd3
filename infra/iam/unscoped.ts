import { allow, type Condition, type Statement } from './document.ts';

/**
 * Actions that IAM knows no resource for, each with the reason why `*` stands beside it. Nothing else is allowed on `*`:
 * {@link unscoped} refuses what is not in this list.
 */
export const UNSCOPED: Readonly<Record<string, string>> = {
  'ecr:GetAuthorizationToken': 'the token is for the registry, not for a repository; pulling is bound to repositories',
  'cloudwatch:PutMetricData': 'metrics have no ARN; bound by cloudwatch:namespace instead',
  'xray:PutTraceSegments': 'traces have no ARN',
  'xray:PutTelemetryRecords': 'traces have no ARN',
  'xray:GetSamplingRules': 'sampling is decided for the account',
  'xray:GetSamplingTargets': 'sampling is decided for the account',
  'ec2:Describe*': 'EC2 describes know no resource; they read configuration, never data',
  'ec2:DescribeDhcpOptions': 'EC2 describes know no resource',
  'ec2:DescribeNetworkInterfaces': 'EC2 describes know no resource',
  'ec2:DescribeSecurityGroups': 'EC2 describes know no resource',
  'ec2:DescribeSubnets': 'EC2 describes know no resource',
  'ec2:DescribeVpcs': 'EC2 describes know no resource',
  'logs:CreateLogDelivery': 'Step Functions sets up delivery for the account; log groups are named by the machine',
  'logs:GetLogDelivery': 'deliveries have no ARN',
  'logs:UpdateLogDelivery': 'deliveries have no ARN',
  'logs:DeleteLogDelivery': 'deliveries have no ARN',
  'logs:ListLogDeliveries': 'deliveries have no ARN',
  'logs:PutResourcePolicy': 'the resource policy of log delivery belongs to the account',
  'logs:DescribeResourcePolicies': 'the resource policy of log delivery belongs to the account',
  'logs:DescribeLogGroups': 'a list of the account',
  'application-autoscaling:DescribeScalableTargets': 'a list of the account',
  'application-autoscaling:DescribeScalingPolicies': 'a list of the account',
  'elasticloadbalancing:Describe*': 'load balancer describes know no resource; they read configuration',
  'ecs:DescribeTaskDefinition': 'knows no resource',
  'ecs:DeregisterTaskDefinition': 'knows no resource; a revision that is deregistered can still run',
  'kms:ListAliases': 'a list of the account',
  'kms:CreateKey': 'the key has no ARN yet; bound by the tags that it must be made with',
  'sagemaker:ListApps': 'a list of the account',
  'sagemaker:ListDomains': 'a list of the account',
  'sagemaker:ListSpaces': 'a list of the account',
  'sagemaker:ListUserProfiles': 'a list of the account',
  'sagemaker:ListMlflowApps': 'a list of the account',
  'states:ValidateStateMachineDefinition': 'checks a text, touches nothing',
  'transfer:CreateConnector': 'the connector has no ARN yet; bound by the tags that it must be made with',
};

/** Allows actions that know no resource; none but those of {@link UNSCOPED}. */
export function unscoped(sid: string, actions: string[], condition?: Condition): Statement {
  const unknown = actions.filter((action) => !(action in UNSCOPED));
  if (unknown.length > 0) throw new Error(`no reason is given for * beside ${unknown.join(', ')}`);
  return allow(sid, actions, ['*'], condition);
}
