import { createRequire } from 'node:module';
import {
  compileStateMachine,
  type Definition,
  isStep,
  lintStateMachine,
  type MachineOptions,
  type Node,
  PipelineError,
} from '@pilotlight/pipeline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseStepArguments } from '../../packages/pipeline/stepArguments.ts';
import { churn } from '../../pipelines/churn/definition.ts';
import { segmentation } from '../../pipelines/segmentation/definition.ts';
import { CHURN, gate, OPTIONS, pipeline, step } from './compileCases.ts';
import { walkMachine } from './walkMachine.ts';

// biome-ignore lint/suspicious/noExplicitAny: the tests look into JSON
type Any = any;

/** It has no types of its own. */
const aslValidator: Any = createRequire(import.meta.url)('asl-validator');

const machine: Any = compileStateMachine(churn, CHURN);
const tasks = Object.entries<Any>(machine.States).filter(([, { Type }]) => Type === 'Task');
const jobs = tasks.filter(([, { Resource }]) => Resource.includes('sagemaker'));
const UUID = '6f1c1d7e-2b1e-4a55-9d2c-0c7b5a3f9e10';
const INPUT = { run_id: UUID, file_key: 'raw/2026-02-03.zip' };
const START = ['Defaults', 'Settings', 'CheckSettings'];
const END = ['UpdateManifest', 'PipelineComplete'];
const TOY = { ...OPTIONS, tableName: 'manifest' };

const refused = (definition: Definition, pattern: RegExp, options: MachineOptions = TOY) =>
  assert.throws(
    () => compileStateMachine(definition, options),
    (error: Error) => error instanceof PipelineError && pattern.test(error.message),
  );

test('without a mode it scores by the champion; the registration is not there and not handed', () => {
  const { names, rendered } = walkMachine(machine, INPUT);
  assert.equal(names, [
    ...START,
    ...['MarkStarted', 'Bronze', 'Silver', 'Gold', 'TrainOrScore'],
    ...['HasRegisterForScore', 'Score', 'Recommend', 'HasRegisterForDriftCheck', 'DriftCheck'],
    ...END,
  ]);
  const inputs = (name: string) => rendered[name].ProcessingInputs.map(({ InputName }: Any) => InputName);
  assert.equal(inputs('Score'), ['gold']);
  assert.equal(inputs('DriftCheck'), ['gold', 'scored']);
});

test('to train: the branch, and the registration for those that read it', () => {
  const { names, rendered } = walkMachine(machine, { ...INPUT, mode: 'train' });
  assert.equal(names, [
    ...START,
    ...['MarkStarted', 'Bronze', 'Silver', 'Gold', 'TrainOrScore', 'Train', 'Evaluate', 'Register'],
    ...['HasRegisterForScore', 'ScoreWithRegister', 'Recommend'],
    ...['HasRegisterForDriftCheck', 'DriftCheckWithRegister'],
    ...END,
  ]);
  for (const name of ['ScoreWithRegister', 'DriftCheckWithRegister']) {
    const input = rendered[name].ProcessingInputs.find(({ InputName }: Any) => InputName === 'registration');
    assert.is(input.S3Input.S3Uri, `s3://pilotlight-dev-data/scored/registration/${UUID}/`);
  }
});

test('nothing goes where the registry has a folder for each group of models', () => {
  const { rendered } = walkMachine(machine, { ...INPUT, mode: 'train' });
  const uris = Object.values(rendered).flatMap(({ ProcessingOutputConfig }: Any) =>
    (ProcessingOutputConfig?.Outputs ?? []).map(({ S3Output }: Any) => S3Output.S3Uri),
  );
  assert.is(uris.length, 9);
  const layers = uris.map((uri) => uri.replace('s3://pilotlight-dev-data/', '').split(`/${UUID}`)[0]);
  assert.equal([...new Set(layers)].sort(), [
    ...['bronze', 'gold', 'models', 'monitoring', 'scored', 'scored/evaluation', 'scored/recommendations'],
    ...['scored/registration', 'silver'],
  ]);
});

