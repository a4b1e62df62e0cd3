/**
 * The weekly machine, as the infrastructure compiles it, on moto's Step Functions. Real: the machine, its functions (their handlers, in this
 * process), S3, SNS. Stand-ins at the level of the API: SageMaker pipelines, MLflow, the SFTP connector; Lambda's Invoke. Pauses are cut short.
 */
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { connectorWait, decompress, type Handler, wakeTracking } from '@pilotlight/functions';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type WeeklyFacts, weeklyMachine } from '../../infra/asl/weekly.ts';
import { TOLD_ERRORS } from '../../infra/components/alarms.ts';
import { contextOf } from '../infra/mocks.ts';
import { python, testWithPython } from '../python.ts';
import { type Cloud, type Ended, startCloud } from './cloud.ts';
import { type Any, ServiceError, throttled } from './front.ts';
import { inTurn, serveFunctions } from './functions.ts';
import { PIPELINE, type PipelineStep, servePipeline } from './pipelineStandIn.ts';
import { CONNECTOR, delivery, type RemoteFiles, serveConnector } from './sftpStandIn.ts';

const { names } = contextOf('dev');
const BUCKET = names.buckets.data.name;
const FACTS: WeeklyFacts = {
  pipelineName: PIPELINE,
  bucket: BUCKET,
  topicArn: names.alerts.arn,
  wakeTrackingArn: names.functions.wakeTracking.arn,
  pipelineSecondsMax: 1800,
};
const FETCH = {
  connectorId: CONNECTOR,
  remoteFolder: '/export',
  connectorWaitArn: names.functions.connectorWait.arn,
  decompressArn: names.functions.decompress.arn,
};
const plain = weeklyMachine(FACTS);
const fetching = weeklyMachine({ ...FACTS, fetch: FETCH });
const HANDLERS: Record<string, Handler<unknown>> = {
  'wake-tracking': wakeTracking,
  'connector-wait': connectorWait,
  decompress,
};
const DELIVERED: RemoteFiles = {
  ...delivery('clie_20261121.csv.gz', ['1', '2', '3']),
  ...delivery('pola_20261121.csv.gz', ['1', '2']),
  ...delivery('hfac_20261121.csv.gz', ['1']),
};
const DATE = '2026-11-21';
const INPUT = { execution_date: DATE };

/** Null without Python: then every test is skipped. */
const cloud = (python() ? await startCloud() : null) as Cloud;
const { front } = cloud ?? {};
const s3 = new S3Client({ forcePathStyle: true });
if (cloud) {
  process.env.PILOTLIGHT_BUCKET = BUCKET;
  process.env.MLFLOW_TRACKING_URI =
    'arn:aws:sagemaker:eu-west-1:111111111111:mlflow-tracking-server/pilotlight-dev-mlflow';
  process.env.PILOTLIGHT_LOG_LEVEL = 'silent';
  await cloud.makeTopic(names.alerts.name);
  await s3.send(
    new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
  );
  test.before.each(() => front.reset());
  test.after(() => cloud.stop());
}

type Scene = {
  statuses?: string[];
  steps?: PipelineStep[];
  /** Statuses of the tracking server. */
  tracking?: string[];
  remote?: RemoteFiles;
  connector?: Parameters<typeof serveConnector>[3];
};

function set({ statuses = ['Executing', 'Succeeded'], steps = [], tracking = ['Started'], ...scene }: Scene): void {
  servePipeline(front, { statuses, steps });
  serveFunctions(front, HANDLERS);
  serveConnector(front, s3, scene.remote ?? DELIVERED, scene.connector);
  const status = inTurn(...tracking);
  front.answer('SageMaker.DescribeMlflowTrackingServer', () => ({
    TrackingServerStatus: status(),
    IsActive: 'Active',
  }));
  front.answer('SageMaker.StartMlflowTrackingServer', () => ({}));
}
const run = (scene: Scene, machine: object = plain, input: unknown = INPUT): Promise<Ended> => {
  set(scene);
  return cloud.run(machine, input);
};
const subjects = () => front.messages.map(({ Subject }) => Subject);

/** Ended by a failure that was told once, in these words. */
function toldOnce(ended: Ended, ...words: RegExp[]): void {
  assert.is(ended.status, 'FAILED', ended.cause);
  assert.is(ended.error, 'WeeklyFailed');
  assert.equal(subjects(), [`${PIPELINE}: failed`]);
  const [{ Message } = { Message: '' }] = front.messages;
  for (const word of [...words, /Look at/]) assert.match(Message, word);
  assert.ok(Message.includes(ended.arn), Message);
}

