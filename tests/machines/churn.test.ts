/**
 * The churn machine, as the infrastructure compiles it, on moto's Step Functions: every way through it. Real: the machine, DynamoDB, SNS, the
 * trigger. Stand-in at the level of the API: SageMaker Processing, whose jobs end as each test says (`churnJobs.e2e.test.ts` runs
 * them). `.sync` is moto's own pattern, filled in for SageMaker (`moto_states.py`). Pauses are cut short.
 */
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { trigger } from '@pilotlight/functions';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TOLD_ERRORS } from '../../infra/components/alarms.ts';
import { churnMachine } from '../../infra/components/churnMachine.ts';
import { contextOf } from '../infra/mocks.ts';
import { python, runPython, testWithPython } from '../python.ts';
import { type Cloud, type Ended, startCloud } from './cloud.ts';
import { type Any, ServiceError, throttled } from './front.ts';
import { done, failure, type Job, type JobOutcome, serveJobs, stepOf } from './jobsStandIn.ts';
import { Manifest } from './manifest.ts';

const context = contextOf('dev');
const { names } = context;
const PLACE = {
  dataKeyArn: 'arn:aws:kms:eu-west-1:111111111111:key/data',
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupId: 'sg-0123456789abcdef0',
  roleArn: names.roles.sagemaker.arn,
  trackingUri: 'none',
};
const machine = churnMachine(context, PLACE);
const SCORE = ['Bronze', 'Silver', 'Gold', 'Score', 'Recommend', 'DriftCheck'];
const TRAIN = ['Bronze', 'Silver', 'Gold', 'Train', 'Evaluate', 'Register', 'Score', 'Recommend', 'DriftCheck'];
const SUBJECT = 'pilotlight churn failed in dev';

/** Null without Python: then every test is skipped. */
const cloud = (python() ? await startCloud() : null) as Cloud;
const { front } = cloud ?? {};
const manifest = new Manifest(names.manifest.name);
if (cloud) {
  await manifest.make();
  await cloud.makeTopic(names.alerts.name);
  test.before.each(() => front.reset());
  test.after(() => cloud.stop());
}

type Act = (job: Job, attempt: number) => JobOutcome | Promise<JobOutcome>;

let files = 0;

/** A file that nobody has had, and a run of it. */
const fresh = () => ({ run_id: crypto.randomUUID(), file_key: `raw/churn/_SUCCESS#${++files}` });
const run = async (act: Act = () => done, input: Any = fresh(), asl: object = machine) => {
  const jobs = serveJobs(front, act);
  const ended = await cloud.run(asl, input);
  return {
    ended,
    jobs,
    steps: jobs.map(stepOf),
    item: input.file_key && (await manifest.read(input.file_key)),
    input,
  };
};
const failing =
  (step: string, outcome: JobOutcome): Act =>
  (job) =>
    stepOf(job) === step ? outcome : done;

function toldOnce(ended: Ended, ...words: RegExp[]): Any {
  assert.equal([ended.status, ended.error], ['FAILED', 'PipelineFailed'], ended.cause);
  assert.equal(
    front.messages.map(({ Subject }) => Subject),
    [SUBJECT],
  );
  const message = JSON.parse(front.messages[0]?.Message ?? '');
  for (const word of words) assert.match(JSON.stringify(message.error), word);
  assert.is(message.execution, ended.arn);
  return message;
}

testWithPython('score: jobs in their order, no registration; the file is completed and nobody is told', async () => {
  const { ended, jobs, steps, item, input } = await run();
  assert.is(ended.status, 'SUCCEEDED', ended.cause);
  assert.equal(steps, SCORE);
  assert.equal([item?.status, item?.run_id, 'error' in (item ?? {})], ['completed', input.run_id, false]);
  assert.ok((item?.started_at ?? '') < (item?.completed_at ?? ''));
  assert.equal(front.messages, []);
  const score = jobs.find((job) => stepOf(job) === 'Score') as Job;
  assert.equal(
    score.inputs.map(({ key }) => key),
    ['gold'],
  );
  assert.equal([score.environment.PILOTLIGHT_RUN_ID, score.environment.PILOTLIGHT_STACK], [input.run_id, 'dev']);
  assert.match(score.environment.PILOTLIGHT_EXECUTION_DATE ?? '', /^20\d\d-\d\d-\d\d$/);
});