test('a job, whole', () => {
  const { ProcessingInputs, ...job } = walkMachine(machine, { ...INPUT, as_of: '2026-01-31' }).rendered.Bronze;
  assert.equal(ProcessingInputs, [
    {
      InputName: 'raw',
      AppManaged: false,
      S3Input: {
        S3Uri: 's3://pilotlight-dev-data/raw',
        LocalPath: '/opt/ml/processing/input/raw',
        S3DataType: 'S3Prefix',
        S3InputMode: 'File',
        S3DataDistributionType: 'FullyReplicated',
        S3CompressionType: 'None',
      },
    },
  ]);
  assert.equal(job, {
    ProcessingJobName: `${UUID}-Bronze-01234567`,
    ProcessingResources: {
      ClusterConfig: {
        InstanceType: 'ml.m5.large',
        InstanceCount: 1,
        VolumeSizeInGB: 50,
        VolumeKmsKeyId: OPTIONS.kmsKeyId,
      },
    },
    AppSpecification: {
      ImageUri: OPTIONS.image,
      ContainerEntrypoint: ['pilotlight', 'step', 'churn', 'Bronze'],
      ContainerArguments: [
        ...['--input', 'raw=/opt/ml/processing/input/raw', '--output', 'bronze=/opt/ml/processing/output/bronze'],
        ...['--param', 'AsOf=2026-01-31', '--param', 'TextCacheUri=none'],
      ],
    },
    Environment: {
      PILOTLIGHT_RUN_ID: UUID,
      PILOTLIGHT_EXECUTION_DATE: '2026-01-31',
      PILOTLIGHT_BUCKET_URI: 's3://pilotlight-dev-data',
      PILOTLIGHT_CODE_VERSION: '1f2e3d4',
      PILOTLIGHT_STACK: 'dev',
      MLFLOW_TRACKING_URI: 'none',
    },
    ProcessingOutputConfig: {
      Outputs: [
        {
          OutputName: 'bronze',
          AppManaged: false,
          S3Output: {
            S3Uri: `s3://pilotlight-dev-data/bronze/${UUID}`,
            LocalPath: '/opt/ml/processing/output/bronze',
            S3UploadMode: 'EndOfJob',
          },
        },
      ],
      KmsKeyId: OPTIONS.kmsKeyId,
    },
    NetworkConfig: {
      EnableInterContainerTrafficEncryption: true,
      EnableNetworkIsolation: false,
      VpcConfig: { SecurityGroupIds: ['sg-jobs'], Subnets: ['subnet-a', 'subnet-b'] },
    },
    RoleArn: OPTIONS.roleArn,
    StoppingCondition: { MaxRuntimeInSeconds: 7200 },
    Tags: [
      { Key: 'owner', Value: 'data@example.com' },
      { Key: 'stack', Value: 'dev' },
    ],
  });
});

test('a run without a date has that of its start', () => {
  const { rendered } = walkMachine(machine, INPUT);
  assert.is(rendered.Score.Environment.PILOTLIGHT_EXECUTION_DATE, '2026-02-03');
  assert.ok(rendered.Score.AppSpecification.ContainerArguments.includes('AsOf=2026-02-03'));
});

test('a step understands what its job hands it, and its job has a name that SageMaker takes', () => {
  const steps: readonly Node[] = churn.steps;
  for (const mode of ['train', 'score']) {
    const { rendered } = walkMachine(machine, { ...INPUT, mode, model_version: '7', experiment: 'lean' });
    for (const one of steps.filter(isStep)) {
      const job = rendered[`${one.name}WithRegister`] ?? rendered[one.name];
      if (job === undefined) continue;
      const { inputs, outputs, parameters } = parseStepArguments(churn, one, job.AppSpecification.ContainerArguments);
      assert.equal(
        Object.keys(inputs),
        job.ProcessingInputs.map(({ InputName }: Any) => InputName),
      );
      assert.equal(Object.keys(outputs), Object.keys(one.outputs));
      if ('Mode' in parameters) assert.is(parameters.Mode, mode);
      if ('ModelVersion' in parameters) assert.is(parameters.ModelVersion, '7');
      assert.match(job.ProcessingJobName, /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);
    }
  }
});

