import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  boundaryOf,
  boundaryPolicy,
  connectorPolicies,
  GITHUB_ROLES,
  type Grounds,
  POLICIES,
  type PolicyDocument,
  type RoleName,
  sizeOf,
  stateOf,
  TRUST,
  trackingPolicies,
  UNSCOPED,
} from '../../infra/iam/index.ts';
import { type Assumption, decide, mayAssume, type Request } from './iamEvaluator.ts';
import { contextOf, type Inputs, STACKS, type Stack } from './mocks.ts';

const MANAGED_CHARACTERS_MAX = 6_144;
const INLINE_CHARACTERS_MAX = 10_240;
const TRUST_CHARACTERS_MAX = 2_048;

/** Everything switched on, so that every statement is looked at. */
const FULL: Inputs = {
  ingest: {
    sftpUrl: 'sftp://files.example.com',
    secretArn: 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:sftp-AbCdEf',
    trustedHostKeys: ['ssh-rsa AAAA'],
    remoteFolder: '/out',
  },
};

function groundsOf(stack: Stack, overrides: Inputs = {}): Grounds {
  const context = contextOf(stack, { ...FULL, ...overrides });
  const { accountId, region } = context.settings;
  const key = (id: string) => `arn:aws:kms:${region}:${accountId}:key/${id}`;
  return { ...context, keys: { data: key('data'), logs: key('logs') } };
}

const APP_ID = 'app-0123456789AB';
const CONNECTOR_ID = 'c-0123456789abcdef0';

/** What a role may do once all that it is given later is there. */
function policiesOf(role: RoleName, grounds: Grounds): PolicyDocument[] {
  const late: Partial<Record<RoleName, PolicyDocument[]>> = {};
  const add = (more: Partial<Record<RoleName, PolicyDocument>>) => {
    for (const [name, document] of Object.entries(more))
      late[name as RoleName] = [...(late[name as RoleName] ?? []), document];
  };
  add(trackingPolicies(grounds, trackingArn(grounds)));
  add(connectorPolicies(grounds, regional(grounds, 'transfer', `connector/${CONNECTOR_ID}`)));
  return [...Object.values(POLICIES[role](grounds)), ...(late[role] ?? [])];
}

const regional = ({ settings }: Grounds, service: string, resource: string) =>
  `arn:aws:${service}:${settings.region}:${settings.accountId}:${resource}`;

function trackingArn(grounds: Grounds): string {
  const isApp = grounds.settings.tracking.kind === 'app';
  const name = isApp ? `mlflow-app/${APP_ID}` : `mlflow-tracking-server/${grounds.names.prefix}-mlflow`;
  return regional(grounds, 'sagemaker', name);
}

type Case = {
  action: string;
  resource: (grounds: Grounds) => string;
  context?: (grounds: Grounds) => Request['context'];
};

/** `s3:GetObject` on `raw/x` of the data bucket, and the like: what most cases are made of. */
const data = (action: string, key: string): Case => ({
  action: `s3:${action}`,
  resource: ({ names }) => `${names.buckets.data.arn}/${key}`,
});
const mlflow = (action: string): Case => ({
  action: `s3:${action}`,
  resource: ({ names }) => `${names.buckets.mlflow.arn}/artifacts/0/model`,
});
const list = (prefix: string): Case => ({
  action: 's3:ListBucket',
  resource: ({ names }) => names.buckets.data.arn,
  context: () => ({ 's3:prefix': prefix }),
});
const pass = (role: RoleName, service: string): Case => ({
  action: 'iam:PassRole',
  resource: ({ names }) => names.roles[role].arn,
  context: () => ({ 'iam:PassedToService': service }),
});
const dataKey = (action: string, via?: string): Case => ({
  action: `kms:${action}`,
  resource: ({ keys }) => keys.data,
  context: ({ settings }): Request['context'] =>
    via === undefined ? {} : { 'kms:ViaService': `${via}.${settings.region}.amazonaws.com` },
});
const on = (
  action: string,
  service: string,
  resource: (grounds: Grounds) => string,
  context?: Case['context'],
): Case => ({
  action,
  resource: (grounds) => regional(grounds, service, resource(grounds)),
  ...(context && { context }),
});
const any = (action: string, context?: Request['context']): Case => ({
  action,
  resource: () => '*',
  context: () => context,
});
const named = (action: string, of: (names: Grounds['names']) => string): Case => ({
  action,
  resource: ({ names }) => of(names),
});
const from = (name: keyof Grounds['names']['functions'], one: Case): Case => ({
  ...one,
  context: (grounds) => ({
    ...one.context?.(grounds),
    'lambda:SourceFunctionArn': grounds.names.functions[name].arn,
  }),
});

const job = (kind: 'Processing' | 'Training', name: string, context: Request['context'] = IN_VPC): Case =>
  on(
    `sagemaker:Create${kind}Job`,
    'sagemaker',
    ({ names }) => `${kind.toLowerCase()}-job/${name.replace('<prefix>', names.prefix)}`,
    (grounds) => ({ ...tagged('Request')(grounds), ...context }),
  );
const IN_VPC = { 'sagemaker:VpcSubnets': ['subnet-1'], 'sagemaker:VpcSecurityGroupIds': ['sg-1'] };
const OTHER_PREFIX = 'pilotlight-other';

/** The name of a stack's tags in a request to make or to change something. */
const tagged = (kind: 'Request' | 'Resource', stack?: string) => (grounds: Grounds) => ({
  [`aws:${kind}Tag/project`]: 'pilotlight',
  [`aws:${kind}Tag/stack`]: stack ?? grounds.settings.stack,
});
const bounded = (action: string, role: string, boundary = 'own'): Case => ({
  action,
  resource: ({ names, settings }) =>
    `arn:aws:iam::${settings.accountId}:role/${role.replace('<prefix>', names.prefix)}`,
  context: (grounds) => ({
    'iam:PermissionsBoundary':
      boundary === 'own' ? boundaryOf(grounds).arn : 'arn:aws:iam::aws:policy/AdministratorAccess',
  }),
});
const state = (action: string, key: string): Case => ({
  action: `s3:${action}`,
  resource: (grounds) => `arn:aws:s3:::${stateOf(grounds).bucket}/${key.replace('<stack>', grounds.settings.stack)}`,
});

