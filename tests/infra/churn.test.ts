import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Churn } from '../../infra/components/churn.ts';
import type { Asl } from './aslStates.ts';
import { faultsOf } from './aslStates.ts';
import { imagesByTag, partsOf, typesOf } from './componentParts.ts';
import {
  type CapturedResource,
  captureComponent,
  contextOf,
  type Inputs,
  nameOf,
  of,
  one,
  type Stack,
} from './mocks.ts';

const LAMBDA = 'aws:lambda/function:Function';
const MACHINE = 'aws:sfn/stateMachine:StateMachine';
const ADOPTED: Inputs = {
  storage: { dataBucket: { existing: { name: 'retailer-data' } }, forceDestroy: false },
};

function churnOf(stack: Stack, overrides: Inputs = {}): Promise<CapturedResource[]> {
  const context = contextOf(stack, overrides);
  return captureComponent(() => void new Churn('churn', { context, ...partsOf(context) }), stack);
}

const dev = await churnOf('dev');

test('it makes these', () => {
  assert.equal(typesOf(dev), {
    BucketNotification: ['new-files'],
    Function: ['trigger'],
    LogGroup: ['churn-logs', 'trigger-logs'],
    LogMetricFilter: ['churn-untold'],
    Permission: ['new-files'],
    Queue: ['retrain-schedule-dead-letters', 'trigger-dead-letters'],
    QueuePolicy: ['retrain-schedule-dead-letters', 'trigger-dead-letters'],
    Schedule: ['retrain-schedule'],
    StateMachine: ['churn'],
    Table: ['manifest'],
  });
});

test('the manifest is encrypted and can be brought back; in prod nobody deletes it', async () => {
  const { inputs } = one(dev, 'aws:dynamodb/table:Table');
  assert.is(inputs.hashKey, 'file_key');
  assert.match(inputs.serverSideEncryption.kmsKeyArn, /key\/data$/);
  assert.ok(inputs.pointInTimeRecovery.enabled);
  assert.is(inputs.ttl, undefined);
  const table = one(await churnOf('prod'), 'aws:dynamodb/table:Table');
  assert.ok(table.protect);
  assert.ok(table.inputs.deletionProtectionEnabled);
});

test('the trigger runs from an image by digest, in the VPC, traced, with a queue and no shared concurrency', () => {
  const { inputs } = one(dev, LAMBDA);
  assert.equal([inputs.packageType, inputs.imageConfig.commands], ['Image', ['trigger.handler']]);
  assert.equal(imagesByTag(dev), []);
  assert.is(inputs.vpcConfig.subnetIds.length, 2);
  assert.is(inputs.tracingConfig.mode, 'Active');
  assert.match(inputs.deadLetterConfig.targetArn, /:pilotlight-dev-trigger-dead-letters$/);
  assert.ok(inputs.reservedConcurrentExecutions > 0);
  assert.match(inputs.kmsKeyArn, /key\/data$/);
  const { variables } = inputs.environment;
  assert.match(variables.PILOTLIGHT_MACHINE_ARN, /:stateMachine:pilotlight-dev-churn$/);
  assert.is(variables.PILOTLIGHT_TABLE, 'pilotlight-dev-manifest');
});

test('log groups have retention and key, and stand before those who write to them', () => {
  for (const { inputs } of of(dev, 'aws:cloudwatch/logGroup:LogGroup')) {
    assert.is(inputs.retentionInDays, 14);
    assert.match(inputs.kmsKeyId, /key\/logs$/);
  }
  const names = (resource: CapturedResource) => resource.dependencies.map(nameOf);
  assert.ok(names(one(dev, LAMBDA)).includes('trigger-logs'));
  assert.ok(names(one(dev, MACHINE)).includes('churn-logs'));
});

test('the machine is valid, logs everything, is traced', () => {
  const { inputs } = one(dev, MACHINE);
  assert.equal(faultsOf(JSON.parse(inputs.definition) as Asl), []);
  assert.equal([inputs.loggingConfiguration.level, inputs.loggingConfiguration.includeExecutionData], ['ALL', true]);
  assert.match(inputs.loggingConfiguration.logDestination, /:\*$/);
  assert.ok(inputs.tracingConfiguration.enabled);
});

