import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Tracking } from '../../infra/components/tracking.ts';
import { partsOf, typesOf } from './componentParts.ts';
import { captureComponent, contextOf, type Inputs, one, STACKS, type Stack } from './mocks.ts';

const APP = 'aws:sagemaker/mlflowApp:MlflowApp';
const SERVER = 'aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer';
const SERVER_SETTINGS = { tracking: { kind: 'server', size: 'Small', version: '3.0' } };

async function make(stack: Stack, overrides: Inputs = {}) {
  const context = contextOf(stack, overrides);
  const storage = { mlflow: context.names.buckets.mlflow };
  const outputs: Record<string, unknown> = {};
  const resources = await captureComponent(() => {
    const tracking = new Tracking('tracking', { context, storage, roleArn: partsOf(context).roles.sagemaker.arn });
    tracking.uri.apply((uri) => Object.assign(outputs, { uri }));
    tracking.arn.apply((arn) => Object.assign(outputs, { arn }));
  }, stack);
  return { resources, outputs, context };
}

for (const stack of STACKS) {
  test(`${stack}: an App, with its artifacts in the bucket of MLflow and models registered by themselves`, async () => {
    const { resources, outputs, context } = await make(stack);
    assert.equal(typesOf(resources), { MlflowApp: ['app'] });
    const { inputs, protect } = one(resources, APP);
    assert.is(inputs.name, `pilotlight-${stack}-mlflow`);
    assert.is(inputs.artifactStoreUri, `s3://${context.names.buckets.mlflow.name}/artifacts`);
    assert.is(inputs.modelRegistrationMode, 'AutoModelRegistrationEnabled');
    assert.is(inputs.roleArn, context.names.roles.sagemaker.arn);
    assert.is(protect, context.settings.protect);
    assert.match(String(outputs.uri), /^arn:aws:sagemaker:eu-west-1:\d{12}:mlflow-app\/app-/);
    assert.is(outputs.uri, outputs.arn);
  });
}

test('an App is nobody else its default: stacks may share an account', async () => {
  assert.is(one((await make('dev')).resources, APP).inputs.accountDefaultStatus, 'DISABLED');
});

test('a Tracking Server where the configuration says so, of its size and version', async () => {
  const { resources, outputs } = await make('prod', SERVER_SETTINGS);
  assert.equal(typesOf(resources), { MlflowTrackingServer: ['server'] });
  const { inputs, protect } = one(resources, SERVER);
  assert.is(inputs.trackingServerName, 'pilotlight-prod-mlflow');
  assert.is(inputs.trackingServerSize, 'Small');
  assert.is(inputs.mlflowVersion, '3.0');
  assert.is(inputs.automaticModelRegistration, true);
  assert.is(protect, true);
  assert.match(String(outputs.uri), /:mlflow-tracking-server\/pilotlight-prod-mlflow$/);
});

test('maintenance is away from the weekly run and the retraining', async () => {
  for (const overrides of [{}, SERVER_SETTINGS]) {
    const { resources } = await make('prod', overrides);
    const [made] = resources.filter(({ type }) => type === APP || type === SERVER);
    assert.is(made?.inputs.weeklyMaintenanceWindowStart, 'SUN:03:00');
  }
});

test.run();