testWithPython(
  'train: the branch, and the registration for those that read it; each input is what another job left',
  async () => {
    const { jobs, steps } = await run(() => done, { ...fresh(), mode: 'train', as_of: '2024-12-31' });
    assert.equal(steps, TRAIN);
    const left = new Set(jobs.flatMap(({ outputs }) => outputs.map(({ uri }) => `${uri}/`)));
    const read = jobs.flatMap(({ inputs }) => inputs.map(({ key, uri }) => [key, uri] as const));
    assert.equal(
      read.filter(([, uri]) => !left.has(uri)).map(([key]) => key),
      ['raw'],
    );
    for (const step of ['Score', 'DriftCheck']) {
      const job = jobs.find((one) => stepOf(one) === step) as Job;
      assert.ok(job.inputs.some(({ key }) => key === 'registration'));
      assert.ok(job.command.includes('AsOf=2024-12-31'));
    }
  },
);

testWithPython('SageMaker takes every request, by its own model', async () => {
  const { jobs } = await run(() => done, { ...fresh(), mode: 'train' });
  const requests = jobs.map(({ name, request }) => ({ name, operation: 'CreateProcessingJob', request }));
  assert.equal(runPython('sagemaker_requests.py', [], requests), []);
});

testWithPython(
  'a step that refuses: its words in the manifest and in the one message, after a second try',
  async () => {
    const said = 'column power is not there: raw/customer_attributes.csv: deliver it';
    const { ended, steps, item, jobs } = await run(failing('Bronze', failure(said, 2)));
    assert.equal(steps, ['Bronze', 'Bronze']);
    const message = toldOnce(ended, /JobFailed/, /column power is not there.*exit code: 2/);
    assert.is(item?.status, 'failed');
    assert.equal(JSON.parse(item?.error ?? ''), message.error);
    assert.ok(message.error.Cause.startsWith(`${jobs[1]?.name}: `));
    assert.equal([message.run_id, message.file_key], [item?.run_id, item?.file_key]);
    assert.match(message.look_at.join(), 'pilotlight-dev-manifest');
  },
);

testWithPython('a job that says nothing, one that was stopped: what SageMaker says of it', async () => {
  const silent = await run(failing('Gold', failure(null, 137)));
  toldOnce(silent.ended, /JobFailed.*exit code: 137/);
  front.reset();
  const stopped = await run(failing('Gold', { ...done, status: 'Stopped' }));
  toldOnce(stopped.ended, /JobFailed.*it ended as Stopped/);
});

testWithPython('a job that fails once, as where its machine went, is run again under another name', async () => {
  const { ended, steps, jobs } = await run((job, attempt) =>
    stepOf(job) === 'Silver' && attempt === 1 ? failure(null, 137) : done,
  );
  assert.is(ended.status, 'SUCCEEDED', ended.cause);
  assert.equal(steps, ['Bronze', 'Silver', ...SCORE.slice(1)]);
  assert.is(new Set(jobs.map(({ name }) => name)).size, jobs.length);
  assert.equal(front.messages, []);
});

testWithPython('a throttled SageMaker, and one without a machine, are waited for; then it is told', async () => {
  const limit = new ServiceError('ResourceLimitExceeded', 'no ml.m5.large left');
  front.breakNext('SageMaker.CreateProcessingJob', throttled(), throttled(), limit, throttled());
  assert.is((await run()).ended.status, 'SUCCEEDED');
  front.reset();
  front.breakNext('SageMaker.CreateProcessingJob', ...Array.from({ length: 5 }, throttled));
  const { ended, steps, item } = await run();
  toldOnce(ended, /SageMaker\.AmazonSageMakerException.*Rate exceeded/);
  assert.equal([steps, item?.status], [[], 'failed']);
});