testWithPython('files in place: tracking woken, pipeline run, success told once', async () => {
  const ended = await run({
    tracking: ['Stopped', 'Starting', 'Started'],
    statuses: ['Executing', 'Executing', 'Succeeded'],
  });
  assert.is(ended.status, 'SUCCEEDED', ended.cause);
  assert.equal(ended.output, { execution_date: DATE, baseline_features_uri: 'none', baseline_models_uri: 'none' });
  assert.is(front.callsOf('SageMaker.StartMlflowTrackingServer').length, 1);
  assert.is(front.callsOf('Lambda.pilotlight-dev-wake-tracking').length, 3);
  assert.is(front.callsOf('SageMaker.DescribePipelineExecution').length, 3);
  assert.equal(subjects(), [`${PIPELINE}: done`]);
  const [start, ...others] = front.callsOf('SageMaker.StartPipelineExecution');
  assert.equal(others, []);
  assert.match(start.ClientRequestToken, /^[0-9a-f]{64}$/);
  const { ClientRequestToken, ...rest } = start;
  assert.equal(rest, {
    PipelineName: PIPELINE,
    PipelineExecutionDisplayName: `weekly-${DATE}`,
    PipelineParameters: [
      { Name: 'ExecutionDate', Value: DATE },
      { Name: 'BaselineFeaturesUri', Value: 'none' },
      { Name: 'BaselineModelsUri', Value: 'none' },
    ],
  });
});

testWithPython(
  'the schedule gives no input: the date is the day of the start; two executions are two runs',
  async () => {
    const ended = await run({}, plain, {});
    await cloud.run(plain, {});
    assert.match(ended.output.execution_date, /^20\d\d-\d\d-\d\d$/);
    const tokens = front
      .callsOf('SageMaker.StartPipelineExecution')
      .map(({ ClientRequestToken }) => ClientRequestToken);
    assert.is(new Set(tokens).size, 2);
  },
);

testWithPython('files fetched, checked and unpacked, by batches of ten paths', async () => {
  const more = Object.assign({}, ...['a', 'b', 'c'].map((name) => delivery(`pola_${name}.csv.gz`, ['7'])));
  const scene = {
    remote: { ...DELIVERED, ...more },
    connector: { listedAfter: 2, transferred: ['QUEUED', 'COMPLETED'] },
  };
  const ended = await run(scene, fetching);
  assert.is(ended.status, 'SUCCEEDED', ended.cause);
  assert.equal(
    front.callsOf('Transfer.StartFileTransfer').map(({ RetrieveFilePaths }) => RetrieveFilePaths.length),
    [10, 2],
  );
  const [start] = front.callsOf('SageMaker.StartPipelineExecution');
  const uris = start.PipelineParameters.slice(0, 3).map(({ Name, Value }: Any) => [Name, Value]);
  const unpacked = `tmp/segmentation/${DATE}/${ended.arn.split(':').at(-1)}`;
  const folder = (dataset: string) => `s3://${BUCKET}/${unpacked}/${dataset}/`;
  assert.equal(uris, [
    ['ClieInputUri', folder('clie')],
    ['PolaInputUri', folder('pola')],
    ['HfacInputUri', folder('hfac')],
  ]);
  const found = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `${unpacked}/` }));
  assert.is(found.Contents?.length, 6);
  const [clie] = (found.Contents ?? []).flatMap(({ Key }) => (Key?.includes('/clie/') ? [Key] : []));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: clie }));
  assert.is(await Body?.transformToString(), 'id\n1\n2\n3\n');
  assert.equal(subjects(), [`${PIPELINE}: done`]);
});

for (const [what, status, reason] of [
  ['is broken', 'CreateFailed', /TrackingFailed.*CreateFailed/],
  ['never comes up', 'Starting', /TrackingLate.*starting/],
] as const) {
  testWithPython(`a tracking server that ${what} is told, and the run goes on`, async () => {
    const ended = await run({ tracking: [status] });
    assert.is(ended.status, 'SUCCEEDED');
    assert.equal(subjects(), [`${PIPELINE}: MLflow is not there, the run goes on`, `${PIPELINE}: done`]);
    assert.match(front.messages[0]?.Message ?? '', reason);
  });
}