test('a bucket of our own has one notification, which S3 of this account alone may send', () => {
  const notification = one(dev, 'aws:s3/bucketNotification:BucketNotification');
  assert.is(notification.inputs.lambdaFunctions.length, 1);
  assert.is(notification.inputs.lambdaFunctions[0].filterPrefix, 'raw/churn/');
  assert.ok(
    notification.dependencies.some((urn) => urn.endsWith('Permission::new-files')),
    'after the permission',
  );
  const { inputs, dependencies } = one(dev, 'aws:lambda/permission:Permission');
  assert.equal([inputs.principal, inputs.sourceAccount], ['s3.amazonaws.com', '111111111111']);
  assert.ok(dependencies.map(nameOf).includes('trigger'), 'after the function');
});

test("an adopted bucket's notifications are its owner's: a rule listens, and keeps what it cannot deliver", async () => {
  const adopted = await churnOf('dev', ADOPTED);
  assert.equal(of(adopted, 'aws:s3/bucketNotification:BucketNotification'), []);
  const rule = one(adopted, 'aws:cloudwatch/eventRule:EventRule');
  assert.equal(JSON.parse(rule.inputs.eventPattern).detail, {
    bucket: { name: ['retailer-data'] },
    object: { key: [{ prefix: 'raw/churn/' }] },
  });
  const target = one(adopted, 'aws:cloudwatch/eventTarget:EventTarget');
  assert.match(target.inputs.deadLetterConfig.arn, /:pilotlight-dev-new-files-dead-letters$/);
  const permission = one(adopted, 'aws:lambda/permission:Permission').inputs;
  assert.equal([permission.principal, permission.sourceAccount], ['events.amazonaws.com', '111111111111']);
  assert.match(permission.sourceArn, /pilotlight-dev-new-files$/);
  const policy = one(adopted, 'aws:sqs/queuePolicy:QueuePolicy', 'new-files-dead-letters').inputs.policy;
  assert.match(policy, /events\.amazonaws\.com/);
});

test('it is trained anew on Mondays at six, once however often the start is tried', () => {
  const { inputs } = one(dev, 'aws:scheduler/schedule:Schedule');
  assert.equal([inputs.scheduleExpression, inputs.scheduleExpressionTimezone], ['cron(0 6 ? * MON *)', 'UTC']);
  assert.is(inputs.flexibleTimeWindow.mode, 'OFF');
  const input = JSON.parse(inputs.target.input);
  assert.is(input.mode, 'train');
  assert.match(input.file_key, '<aws.scheduler.scheduled-time>');
  assert.match(inputs.target.deadLetterConfig.arn, /:pilotlight-dev-retrain-schedule-dead-letters$/);
  assert.ok(inputs.target.retryPolicy.maximumRetryAttempts > 0);
});

test('queues are encrypted, keep for two weeks, and refuse plain HTTP', () => {
  for (const { inputs } of of(dev, 'aws:sqs/queue:Queue')) {
    assert.match(inputs.kmsMasterKeyId, /key\/data$/);
    assert.is(inputs.messageRetentionSeconds, 1_209_600);
  }
  for (const { inputs } of of(dev, 'aws:sqs/queuePolicy:QueuePolicy')) {
    const [statement] = JSON.parse(inputs.policy).Statement;
    assert.equal([statement.Effect, statement.Condition], ['Deny', { Bool: { 'aws:SecureTransport': 'false' } }]);
  }
});

test('monitoring is told of every function, machine and queue', async () => {
  const watched: Churn['watched'][] = [];
  const context = contextOf('dev', ADOPTED);
  await captureComponent(() => void watched.push(new Churn('churn', { context, ...partsOf(context) }).watched));
  assert.equal(watched, [
    {
      functions: { trigger: 'pilotlight-dev-trigger' },
      machines: { churn: 'pilotlight-dev-churn' },
      queues: {
        trigger: 'pilotlight-dev-trigger-dead-letters',
        'retrain-schedule': 'pilotlight-dev-retrain-schedule-dead-letters',
        'new-files': 'pilotlight-dev-new-files-dead-letters',
      },
    },
  ]);
});

test.run();
