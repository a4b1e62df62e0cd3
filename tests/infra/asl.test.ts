import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { patienceOf } from '../../infra/asl/poll.ts';
import { watchMachine } from '../../infra/asl/watch.ts';
import { datasetFolder, type WeeklyFacts, weeklyMachine } from '../../infra/asl/weekly.ts';
import { TOLD_ERRORS } from '../../infra/components/alarms.ts';
import { churnMachine } from '../../infra/components/churnMachine.ts';
import { secondsMax } from '../../infra/components/jobOptions.ts';
import { segmentationPipeline } from '../../infra/components/segmentationPipeline.ts';
import { segmentation } from '../../pipelines/segmentation/definition.ts';
import { type Asl, type AslState, faultsOf, nextOf, recklessTasks, statesOf, unreached } from './aslStates.ts';
import { contextOf, type Inputs } from './mocks.ts';

const lambda = (name: string) => `arn:aws:lambda:eu-west-1:111111111111:function:pilotlight-dev-${name}`;

const FACTS: WeeklyFacts = {
  pipelineName: 'pilotlight-dev-segmentation',
  bucket: 'pilotlight-dev-data-111111111111',
  topicArn: 'arn:aws:sns:eu-west-1:111111111111:pilotlight-dev-alerts',
  wakeTrackingArn: lambda('wake-tracking'),
  pipelineSecondsMax: 36_000,
};
const FETCH = {
  connectorId: 'c-0123456789abcdef0',
  remoteFolder: '/export',
  connectorWaitArn: lambda('connector-wait'),
  decompressArn: lambda('decompress'),
};
const PLACE = {
  dataKeyArn: 'arn:aws:kms:eu-west-1:111111111111:key/data',
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupId: 'sg-0123456789abcdef0',
  roleArn: 'arn:aws:iam::111111111111:role/pilotlight-dev-sagemaker',
  trackingUri: 'arn:aws:sagemaker:eu-west-1:111111111111:mlflow-app/app-0123456789AB',
};
const INGEST: Inputs = {
  ingest: {
    sftpUrl: 'sftp://files.example.com',
    secretArn: 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:sftp-AbCdEf',
    trustedHostKeys: ['ssh-rsa AAAA'],
    remoteFolder: '/export',
  },
};

const watch = watchMachine({
  machineArn: 'arn:aws:states:eu-west-1:111111111111:stateMachine:pilotlight-dev-weekly',
  namespace: 'Pilotlight',
  metric: 'HoursSinceSuccess',
  dimensions: { Stack: 'dev', Pipeline: 'segmentation' },
});
const plain = weeklyMachine(FACTS);
const fetching = weeklyMachine({ ...FACTS, fetch: FETCH });
const MACHINES: Record<string, Asl> = {
  weekly: plain,
  'weekly with fetch': fetching,
  watch,
  churn: churnMachine(contextOf('dev'), PLACE) as Asl,
};

for (const [name, machine] of Object.entries(MACHINES)) {
  test(`${name}: a library finds it valid`, () => {
    assert.equal(faultsOf(machine), []);
  });

  test(`${name}: every task is tried again, caught and limited in time`, () => {
    assert.ok(statesOf(machine).filter(([, { Type }]) => Type === 'Task').length > 2);
    assert.equal(recklessTasks(machine), []);
  });

  test(`${name}: every state is reached; a limit of the whole machine, which nothing catches, has only what tells nobody`, () => {
    assert.equal(unreached(machine), []);
    assert.is(Number(machine.TimeoutSeconds) > 0, name === 'watch');
  });
}

test('the checks themselves see what is wrong', () => {
  const task = plain.States.StartPipeline as AslState;
  for (const missing of ['Retry', 'Catch', 'TimeoutSeconds']) {
    const broken = { ...plain, States: { ...plain.States, StartPipeline: { ...task, [missing]: undefined } } };
    assert.equal(recklessTasks(broken as Asl), ['StartPipeline'], missing);
  }
  const astray = { ...plain, States: { ...plain.States, StartPipeline: { ...task, Next: 'Nowhere' } } };
  assert.is.not(faultsOf(astray as Asl).length, 0);
});

test('the weekly run goes: tracking, fetch, unpack, pipeline, message', () => {
  assert.equal(happyPath(fetching), [
    ...['Defaults', 'ReadInput', 'CheckInput', 'WakeTrackingBegin', 'WakeTracking', 'WakeTrackingJudge'],
    ...['StartListing', 'ListBegin', 'List', 'ListJudge', 'AnyFile', 'FetchBatches', 'UnpackFiles'],
    ...['StartPipeline', 'PipelineBegin', 'Pipeline', 'PipelineJudge', 'TellSuccess', 'Done'],
  ]);
  const without = happyPath(plain);
  assert.is(without[without.indexOf('WakeTrackingJudge') + 1], 'StartPipeline');
});

/** First choices, no errors. */
function happyPath({ StartAt, States }: Asl): string[] {
  const path = [StartAt];
  for (const name of path) {
    const next = nextOf(States[name] as AslState).find((one) => one !== undefined);
    const choices = (States[name]?.Choices ?? []) as { Next: string }[];
    const chosen = choices[0]?.Next ?? next;
    if (chosen !== undefined) path.push(chosen);
  }
  return path;
}

