import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import {
  compileSageMaker,
  type Definition,
  isStep,
  lintPipelineJson,
  PipelineError,
  type SageMakerOptions,
} from '@pilotlight/pipeline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseStepArguments } from '../../packages/pipeline/stepArguments.ts';
import { churn } from '../../pipelines/churn/definition.ts';
import { segmentation, segmentationScore } from '../../pipelines/segmentation/definition.ts';
import { gate, OPTIONS, pipeline, reads, SEGMENTATION, step } from './compileCases.ts';

// biome-ignore lint/suspicious/noExplicitAny: the tests look into JSON
type Any = any;

const compiled: Any = compileSageMaker(segmentation, SEGMENTATION);
const namesOf = (steps: Any[]): string[] => steps.map(({ Name }) => Name);
const gateStep = compiled.Steps[2];
const { IfSteps, ElseSteps } = gateStep.Arguments;
const outline = (definition: Definition, options: SageMakerOptions = OPTIONS): Any => {
  const lines = (steps: Any[]): Any[] =>
    steps.map(({ Name, Type, DependsOn, Arguments }) => {
      const name = DependsOn ? `${Name} after ${DependsOn}` : Name;
      return Type === 'Condition' ? [name, lines(Arguments.IfSteps), lines(Arguments.ElseSteps)] : name;
    });
  return lines(compileSageMaker(definition, options).Steps);
};
const refused = (definition: Definition, pattern: RegExp, options: SageMakerOptions = OPTIONS) =>
  assert.throws(
    () => compileSageMaker(definition, options),
    (error: Error) => error instanceof PipelineError && pattern.test(error.message),
  );

test('parameters: names, types, defaults; what has no default must be given at the start', () => {
  assert.is(compiled.Version, '2020-12-01');
  const rows = compiled.Parameters.map((one: Any) => [one.Name, one.Type, one.DefaultValue]);
  assert.equal(rows, [
    ['ClieInputUri', 'String', undefined],
    ['PolaInputUri', 'String', undefined],
    ['HfacInputUri', 'String', undefined],
    ['OutputUri', 'String', undefined],
    ['ArtifactUri', 'String', undefined],
    ['ExecutionDate', 'String', undefined],
    ['ProcessingInstanceType', 'String', 'ml.m5.large'],
    ['ProcessingInstanceCount', 'Integer', 1],
    ['TrainingInstanceType', 'String', 'ml.m5.large'],
    ['TrainingInstanceCount', 'Integer', 1],
    ['ImageUri', 'String', OPTIONS.image],
    ['ConfigUri', 'String', 'none'],
    ['MlflowTrackingUri', 'String', 'none'],
    ['ModelPackageGroups', 'String', 'segmentation-domestic,segmentation-industrial'],
    ['BenchmarkMode', 'String', 'standalone'],
    ['PreviousBenchmarkUri', 'String', 'none'],
    ['BaselineFeaturesUri', 'String', 'none'],
    ['BaselineModelsUri', 'String', 'none'],
    ['DriftThreshold', 'Float', 0.25],
    ['FailOnDrift', 'String', 'false'],
  ]);
  const choice = compiled.Parameters.find(({ Name }: Any) => Name === 'FailOnDrift');
  assert.equal(choice.EnumValues, ['true', 'false']);
});

test('what only the gate leads to stands in its branches, with all that needs it', () => {
  assert.equal(namesOf(compiled.Steps), ['PreprocessSplit', 'DriftCheck', 'DriftGate']);
  assert.equal(namesOf(IfSteps), ['DriftFound']);
  assert.equal(namesOf(ElseSteps), ['TrainDomestic', 'TrainIndustrial', 'InferenceReporting']);
  assert.equal(
    [...compiled.Steps, ...ElseSteps].filter(({ DependsOn }) => DependsOn),
    [],
  );
});