const MAY: Partial<Record<RoleName, Record<string, Case>>> = {
  sagemaker: {
    'reads raw files': data('GetObject', 'raw/churn/a.parquet'),
    'lists raw files': list('raw/churn/'),
    'writes bronze': data('PutObject', 'bronze/a.parquet'),
    'writes silver': data('PutObject', 'silver/a.parquet'),
    'writes gold': data('PutObject', 'gold/a.parquet'),
    'writes models': data('PutObject', 'models/segmentation/model.tar.gz'),
    'writes scores': data('PutObject', 'scored/a.parquet'),
    'writes monitoring': data('PutObject', 'monitoring/drift.json'),
    'writes the metrics log': data('PutObject', 'metrics-logs/2026-01.txt'),
    'deletes in tmp': data('DeleteObject', 'tmp/a'),
    'reads MLflow artifacts': mlflow('GetObject'),
    'writes MLflow artifacts': mlflow('PutObject'),
    'decrypts through S3': dataKey('Decrypt', 's3'),
    'hands the key to AWS for volumes': {
      ...dataKey('CreateGrant'),
      context: () => ({ 'kms:GrantIsForAWSResource': 'true' }),
    },
    'pulls the image of jobs': named('ecr:BatchGetImage', ({ repositories }) => repositories.pipeline.arn),
    'gets a token of the registry': any('ecr:GetAuthorizationToken'),
    'writes job logs': on('logs:PutLogEvents', 'logs', () => 'log-group:/aws/sagemaker/ProcessingJobs:log-stream:a'),
    'registers a model': on(
      'sagemaker:CreateModelPackage',
      'sagemaker',
      ({ names }) => `model-package/${names.prefix}-churn/1`,
    ),
    'calls MLflow': {
      action: 'sagemaker:CallMlflowAppApi',
      resource: trackingArn,
    },
    'tells people': named('sns:Publish', ({ alerts }) => alerts.arn),
    'puts metrics of ours': any('cloudwatch:PutMetricData', { 'cloudwatch:namespace': 'Pilotlight' }),
    'makes a network interface': on('ec2:CreateNetworkInterface', 'ec2', () => 'subnet/subnet-1'),
    'starts a job of its pipeline': job('Training', 'pipelines-abc-TrainDomestic-x'),
    'passes itself to its jobs': pass('sagemaker', 'sagemaker.amazonaws.com'),
  },
  states: {
    'starts a processing job': job('Processing', '<prefix>-churn-bronze-1'),
    'starts a training job': job('Training', '<prefix>-churn-train-1'),
    'stops a job': on('sagemaker:StopProcessingJob', 'sagemaker', () => 'processing-job/x', tagged('Resource')),
    'tags a job': on('sagemaker:AddTags', 'sagemaker', () => 'processing-job/x', tagged('Request')),
    'starts a listing': on('transfer:StartDirectoryListing', 'transfer', () => `connector/${CONNECTOR_ID}`),
    'hands jobs their role': pass('sagemaker', 'sagemaker.amazonaws.com'),
    'starts the pipeline': named('sagemaker:StartPipelineExecution', ({ pipeline }) => pipeline.arn),
    'follows the pipeline': named(
      'sagemaker:DescribePipelineExecution',
      ({ pipeline }) => `${pipeline.arn}/execution/a`,
    ),
    'hears of ended jobs': on(
      'events:PutRule',
      'events',
      () => 'rule/StepFunctionsGetEventsForSageMakerProcessingJobsRule',
    ),
    'updates the manifest': named('dynamodb:UpdateItem', ({ manifest }) => manifest.arn),
    'calls a function of the weekly run': named('lambda:InvokeFunction', ({ functions }) => functions.decompress.arn),
    'starts a transfer': on('transfer:StartFileTransfer', 'transfer', () => `connector/${CONNECTOR_ID}`),
    'tells people': named('sns:Publish', ({ alerts }) => alerts.arn),
    'sets up its log delivery': any('logs:CreateLogDelivery'),
    'writes traces': any('xray:PutTraceSegments'),
    'looks when a machine last succeeded': named('states:ListExecutions', ({ machines }) => machines.weekly.arn),
  },
  lambda: {
    'trigger: writes the manifest': from(
      'trigger',
      named('dynamodb:PutItem', ({ manifest }) => manifest.arn),
    ),
    'trigger: starts the churn machine': from(
      'trigger',
      named('states:StartExecution', ({ machines }) => machines.churn.arn),
    ),
    'trigger: reads raw files': from('trigger', data('GetObject', 'raw/churn/_SUCCESS')),
    'decompress: reads raw files': from('decompress', data('GetObject', 'raw/segmentation/a.gz')),
    'decompress: writes tmp': from('decompress', data('PutObject', 'tmp/segmentation/a.csv')),
    'connector-wait: reads listings': from('connectorWait', data('GetObject', 'tmp/listings/a.json')),
    'connector-wait: follows a transfer': from(
      'connectorWait',
      on('transfer:ListFileTransferResults', 'transfer', () => `connector/${CONNECTOR_ID}`),
    ),
    'wake-tracking: looks whether MLflow is there': from('wakeTracking', {
      action: 'sagemaker:DescribeMlflowApp',
      resource: trackingArn,
    }),
    'writes its logs': on(
      'logs:PutLogEvents',
      'logs',
      ({ names }) => `log-group:/aws/lambda/${names.prefix}-trigger:log-stream:a`,
    ),
    'leaves dead letters': on('sqs:SendMessage', 'sqs', ({ names }) => `${names.prefix}-trigger-dead-letters`),
    'the service makes interfaces': on('ec2:CreateNetworkInterface', 'ec2', () => 'network-interface/eni-1'),
  },
  scheduler: {
    'starts the weekly machine': named('states:StartExecution', ({ machines }) => machines.weekly.arn),
    'starts the churn machine': named('states:StartExecution', ({ machines }) => machines.churn.arn),
    'starts the watch': on('states:StartExecution', 'states', ({ names }) => `stateMachine:${names.prefix}-watch`),
    'leaves dead letters': on('sqs:SendMessage', 'sqs', ({ names }) => `${names.prefix}-weekly-schedule-dead-letters`),
  },
  transfer: {
    'writes raw files': data('PutObject', 'raw/segmentation/2026-01-06/a.gz'),
    'writes its listings': data('PutObject', 'tmp/listings/a.json'),
    'reads its secret': {
      action: 'secretsmanager:GetSecretValue',
      resource: ({ settings }) => settings.ingest?.secretArn ?? '',
    },
    'decrypts through Secrets Manager': dataKey('Decrypt', 'secretsmanager'),
  },
  dashboardTask: {
    'reads scores': data('GetObject', 'scored/a.parquet'),
    'reads monitoring': data('GetObject', 'monitoring/drift.json'),
    'reads gold': data('GetObject', 'gold/a.parquet'),
    'reads models': data('GetObject', 'models/a.json'),
    'reads the metrics log': data('GetObject', 'metrics-logs/2026-01.txt'),
    'lists scores': list('scored/2026/'),
    'reads the manifest': named('dynamodb:Query', ({ manifest }) => manifest.arn),
  },
  dashboardExecution: {
    'pulls its image': named('ecr:BatchGetImage', ({ repositories }) => repositories.dashboard.arn),
    'writes its logs': on(
      'logs:PutLogEvents',
      'logs',
      ({ names }) => `log-group:${names.logGroups.dashboard}:log-stream:a`,
    ),
  },
  preview: {
    'reads the state of its stack': state('GetObject', '.pulumi/stacks/pilotlight/<stack>.json'),
    'decrypts the state': {
      ...on('kms:Decrypt', 'kms', () => 'key/state'),
      context: () => ({ 'kms:ResourceAliases': ['alias/pilotlight-state'] }),
    },
    'describes a bucket': named('s3:GetBucketPolicy', ({ buckets }) => buckets.data.arn),
    'describes a role': named('iam:GetRole', ({ roles }) => roles.sagemaker.arn),
    'describes the network': any('ec2:DescribeVpcs'),
    'describes a machine': named('states:DescribeStateMachine', ({ machines }) => machines.weekly.arn),
  },
  deploy: {
    'writes the state of its stack': state('PutObject', '.pulumi/stacks/pilotlight/<stack>.json'),
    'takes and frees the lock': state('DeleteObject', '.pulumi/locks/organization/pilotlight/<stack>/a.json'),
    'makes a bucket of the stack': named('s3:CreateBucket', ({ buckets }) => buckets.mlflow.arn),
    'makes a role under the boundary': bounded('iam:CreateRole', '<prefix>-lambda'),
    'changes a role under the boundary': bounded('iam:PutRolePolicy', '<prefix>-states'),
    'passes the role of machines to Step Functions': pass('states', 'states.amazonaws.com'),
    'passes the role of tasks to ECS': pass('dashboardTask', 'ecs-tasks.amazonaws.com'),
    'makes a network with its tags': on('ec2:CreateVpc', 'ec2', () => 'vpc/vpc-1', tagged('Request')),
    'adds a subnet to its network': on('ec2:CreateSubnet', 'ec2', () => 'vpc/vpc-1', tagged('Resource')),
    'makes a key with its tags': { ...any('kms:CreateKey'), context: tagged('Request') },
    'opens its own security group': on(
      'ec2:AuthorizeSecurityGroupIngress',
      'ec2',
      () => 'security-group/sg-1',
      tagged('Resource'),
    ),
    'tags the default group of its network': on(
      'ec2:CreateTags',
      'ec2',
      () => 'security-group/sg-1',
      (grounds) => ({
        ...tagged('Request')(grounds),
        'aws:RequestTag/Name': `${grounds.names.prefix}-default-closed`,
      }),
    ),
    'makes a domain with its tags': on('sagemaker:CreateDomain', 'sagemaker', () => 'domain/d-1', tagged('Request')),
    'passes the role of flow logs': {
      action: 'iam:PassRole',
      resource: ({ names, settings }) => `arn:aws:iam::${settings.accountId}:role/${names.prefix}-flow-logs`,
      context: () => ({ 'iam:PassedToService': 'vpc-flow-logs.amazonaws.com' }),
    },
    'pushes an image': named('ecr:PutImage', ({ repositories }) => repositories.pipeline.arn),
    'makes a function': named('lambda:CreateFunction', ({ functions }) => functions.trigger.arn),
    'makes a machine': named('states:CreateStateMachine', ({ machines }) => machines.weekly.arn),
    'starts the churn machine': named('states:StartExecution', ({ machines }) => machines.churn.arn),
    'leaves the source for Studio': data('PutObject', 'source/pilotlight.tar.gz'),
  },
};

