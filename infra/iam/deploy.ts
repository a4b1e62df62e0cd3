import { boundaryOf } from './boundary.ts';
import { deployNetworkPolicies } from './deployNetwork.ts';
import { deploySageMaker } from './deploySageMaker.ts';
import {
  actionsOf,
  allow,
  arnOf,
  deny,
  documentOf,
  type Grounds,
  ownTags,
  type PolicyDocument,
  type Statement,
} from './document.ts';
import { passRole, tagNew } from './jobs.ts';
import { readSetup } from './preview.ts';
import { SOURCE_PREFIX } from './sagemaker.ts';
import { writeState } from './state.ts';
import { unscoped } from './unscoped.ts';

/**
 * What the program makes, and nothing beside it. Names hold it to the stack (`pilotlight-<stack>-*`); where AWS gives ids instead of
 * names, tags do: what is made must carry the stack's tags, and only what carries them may be changed.
 *
 * It may make roles, but only under the stack's permissions boundary, and hand them only to the service each was made for. It
 * cannot change the boundary, its own role, the preview's, nor GitHub's identity provider: an administrator does, by the
 * bootstrap. So whoever takes over a deployment cannot widen what a deployment may do, nor reach another stack.
 *
 * Deleting what holds data is left out where the configuration protects it.
 */
export function deployPolicies(grounds: Grounds): Record<string, PolicyDocument> {
  return {
    state: documentOf([...writeState(grounds), ...buckets(grounds), ...images(grounds)]),
    read: documentOf(readSetup(grounds)),
    identity: documentOf(identity(grounds)),
    data: documentOf([...keys(grounds), ...messages(grounds), ...table(grounds)]),
    work: documentOf(work(grounds)),
    watch: documentOf(watch(grounds)),
    ...deployNetworkPolicies(grounds),
  };
}

const own = (grounds: Grounds, service: string, ...kinds: string[]) =>
  kinds.map((kind) => arnOf(grounds, service, `${kind}${grounds.names.prefix}-*`));

/** Deleting, where the configuration allows it. */
const unlessProtected = ({ settings }: Grounds, statements: Statement[]) => (settings.protect ? [] : statements);

function buckets(grounds: Grounds): Statement[] {
  const { names, settings } = grounds;
  const made = 'existing' in settings.storage.dataBucket ? [] : [names.buckets.data.arn];
  const bucketArns = [...made, names.buckets.mlflow.arn, names.buckets.logs.arn];
  const puts = 'Versioning Policy Logging PublicAccessBlock OwnershipControls Tagging Notification Acl';
  const set = puts.split(' ').map((what) => `s3:PutBucket${what}`);
  const more = actionsOf('s3', 'CreateBucket PutEncryptionConfiguration PutLifecycleConfiguration DeleteBucketPolicy');
  const remove = actionsOf('s3', 'DeleteBucket ListBucketVersions DeleteObject DeleteObjectVersion');
  const source = [`${names.buckets.data.arn}/${SOURCE_PREFIX}/*`];
  return [
    allow('BucketsMake', [...set, ...more], bucketArns),
    allow('SourceForStudio', actionsOf('s3', 'GetObject PutObject AbortMultipartUpload'), source),
    ...unlessProtected(grounds, [
      allow(
        'BucketsRemove',
        remove,
        bucketArns.flatMap((arn) => [arn, `${arn}/*`]),
      ),
    ]),
  ];
}

function images(grounds: Grounds): Statement[] {
  const repositories = Object.values(grounds.names.repositories).map(({ arn }) => arn);
  const make =
    'CreateRepository PutLifecyclePolicy SetRepositoryPolicy PutImageTagMutability PutImageScanningConfiguration';
  const push = 'InitiateLayerUpload UploadLayerPart CompleteLayerUpload PutImage BatchCheckLayerAvailability';
  const look = 'BatchGetImage GetDownloadUrlForLayer DescribeImages DescribeImageScanFindings';
  const remove = 'DeleteRepository DeleteLifecyclePolicy DeleteRepositoryPolicy BatchDeleteImage';
  return [
    unscoped('RegistryToken', ['ecr:GetAuthorizationToken']),
    allow('RepositoriesMake', actionsOf('ecr', `${make} TagResource UntagResource`), repositories),
    allow('ImagesPush', actionsOf('ecr', `${push} ${look}`), repositories),
    ...unlessProtected(grounds, [allow('RepositoriesRemove', actionsOf('ecr', remove), repositories)]),
  ];
}