test('the gate reads a parameter and a fact of the drift report', () => {
  assert.equal(gateStep.Arguments.Conditions, [
    { Type: 'Equals', LeftValue: { Get: 'Parameters.FailOnDrift' }, RightValue: 'true' },
    {
      Type: 'Equals',
      LeftValue: {
        'Std:JsonGet': {
          PropertyFile: { Get: 'Steps.DriftCheck.PropertyFiles.DriftSummary' },
          Path: 'overall_drift',
        },
      },
      RightValue: true,
    },
  ]);
  const [found] = IfSteps;
  assert.is(found.Type, 'Fail');
  assert.match(found.Arguments.ErrorMessage, /drift found/);
});

test('a processing step, whole', () => {
  const { Arguments, PropertyFiles, RetryPolicies, ...rest } = compiled.Steps[1];
  assert.equal(rest, {
    Name: 'DriftCheck',
    Type: 'Processing',
    Description: 'Drift of every feature, and of the predictions, against the baseline',
  });
  assert.equal(PropertyFiles, [
    { PropertyFileName: 'DriftSummary', OutputName: 'report', FilePath: 'drift_summary.json' },
  ]);
  const tries = { IntervalSeconds: 60, BackoffRate: 2, MaxAttempts: 3 };
  assert.equal(RetryPolicies, [
    { ExceptionType: ['Step.SERVICE_FAULT', 'Step.THROTTLING'], ...tries },
    {
      ExceptionType: ['SageMaker.JOB_INTERNAL_ERROR', 'SageMaker.CAPACITY_ERROR', 'SageMaker.RESOURCE_LIMIT'],
      ...tries,
    },
  ]);
  const input = (name: string) => ({
    InputName: name,
    AppManaged: false,
    S3Input: {
      S3Uri: {
        Get: `Steps.PreprocessSplit.ProcessingOutputConfig.Outputs['${name === 'current' ? 'splits' : name}'].S3Output.S3Uri`,
      },
      LocalPath: `/opt/ml/processing/input/${name}`,
      S3DataType: 'S3Prefix',
      S3InputMode: 'File',
      S3DataDistributionType: 'FullyReplicated',
      S3CompressionType: 'None',
    },
  });
  assert.equal(Arguments.ProcessingInputs, [input('current'), input('cohorts')]);
  assert.equal(Arguments.ProcessingOutputConfig, {
    Outputs: [
      {
        OutputName: 'report',
        AppManaged: false,
        S3Output: {
          S3Uri: {
            'Std:Join': {
              On: '/',
              Values: [{ Get: 'Parameters.ArtifactUri' }, 'drift', { Get: 'Execution.PipelineExecutionId' }],
            },
          },
          LocalPath: '/opt/ml/processing/output/report',
          S3UploadMode: 'EndOfJob',
        },
      },
    ],
    KmsKeyId: OPTIONS.kmsKeyId,
  });
  assert.equal(Arguments.Environment, {
    PILOTLIGHT_RUN_ID: { Get: 'Execution.PipelineExecutionId' },
    PILOTLIGHT_EXECUTION_DATE: { Get: 'Parameters.ExecutionDate' },
    PILOTLIGHT_BUCKET_URI: 's3://pilotlight-dev-data',
    PILOTLIGHT_CODE_VERSION: '1f2e3d4',
    PILOTLIGHT_STACK: 'dev',
    MLFLOW_TRACKING_URI: { Get: 'Parameters.MlflowTrackingUri' },
  });
});