const MAY_NOT: Partial<Record<RoleName, Record<string, Case>>> = {
  sagemaker: {
    'write raw files': data('PutObject', 'raw/churn/a.parquet'),
    'delete raw files': data('DeleteObject', 'raw/churn/a.parquet'),
    'delete scores': data('DeleteObject', 'scored/a.parquet'),
    'delete a version of a score': data('DeleteObjectVersion', 'scored/a.parquet'),
    'delete MLflow artifacts': mlflow('DeleteObject'),
    'write beside the prefixes': data('PutObject', 'elsewhere/a'),
    'list the whole bucket': { ...list(''), context: () => ({}) },
    'read another bucket': { action: 's3:GetObject', resource: () => 'arn:aws:s3:::another/raw/a' },
    'read the access logs': named('s3:GetObject', ({ buckets }) => `${buckets.logs.arn}/a`),
    'change the policy of its bucket': named('s3:PutBucketPolicy', ({ buckets }) => buckets.data.arn),
    'use the key by itself': dataKey('Decrypt'),
    'use the key through another service': dataKey('Decrypt', 'secretsmanager'),
    'use the key of logs': { ...dataKey('Decrypt', 's3'), resource: ({ keys }) => keys.logs },
    'hand the key to anybody else': {
      ...dataKey('CreateGrant'),
      context: () => ({ 'kms:GrantIsForAWSResource': 'false' }),
    },
    'pull an image of another stack': on('ecr:BatchGetImage', 'ecr', () => `repository/${OTHER_PREFIX}-pipeline`),
    'push an image': named('ecr:PutImage', ({ repositories }) => repositories.pipeline.arn),
    'put metrics of others': any('cloudwatch:PutMetricData', { 'cloudwatch:namespace': 'AWS/Billing' }),
    'start a job outside a VPC': job('Training', 'pipelines-abc-Train-x', {}),
    'start a job of another name': job('Training', 'mine'),
    'pass itself to Lambda': pass('sagemaker', 'lambda.amazonaws.com'),
    'pass another role to SageMaker': pass('deploy', 'sagemaker.amazonaws.com'),
    'call another MLflow': on('sagemaker:CallMlflowAppApi', 'sagemaker', () => 'mlflow-app/app-OTHER'),
    'register in another group': on(
      'sagemaker:CreateModelPackage',
      'sagemaker',
      () => `model-package/${OTHER_PREFIX}-churn/1`,
    ),
    'delete a model version': on(
      'sagemaker:DeleteModelPackage',
      'sagemaker',
      ({ names }) => `model-package/${names.prefix}-churn/1`,
    ),
    'start a machine': named('states:StartExecution', ({ machines }) => machines.churn.arn),
    'write the manifest': named('dynamodb:PutItem', ({ manifest }) => manifest.arn),
    'read a secret': on('secretsmanager:GetSecretValue', 'secretsmanager', () => 'secret:any-AbCdEf'),
    'take another role': named('sts:AssumeRole', ({ roles }) => roles.deploy.arn),
    'make a role': bounded('iam:CreateRole', '<prefix>-mine'),
  },
  states: {
    'start a job without tags': { ...job('Processing', 'x'), context: () => IN_VPC },
    'start a job under the tags of another stack': {
      ...job('Processing', 'x'),
      context: (grounds) => ({ ...tagged('Request', 'other')(grounds), ...IN_VPC }),
    },
    'stop a job of another stack': on(
      'sagemaker:StopProcessingJob',
      'sagemaker',
      () => 'processing-job/x',
      tagged('Resource', 'other'),
    ),
    'retag a job of another stack': on(
      'sagemaker:AddTags',
      'sagemaker',
      () => 'processing-job/x',
      (grounds) => ({ ...tagged('Request')(grounds), ...tagged('Resource', 'other')(grounds) }),
    ),
    'start a job outside a VPC': job('Processing', '<prefix>-churn-1', {}),
    'pass the role of jobs to Lambda': pass('sagemaker', 'lambda.amazonaws.com'),
    'pass its own role': pass('states', 'sagemaker.amazonaws.com'),
    'start another pipeline': on(
      'sagemaker:StartPipelineExecution',
      'sagemaker',
      () => `pipeline/${OTHER_PREFIX}-segmentation`,
    ),
    'write other rules': on('events:PutRule', 'events', ({ names }) => `rule/${names.prefix}-mine`),
    'delete from the manifest': named('dynamodb:DeleteItem', ({ manifest }) => manifest.arn),
    'call the trigger': named('lambda:InvokeFunction', ({ functions }) => functions.trigger.arn),
    'start a machine': named('states:StartExecution', ({ machines }) => machines.weekly.arn),
    'use another connector': on('transfer:StartFileTransfer', 'transfer', () => 'connector/c-other'),
    'read scores': data('GetObject', 'scored/a.parquet'),
    'publish elsewhere': on('sns:Publish', 'sns', () => `${OTHER_PREFIX}-alerts`),
  },
  lambda: {
    'decompress: start a machine': from(
      'decompress',
      named('states:StartExecution', ({ machines }) => machines.churn.arn),
    ),
    'decompress: write the manifest': from(
      'decompress',
      named('dynamodb:PutItem', ({ manifest }) => manifest.arn),
    ),
    'decompress: write raw files': from('decompress', data('PutObject', 'raw/a')),
    'decompress: delete raw files': from('decompress', data('DeleteObject', 'raw/a')),
    'trigger: start the weekly machine': from(
      'trigger',
      named('states:StartExecution', ({ machines }) => machines.weekly.arn),
    ),
    'trigger: read scores': from('trigger', data('GetObject', 'scored/a')),
    'trigger: write tmp': from('trigger', data('PutObject', 'tmp/a')),
    'trigger: list the remote folder': from(
      'trigger',
      on('transfer:StartDirectoryListing', 'transfer', () => `connector/${CONNECTOR_ID}`),
    ),
    'anybody: start the machine by another way': named('states:StartExecution', ({ machines }) => machines.churn.arn),
    'code: make interfaces': from(
      'trigger',
      on('ec2:CreateNetworkInterface', 'ec2', () => 'network-interface/eni-1'),
    ),
    'write logs of others': on(
      'logs:PutLogEvents',
      'logs',
      () => `log-group:/aws/lambda/${OTHER_PREFIX}-trigger:log-stream:a`,
    ),
    'pass a role': pass('sagemaker', 'sagemaker.amazonaws.com'),
  },
  scheduler: {
    'start another machine': on('states:StartExecution', 'states', () => `stateMachine:${OTHER_PREFIX}-weekly`),
    'leave messages elsewhere': on('sqs:SendMessage', 'sqs', ({ names }) => `${names.prefix}-trigger-dead-letters`),
    'stop a run': on('states:StopExecution', 'states', ({ names }) => `execution:${names.prefix}-weekly:a`),
    'call a function': named('lambda:InvokeFunction', ({ functions }) => functions.trigger.arn),
  },
  transfer: {
    'write elsewhere': data('PutObject', 'gold/a'),
    'write in the rest of tmp': data('PutObject', 'tmp/segmentation/a'),
    'delete raw files': data('DeleteObject', 'raw/a'),
    'read another secret': on('secretsmanager:GetSecretValue', 'secretsmanager', () => 'secret:other-AbCdEf'),
  },
  dashboardTask: {
    'write scores': data('PutObject', 'scored/a'),
    'delete scores': data('DeleteObject', 'scored/a'),
    'read raw files': data('GetObject', 'raw/churn/a'),
    'read bronze': data('GetObject', 'bronze/a'),
    'write MLflow artifacts': mlflow('PutObject'),
    'read MLflow artifacts': mlflow('GetObject'),
    'write the manifest': named('dynamodb:UpdateItem', ({ manifest }) => manifest.arn),
    encrypt: dataKey('GenerateDataKey', 's3'),
    'read a secret': on('secretsmanager:GetSecretValue', 'secretsmanager', () => 'secret:any-AbCdEf'),
    'start a machine': named('states:StartExecution', ({ machines }) => machines.churn.arn),
  },
  dashboardExecution: {
    'pull the image of jobs': named('ecr:BatchGetImage', ({ repositories }) => repositories.pipeline.arn),
    'read scores': data('GetObject', 'scored/a'),
    'read another secret': on('secretsmanager:GetSecretValue', 'secretsmanager', () => 'secret:other-AbCdEf'),
  },
  preview: {
    'read data': data('GetObject', 'scored/a'),
    'read the table': named('dynamodb:GetItem', ({ manifest }) => manifest.arn),
    'read a secret': on('secretsmanager:GetSecretValue', 'secretsmanager', () => 'secret:any-AbCdEf'),
    'read the state of another stack': state('GetObject', '.pulumi/stacks/pilotlight/other.json'),
    'write state': state('PutObject', '.pulumi/stacks/pilotlight/<stack>.json'),
    'decrypt with another key': {
      ...on('kms:Decrypt', 'kms', () => 'key/x'),
      context: () => ({ 'kms:ResourceAliases': ['alias/x'] }),
    },
    'decrypt data': dataKey('Decrypt', 's3'),
    'pass a role': pass('states', 'states.amazonaws.com'),
    'start a machine': named('states:StartExecution', ({ machines }) => machines.churn.arn),
    'make a bucket': named('s3:CreateBucket', ({ buckets }) => buckets.data.arn),
    'call a function': named('lambda:InvokeFunction', ({ functions }) => functions.trigger.arn),
  },
  deploy: {
    'read scores': data('GetObject', 'scored/a'),
    'write scores': data('PutObject', 'scored/a'),
    'read the table': named('dynamodb:GetItem', ({ manifest }) => manifest.arn),
    'read the partner’s secret': {
      action: 'secretsmanager:GetSecretValue',
      resource: ({ settings }) => settings.ingest?.secretArn ?? '',
    },
    'write the state of another stack': state('PutObject', '.pulumi/stacks/pilotlight/other.json'),
    'make a role without the boundary': { ...bounded('iam:CreateRole', '<prefix>-mine'), context: () => ({}) },
    'make a role under another boundary': bounded('iam:CreateRole', '<prefix>-mine', 'other'),
    'make a role of another stack': bounded('iam:CreateRole', `${OTHER_PREFIX}-mine`),
    'change its own role': bounded('iam:PutRolePolicy', '<prefix>-github-deploy'),
    'attach a policy to its own role': bounded('iam:AttachRolePolicy', '<prefix>-github-deploy'),
    'change who may take the role of previews': bounded('iam:UpdateAssumeRolePolicy', '<prefix>-github-preview'),
    'take a boundary away': bounded('iam:DeleteRolePermissionsBoundary', '<prefix>-lambda'),
    'change the boundary': { action: 'iam:CreatePolicyVersion', resource: (grounds) => boundaryOf(grounds).arn },
    'change GitHub’s provider': {
      action: 'iam:UpdateOpenIDConnectProviderThumbprint',
      resource: ({ settings }) => `arn:aws:iam::${settings.accountId}:oidc-provider/x`,
    },
    'make a user': {
      action: 'iam:CreateUser',
      resource: ({ settings }) => `arn:aws:iam::${settings.accountId}:user/x`,
    },
    'pass the role of machines to Lambda': pass('states', 'lambda.amazonaws.com'),
    'pass its own role': pass('deploy', 'lambda.amazonaws.com'),
    'make a network without tags': on('ec2:CreateVpc', 'ec2', () => 'vpc/vpc-1'),
    'make a network with the tags of another stack': on(
      'ec2:CreateVpc',
      'ec2',
      () => 'vpc/vpc-1',
      tagged('Request', 'other'),
    ),
    'delete the network of another stack': on('ec2:DeleteVpc', 'ec2', () => 'vpc/vpc-1', tagged('Resource', 'other')),
    'retag what is another’s': on(
      'ec2:CreateTags',
      'ec2',
      () => 'vpc/vpc-1',
      (grounds) => ({ ...tagged('Request')(grounds), ...tagged('Resource', 'other')(grounds) }),
    ),
    'change a key of another stack': on('kms:PutKeyPolicy', 'kms', () => 'key/x', tagged('Resource', 'other')),
    'delete a bucket of another stack': {
      action: 's3:DeleteBucket',
      resource: () => `arn:aws:s3:::${OTHER_PREFIX}-data`,
    },
    'make a function of another stack': on('lambda:CreateFunction', 'lambda', () => `function:${OTHER_PREFIX}-mine`),
    'open a security group of another stack by tags in the request': on(
      'ec2:AuthorizeSecurityGroupIngress',
      'ec2',
      () => 'security-group/sg-1',
      (grounds) => ({ ...tagged('Request')(grounds), ...tagged('Resource', 'other')(grounds) }),
    ),
    'put a subnet into the network of another stack': on(
      'ec2:CreateSubnet',
      'ec2',
      () => 'vpc/vpc-1',
      (grounds) => ({ ...tagged('Request')(grounds), ...tagged('Resource', 'other')(grounds) }),
    ),
    'take over any group without tags': on('ec2:CreateTags', 'ec2', () => 'security-group/sg-1', tagged('Request')),
    'delete the domain of another stack': on(
      'sagemaker:DeleteDomain',
      'sagemaker',
      () => 'domain/d-1',
      tagged('Resource', 'other'),
    ),
    'take over the domain of another stack': on(
      'sagemaker:AddTags',
      'sagemaker',
      () => 'domain/d-1',
      (grounds) => ({ ...tagged('Request')(grounds), ...tagged('Resource', 'other')(grounds) }),
    ),
    'start an instance': on('ec2:RunInstances', 'ec2', () => 'instance/i-1', tagged('Request')),
  },
};

