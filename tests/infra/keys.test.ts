import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Keys } from '../../infra/components/keys.ts';
import type { Context } from '../../infra/context.ts';
import { captureComponent, contextOf, of, one, STACKS, type Stack } from './mocks.ts';
import { decide, type Request, statementsOf } from './resourcePolicies.ts';

const KEY = 'aws:kms/key:Key';
const PERSON = 'arn:aws:iam::111111111111:role/analyst';

const make = (stack: Stack, dataUserArns?: string[]) =>
  captureComponent(() => new Keys('keys', { context: contextOf(stack), dataUserArns }), stack);

async function policyOf(of: 'data' | 'logs', dataUserArns?: string[]): Promise<string> {
  return one(await make('dev', dataUserArns), KEY, `${of}-key`).inputs.policy;
}

const context: Context = contextOf('dev');
const { accountId, region } = context.settings;
const { names } = context;
const ask = (role: string, action: string, more: Record<string, string> = {}): Request => ({
  by: { account: accountId },
  action,
  resource: 'this key',
  context: { 'aws:PrincipalArn': role, 'kms:CallerAccount': accountId, ...more },
});
const through = (service: string) => ({ 'kms:ViaService': `${service}.${region}.amazonaws.com` });
const asService = (service: string, action: string, more: Record<string, string>): Request => ({
  by: { service },
  action,
  resource: 'this key',
  context: more,
});

for (const stack of STACKS) {
  test(`${stack}: two keys rotate, are called by an alias, and wait before they are deleted`, async () => {
    const resources = await make(stack);
    const keys = of(resources, KEY);
    assert.equal(keys.map(({ name }) => name).sort(), ['data-key', 'logs-key']);
    for (const key of keys) {
      assert.is(key.inputs.enableKeyRotation, true);
      assert.is(key.inputs.deletionWindowInDays, stack === 'prod' ? 30 : 7);
      assert.is(key.protect, stack !== 'dev');
      assert.ok(key.inputs.policy.length < 32_768);
    }
    const aliases = of(resources, 'aws:kms/alias:Alias').map(({ inputs }) => inputs.name);
    assert.equal(aliases.sort(), [`alias/pilotlight-${stack}-data`, `alias/pilotlight-${stack}-logs`]);
  });
}

test('no policy allows all actions, speaks of everybody, or names a principal that may not exist', async () => {
  for (const kind of ['data', 'logs'] as const) {
    const statements = statementsOf(await policyOf(kind));
    assert.is(new Set(statements.map(({ Sid }) => Sid)).size, statements.length);
    for (const { Action, Principal } of statements) {
      assert.not(Action.some((action) => action.includes('*')));
      assert.ok(
        typeof Principal === 'object' && ('Service' in Principal || Principal.AWS === `arn:aws:iam::${accountId}:root`),
      );
    }
  }
});

test('only what administers a key is left to IAM alone', async () => {
  for (const kind of ['data', 'logs'] as const) {
    const free = statementsOf(await policyOf(kind)).filter(({ Condition }) => Condition === undefined);
    assert.equal(
      free.map(({ Sid }) => Sid),
      ['Administer'],
    );
    const uses = /Encrypt|Decrypt|GenerateDataKey|CreateGrant|kms:Sign/;
    assert.equal(
      free.flatMap(({ Action }) => Action).filter((action) => uses.test(action)),
      [],
    );
  }
});

test('the stack can be changed by whoever made it: the policy lets the account put a new one', async () => {
  const policy = await policyOf('data');
  assert.is(decide(policy, ask(PERSON, 'kms:PutKeyPolicy')), 'allowed');
  assert.is(decide(policy, { ...ask(PERSON, 'kms:PutKeyPolicy'), by: { account: '999999999999' } }), 'not allowed');
});