testWithPython('a function that Lambda could not run is called again; one that failed by itself is not', async () => {
  const wake = 'Lambda.pilotlight-dev-wake-tracking';
  front.breakNext(
    wake,
    new ServiceError('TooManyRequestsException', 'Rate exceeded', 429),
    new ServiceError('ServiceException', 'x', 500),
  );
  assert.equal([(await run({})).status, subjects()], ['SUCCEEDED', [`${PIPELINE}: done`]]);
  assert.is(front.callsOf(wake).length, 3);
  front.reset();
  set({});
  front.answer(wake, () => Promise.reject(new TypeError('broken')));
  assert.is((await cloud.run(plain, INPUT)).status, 'SUCCEEDED');
  assert.is(front.callsOf(wake).length, 1);
  assert.match(front.messages[0]?.Message ?? '', /TypeError.*broken/);
});

const failed = (StepName: string): Scene => ({
  statuses: ['Executing', 'Failed'],
  steps: [
    { StepName, StepStatus: 'Failed', FailureReason: 'ClientError: exit code 2' },
    { StepName: 'PreprocessSplit', StepStatus: 'Succeeded' },
  ],
});

testWithPython('a failed pipeline is told with the step that failed', async () => {
  toldOnce(await run(failed('TrainDomestic')), /PipelineFailed.*TrainDomestic.*exit code 2/);
});

testWithPython('where its steps cannot be had, with what the pipeline says', async () => {
  set(failed('TrainDomestic'));
  front.answer('SageMaker.ListPipelineExecutionSteps', () => {
    throw new ServiceError('AccessDeniedException', 'not allowed');
  });
  toldOnce(await cloud.run(plain, INPUT), /PipelineFailed.*One or multiple steps failed/);
  front.reset();
  toldOnce(await run({ statuses: ['Failed'] }), /PipelineFailed.*One or multiple steps failed/);
});

testWithPython('a run that its drift gate ended says nothing: the alarm of the metric does', async () => {
  const ended = await run(failed('DriftFound'));
  assert.equal([ended.status, ended.error, subjects()], ['FAILED', 'DriftFound', []]);
});

testWithPython('a pipeline that somebody stopped', async () => {
  toldOnce(await run({ statuses: ['Executing', 'Stopping', 'Stopped'] }), /PipelineStopped.*Stopped/);
});

testWithPython('one that takes too long is stopped, whether or not the stop works', async () => {
  const scene = { statuses: ['Executing'] };
  toldOnce(await run(scene), /PipelineLate.*still Executing/);
  assert.is(front.callsOf('SageMaker.DescribePipelineExecution').length, FACTS.pipelineSecondsMax / 60);
  const [{ PipelineExecutionArn }] = front.callsOf('SageMaker.StopPipelineExecution');
  assert.match(PipelineExecutionArn, /execution\/1$/);
  front.reset();
  set(scene);
  front.breakNext('SageMaker.StopPipelineExecution', ...Array.from({ length: 5 }, throttled));
  toldOnce(await cloud.run(plain, INPUT), /Rate exceeded/);
});

testWithPython('throttled calls are made again, and a start whose answer was lost starts no second run', async () => {
  set({});
  front.breakNext(
    'SageMaker.StartPipelineExecution',
    throttled(),
    new ServiceError('InternalFailure', 'lost', 500),
    throttled(),
  );
  front.breakNext('SageMaker.DescribePipelineExecution', throttled(), throttled());
  front.breakNext('SNS.Publish', new ServiceError('Throttled', 'Rate exceeded', 429));
  const ended = await cloud.run(plain, INPUT);
  assert.equal([ended.status, subjects()], ['SUCCEEDED', [`${PIPELINE}: done`]]);
  const starts = front.callsOf('SageMaker.StartPipelineExecution');
  assert.is(starts.length, 4);
  assert.is(new Set(starts.map(({ ClientRequestToken }) => ClientRequestToken)).size, 1);
});

testWithPython('a start that is refused for good is told after five tries', async () => {
  set({});
  front.answer('SageMaker.StartPipelineExecution', () => {
    throw new ServiceError('AccessDeniedException', 'not allowed');
  });
  toldOnce(await cloud.run(plain, INPUT), /not allowed/);
  assert.is(front.callsOf('SageMaker.StartPipelineExecution').length, 5);
  assert.equal(front.callsOf('SageMaker.StopPipelineExecution'), []);
});