function decideCase(stack: Stack, role: RoleName, { action, resource, context }: Case) {
  const grounds = groundsOf(stack);
  const request = { action, resource: resource(grounds), context: context?.(grounds) ?? {} };
  const boundary = GITHUB_ROLES.includes(role) ? undefined : boundaryPolicy(grounds);
  return decide(policiesOf(role, grounds), request, boundary);
}

for (const [role, cases] of Object.entries(MAY) as [RoleName, Record<string, Case>][]) {
  for (const [what, one] of Object.entries(cases)) {
    test(`${role} may: ${what}`, () => {
      for (const stack of STACKS) assert.is(decideCase(stack, role, one), 'allowed', stack);
    });
  }
}

for (const [role, cases] of Object.entries(MAY_NOT) as [RoleName, Record<string, Case>][]) {
  for (const [what, one] of Object.entries(cases)) {
    test(`${role} may not: ${what}`, () => {
      for (const stack of STACKS) assert.is.not(decideCase(stack, role, one), 'allowed', stack);
    });
  }
}

test('what protects its data is not deleted by a deployment, what does not is', () => {
  const removals: Case[] = [
    named('s3:DeleteBucket', ({ buckets }) => buckets.data.arn),
    named('s3:DeleteObject', ({ buckets }) => `${buckets.data.arn}/gold/a`),
    named('dynamodb:DeleteTable', ({ manifest }) => manifest.arn),
    named('ecr:DeleteRepository', ({ repositories }) => repositories.pipeline.arn),
    on('kms:ScheduleKeyDeletion', 'kms', () => 'key/x', tagged('Resource')),
  ];
  for (const one of removals) {
    for (const stack of STACKS) {
      const expected = contextOf(stack).settings.protect ? 'not allowed' : 'allowed';
      assert.is(decideCase(stack, 'deploy', one), expected, `${stack} ${one.action}`);
    }
  }
  assert.ok(contextOf('prod').settings.protect);
  assert.not(contextOf('dev').settings.protect);
});