test('every job is in the VPC, encrypted, limited in time, and tagged', () => {
  const vpc = { SecurityGroupIds: ['sg-jobs'], Subnets: ['subnet-a', 'subnet-b'] };
  const open = { EnableInterContainerTrafficEncryption: true, EnableNetworkIsolation: false };
  const jobs = [...compiled.Steps, ...ElseSteps].filter(({ Type }) => Type !== 'Condition');
  assert.is(jobs.length, 5);
  for (const { Type, Arguments } of jobs) {
    const { NetworkConfig, VpcConfig, ResourceConfig, ProcessingResources } = Arguments;
    const { EnableInterContainerTrafficEncryption, EnableNetworkIsolation } = Arguments;
    if (Type === 'Processing') assert.equal(NetworkConfig, { ...open, VpcConfig: vpc });
    else {
      assert.equal({ EnableInterContainerTrafficEncryption, EnableNetworkIsolation }, open);
      assert.equal(VpcConfig, vpc);
    }
    const machine = ResourceConfig ?? ProcessingResources.ClusterConfig;
    assert.is(machine.VolumeKmsKeyId, OPTIONS.kmsKeyId);
    assert.is(machine.VolumeSizeInGB, 200);
    assert.is((Arguments.OutputDataConfig ?? Arguments.ProcessingOutputConfig).KmsKeyId, OPTIONS.kmsKeyId);
    assert.equal(Arguments.StoppingCondition, { MaxRuntimeInSeconds: 360 * 60 });
    assert.is(Arguments.RoleArn, OPTIONS.roleArn);
    assert.equal(Arguments.Tags, [
      { Key: 'owner', Value: 'data@example.com' },
      { Key: 'stack', Value: 'dev' },
    ]);
  }
});

test('a training step: channels, the model folder as it is, and who reads it', () => {
  const { Type, Arguments } = ElseSteps[0];
  assert.is(Type, 'Training');
  assert.equal(Arguments.InputDataConfig, [
    {
      ChannelName: 'splits',
      DataSource: {
        S3DataSource: {
          S3DataType: 'S3Prefix',
          S3Uri: { Get: "Steps.PreprocessSplit.ProcessingOutputConfig.Outputs['splits'].S3Output.S3Uri" },
          S3DataDistributionType: 'FullyReplicated',
        },
      },
    },
  ]);
  assert.equal(Arguments.OutputDataConfig, {
    S3OutputPath: {
      'Std:Join': {
        On: '/',
        Values: [{ Get: 'Parameters.ArtifactUri' }, 'models', { Get: 'Execution.PipelineExecutionId' }, 'Domestic'],
      },
    },
    CompressionType: 'NONE',
    KmsKeyId: OPTIONS.kmsKeyId,
  });
  assert.equal(Arguments.AlgorithmSpecification, {
    TrainingImage: { Get: 'Parameters.ImageUri' },
    TrainingInputMode: 'File',
    ContainerEntrypoint: ['pilotlight', 'step', 'segmentation', 'TrainDomestic'],
    ContainerArguments: [
      '--input',
      'splits=/opt/ml/input/data/splits',
      '--input',
      { 'Std:Join': { On: '', Values: ['config=', { Get: 'Parameters.ConfigUri' }] } },
      '--output',
      'model=/opt/ml/model',
      '--param',
      { 'Std:Join': { On: '', Values: ['ExecutionDate=', { Get: 'Parameters.ExecutionDate' }] } },
      '--param',
      'ModelType=Domestic',
    ],
  });
  const uris = ElseSteps[2].Arguments.ProcessingInputs.map(({ InputName, S3Input }: Any) => [
    InputName,
    S3Input.S3Uri.Get,
  ]);
  assert.equal(uris, [
    ['splits', "Steps.PreprocessSplit.ProcessingOutputConfig.Outputs['splits'].S3Output.S3Uri"],
    ['domestic', 'Steps.TrainDomestic.ModelArtifacts.S3ModelArtifacts'],
    ['industrial', 'Steps.TrainIndustrial.ModelArtifacts.S3ModelArtifacts'],
    ['drift', "Steps.DriftCheck.ProcessingOutputConfig.Outputs['report'].S3Output.S3Uri"],
  ]);
});

test('the scored contracts go to OutputUri, all else to ArtifactUri', () => {
  const outputs = ElseSteps[2].Arguments.ProcessingOutputConfig.Outputs;
  const roots = outputs.map(({ OutputName, S3Output }: Any) => [OutputName, S3Output.S3Uri['Std:Join'].Values[0].Get]);
  assert.equal(roots, [
    ['clusters', 'Parameters.OutputUri'],
    ['benchmark', 'Parameters.OutputUri'],
    ['report', 'Parameters.ArtifactUri'],
  ]);
});