testWithPython('a call that hangs is given up and made again; in the end that is told, too', async () => {
  const hasty = JSON.parse(JSON.stringify(plain));
  hasty.States.StartPipeline.TimeoutSeconds = 1;
  set({});
  front.breakNext('SageMaker.StartPipelineExecution', 'hang');
  assert.is((await cloud.run(hasty, INPUT)).status, 'SUCCEEDED');
  front.reset();
  set({});
  front.breakNext('SageMaker.StartPipelineExecution', ...Array.from({ length: 5 }, () => 'hang' as const));
  toldOnce(await cloud.run(hasty, INPUT), /States\.Timeout/);
});

for (const input of [
  { execution_date: 'yesterday' },
  { execution_date: 20261121 },
  { ...INPUT, baseline_features_uri: null },
]) {
  testWithPython(`input that is wrong is told before anything is called: ${JSON.stringify(input)}`, async () => {
    toldOnce(await run({}, plain, input), /BadInput/);
    assert.equal(front.callsOf('Lambda.pilotlight-dev-wake-tracking'), []);
  });
}

testWithPython('what cannot be told ends as what others have to tell; a success stays one', async () => {
  const noTopic = () => {
    throw new ServiceError('AuthorizationError', 'not allowed', 403);
  };
  set({ statuses: ['Failed'] });
  front.answer('SNS.Publish', noTopic);
  const ended = await cloud.run(plain, INPUT);
  assert.equal([ended.status, ended.error], ['FAILED', 'FailureUntold']);
  assert.not.ok((TOLD_ERRORS as readonly string[]).includes(ended.error ?? ''));
  front.reset();
  set({});
  front.answer('SNS.Publish', noTopic);
  assert.is((await cloud.run(plain, INPUT)).status, 'SUCCEEDED');
});

const unstarted = () => assert.equal(front.callsOf('SageMaker.StartPipelineExecution'), []);
const bad = { ...DELIVERED, ...delivery('hfac_20261121.csv.gz', ['1'], { sha256: '0'.repeat(64) }) };
const { '/export/clie_20261121.csv.gz.checks.json': _, ...unchecked } = DELIVERED;
const scenes: Record<string, [Scene, ...RegExp[]]> = {
  'an empty folder': [{ remote: {} }, /NothingToFetch/],
  'data without checks': [{ remote: unchecked }, /ListingFailed.*clie_20261121/],
  'a listing that never comes': [{ connector: { listedAfter: Infinity } }, /ListingLate/],
  'a file that the connector could not get': [
    { connector: { transferred: ['FAILED'] } },
    /FetchFailed.*TransferFailed.*it has gone/,
  ],
  'a file that is not what was sent': [{ remote: bad }, /UnpackFailed.*ChecksFailed.*hfac_20261121/],
};
for (const [what, [scene, ...words]] of Object.entries(scenes)) {
  testWithPython(`${what}: told once, and no pipeline is started`, async () => {
    toldOnce(await run(scene, fetching), ...words);
    unstarted();
  });
}

testWithPython('a transfer that does not end', async () => {
  const short = JSON.parse(JSON.stringify(fetching).replace('"NumericLessThan":240', '"NumericLessThan":3'));
  toldOnce(await run({ connector: { transferred: ['QUEUED'] } }, short), /FetchFailed.*TransferLate/);
  assert.is(front.callsOf('Transfer.ListFileTransferResults').length, 3);
  unstarted();
});

testWithPython('a connector that is busy is asked again; one that refuses is told', async () => {
  set({});
  front.breakNext('Transfer.StartDirectoryListing', throttled());
  front.breakNext('Transfer.StartFileTransfer', throttled(), throttled());
  assert.equal([(await cloud.run(fetching, INPUT)).status, subjects()], ['SUCCEEDED', [`${PIPELINE}: done`]]);
  for (const action of ['Transfer.StartDirectoryListing', 'Transfer.StartFileTransfer']) {
    front.reset();
    set({});
    front.answer(action, () => {
      throw new ServiceError('AccessDeniedException', 'not allowed');
    });
    toldOnce(await cloud.run(fetching, INPUT), /not allowed/);
  }
  unstarted();
});

test.run();