test('jobs run on the instance types of the stack alone, where it has a list', () => {
  const grounds = groundsOf('dev', { instanceTypes: ['ml.m5.large'] });
  const create = (type: string) =>
    decide(policiesOf('states', grounds), {
      action: 'sagemaker:CreateTrainingJob',
      resource: regional(grounds, 'sagemaker', `training-job/${grounds.names.prefix}-x`),
      context: { ...tagged('Request')(grounds), ...IN_VPC, 'sagemaker:InstanceTypes': [type] },
    });
  assert.is(create('ml.m5.large'), 'allowed');
  assert.is(create('ml.p4d.24xlarge'), 'not allowed');
});

test('a tracking server is called one permission a call, and started by one function', () => {
  const grounds = groundsOf('dev', { tracking: { kind: 'server', size: 'Small', version: '3.0' } });
  const ask = (role: RoleName, action: string, context = {}) =>
    decide(policiesOf(role, grounds), { action, resource: trackingArn(grounds), context }, boundaryPolicy(grounds));
  const wake = { 'lambda:SourceFunctionArn': grounds.names.functions.wakeTracking.arn };
  const trigger = { 'lambda:SourceFunctionArn': grounds.names.functions.trigger.arn };
  assert.is(ask('sagemaker', 'sagemaker-mlflow:LogBatch'), 'allowed');
  assert.is(ask('sagemaker', 'sagemaker-mlflow:DeleteExperiment'), 'not allowed');
  assert.is(ask('sagemaker', 'sagemaker:StartMlflowTrackingServer'), 'not allowed');
  assert.is(ask('lambda', 'sagemaker:StartMlflowTrackingServer', wake), 'allowed');
  assert.is(ask('lambda', 'sagemaker:StartMlflowTrackingServer', trigger), 'not allowed');
  assert.is(ask('lambda', 'sagemaker:StopMlflowTrackingServer', wake), 'not allowed');
});

