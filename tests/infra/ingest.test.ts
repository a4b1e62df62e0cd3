import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Ingest } from '../../infra/components/ingest.ts';
import { imagesByTag, partsOf, typesOf } from './componentParts.ts';
import { type CapturedResource, captureComponent, contextOf, type Inputs, of, one, type Stack } from './mocks.ts';

const LAMBDA = 'aws:lambda/function:Function';

function ingestOf(stack: Stack, overrides: Inputs = {}): Promise<CapturedResource[]> {
  const context = contextOf(stack, overrides);
  return captureComponent(() => void new Ingest('ingest', { context, ...partsOf(context) }), stack);
}

const prod = await ingestOf('prod');
const without = await ingestOf('prod', { ingest: undefined });

test('it makes these', () => {
  const of = (...names: string[]) => names.map((name) => `${name}-dead-letters`);
  const names = ['connector-wait', 'decompress', 'wake-tracking'];
  assert.equal(typesOf(prod), {
    Connector: ['connector'],
    Function: names,
    LogGroup: names.map((name) => `${name}-logs`),
    Queue: of(...names),
    QueuePolicy: of(...names),
  });
});

test('without ingest there is no connector, nor what waits for one; MLflow is woken all the same', () => {
  assert.equal(typesOf(without).Connector, undefined);
  assert.equal(typesOf(without).Function, ['wake-tracking']);
});

test('the connector knows its server by its keys, and its user by a secret', () => {
  const { inputs } = one(prod, 'aws:transfer/connector:Connector');
  assert.is(inputs.url, 'sftp://sftp.example.com');
  assert.match(inputs.sftpConfig.userSecretId, /^arn:aws:secretsmanager:/);
  assert.ok(inputs.sftpConfig.trustedHostKeys.length > 0);
  assert.match(inputs.accessRole, /role\/pilotlight-prod-transfer$/);
  assert.match(inputs.loggingRole, /role\/pilotlight-prod-transfer$/);
});

test('functions are one image with different commands, by digest, in the VPC, traced, each with its queue and its limit', () => {
  const functions = of(prod, LAMBDA);
  assert.is(new Set(functions.map(({ inputs }) => inputs.imageUri)).size, 1);
  assert.equal(functions.map(({ inputs }) => inputs.imageConfig.commands[0]).sort(), [
    'connectorWait.handler',
    'decompress.handler',
    'wakeTracking.handler',
  ]);
  for (const { inputs } of functions) {
    assert.ok(inputs.vpcConfig.subnetIds.length >= 2);
    assert.is(inputs.tracingConfig.mode, 'Active');
    assert.ok(inputs.deadLetterConfig.targetArn.endsWith('-dead-letters'));
    assert.ok(inputs.timeout <= 900);
    assert.ok(inputs.reservedConcurrentExecutions > 0);
  }
  assert.equal(imagesByTag(prod), []);
});

test('the machine waits longer for a function than the function may run', async () => {
  const { weeklyMachine } = await import('../../infra/asl/weekly.ts');
  const { statesOf } = await import('./aslStates.ts');
  const names = { wakeTrackingArn: 'wakeTracking', connectorWaitArn: 'connectorWait', decompressArn: 'decompress' };
  const machine = weeklyMachine({
    ...{ pipelineName: 'p', bucket: 'b', topicArn: 't', pipelineSecondsMax: 60 },
    ...{ wakeTrackingArn: names.wakeTrackingArn, fetch: { ...names, connectorId: 'c', remoteFolder: '/' } },
  });
  const calls = statesOf(machine).filter(([, { Resource }]) => Resource?.endsWith(':lambda:invoke'));
  assert.is(calls.length, 4);
  for (const [name, state] of calls) {
    const { FunctionName } = state.Parameters as Inputs;
    const made = of(prod, LAMBDA).find(({ inputs }) => inputs.imageConfig.commands[0] === `${FunctionName}.handler`);
    assert.ok(Number(state.TimeoutSeconds) > made?.inputs.timeout, `${name}: ${FunctionName}`);
  }
});

test.run();