test('a step understands what its job hands it', () => {
  const values: Record<string, string> = { ExecutionDate: '2026-01-31', DriftThreshold: '0.5' };
  const { parameters }: Definition = segmentation;
  const fill = (argument: Any): string => {
    if (typeof argument === 'string') return argument;
    const { On, Values } = argument['Std:Join'];
    const texts = Values.map((one: Any) => {
      if (typeof one === 'string') return one;
      const name = one.Get.replace('Parameters.', '');
      return values[name] ?? parameters[name]?.default;
    });
    return texts.join(On);
  };
  for (const definition of [segmentation, segmentationScore] as Definition[]) {
    const { Steps }: Any = compileSageMaker(definition, SEGMENTATION);
    const jobs = Steps.flatMap((one: Any) => (one.Type === 'Condition' ? one.Arguments.ElseSteps : [one]));
    for (const one of definition.steps.filter(isStep)) {
      const { Arguments } = jobs.find(({ Name }: Any) => Name === one.name);
      const spec = Arguments.AppSpecification ?? Arguments.AlgorithmSpecification;
      const handed = parseStepArguments(definition, one, spec.ContainerArguments.map(fill));
      assert.equal(Object.keys(handed.inputs), Object.keys(one.inputs));
      assert.equal(Object.keys(handed.outputs), Object.keys(one.outputs));
      assert.is(handed.parameters.ExecutionDate, '2026-01-31');
      for (const [key, value] of Object.entries(one.arguments ?? {})) assert.is(handed.parameters[key], value);
    }
  }
});

test('optional URIs are handed as text, never as an input that cannot be left out', () => {
  const check = compiled.Steps[1].Arguments;
  assert.not.ok(check.ProcessingInputs.some(({ InputName }: Any) => ['reference', 'config'].includes(InputName)));
  const join = { 'Std:Join': { On: '', Values: ['reference=', { Get: 'Parameters.BaselineFeaturesUri' }] } };
  assert.ok(check.AppSpecification.ContainerArguments.some((one: Any) => JSON.stringify(one) === JSON.stringify(join)));
});

test('with a cache, steps are not told the run, which would be new every time', () => {
  const { Steps }: Any = compileSageMaker(segmentation, { ...SEGMENTATION, cache: { expireAfter: '30d' } });
  assert.equal(Steps[0].CacheConfig, { Enabled: true, ExpireAfter: '30d' });
  assert.is(Steps[0].Arguments.Environment.PILOTLIGHT_RUN_ID, undefined);
  assert.is(compiled.Steps[0].CacheConfig, undefined);
});

test('sizes, limits, retries and defaults by option', () => {
  const defaults = { ProcessingInstanceType: 'ml.m5.4xlarge', DriftThreshold: 0.1, FailOnDrift: 'true' };
  const resources = { volumeGb: 30, timeLimitMinutes: 5 };
  const { Steps, Parameters }: Any = compileSageMaker(segmentation, {
    ...OPTIONS,
    ...{ defaults, resources, retries: false },
  });
  const defaultOf = (name: string) => Parameters.find(({ Name }: Any) => Name === name).DefaultValue;
  assert.equal(Object.keys(defaults).map(defaultOf), ['ml.m5.4xlarge', 0.1, 'true']);
  assert.is(Steps[0].Arguments.ProcessingResources.ClusterConfig.VolumeSizeInGB, 30);
  assert.is(Steps[0].Arguments.StoppingCondition.MaxRuntimeInSeconds, 300);
  assert.is(Steps[0].RetryPolicies, undefined);
});

test('an object that stands for a text is written as it is', () => {
  const token = { Ref: 'Role' };
  const { Steps }: Any = compileSageMaker(pipeline(step('One')), {
    ...OPTIONS,
    roleArn: token,
    subnetIds: [token],
    image: token,
    tags: { a: token },
  });
  const { RoleArn, NetworkConfig, AppSpecification, Tags } = Steps[0].Arguments;
  for (const found of [RoleArn, NetworkConfig.VpcConfig.Subnets[0], AppSpecification.ImageUri, Tags[0].Value]) {
    assert.is(found, token);
  }
});