test('an adopted bucket: data in it is used, the bucket itself is left as it is', () => {
  const grounds = groundsOf('dev', {
    storage: { dataBucket: { existing: { name: 'company-lake' } }, forceDestroy: false },
  });
  const ask = (role: RoleName, action: string, resource: string) =>
    decide(policiesOf(role, grounds), { action, resource });
  assert.is(ask('sagemaker', 's3:GetObject', 'arn:aws:s3:::company-lake/raw/a'), 'allowed');
  assert.is(ask('sagemaker', 's3:GetObject', 'arn:aws:s3:::company-lake/payroll/a'), 'not allowed');
  assert.is(ask('deploy', 's3:PutBucketNotification', 'arn:aws:s3:::company-lake'), 'not allowed');
  assert.is(ask('deploy', 's3:PutBucketPolicy', 'arn:aws:s3:::company-lake'), 'not allowed');
  assert.is(ask('deploy', 's3:DeleteBucket', 'arn:aws:s3:::company-lake'), 'not allowed');
  assert.is(ask('deploy', 's3:DeleteObject', 'arn:aws:s3:::company-lake/payroll/a'), 'not allowed');
});

const SERVICES: Partial<Record<RoleName, { service: string; source?: (grounds: Grounds) => string }>> = {
  sagemaker: { service: 'sagemaker', source: (grounds) => regional(grounds, 'sagemaker', 'training-job/a') },
  states: { service: 'states', source: ({ names }) => names.machines.weekly.arn },
  lambda: { service: 'lambda' },
  scheduler: { service: 'scheduler', source: (grounds) => regional(grounds, 'scheduler', 'schedule-group/default') },
  transfer: { service: 'transfer', source: (grounds) => regional(grounds, 'transfer', 'connector/c-1') },
  dashboardExecution: { service: 'ecs-tasks', source: (grounds) => regional(grounds, 'ecs', 'task/a/b') },
  dashboardTask: { service: 'ecs-tasks', source: (grounds) => regional(grounds, 'ecs', 'task/a/b') },
};

