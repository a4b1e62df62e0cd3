import { actionsOf, allow, arnOf, documentOf, type Grounds, type PolicyDocument, type Statement } from './document.ts';
import { unscoped } from './unscoped.ts';

/** Name and ARN of the permissions boundary of the stack's roles. */
export function boundaryOf({ names, settings }: Pick<Grounds, 'names' | 'settings'>) {
  const name = `${names.prefix}-boundary`;
  return { name, arn: `arn:aws:iam::${settings.accountId}:policy/${name}` };
}

/**
 * The ceiling of every role that work runs with, whatever policy it may be given later. The deploy role can make roles only under
 * it, so that who can change a policy still cannot reach another stack, an identity, or a key's own rules. It grants nothing.
 */
export function boundaryPolicy(grounds: Grounds): PolicyDocument {
  return documentOf([...ownData(grounds), ...ownWork(grounds), ...accountWide(grounds)]);
}

function ownData(grounds: Grounds): Statement[] {
  const { names, keys } = grounds;
  const buckets = [names.buckets.data, names.buckets.mlflow].flatMap(({ arn }) => [arn, `${arn}/*`]);
  const messages = ['sns', 'sqs'].map((service) => arnOf(grounds, service, `${names.prefix}-*`));
  const images = arnOf(grounds, 'ecr', `repository/${names.prefix}-*`);
  return [
    allow(
      'Buckets',
      actionsOf('s3', 'GetObject* PutObject DeleteObject AbortMultipartUpload List* GetBucketLocation'),
      buckets,
    ),
    allow('Table', actionsOf('dynamodb', '*Item Query Scan'), [`${names.manifest.arn}*`]),
    allow('DataKey', actionsOf('kms', 'Decrypt GenerateDataKey DescribeKey CreateGrant'), [keys.data]),
    allow('Messages', ['sns:Publish', 'sqs:SendMessage'], messages),
    allow('Images', actionsOf('ecr', 'Batch* GetDownloadUrlForLayer'), [images]),
  ];
}

function ownWork(grounds: Grounds): Statement[] {
  const { names } = grounds;
  const own = (service: string, ...resources: string[]) =>
    resources.map((resource) => arnOf(grounds, service, `${resource}${names.prefix}-*`));
  const jobs = ['processing-job/*', 'training-job/*'].map((kind) => arnOf(grounds, 'sagemaker', kind));
  const kinds = ['pipeline/', 'model-package-group/', 'model-package/'];
  const work = [...jobs, ...own('sagemaker', ...kinds, 'space/*/', 'app/*/')];
  const tracking = [arnOf(grounds, 'sagemaker', 'mlflow-app/*'), ...own('sagemaker', 'mlflow-tracking-server/')];
  return [
    allow('Work', actionsOf('sagemaker', 'Create* Describe* Update* Start* Stop* DeleteApp List* AddTags'), work),
    allow('Tracking', ['sagemaker:*Mlflow*', 'sagemaker-mlflow:*'], tracking),
    allow(
      'Machines',
      actionsOf('states', 'StartExecution DescribeStateMachine ListExecutions'),
      own('states', 'stateMachine:'),
    ),
    allow('Functions', ['lambda:InvokeFunction'], own('lambda', 'function:')),
    allow('PassJobRole', ['iam:PassRole'], [names.roles.sagemaker.arn]),
  ];
}

function accountWide(grounds: Grounds): Statement[] {
  const all = (service: string, ...kinds: string[]) => kinds.map((kind) => arnOf(grounds, service, kind));
  return [
    allow(
      'Interfaces',
      actionsOf('ec2', '*NetworkInterface* *PrivateIpAddresses'),
      all('ec2', 'network-interface/*', 'subnet/*', 'security-group/*', '*/*'),
    ),
    allow('Logs', actionsOf('logs', 'Create* PutLogEvents DescribeLogStreams'), all('logs', 'log-group:*')),
    allow('JobEvents', actionsOf('events', 'PutRule PutTargets DescribeRule'), all('events', 'rule/StepFunctions*')),
    allow(
      'Studio',
      actionsOf('sagemaker', 'DescribeDomain DescribeUserProfile'),
      all('sagemaker', 'domain/*', 'user-profile/*'),
    ),
    allow('Transfers', actionsOf('transfer', 'Start* List*'), all('transfer', 'connector/*')),
    ...secrets(grounds),
    unscoped('NoResource', [
      'ec2:Describe*',
      ...actionsOf('xray', 'PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets'),
      ...actionsOf('logs', 'CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery ListLogDeliveries'),
      ...actionsOf('logs', 'PutResourcePolicy DescribeResourcePolicies DescribeLogGroups'),
      ...actionsOf('sagemaker', 'ListApps ListDomains ListSpaces ListUserProfiles'),
      'cloudwatch:PutMetricData',
      'ecr:GetAuthorizationToken',
    ]),
  ];
}

/** Those that the configuration names. */
function secrets({ settings }: Grounds): Statement[] {
  const { ingest, dashboard } = settings;
  const arns = [ingest?.secretArn, dashboard?.signIn.clientSecretArn].filter((arn) => arn !== undefined);
  return arns.length === 0 ? [] : [allow('Secrets', ['secretsmanager:GetSecretValue'], arns)];
}