/** Roles that work runs with: under the boundary, to the service each is for. */
function identity(grounds: Grounds): Statement[] {
  const { names, settings } = grounds;
  const boundary = boundaryOf(grounds).arn;
  const underBoundary = { StringEquals: { 'iam:PermissionsBoundary': boundary } };
  const roles = [`arn:aws:iam::${settings.accountId}:role/${names.prefix}-*`];
  const { preview, deploy, dashboardExecution, dashboardTask, ...byService } = names.roles;
  const write = 'CreateRole PutRolePolicy DeleteRolePolicy UpdateAssumeRolePolicy UpdateRole DeleteRole';
  const change = 'PutRolePolicy DeleteRolePolicy AttachRolePolicy DetachRolePolicy UpdateAssumeRolePolicy DeleteRole';
  const linked = ['ecs', 'ecs.application-autoscaling', 'elasticloadbalancing', 'sagemaker'].map(
    (service) => `${service}.amazonaws.com`,
  );
  return [
    allow('RolesUnderBoundary', actionsOf('iam', `${write} PutRolePermissionsBoundary`), roles, underBoundary),
    allow('RolesTag', actionsOf('iam', 'TagRole UntagRole'), roles),
    ...Object.entries(byService).map(([name, { arn }]) =>
      passRole(`Pass${name.charAt(0).toUpperCase()}${name.slice(1)}`, [arn], `${name}.amazonaws.com`),
    ),
    passRole(
      'PassFlowLogs',
      [`arn:aws:iam::${settings.accountId}:role/${names.prefix}-flow-logs`],
      'vpc-flow-logs.amazonaws.com',
    ),
    passRole('PassDashboard', [dashboardExecution.arn, dashboardTask.arn], 'ecs-tasks.amazonaws.com'),
    allow(
      'ServiceLinkedRoles',
      ['iam:CreateServiceLinkedRole'],
      [`arn:aws:iam::${settings.accountId}:role/aws-service-role/*`],
      { StringEquals: { 'iam:AWSServiceName': linked } },
    ),
    deny('NeverItself', actionsOf('iam', `${change} UpdateRole PutRolePermissionsBoundary TagRole UntagRole`), [
      preview.arn,
      deploy.arn,
    ]),
    deny('NeverWithoutBoundary', ['iam:DeleteRolePermissionsBoundary'], ['*']),
    deny(
      'NeverTheBoundary',
      actionsOf('iam', 'CreatePolicyVersion DeletePolicyVersion SetDefaultPolicyVersion DeletePolicy'),
      [boundary],
    ),
  ];
}