for (const [role, { service, source }] of Object.entries(SERVICES) as [
  RoleName,
  { service: string; source?: (grounds: Grounds) => string },
][]) {
  test(`${role}: taken by ${service}, for this account alone`, () => {
    for (const stack of STACKS) {
      const grounds = groundsOf(stack);
      const trust = TRUST[role](grounds);
      const asked = (name: string, account: string, arn = source?.(grounds)): Assumption => ({
        action: 'sts:AssumeRole',
        principal: { Service: `${name}.amazonaws.com` },
        context: { 'aws:SourceAccount': account, ...(arn !== undefined && { 'aws:SourceArn': arn }) },
      });
      const { accountId } = grounds.settings;
      assert.ok(mayAssume(trust, asked(service, accountId)), stack);
      assert.not(mayAssume(trust, asked(service, '999999999999')), 'another account');
      assert.not(mayAssume(trust, asked('ec2', accountId)), 'another service');
      assert.not(mayAssume(trust, { ...asked(service, accountId), context: {} }), 'no account');
      if (source === undefined) continue;
      const elsewhere = source(grounds).replace(accountId, '999999999999');
      assert.not(mayAssume(trust, asked(service, accountId, elsewhere)), 'a resource of another account');
    }
  });
}

const GITHUB = 'token.actions.githubusercontent.com';

function fromGitHub(grounds: Grounds, subject: string, audience = 'sts.amazonaws.com'): Assumption {
  return {
    action: 'sts:AssumeRoleWithWebIdentity',
    principal: { Federated: `arn:aws:iam::${grounds.settings.accountId}:oidc-provider/${GITHUB}` },
    context: { [`${GITHUB}:aud`]: audience, [`${GITHUB}:sub`]: subject },
  };
}

/** What GitHub writes into `sub`, and who may take which role by it. */
function subjectsOf({ settings }: Grounds): Record<string, RoleName[] | null> {
  const { github, stack } = settings;
  const own = `repo:${github.repository}`;
  const deploys = (subject: string) =>
    subject === (stack === 'dev' ? 'main' : stack) ? (['deploy'] as RoleName[]) : null;
  return {
    [`${own}:pull_request`]: ['preview'],
    [`${own}:ref:refs/heads/main`]: deploys('main') ? ['deploy', 'preview'] : ['preview'],
    [`${own}:environment:staging`]: deploys('staging'),
    [`${own}:environment:prod`]: deploys('prod'),
    [`${own}:environment:dev`]: null,
    [`${own}:environment:prod-eu`]: null,
    [`${own}:ref:refs/heads/feature`]: null,
    [`${own}:ref:refs/heads/main2`]: null,
    [`${own}:ref:refs/tags/main`]: null,
    [`${own}-fork:pull_request`]: null,
    [`${own}-fork:environment:${stack}`]: null,
    [`repo:somebody/${github.repository.split('/')[1]}:environment:${stack}`]: null,
    [`repo:somebody/${github.repository.split('/')[1]}:ref:refs/heads/main`]: null,
    [`repo:somebody/${github.repository.split('/')[1]}:pull_request`]: null,
    '*': null,
  };
}

for (const stack of STACKS) {
  test(`${stack}: GitHub takes preview for pull requests and on main, deploy for its one occasion, from one repository`, () => {
    const grounds = groundsOf(stack, {
      github: { ...contextOf(stack).settings.github, oidcProvider: { create: true } },
    });
    const taken = Object.entries(subjectsOf(grounds));
    for (const [subject, expected] of taken) {
      for (const role of GITHUB_ROLES) {
        assert.is(
          mayAssume(TRUST[role](grounds), fromGitHub(grounds, subject)),
          expected?.includes(role) === true,
          `${role} by ${subject}`,
        );
      }
    }
    assert.is(taken.filter(([, roles]) => roles?.includes('deploy')).length, 1);
  });

  test(`${stack}: another audience, another provider or a plain AssumeRole get nothing`, () => {
    const grounds = groundsOf(stack, {
      github: { ...contextOf(stack).settings.github, oidcProvider: { create: true } },
    });
    const [subject] = Object.entries(subjectsOf(grounds)).find(([, roles]) => roles?.includes('deploy')) ?? [''];
    const good = fromGitHub(grounds, subject);
    const trust = TRUST.deploy(grounds);
    assert.ok(mayAssume(trust, good));
    assert.not(mayAssume(trust, fromGitHub(grounds, subject, 'https://github.com/example')));
    assert.not(mayAssume(trust, { ...good, action: 'sts:AssumeRole' }));
    assert.not(
      mayAssume(trust, { ...good, principal: { Federated: 'arn:aws:iam::111111111111:oidc-provider/example.com' } }),
    );
  });
}