test('every task is tried again, caught, and limited in time; none that is waited for sends heartbeats', () => {
  assert.is(jobs.length, 11);
  for (const [name, state] of tasks) {
    assert.ok(state.Retry.length > 0 && state.TimeoutSeconds > 0 && !('HeartbeatSeconds' in state), name);
    assert.ok(state.Catch.some(({ ErrorEquals }: Any) => ErrorEquals.includes('States.ALL')));
    assert.is(state.ResultPath, null);
  }
  for (const [name, state] of jobs) {
    assert.is(state.Resource, 'arn:aws:states:::sagemaker:createProcessingJob.sync');
    assert.ok(state.TimeoutSeconds > state.Parameters.StoppingCondition.MaxRuntimeInSeconds, name);
    assert.equal(state.Catch, [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'ExplainFailure' }]);
    assert.match(state.Parameters['ProcessingJobName.$'], /States\.UUID\(\)/);
  }
});

test('the manifest: each change conditional on the run, and every name and value of a change is used', () => {
  const updates = tasks.filter(([, { Resource }]) => Resource.endsWith('dynamodb:updateItem'));
  const changes = updates.map(([name, { Parameters }]) => [
    name,
    Parameters.UpdateExpression,
    Parameters.ConditionExpression,
  ]);
  assert.equal(changes.sort(), [
    [
      'MarkStarted',
      'SET #status = :started, run_id = :run_id, started_at = :now REMOVE completed_at, #error',
      'attribute_not_exists(file_key) OR #status = :failed OR (run_id = :run_id AND #status <> :completed)',
    ],
    [
      'RecordFailure',
      'SET #status = :failed, completed_at = :now, #error = :error',
      'run_id = :run_id AND #status <> :completed',
    ],
    ['UpdateManifest', 'SET #status = :completed, completed_at = :now', 'run_id = :run_id'],
  ]);
  for (const [name, { Parameters }] of updates) {
    const text = `${Parameters.UpdateExpression} ${Parameters.ConditionExpression}`;
    const used = [...new Set(text.match(/[:#]\w+/g))].sort();
    const { ExpressionAttributeNames, ExpressionAttributeValues } = Parameters;
    assert.equal(
      used,
      [...Object.keys(ExpressionAttributeNames), ...Object.keys(ExpressionAttributeValues)].sort(),
      name,
    );
    assert.is(Parameters.TableName, 'pilotlight-dev-manifest');
  }
  const { MarkStarted } = walkMachine(machine, INPUT).rendered;
  assert.equal(MarkStarted.Key, { file_key: { S: INPUT.file_key } });
  assert.equal(MarkStarted.ExpressionAttributeValues[':run_id'], { S: UUID });
});

test('a failure is recorded and ends the execution; a file that another run has is left alone', () => {
  const { names, rendered } = walkMachine(machine, INPUT, 'Gold');
  assert.equal(names.slice(-4), ['Gold', 'ExplainFailure', 'RecordFailure', 'PipelineFailed']);
  const { ':error': error, ':failed': failed } = rendered.RecordFailure.ExpressionAttributeValues;
  assert.equal(failed, { S: 'failed' });
  assert.equal(JSON.parse(error.S), { Error: 'States.TaskFailed', Cause: 'why' });
  const [taken] = machine.States.MarkStarted.Catch;
  assert.equal(taken.ErrorEquals, ['DynamoDB.ConditionalCheckFailedException']);
  assert.is(machine.States[taken.Next].Type, 'Fail');
  assert.equal(walkMachine(machine, INPUT, 'MarkStarted').names.at(-1), 'PipelineFailed');
  assert.equal(walkMachine(machine, INPUT, 'RecordFailure').names.at(-1), 'PipelineComplete');
});

test('of a job that failed, its name and words are kept, not the whole of it', () => {
  const job = { ProcessingJobName: `${UUID}-Gold-01234567`, ProcessingJobStatus: 'Failed', ProcessingInputs: [] };
  const said = (more: object) => {
    const { data } = walkMachine(machine, INPUT, 'Gold', JSON.stringify({ ...job, ...more }));
    return [data.error.Error, data.error.Cause.replace(`${job.ProcessingJobName}: `, '')];
  };
  const FailureReason = 'AlgorithmError: exit code: 2';
  assert.equal(said({ ExitMessage: 'no {column}', FailureReason }), [
    'JobFailed',
    'no {column} (AlgorithmError: exit code: 2)',
  ]);
  assert.equal(said({ FailureReason }), ['JobFailed', FailureReason]);
  assert.equal(said({ ProcessingJobStatus: 'Stopped' }), ['JobFailed', 'it ended as Stopped']);
  assert.is(walkMachine(machine, INPUT, 'Gold', '{"cut off').data.error.Cause, '{"cut off');
});

test('with a topic, a failure is told before the end', () => {
  const alertTopicArn = 'arn:aws:sns:eu-west-1:123456789012:alerts';
  const told: Any = compileStateMachine(churn, { ...CHURN, alertTopicArn });
  const { names, rendered } = walkMachine(told, INPUT, 'Score');
  assert.equal(names.slice(-3), ['RecordFailure', 'AlertFailure', 'PipelineFailed']);
  assert.is(rendered.AlertFailure.Message.run_id, UUID);
  assert.is(rendered.AlertFailure.Subject, 'pilotlight churn failed in dev');
  assert.is(told.States.AlertFailure.Catch[0].Next, 'FailureUntold');
  assert.is(rendered.AlertFailure.TopicArn, alertTopicArn);
});

test('input that names no run or file, or an unknown mode, is refused before any job', () => {
  for (const input of [{}, { run_id: 'a' }, { file_key: 'a' }, { ...INPUT, run_id: '' }, { ...INPUT, run_id: 7 }]) {
    assert.equal(walkMachine(machine, input).names, [...START, 'InputRefused']);
  }
  const { names, data } = walkMachine(machine, { ...INPUT, mode: 'Train' });
  assert.equal(names, [...START, 'SettingsRefused', 'RecordFailure', 'PipelineFailed']);
  assert.match(data.error.Cause, /mode \(train or score\)/);
});

test('optional URIs: fixed ones are inputs or nothing, settable ones are fetched by the step', () => {
  const ConfigUri = 's3://pilotlight-dev-data/config';
  const fixed = walkMachine(
    compileStateMachine(churn, { ...CHURN, defaults: { ...CHURN.defaults, ConfigUri } }),
    INPUT,
  );
  const input = fixed.rendered.Silver.ProcessingInputs.find(({ InputName }: Any) => InputName === 'config');
  assert.is(input.S3Input.S3Uri, ConfigUri);
  assert.ok(
    fixed.rendered.Silver.AppSpecification.ContainerArguments.includes('config=/opt/ml/processing/input/config'),
  );
  const settable = compileStateMachine(churn, { ...CHURN, inputs: [...CHURN.inputs, 'ConfigUri'] });
  const { Silver } = walkMachine(settable, { ...INPUT, config_uri: ConfigUri }).rendered;
  assert.equal(
    Silver.ProcessingInputs.map(({ InputName }: Any) => InputName),
    ['bronze'],
  );
  assert.ok(Silver.AppSpecification.ContainerArguments.includes(`config=${ConfigUri}`));
});

test('text with the signs of the language arrives as it is', () => {
  const odd = pipeline(step('One', { parameters: ['A', 'T'], arguments: { B: "it's {a} \\ b" } }));
  const toy = compileStateMachine(odd, { ...TOY, inputs: ['T'] });
  const { One } = walkMachine(toy, { ...INPUT, t: 'y' }).rendered;
  assert.equal(One.AppSpecification.ContainerArguments.slice(2), [
    ...['--param', 'A=x', '--param', 'T=y', '--param', "B=it's {a} \\ b"],
  ]);
});

test('both sides of a condition, a fail, numbers', () => {
  const definition = {
    ...pipeline(
      step('First'),
      {
        ...{ name: 'Many', kind: 'condition', all: [{ left: { parameter: 'N' }, op: 'GreaterThan', right: 3 }] },
        ...{ then: ['Stop'], otherwise: ['No'] },
      },
      { name: 'Stop', kind: 'fail', message: 'too many', exitCode: 3 },
      step('No'),
      step('Reads', { inputs: { n: { step: 'No', output: 'o', optional: true } } }),
    ),
  };
  const toy = compileStateMachine(definition, TOY);
  const few = walkMachine(toy, { ...INPUT, n: 2 }).names;
  assert.equal(few.slice(4, -2), ['First', 'Many', 'No', 'HasNoForReads', 'ReadsWithNo']);
  const many = walkMachine(toy, { ...INPUT, n: 4 });
  assert.equal(many.names.slice(4), ['First', 'Many', 'Stop', 'RecordFailure', 'PipelineFailed']);
  assert.equal(many.data.error, { Error: 'Stop', Cause: 'too many' });
});

test('a validator of the language, and ours, find no fault', () => {
  const text = JSON.stringify(machine);
  assert.is(JSON.stringify(compileStateMachine(churn, CHURN)), text);
  const variants = [machine, compileStateMachine(churn, { ...CHURN, alertTopicArn: 'arn:aws:sns:eu-west-1:1:a' })];
  for (const variant of variants) {
    const { isValid, errorsText } = aslValidator(structuredClone(variant), { checkPaths: true, checkArn: true });
    assert.ok(isValid, errorsText?.('\n'));
    assert.equal(lintStateMachine(variant), []);
  }
  const broken = structuredClone(machine);
  broken.States.Bronze.Next = 'Nowhere';
  assert.not.ok(aslValidator(broken).isValid);
});

test('refused: what has no form in a state machine, and values that nobody gives', () => {
  refused(churn, /no value for RawUri, OutputUri, AsOf, RegistryUri|no value for RawUri, OutputUri, RegistryUri, AsOf/);
  refused(churn, /no parameter Nope that an input could set/, { ...CHURN, inputs: ['Nope'] });
  const propertyFiles = { F: { output: 'o', path: 'f.json' } };
  const left = { step: 'One', propertyFile: 'F', path: 'a' };
  const read = pipeline(
    step('One', { propertyFiles }),
    { name: 'G', kind: 'condition', all: [{ left, op: 'Equals', right: true }], then: ['Two'], otherwise: [] },
    step('Two'),
  );
  refused(read, /does not read property files: One.F/);
  refused(pipeline(step('MarkStarted')), /MarkStarted is a state of the machine itself/);
  const optional = (name: string) => ({ step: name, output: 'o', optional: true }) as const;
  const inputs = { a: optional('A'), b: optional('B') };
  const two = pipeline(step('A'), step('B'), gate('G', ['A']), gate('H', ['B']), step('C', { inputs }));
  refused(two, /C: its optional inputs are behind different conditions/);
  const clash = { inputs: { a: optional('A') } };
  refused(pipeline(step('A'), gate('G', ['A']), step('B', clash), step('BWithA')), /two states would be called BWithA/);
  refused(segmentation, /no value for .*ClieInputUri/);
});

test.run();