testWithPython('a job that does not end: the time of its state is up, that is recorded and told', async () => {
  const hasty = JSON.parse(JSON.stringify(machine));
  hasty.States.Gold.TimeoutSeconds = 1;
  const never = new Promise<JobOutcome>(() => {});
  const { ended, steps, item } = await run((job) => (stepOf(job) === 'Gold' ? never : done), fresh(), hasty);
  toldOnce(ended, /States\.Timeout/);
  assert.equal([steps, item?.status], [['Bronze', 'Silver', 'Gold'], 'failed']);
});

testWithPython('a file is done once: a second run of the same version changes nothing and tells nobody', async () => {
  const { input } = await run();
  const before = await manifest.read(input.file_key);
  const again = await run(() => done, { ...input, run_id: crypto.randomUUID() });
  assert.equal([again.ended.status, again.ended.error, again.steps], ['FAILED', 'FileTaken', []]);
  const same = await run(() => done, input);
  assert.equal([same.ended.error, same.steps], ['FileTaken', []]);
  assert.equal(await manifest.read(input.file_key), before);
  assert.equal(front.messages, []);
  assert.ok(TOLD_ERRORS.includes('FileTaken'));
});

testWithPython('one that another run is at is left alone; one that failed is done again', async () => {
  const input = fresh();
  const other = { ...input, run_id: 'other', status: 'started', started_at: '2026-11-21T00:00:00.000Z' };
  await manifest.write(other);
  assert.is((await run(() => done, input)).ended.error, 'FileTaken');
  assert.equal(await manifest.read(input.file_key), other);
  await manifest.write({ ...other, status: 'failed', error: 'why', completed_at: 'then' });
  const { ended, item } = await run(() => done, input);
  assert.is(ended.status, 'SUCCEEDED', ended.cause);
  assert.equal([item?.status, item?.run_id, item?.error], ['completed', input.run_id, undefined]);
});

testWithPython('a run that a person stops can be started again with the same input', async () => {
  const input = fresh();
  const jobs = serveJobs(front, () => new Promise<JobOutcome>(() => {}));
  const running = await cloud.start(machine, input);
  while (jobs.length === 0) await new Promise((go) => setTimeout(go, 20));
  await running.abort();
  assert.is((await running.ended()).status, 'ABORTED');
  assert.is((await manifest.read(input.file_key))?.status, 'started');
  const { ended, item } = await run(() => done, input);
  assert.equal([ended.status, item?.status], ['SUCCEEDED', 'completed']);
  assert.equal(front.messages, []);
});

const down = () => new ServiceError('InternalServerError', 'down', 500);
const times = (count: number) => Array.from({ length: count }, down);

testWithPython(
  'a manifest that does not answer is asked again; in the end that is told, and nothing has run',
  async () => {
    front.breakNext('DynamoDB.UpdateItem', ...times(3));
    assert.is((await run()).ended.status, 'SUCCEEDED');
    front.reset();
    front.breakNext('DynamoDB.UpdateItem', ...times(5));
    const { ended, steps, item } = await run();
    toldOnce(ended, /DynamoDB\.InternalServerError/);
    assert.equal([steps, item], [[], null]);
  },
);

testWithPython('a failure that cannot be recorded is told all the same', async () => {
  const { ended, item } = await run((job) => {
    front.breakNext('DynamoDB.UpdateItem', ...(stepOf(job) === 'Gold' ? times(5) : []));
    return stepOf(job) === 'Gold' ? { ...done, status: 'Stopped' } : done;
  });
  // The first try of the job has broken five updates, the second one five more.
  toldOnce(ended, /it ended as Stopped/);
  assert.is(item?.status, 'started');
});