test('outputs go under the bucket, the run behind the layer', () => {
  const { Steps }: Any = compileSageMaker(pipeline(step('One', { outputs: { o: { path: 'a/b/c' } } })), OPTIONS);
  assert.equal(Steps[0].Arguments.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri, {
    'Std:Join': { On: '/', Values: ['s3://pilotlight-dev-data/a', { Get: 'Execution.PipelineExecutionId' }, 'b/c'] },
  });
});

test('branches nest; what comes after both sides stays out', () => {
  const after = { after: ['First'] };
  assert.equal(outline(pipeline(step('First'), step('Then', after))), ['First', 'Then after First']);
  const forked = pipeline(
    step('Last', { after: ['Gate'] }),
    step('Yes'),
    step('No'),
    step('Deep', reads('No')),
    gate('Gate', ['Yes', 'Inner'], ['No']),
    gate('Inner', ['Stop'], ['On']),
    { name: 'Stop', kind: 'fail', message: 'no', exitCode: 3 },
    step('On', reads('Yes')),
  );
  assert.equal(outline(forked), [['Gate', ['Yes', ['Inner', ['Stop'], ['On']]], ['No', 'Deep']], 'Last after Gate']);
});

test('refused: what SageMaker cannot do', () => {
  const both = pipeline(step('A'), step('B'), gate('Gate', ['A'], ['B']), step('C', reads('A', 'B')));
  refused(both, /C: it stands behind both sides of Gate/);
  const two = pipeline(step('A'), step('B'), gate('G', ['A']), gate('H', ['B']), step('C', reads('A', 'B')));
  refused(two, /C: it stands behind branches of H and of G/);
  refused(churn, /Score: its input registration may be left out/);
  const outputs = { a: { path: 'a' }, b: { path: 'b' } };
  refused(pipeline(step('A', { kind: 'training', outputs })), /A: a SageMaker training job has one output/);
  const propertyFiles = { F: { output: 'o', path: 'f.json' } };
  refused(pipeline(step('A', { kind: 'training', propertyFiles })), /property files of processing steps only/);
});

test('refused: options that do not fit', () => {
  const toy = pipeline(step('One'));
  refused(toy, /the default of A is empty: write "none"/, { ...OPTIONS, defaults: { A: '' } });
  refused(toy, /no parameter Nope/, { ...OPTIONS, defaults: { Nope: 'x' } });
  refused(toy, /bad bucketUri "s3:\/\/b\/"/, { ...OPTIONS, bucketUri: 's3://b/' });
  refused(toy, /One.o is to go under the unknown parameter Nope/, { ...OPTIONS, roots: { '*': 'Nope' } });
  assert.throws(() => compileSageMaker(toy, { ...OPTIONS, defaults: { N: 'many' } }), /"many" is no Integer/);
});

test('the same every time, without a fault, and far below what fits inline', () => {
  for (const definition of [segmentation, segmentationScore]) {
    const text = JSON.stringify(compileSageMaker(definition, SEGMENTATION));
    assert.is(text, JSON.stringify(compileSageMaker(definition, SEGMENTATION)));
    assert.equal(lintPipelineJson(text), []);
    assert.ok(text.length < 50_000, `${text.length} characters`);
  }
});

test('compiling needs neither the addon nor an engine', () => {
  const script = `
    import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      if (/@pilotlight\\/(native|modeling)|nodejs-polars|@duckdb/.test(name)) throw new Error('imported ' + name);
      return next(name, context);
    } });
    const { compileSageMaker, compileStateMachine } = await import('@pilotlight/pipeline');
    await import('./pipelines/segmentation/definition.ts');
    await import('./pipelines/commands/compile.ts');
    console.log(typeof compileSageMaker, typeof compileStateMachine);`;
  const args = ['--input-type=module', '--eval', script];
  const cwd = resolve(import.meta.dirname, '../..');
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  assert.is(stdout, 'function function\n', stderr);
});

test.run();