function keys(grounds: Grounds): Statement[] {
  const all = [arnOf(grounds, 'kms', 'key/*')];
  const made = ownTags(grounds, 'aws:RequestTag');
  const ours = ownTags(grounds, 'aws:ResourceTag');
  const administer = 'EnableKeyRotation PutKeyPolicy UpdateKeyDescription CreateAlias UpdateAlias EnableKey';
  const via = ['s3', 'dynamodb', 'lambda', 'ecr', 'secretsmanager'].map(
    (name) => `${name}.${grounds.settings.region}.amazonaws.com`,
  );
  return [
    unscoped('KeysCreate', ['kms:CreateKey'], made),
    allow('KeysTag', ['kms:TagResource'], all, tagNew(grounds)),
    allow('KeysAdminister', actionsOf('kms', administer), all, ours),
    allow('KeysAlias', actionsOf('kms', 'CreateAlias UpdateAlias DeleteAlias'), own(grounds, 'kms', 'alias/')),
    allow('KeyForServices', ['kms:CreateGrant'], all, { ...ours, Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
    allow('KeyThroughServices', actionsOf('kms', 'Encrypt Decrypt GenerateDataKey RetireGrant'), [grounds.keys.data], {
      StringEquals: { 'kms:ViaService': via },
    }),
    ...unlessProtected(grounds, [allow('KeysRemove', actionsOf('kms', 'ScheduleKeyDeletion DeleteAlias'), all, ours)]),
  ];
}

function messages(grounds: Grounds): Statement[] {
  const topics = actionsOf(
    'sns',
    'CreateTopic SetTopicAttributes Subscribe Unsubscribe DeleteTopic TagResource UntagResource',
  );
  const queues = actionsOf('sqs', 'CreateQueue SetQueueAttributes DeleteQueue TagQueue UntagQueue');
  return [allow('Topics', topics, own(grounds, 'sns', '')), allow('Queues', queues, own(grounds, 'sqs', ''))];
}

function table(grounds: Grounds): Statement[] {
  const make = 'CreateTable UpdateTable UpdateContinuousBackups UpdateTimeToLive TagResource UntagResource';
  const arns = [grounds.names.manifest.arn];
  return [
    allow('TableMake', actionsOf('dynamodb', make), arns),
    ...unlessProtected(grounds, [allow('TableRemove', ['dynamodb:DeleteTable'], arns)]),
  ];
}

/** Pipelines, machines, functions, schedules, connector, Studio, MLflow; starting and following the machines. */
function work(grounds: Grounds): Statement[] {
  const { names } = grounds;
  const { machines } = names;
  const executions = Object.values(machines).map(({ arn }) => `${arn.replace(':stateMachine:', ':execution:')}:*`);
  const functions = 'CreateFunction UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction AddPermission';
  const invokes = 'RemovePermission PutFunctionConcurrency DeleteFunctionConcurrency PutFunctionEventInvokeConfig';
  const connectors = [arnOf(grounds, 'transfer', 'connector/*')];
  return [
    ...deploySageMaker(grounds),
    allow(
      'Machines',
      actionsOf('states', 'CreateStateMachine UpdateStateMachine DeleteStateMachine TagResource UntagResource'),
      own(grounds, 'states', 'stateMachine:'),
    ),
    unscoped('MachinesCheck', ['states:ValidateStateMachineDefinition']),
    allow('MachinesStart', ['states:StartExecution'], [machines.churn.arn, machines.weekly.arn]),
    allow('MachinesFollow', actionsOf('states', 'DescribeExecution GetExecutionHistory'), executions),
    allow(
      'Functions',
      actionsOf('lambda', `${functions} ${invokes} TagResource UntagResource`),
      own(grounds, 'lambda', 'function:'),
    ),
    allow(
      'Schedules',
      actionsOf('scheduler', 'CreateSchedule UpdateSchedule DeleteSchedule'),
      own(grounds, 'scheduler', 'schedule/*/'),
    ),
    allow(
      'Events',
      actionsOf('events', 'PutRule DeleteRule PutTargets RemoveTargets TagResource UntagResource'),
      own(grounds, 'events', 'rule/'),
    ),
    unscoped('ConnectorMake', ['transfer:CreateConnector'], ownTags(grounds, 'aws:RequestTag')),
    allow('ConnectorTag', ['transfer:TagResource'], connectors, ownTags(grounds, 'aws:RequestTag')),
    allow(
      'ConnectorChange',
      actionsOf('transfer', 'UpdateConnector DeleteConnector'),
      connectors,
      ownTags(grounds, 'aws:ResourceTag'),
    ),
  ];
}

/** Logs, alarms, dashboard, budget. */
function watch(grounds: Grounds): Statement[] {
  const { names, settings } = grounds;
  const groups = [
    ...own(grounds, 'logs', 'log-group:/aws/lambda/', 'log-group:/aws/vendedlogs/states/', 'log-group:/pilotlight/'),
    arnOf(grounds, 'logs', `log-group:/pilotlight/${names.prefix}/*`),
  ];
  const global = (service: string, kind: string) => [
    `arn:aws:${service}::${settings.accountId}:${kind}/${names.prefix}*`,
  ];
  const delivery = [
    'CreateLogDelivery',
    'GetLogDelivery',
    'UpdateLogDelivery',
    'DeleteLogDelivery',
    'ListLogDeliveries',
  ];
  const account = ['PutResourcePolicy', 'DescribeResourcePolicies'];
  return [
    allow(
      'LogGroups',
      actionsOf(
        'logs',
        'CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey TagResource UntagResource',
      ),
      groups,
    ),
    allow('MetricFilters', actionsOf('logs', 'PutMetricFilter DeleteMetricFilter DescribeMetricFilters'), groups),
    unscoped(
      'LogDelivery',
      [...delivery, ...account].map((action) => `logs:${action}`),
    ),
    allow(
      'Alarms',
      actionsOf('cloudwatch', 'PutMetricAlarm PutCompositeAlarm DeleteAlarms TagResource UntagResource'),
      own(grounds, 'cloudwatch', 'alarm:'),
    ),
    allow('Dashboards', actionsOf('cloudwatch', 'PutDashboard DeleteDashboards'), global('cloudwatch', 'dashboard')),
    allow('Budget', actionsOf('budgets', 'ModifyBudget TagResource UntagResource'), global('budgets', 'budget')),
  ];
}
