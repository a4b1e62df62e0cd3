import type { Context } from '../context.ts';
import { arnOf, type Condition } from '../iam/document.ts';
import { accountRoot, type ResourceStatement, resourcePolicy } from './resourcePolicy.ts';

/** In the policy of a key, `*` is the key itself. */
const THIS_KEY = ['*'];

/** What keeps a key: nothing here reads or writes what it protects. */
const ADMINISTER = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListKeyRotations',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:RevokeGrant',
  'kms:RotateKeyOnDemand',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
];

const USE = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
const READ = ['kms:Decrypt', 'kms:DescribeKey'];
const PUBLISH = ['kms:Decrypt', 'kms:GenerateDataKey'];

/**
 * Policy of the key of all data: buckets, table, images, queues, topic, volumes of jobs.
 *
 * @param userArns roles of people who read and write data, besides the stack's own; `*` may stand in them
 */
export function dataKeyPolicy(context: Context, userArns: readonly string[] = []): string {
  return resourcePolicy([
    administer(context),
    ...roles(context, userArns),
    ...deployers(context),
    ...services(context),
  ]);
}

/** Policy of the key of all log groups: CloudWatch Logs alone uses it, for groups of this account and region alone. */
export function logsKeyPolicy(context: Context): string {
  const { region } = context.settings;
  return resourcePolicy([
    administer(context),
    {
      Sid: 'UseByLogs',
      Effect: 'Allow',
      Principal: { Service: `logs.${region}.amazonaws.com` },
      Action: USE,
      Resource: THIS_KEY,
      // The context holds account and region; CloudWatch Logs sends no aws:SourceAccount with it.
      Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arnOf(context, 'logs', 'log-group:*') } },
    },
  ]);
}

/** Without this statement nobody could ever change the key again. Whom it means is left to IAM. */
const administer = (context: Context) => byAccount(context, 'Administer', ADMINISTER);

/** Roles of the stack, by name; each is held to less by its own policy. */
function roles(context: Context, userArns: readonly string[]): ResourceStatement[] {
  const { sagemaker, states, lambda, scheduler, transfer, dashboardTask, dashboardExecution } = context.names.roles;
  const writers = [sagemaker, states, lambda, scheduler, transfer].map(({ arn }) => arn);
  const named = (arns: readonly string[]): Condition => ({ ArnLike: { 'aws:PrincipalArn': [...arns] } });
  return [
    byAccount(context, 'UseByRoles', USE, named([...writers, ...userArns])),
    byAccount(context, 'ReadByDashboard', READ, named([dashboardTask.arn, dashboardExecution.arn])),
  ];
}

/**
 * Whoever deploys, a person at first and a role later, makes what is encrypted without reading what is in it: grants are given
 * to services of AWS alone, objects are put but not read. A table and a function's environment are checked by use.
 */
function deployers(context: Context): ResourceStatement[] {
  const through = (...services: string[]): Condition => ({
    StringEquals: {
      'kms:CallerAccount': context.settings.accountId,
      'kms:ViaService': services.map((service) => `${service}.${context.settings.region}.amazonaws.com`),
    },
  });
  const deploy = { ArnLike: { 'aws:PrincipalArn': [context.names.roles.deploy.arn] }, ...through('s3') };
  return [
    byAccount(context, 'GrantToServices', ['kms:CreateGrant'], { Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
    byAccount(context, 'RetireThroughRegistry', ['kms:RetireGrant'], through('ecr')),
    byAccount(context, 'PutThroughStorage', ['kms:GenerateDataKey'], through('s3')),
    // An upload in parts is put together by reading them; what the role may read is the code that it put there.
    byAccount(context, 'PutPartsThroughStorage', ['kms:Decrypt'], deploy),
    byAccount(context, 'MakeThroughServices', USE, through('dynamodb', 'lambda', 'secretsmanager')),
  ];
}

/** Services that publish to the encrypted topic, or leave what they could not deliver in an encrypted queue. */
function services(context: Context): ResourceStatement[] {
  const { names, settings } = context;
  const topic = { 'kms:EncryptionContext:aws:sns:topicArn': names.alerts.arn };
  const account = { 'aws:SourceAccount': settings.accountId };
  const rules = arnOf(context, 'events', `rule/${names.prefix}-*`);
  return [
    byService('AlarmsToTopic', 'cloudwatch', { StringEquals: { ...account, ...topic } }),
    byService('BudgetToTopic', 'budgets', { StringEquals: { ...account, ...topic } }),
    // EventBridge sends neither account nor source to KMS when it publishes to a topic: with them nothing would arrive.
    byService('EventsToTopic', 'events', { StringEquals: topic }),
    byService('EventsToQueue', 'events', { StringEquals: account, ArnLike: { 'aws:SourceArn': rules } }),
  ];
}

function byAccount(context: Context, sid: string, actions: string[], condition?: Condition): ResourceStatement {
  const { accountId } = context.settings;
  const statement: ResourceStatement = {
    Sid: sid,
    Effect: 'Allow',
    Principal: accountRoot(accountId),
    Action: actions,
    Resource: THIS_KEY,
  };
  return condition === undefined ? statement : { ...statement, Condition: condition };
}

function byService(sid: string, service: string, condition: Condition): ResourceStatement {
  const Principal = { Service: `${service}.amazonaws.com` };
  return { Sid: sid, Effect: 'Allow', Principal, Action: PUBLISH, Resource: THIS_KEY, Condition: condition };
}