test('every failure of the weekly run is told to people, but for MLflow, which is told and gone on without', () => {
  const ends = Object.entries(fetching.States).flatMap(([name, state]) =>
    ((state.Catch ?? []) as { Next: string }[]).map(({ Next }) => [name, Next]),
  );
  const others = ends.filter(([, next]) => next !== 'TellFailure');
  assert.equal(others, [
    ['WakeTracking', 'TellNoTracking'],
    ['TellNoTracking', 'StartListing'],
    ['Pipeline', 'StopPipeline'],
    ['FailedSteps', 'PipelineFailed'],
    ['TellSuccess', 'Done'],
    ['TellFailure', 'FailureUntold'],
  ]);
  assert.is(fetching.States.StopPipeline?.Next, 'TellFailure');
  assert.is(fetching.States.TellFailure?.Next, 'Failed');
});

test('a pipeline that takes too long is stopped, not only given up', () => {
  assert.is(plain.States.PipelineLate?.Next, 'StopPipeline');
  assert.is(plain.States.StopPipeline?.Resource, 'arn:aws:states:::aws-sdk:sagemaker:stopPipelineExecution');
});

test('a call whose answer was lost starts no second pipeline run', () => {
  const { Parameters } = plain.States.StartPipeline as AslState & { Parameters: Inputs };
  assert.is(Parameters['ClientRequestToken.$'], "States.Hash($$.Execution.Id, 'SHA-256')");
});

test('polls end, and their turns never overflow the 25,000 events of an execution', () => {
  for (const hours of [1, 10, 100, 500]) {
    const { everySeconds, attempts } = patienceOf(hours * 3600);
    assert.ok(everySeconds * attempts >= hours * 3600, `${hours} h: ${everySeconds} x ${attempts}`);
    assert.ok(attempts * 11 < 12_500, `${hours} h: ${attempts}`);
  }
  assert.equal(patienceOf(3600), { everySeconds: 60, attempts: 60 });
});

test('an execution that ends with an error that no alarm tells has told people itself, or has nothing to tell', () => {
  const silent = { weekly: ['DriftFound'], churn: ['FileTaken'] };
  for (const [name, quiet] of Object.entries(silent)) {
    const { States } = MACHINES[name] as Asl;
    const ends = Object.entries(States).filter(([, { Type }]) => Type === 'Fail');
    const untold = ends.filter(([, { Error: error }]) => !TOLD_ERRORS.some((one) => one === error));
    assert.ok(untold.some(([, { Error: error }]) => error === 'FailureUntold'));
    for (const [end, { Error: error }] of ends.filter((one) => !untold.includes(one))) {
      const before = Object.values(States).filter((state) => nextOf(state).includes(end));
      const told = before.every(({ Resource, Next }) => Next === end && /:sns:publish$/.test(Resource ?? ''));
      assert.ok(told || quiet.includes(String(error)), `${name} ${end}`);
    }
  }
});

for (const [what, overrides, machine] of [
  ['files in place', {}, plain],
  ['files fetched', INGEST, fetching],
] as const) {
  test(`the weekly machine and the pipeline's defaults give every parameter: ${what}`, () => {
    const pipeline = segmentationPipeline(contextOf('dev', overrides), PLACE);
    const { Parameters } = machine.States.StartPipeline as AslState & { Parameters: Inputs };
    const given = Parameters.PipelineParameters.map((one: Inputs) => one.Name);
    const names = pipeline.Parameters.map(({ Name }) => Name);
    assert.equal(
      given.filter((name: string) => !names.includes(name)),
      [],
    );
    const lacking = pipeline.Parameters.filter(
      ({ Name, DefaultValue }) => DefaultValue === undefined && !given.includes(Name),
    );
    assert.equal(lacking, []);
  });
}

test('files are put where the pipeline looks for them', () => {
  const text = JSON.stringify(fetching);
  assert.match(text, "States.Format('tmp/segmentation/{}/{}', $.run.execution_date, $$.Execution.Name)");
  assert.match(
    text,
    "States.Format('s3://pilotlight-dev-data-111111111111/tmp/segmentation/{}/{}/clie/', $.run.execution_date, $$.Execution.Name)",
  );
  const { Parameters } = segmentationPipeline(contextOf('dev'), PLACE);
  const pola = Parameters.find(({ Name }) => Name === 'PolaInputUri');
  assert.is(pola?.DefaultValue, `s3://pilotlight-dev-data-111111111111/${datasetFolder('pola')}`);
});

test('what jobs write stands under a prefix of the data bucket', () => {
  const uris = [segmentationPipeline(contextOf('dev'), PLACE), MACHINES.churn].flatMap((one) =>
    [...JSON.stringify(one).matchAll(/s3:\/\/pilotlight-dev-data-111111111111\/([\w-]+)/g)].map((match) => match[1]),
  );
  const known = ['raw', 'bronze', 'silver', 'gold', 'models', 'scored', 'monitoring', 'tmp', 'metrics-logs'];
  assert.ok(uris.length > 10);
  assert.equal(
    [...new Set(uris)].filter((prefix) => !known.includes(prefix ?? '')),
    [],
  );
});

test('all steps together have as many time limits as there are steps', () => {
  assert.is(secondsMax(segmentation, 60), 5 * 3600);
});

test('the watch measures with the names that its alarm asks for, and never divides what is not there', () => {
  const measure = watch.States.Measure as AslState & { Arguments: Inputs };
  assert.equal(measure.Arguments.MetricData[0].Dimensions, [
    { Name: 'Stack', Value: 'dev' },
    { Name: 'Pipeline', Value: 'segmentation' },
  ]);
  const last = watch.States.LastSuccess as AslState & { Assign: Inputs };
  assert.match(last.Assign.since, /: \$since %\}$/);
});

test.run();