test('roles of work read and write, the dashboard reads, GitHub and strangers do neither', async () => {
  const policy = await policyOf('data');
  const { sagemaker, states, lambda, scheduler, transfer, dashboardTask, preview, deploy } = names.roles;
  for (const { arn } of [sagemaker, states, lambda, scheduler, transfer]) {
    assert.is(decide(policy, ask(arn, 'kms:Decrypt')), 'allowed', arn);
    assert.is(decide(policy, ask(arn, 'kms:GenerateDataKey')), 'allowed', arn);
  }
  assert.is(decide(policy, ask(dashboardTask.arn, 'kms:Decrypt')), 'allowed');
  assert.is(decide(policy, ask(dashboardTask.arn, 'kms:GenerateDataKey')), 'not allowed');
  for (const arn of [preview.arn, deploy.arn, PERSON]) {
    assert.is(decide(policy, ask(arn, 'kms:Decrypt')), 'not allowed', arn);
    assert.is(decide(policy, ask(arn, 'kms:GenerateDataKey')), 'not allowed', arn);
  }
});

test('people are named by the configuration', async () => {
  const policy = await policyOf('data', ['arn:aws:iam::111111111111:role/ana*']);
  assert.is(decide(policy, ask(PERSON, 'kms:Decrypt')), 'allowed');
  assert.is(decide(policy, ask(PERSON.replace('analyst', 'clerk'), 'kms:Decrypt')), 'not allowed');
});

test('whoever deploys first makes table, registry and objects, and reads nothing', async () => {
  const policy = await policyOf('data');
  const grant = (more: Record<string, string>) => decide(policy, ask(PERSON, 'kms:CreateGrant', more));
  assert.is(grant({ 'kms:GrantIsForAWSResource': 'true' }), 'allowed');
  assert.is(grant({ 'kms:GrantIsForAWSResource': 'false' }), 'not allowed');
  assert.is(decide(policy, ask(PERSON, 'kms:GenerateDataKey', through('s3'))), 'allowed');
  assert.is(decide(policy, ask(PERSON, 'kms:Decrypt', through('s3'))), 'not allowed');
  assert.is(decide(policy, ask(PERSON, 'kms:Decrypt', through('dynamodb'))), 'allowed');
  assert.is(decide(policy, ask(PERSON, 'kms:RetireGrant', through('ecr'))), 'allowed');
  const { deploy } = names.roles;
  assert.is(decide(policy, ask(deploy.arn, 'kms:Decrypt', through('s3'))), 'allowed');
  assert.is(decide(policy, ask(deploy.arn, 'kms:Decrypt', through('athena'))), 'not allowed');
});

test('alarms, budget and events reach the topic, and no other topic', async () => {
  const policy = await policyOf('data');
  const topic = { 'kms:EncryptionContext:aws:sns:topicArn': names.alerts.arn };
  const other = { 'kms:EncryptionContext:aws:sns:topicArn': `${names.alerts.arn}-other` };
  const account = { 'aws:SourceAccount': accountId };
  for (const service of ['cloudwatch', 'budgets']) {
    const publish = (more: Record<string, string>) =>
      decide(policy, asService(`${service}.amazonaws.com`, 'kms:GenerateDataKey', more));
    assert.is(publish({ ...topic, ...account }), 'allowed', service);
    assert.is(publish({ ...topic, 'aws:SourceAccount': '999999999999' }), 'not allowed', service);
    assert.is(publish({ ...other, ...account }), 'not allowed', service);
  }
  const events = (more: Record<string, string>) =>
    decide(policy, asService('events.amazonaws.com', 'kms:GenerateDataKey', more));
  assert.is(events(topic), 'allowed', 'EventBridge sends no source account for a topic');
  assert.is(events(other), 'not allowed');
  const rule = (name: string) => ({
    ...account,
    'aws:SourceArn': `arn:aws:events:${region}:${accountId}:rule/${name}`,
  });
  assert.is(events(rule(`${names.prefix}-failed`)), 'allowed');
  assert.is(events(rule('another-failed')), 'not allowed');
});

test('the key of logs serves CloudWatch Logs of this account and region alone', async () => {
  const policy = await policyOf('logs');
  const group = (account: string) => ({
    'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${region}:${account}:log-group:/pilotlight/x`,
  });
  const logs = (service: string, account: string) => decide(policy, asService(service, 'kms:Encrypt', group(account)));
  assert.is(logs(`logs.${region}.amazonaws.com`, accountId), 'allowed');
  assert.is(logs(`logs.${region}.amazonaws.com`, '999999999999'), 'not allowed');
  assert.is(logs('logs.us-east-1.amazonaws.com', accountId), 'not allowed');
  assert.is(decide(policy, ask(names.roles.sagemaker.arn, 'kms:Decrypt')), 'not allowed');
});

test.run();