test('an adopted provider of GitHub is the one that is trusted', () => {
  const arn = `arn:aws:iam::222222222222:oidc-provider/${GITHUB}`;
  const grounds = groundsOf('dev', {
    github: { ...contextOf('dev').settings.github, oidcProvider: { existing: { arn } } },
  });
  assert.equal(TRUST.preview(grounds).Statement[0].Principal, { Federated: arn });
});

/** Every document of a stack, with what it is called. */
function documentsOf(stack: Stack, overrides: Inputs = {}): [string, PolicyDocument][] {
  const grounds = groundsOf(stack, overrides);
  const roles = Object.keys(POLICIES) as RoleName[];
  return [
    ...roles.flatMap((role) =>
      policiesOf(role, grounds).map((document, index): [string, PolicyDocument] => [
        `${stack} ${role} ${index}`,
        document,
      ]),
    ),
    [`${stack} boundary`, boundaryPolicy(grounds)],
  ];
}

const SERVER: Inputs = { tracking: { kind: 'server', size: 'Small', version: '3.0' } };
const everyDocument = STACKS.flatMap((stack) => [...documentsOf(stack), ...documentsOf(stack, SERVER)]);

test('every statement has a Sid that IAM takes, once a document', () => {
  for (const [name, { Statement }] of everyDocument) {
    const sids = Statement.map(({ Sid }) => Sid);
    assert.ok(
      sids.every((sid) => /^[A-Za-z0-9]+$/.test(sid)),
      name,
    );
    assert.is(new Set(sids).size, sids.length, `${name}: ${sids}`);
    assert.ok(
      Statement.every(({ Action, Resource }) => Action.length > 0 && Resource.length > 0),
      name,
    );
  }
});

test('no action is *, nor all of a service', () => {
  for (const [name, { Statement }] of everyDocument) {
    const all = Statement.flatMap(({ Action }) => Action).filter((action) => /^(\*|[\w-]+:\*)$/.test(action));
    const allowed = name.endsWith('boundary') ? ['sagemaker-mlflow:*'] : [];
    assert.equal(
      all.filter((action) => !allowed.includes(action)),
      [],
      name,
    );
  }
});

test('* as resource only beside actions that know no resource, each with its reason', () => {
  const starred = everyDocument.flatMap(([, { Statement }]) =>
    Statement.filter(({ Effect, Resource }) => Effect === 'Allow' && Resource.some((arn) => arn === '*')),
  );
  assert.ok(starred.length > 0);
  for (const { Sid, Action } of starred) {
    for (const action of Action) assert.ok((UNSCOPED[action] ?? '').length > 10, `${Sid}: ${action}`);
  }
  const used = new Set(starred.flatMap(({ Action }) => Action));
  assert.equal(
    Object.keys(UNSCOPED).filter((action) => !used.has(action)),
    [],
    'reasons for nothing',
  );
});

test('iam:PassRole names roles of the stack and one service', () => {
  for (const [name, { Statement }] of everyDocument.filter(([one]) => !one.endsWith('boundary'))) {
    for (const { Action, Resource, Condition } of Statement.filter(({ Action }) => Action.includes('iam:PassRole'))) {
      assert.equal(Action, ['iam:PassRole'], name);
      assert.ok(
        Resource.every((arn) => /^arn:aws:iam::\d{12}:role\/pilotlight-[a-z-]+$/.test(arn)),
        `${name}: ${Resource}`,
      );
      assert.type(Condition?.StringEquals?.['iam:PassedToService'], 'string', name);
    }
  }
});

test('documents fit IAM: each alone, and those of a role together', () => {
  const long = { storage: { dataBucket: { existing: { name: 'b'.repeat(63) } }, forceDestroy: false } };
  for (const stack of STACKS) {
    for (const overrides of [{}, SERVER, { ...SERVER, ...long }]) {
      const grounds = groundsOf(stack, overrides);
      for (const role of Object.keys(POLICIES) as RoleName[]) {
        const sizes = policiesOf(role, grounds).map(sizeOf);
        assert.ok(Math.max(...sizes) <= MANAGED_CHARACTERS_MAX, `${stack} ${role}: ${sizes}`);
        const all = sizes.reduce((sum, size) => sum + size, 0);
        if (role === 'deploy') assert.ok(sizes.length <= 10, `${stack}: ${sizes.length} managed policies`);
        else assert.ok(all <= INLINE_CHARACTERS_MAX, `${stack} ${role}: ${all}`);
        assert.ok(sizeOf(TRUST[role](grounds)) <= TRUST_CHARACTERS_MAX, role);
      }
      assert.ok(sizeOf(boundaryPolicy(grounds)) <= MANAGED_CHARACTERS_MAX);
    }
  }
});

test('nothing of one stack names another', () => {
  for (const [name, document] of everyDocument) {
    const [own] = name.split(' ');
    const others = STACKS.filter((stack) => stack !== own);
    for (const other of others) assert.not.match(JSON.stringify(document), new RegExp(`pilotlight-${other}-`), name);
  }
});

test.run();
