import { sagemakerById, sagemakerNamed } from './deploySageMaker.ts';
import { actionsOf, allow, arnOf, documentOf, type Grounds, type PolicyDocument, type Statement } from './document.ts';
import { readState } from './state.ts';
import { unscoped } from './unscoped.ts';

/**
 * What a pull request may see: how the stack is set up and its state, and nothing that is in it. No object of a data bucket, no
 * row of the table, no secret, no log line; nothing is written.
 */
export function previewPolicies(grounds: Grounds): Record<string, PolicyDocument> {
  return { state: documentOf(readState(grounds)), read: documentOf(readSetup(grounds)) };
}

/** Reads the configuration of what the program makes, as a refresh does. */
export function readSetup(grounds: Grounds): Statement[] {
  return [...storedIn(grounds), ...workedBy(grounds), ...toldBy(grounds), ...identities(grounds), ...noResource()];
}

const own = (grounds: Grounds, service: string, ...kinds: string[]) =>
  kinds.map((kind) => arnOf(grounds, service, `${kind}${grounds.names.prefix}-*`));

function storedIn(grounds: Grounds): Statement[] {
  const { names } = grounds;
  const buckets = Object.values(names.buckets).map(({ arn }) => arn);
  const bucketReads =
    'GetBucket* ListBucket GetEncryptionConfiguration GetLifecycleConfiguration GetAccelerateConfiguration GetReplicationConfiguration';
  const keys = [arnOf(grounds, 'kms', 'key/*')];
  return [
    allow('Buckets', actionsOf('s3', bucketReads), buckets),
    allow('Keys', actionsOf('kms', 'DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags'), keys),
    allow('Table', actionsOf('dynamodb', 'Describe* ListTagsOfResource'), [names.manifest.arn]),
    allow(
      'Repositories',
      actionsOf('ecr', 'DescribeRepositories Get*Policy ListTagsForResource'),
      own(grounds, 'ecr', 'repository/'),
    ),
  ];
}

function workedBy(grounds: Grounds): Statement[] {
  const learning = [...sagemakerNamed(grounds), ...sagemakerById(grounds)];
  const machines = 'DescribeStateMachine* ListTagsForResource ListStateMachineVersions';
  const functions = 'GetFunction* GetPolicy ListTags ListVersionsByFunction';
  const containers = 'DescribeClusters DescribeServices ListTagsForResource';
  const schedules = [
    ...own(grounds, 'scheduler', 'schedule/*/', 'schedule-group/'),
    arnOf(grounds, 'scheduler', 'schedule-group/default'),
  ];
  const connectors = [arnOf(grounds, 'transfer', 'connector/*')];
  const targets = [arnOf(grounds, 'application-autoscaling', 'scalable-target/*')];
  return [
    allow('SageMaker', actionsOf('sagemaker', 'Describe* ListTags GetModelPackageGroupPolicy'), learning),
    allow('Machines', actionsOf('states', machines), own(grounds, 'states', 'stateMachine:')),
    allow('Functions', actionsOf('lambda', functions), own(grounds, 'lambda', 'function:')),
    allow('Schedules', actionsOf('scheduler', 'Get*'), schedules),
    allow('Connectors', actionsOf('transfer', 'DescribeConnector ListTagsForResource'), connectors),
    allow('Containers', actionsOf('ecs', containers), own(grounds, 'ecs', 'cluster/', 'service/', 'task-definition/')),
    allow('Scaling', ['application-autoscaling:ListTagsForResource'], targets),
  ];
}

function toldBy(grounds: Grounds): Statement[] {
  const global = (service: string, kind: string) => [
    `arn:aws:${service}::${grounds.settings.accountId}:${kind}/${grounds.names.prefix}*`,
  ];
  const queues = 'GetQueueAttributes GetQueueUrl ListQueueTags';
  const rules = 'DescribeRule ListTagsForResource ListTargetsByRule';
  return [
    allow('Topics', actionsOf('sns', 'Get*Attributes ListTagsForResource'), own(grounds, 'sns', '')),
    allow('Queues', actionsOf('sqs', queues), own(grounds, 'sqs', '')),
    allow(
      'Alarms',
      actionsOf('cloudwatch', 'DescribeAlarms ListTagsForResource'),
      own(grounds, 'cloudwatch', 'alarm:'),
    ),
    allow('Dashboards', ['cloudwatch:GetDashboard'], global('cloudwatch', 'dashboard')),
    allow('Budget', actionsOf('budgets', 'ViewBudget ListTagsForResource'), global('budgets', 'budget')),
    allow('LogGroups', ['logs:ListTagsForResource'], [arnOf(grounds, 'logs', 'log-group:*')]),
    allow('Events', actionsOf('events', rules), own(grounds, 'events', 'rule/')),
  ];
}

function identities({ names, settings }: Grounds): Statement[] {
  const iam = (kind: string) => [`arn:aws:iam::${settings.accountId}:${kind}`];
  const roles = 'GetRole GetRolePolicy ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole';
  const policies = 'GetPolicy GetPolicyVersion ListPolicyVersions';
  return [
    allow('Roles', actionsOf('iam', roles), iam(`role/${names.prefix}-*`)),
    allow('Policies', actionsOf('iam', policies), iam(`policy/${names.prefix}-*`)),
    allow('GitHubProvider', ['iam:GetOpenIDConnectProvider'], iam('oidc-provider/*')),
  ];
}

const noResource = (): Statement[] => [
  unscoped('NoResource', [
    ...['ec2:Describe*', 'elasticloadbalancing:Describe*', 'ecs:DescribeTaskDefinition', 'kms:ListAliases'],
    ...['logs:DescribeLogGroups', 'sagemaker:ListMlflowApps'],
    ...actionsOf('application-autoscaling', 'DescribeScalableTargets DescribeScalingPolicies'),
  ]),
];