testWithPython('a failure that cannot be told is recorded, and ends as what others have to tell', async () => {
  front.answer('SNS.Publish', () => {
    throw new ServiceError('AuthorizationError', 'not allowed', 403);
  });
  const { ended, item } = await run(() => ({ ...done, status: 'Stopped' }));
  assert.equal([ended.status, ended.error, item?.status], ['FAILED', 'FailureUntold', 'failed']);
  assert.not.ok((TOLD_ERRORS as readonly string[]).includes('FailureUntold'));
  front.reset();
  front.breakNext('SNS.Publish', new ServiceError('Throttled', 'Rate exceeded', 429));
  toldOnce((await run(() => ({ ...done, status: 'Stopped' }))).ended);
});

testWithPython(
  'a value that is not allowed is a failure of the run; input without run or file is for the alarm to tell',
  async () => {
    const { ended, steps, item } = await run(() => done, { ...fresh(), mode: 'Train' });
    toldOnce(ended, /InputRefused.*mode \(train or score\)/);
    assert.equal([steps, item?.status], [[], undefined]);
    front.reset();
    for (const input of [{}, { run_id: 'a' }, { file_key: 'a' }]) {
      const refused = await run(() => done, input);
      assert.equal([refused.ended.error, refused.steps], ['InputRefused', []]);
    }
    assert.not.ok((TOLD_ERRORS as readonly string[]).includes('InputRefused'));
    assert.equal(front.messages, []);
  },
);

const bucket = names.buckets.data.name;
const late = { awsRequestId: 'request', getRemainingTimeInMillis: () => 60_000 };

testWithPython(
  'from the file to its end: the trigger starts a run once, and again when the last one has failed or was stopped',
  async () => {
    const s3 = new S3Client({ forcePathStyle: true });
    await s3.send(
      new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
    );
    const Key = 'raw/churn/_SUCCESS';
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: '\n' }));
    const arn = await cloud.make(machine);
    Object.assign(process.env, {
      ...{ PILOTLIGHT_BUCKET: bucket, PILOTLIGHT_RAW_PREFIX: 'raw/churn/', PILOTLIGHT_LOG_LEVEL: 'silent' },
      ...{ PILOTLIGHT_TABLE: names.manifest.name, PILOTLIGHT_MACHINE_ARN: arn },
    });
    const object = { key: Key, size: 0, sequencer: '0055AED6DCD90281E5' };
    const event = {
      source: 'aws.s3',
      'detail-type': 'Object Created',
      time: new Date().toISOString(),
      detail: { bucket: { name: bucket }, object },
    };
    const deliver = async () => {
      const [started] = (await trigger(event, late)).runs;
      const execution = `${arn.replace(':stateMachine:', ':execution:')}:${started?.run_id}`;
      return { ...started, ended: () => cloud.follow(execution), execution };
    };
    serveJobs(front, () => ({ ...done, status: 'Stopped' }));
    const first = await deliver();
    assert.is(first.outcome, 'started');
    assert.is((await first.ended()).error, 'PipelineFailed');
    const never = serveJobs(front, () => new Promise<JobOutcome>(() => {}));
    const second = await deliver();
    while (never.length === 0) await new Promise((go) => setTimeout(go, 20));
    assert.equal([(await deliver()).run_id, (await deliver()).outcome], [second.run_id, 'running']);
    await cloud.abort(second.execution);
    assert.is((await second.ended()).status, 'ABORTED');
    serveJobs(front, () => done);
    const third = await deliver();
    assert.is((await third.ended()).status, 'SUCCEEDED');
    assert.is(new Set([first.run_id, second.run_id, third.run_id]).size, 3);
    assert.is((await deliver()).outcome, 'done');
    const item = await manifest.read(third.file_key ?? '');
    assert.equal([item?.status, item?.run_id, item?.attempt], ['completed', third.run_id, '3']);
    assert.is(front.messages.length, 1, 'of the first run');
  },
);

test.run();
