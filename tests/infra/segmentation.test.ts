import { lintPipelineJson } from '@pilotlight/pipeline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Ingest } from '../../infra/components/ingest.ts';
import { Segmentation } from '../../infra/components/segmentation.ts';
import { type Asl, faultsOf, recklessTasks, statesOf } from './aslStates.ts';
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

const PIPELINE = 'aws:sagemaker/pipeline:Pipeline';
const MACHINE = 'aws:sfn/stateMachine:StateMachine';

function segmentationOf(stack: Stack, overrides: Inputs = {}): Promise<CapturedResource[]> {
  const context = contextOf(stack, overrides);
  return captureComponent(() => {
    const { functions, connectorId } = new Ingest('ingest', { context, ...partsOf(context) });
    new Segmentation('segmentation', { context, ...partsOf(context), functions, connectorId });
  }, stack);
}

/** Without what ingest makes. */
const ownOf = (resources: readonly CapturedResource[]) => resources.filter(({ name }) => !name.startsWith('wake-'));
const dev = await segmentationOf('dev');
const prod = await segmentationOf('prod');
const machineOf = (resources: readonly CapturedResource[]): Asl =>
  JSON.parse(one(resources, MACHINE).inputs.definition);

test('it makes these', () => {
  assert.equal(typesOf(ownOf(dev)), {
    LogGroup: ['weekly-logs'],
    LogMetricFilter: ['weekly-untold'],
    Pipeline: ['pipeline'],
    Queue: ['weekly-schedule-dead-letters'],
    QueuePolicy: ['weekly-schedule-dead-letters'],
    Schedule: ['weekly-schedule'],
    StateMachine: ['weekly'],
  });
});

for (const [stack, resources] of [
  ['dev', dev],
  ['prod', prod],
] as const) {
  test(`${stack}: the pipeline is inline, lints, and has the settings as its defaults`, () => {
    const { inputs } = one(resources, PIPELINE);
    const json = JSON.parse(inputs.pipelineDefinition);
    assert.equal(lintPipelineJson(json), []);
    assert.ok(inputs.pipelineDefinition.length < 1_048_576);
    assert.match(inputs.roleArn, new RegExp(`role/pilotlight-${stack}-sagemaker$`));
    const { segmentation } = contextOf(stack).settings;
    const defaults = Object.fromEntries(json.Parameters.map((one: Inputs) => [one.Name, one.DefaultValue]));
    assert.is(defaults.ProcessingInstanceType, segmentation.processingInstanceType);
    assert.is(defaults.FailOnDrift, String(segmentation.failOnDrift));
    assert.match(defaults.MlflowTrackingUri, /:mlflow-app\//);
    assert.is(
      defaults.ModelPackageGroups,
      `pilotlight-${stack}-segmentation-domestic,pilotlight-${stack}-segmentation-industrial`,
    );
  });

  test(`${stack}: nothing names an image by tag`, () => {
    assert.match(JSON.stringify(resources.map(({ inputs }) => inputs)), '@sha256:');
    assert.equal(imagesByTag(resources), []);
  });

  test(`${stack}: the machine is valid, careful and logged`, () => {
    assert.equal(faultsOf(machineOf(resources)), []);
    assert.equal(recklessTasks(machineOf(resources)), []);
    const { loggingConfiguration, tracingConfiguration } = one(resources, MACHINE).inputs;
    assert.equal([loggingConfiguration.level, tracingConfiguration.enabled], ['ALL', true]);
  });
}

test('the baseline of drift is that of the configuration, in the pipeline and in the machine that starts it', async () => {
  const [baselineFeaturesUri, baselineModelsUri] = ['s3://data/splits/r1', 's3://data/models/r1'];
  const { segmentation } = contextOf('dev').settings;
  const resources = await segmentationOf('dev', {
    segmentation: { ...segmentation, baselineFeaturesUri, baselineModelsUri },
  });
  const { Parameters } = JSON.parse(one(resources, PIPELINE).inputs.pipelineDefinition);
  const defaultOf = (name: string) => Parameters.find(({ Name }: Inputs) => Name === name).DefaultValue;
  assert.equal(
    [defaultOf('BaselineFeaturesUri'), defaultOf('BaselineModelsUri')],
    [baselineFeaturesUri, baselineModelsUri],
  );
  const { Defaults, StartPipeline } = machineOf(resources).States as Inputs;
  assert.is(Defaults.Parameters.baseline_features_uri, baselineFeaturesUri);
  assert.is(Defaults.Parameters.baseline_models_uri, baselineModelsUri);
  const handed = StartPipeline.Parameters.PipelineParameters.map(({ Name }: Inputs) => Name);
  assert.ok(handed.includes('BaselineFeaturesUri') && handed.includes('BaselineModelsUri'));
  assert.is((machineOf(dev).States as Inputs).Defaults.Parameters.baseline_features_uri, 'none');
});

test('files are fetched where the configuration says so', () => {
  const resources = (machine: Asl) =>
    statesOf(machine).flatMap(([, { Resource }]) => Resource?.split(':').at(-1) ?? []);
  assert.ok(resources(machineOf(prod)).includes('startFileTransfer'));
  assert.not(resources(machineOf(dev)).includes('startFileTransfer'));
  const text = JSON.stringify(machineOf(prod));
  assert.match(text, 'pilotlight-prod-decompress');
  assert.match(text, '"RemoteDirectoryPath":"/export"');
});

test('it starts by the clock of the retailer, and a start that never worked is kept', () => {
  const { inputs } = one(dev, 'aws:scheduler/schedule:Schedule');
  assert.equal(
    [inputs.scheduleExpression, inputs.scheduleExpressionTimezone, inputs.flexibleTimeWindow.mode],
    ['cron(0 9 ? * TUE *)', 'Europe/Madrid', 'OFF'],
  );
  assert.match(inputs.target.deadLetterConfig.arn, /:pilotlight-dev-weekly-schedule-dead-letters$/);
  assert.match(inputs.target.arn, /:stateMachine:pilotlight-dev-weekly$/);
  assert.ok(inputs.target.retryPolicy.maximumRetryAttempts > 0);
  assert.is(inputs.tags, undefined);
});

test('what needs the rights of a role waits for what it is given as coming before', async () => {
  const context = contextOf('dev');
  const resources = await captureComponent(() => {
    const { functions } = new Ingest('ingest', { context, ...partsOf(context) });
    const parts = partsOf(context);
    new Segmentation('segmentation', { context, ...parts, functions, after: [functions.wakeTracking] });
  });
  for (const type of [PIPELINE, MACHINE, 'aws:scheduler/schedule:Schedule']) {
    const [resource] = of(resources, type);
    assert.ok(resource?.dependencies.map(nameOf).includes('wake-tracking'), type);
  }
});

test('a connector that was forgotten is an error, not a machine that fails a week later', async () => {
  const context = contextOf('prod');
  try {
    await captureComponent(() => {
      const { functions } = new Ingest('ingest', { context, ...partsOf(context) });
      new Segmentation('segmentation', { context, ...partsOf(context), functions });
    }, 'prod');
    assert.unreachable('must fail');
  } catch (error) {
    assert.match((error as Error).message, 'pilotlight:ingest');
  }
});

test.run();
