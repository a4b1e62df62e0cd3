import { existsSync } from 'node:fs';
import path from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readJson, remove, temporary } from '../folders.ts';
import { python, ROOT, testWithPython } from '../python.ts';
import { type Server, startMoto } from '../servers.ts';
import { getText, openS3 } from './executor/bucket.ts';
import { type Cloud, checkRequests, type Execution, keysUnder, putText, startExecution } from './executor/index.ts';
import { factOf, get, IMAGE, outputOf, pipelineOf, processing, training } from './toyPipeline.ts';

const TOY = { toy: [process.execPath, path.join(ROOT, 'tests/cloud/toyJob.ts')] };
const [IN, OUT] = ['/opt/ml/processing/input', '/opt/ml/processing/output/out'];
const work = temporary();
let moto: Server;
let cloud: Cloud;
let s3: ReturnType<typeof openS3>;
let runs = 0;

/** Runs steps under an id of their own. */
function run(steps: Parameters<typeof pipelineOf>[0], faults: Cloud['faults'] = () => undefined): Promise<Execution> {
  const id = `run${String(++runs).padStart(9, '0')}`;
  return startExecution({ pipeline: pipelineOf(steps), parameters: {}, id, cloud: { ...cloud, faults } });
}

const statuses = ({ steps }: Execution) =>
  Object.fromEntries(Object.entries(steps).map(([name, { status }]) => [name, status]));
const only = (execution: Execution, step: string) => {
  const [job, ...others] = execution.steps[step]?.jobs ?? [];
  if (!job || others.length > 0) throw new Error(`${step} has ${others.length + (job ? 1 : 0)} jobs`);
  return job;
};

test.before(async () => {
  if (python() === null) return;
  moto = await startMoto();
  cloud = { env: moto.env, images: { [IMAGE]: TOY }, work, grace_s: 0.5 };
  s3 = openS3(moto.env);
  await s3.send(
    new CreateBucketCommand({ Bucket: 'data', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
  );
  await putText(s3, 's3://data/raw/clie/a.txt', 'customers');
  await putText(s3, 's3://data/raw/clie/deep/b.txt', 'more');
  await putText(s3, 's3://data/raw/clients.txt', 'others');
});
test.after(async () => {
  s3?.destroy();
  await moto?.stop();
  remove(work);
});

testWithPython(
  'a job finds its inputs and its configuration, and what it leaves is where others are told',
  async () => {
    const execution = await run([
      processing('A', ['copy', `${IN}/raw`, OUT, 'copy', '/opt/ml/config', `${OUT}/config`], {
        inputs: { raw: 's3://data/raw/clie/' },
      }),
      training(
        'T',
        ['copy', '/opt/ml/input', '/opt/ml/model/in', 'write', '/opt/ml/model/model.txt', 'tree'],
        outputOf('A'),
      ),
      processing('B', ['copy', `${IN}/model`, OUT], {
        inputs: { model: get('Steps.T.ModelArtifacts.S3ModelArtifacts') },
      }),
    ]);
    assert.is(execution.status, 'Succeeded', JSON.stringify(execution.steps));
    assert.equal(execution.violations, []);
    assert.equal(checkRequests(execution), []);
    const model = `s3://data/T/${only(execution, 'T').name}/output/model`;
    assert.match(only(execution, 'T').name, /^pipelines-run000000001-T-\w{10}$/);
    const prefix = model.replace('s3://data/', '');
    assert.equal(await keysUnder(s3, model), [
      `${prefix}/in/config/hyperparameters.json`,
      `${prefix}/in/config/inputdataconfig.json`,
      `${prefix}/in/config/resourceconfig.json`,
      `${prefix}/in/data/splits/a.txt`,
      `${prefix}/in/data/splits/config/processingjobconfig.json`,
      `${prefix}/in/data/splits/config/resourceconfig.json`,
      `${prefix}/in/data/splits/deep/b.txt`,
      `${prefix}/model.txt`,
    ]);
    const read = async (name: string) => JSON.parse(await getText(s3, `${model}/in/${name}`));
    assert.equal(await read('config/hyperparameters.json'), { depth: '3' });
    assert.equal((await read('config/resourceconfig.json')).hosts, ['algo-1']);
    assert.equal(await read('data/splits/config/resourceconfig.json'), { current_host: 'algo-1', hosts: ['algo-1'] });
    assert.is((await read('data/splits/config/processingjobconfig.json')).ProcessingJobName, only(execution, 'A').name);
    assert.is(await getText(s3, `s3://data/B/${execution.id}/model.txt`), 'tree');
  },
);

testWithPython('a job has the environment of its request and of the account, and no other', async () => {
  process.env.PILOTLIGHT_OF_THE_TEST = 'yes';
  const environment = { PILOTLIGHT_RUN_ID: get('Execution.PipelineExecutionId') };
  const execution = await run([processing('E', ['environment', `${OUT}/env.json`], { environment })]);
  const found = JSON.parse(await getText(s3, `s3://data/E/${execution.id}/env.json`));
  const names = Object.keys(found).filter((name) => !(name in moto.env) && !name.startsWith('__'));
  assert.equal(names.sort(), ['HOME', 'PATH', 'PILOTLIGHT_ML_ROOT', 'PILOTLIGHT_RUN_ID', 'TMPDIR']);
  assert.is(found.PILOTLIGHT_RUN_ID, execution.id);
  delete process.env.PILOTLIGHT_OF_THE_TEST;
});

testWithPython('a fact of a step decides which branch runs', async () => {
  const PropertyFiles = [{ PropertyFileName: 'Facts', OutputName: 'out', FilePath: 'facts.json' }];
  const Conditions = [{ Type: 'Equals', LeftValue: factOf('A', 'drift'), RightValue: true }];
  const steps = (drift: boolean) => [
    processing('A', ['write', `${OUT}/facts.json`, JSON.stringify({ drift })], { more: { PropertyFiles } }),
    {
      Name: 'Gate',
      Type: 'Condition',
      Arguments: {
        Conditions,
        IfSteps: [{ Name: 'Stop', Type: 'Fail', Arguments: { ErrorMessage: 'drift found' } }],
        ElseSteps: [processing('On', ['write', `${OUT}/x`, 'x'])],
      },
    },
  ];
  const found = await run(steps(true));
  assert.is(found.status, 'Failed');
  assert.equal(statuses(found), { A: 'Succeeded', Gate: 'Succeeded', Stop: 'Failed', On: 'NotStarted' });
  assert.is(found.steps.Stop?.failureReason, 'drift found');
  const none = await run(steps(false));
  assert.equal(statuses(none), { A: 'Succeeded', Gate: 'Succeeded', Stop: 'NotStarted', On: 'Succeeded' });
});

testWithPython('a job that fails tells why, nothing after it starts, and what it left is uploaded', async () => {
  const execution = await run([
    processing('A', ['write', `${OUT}/half`, 'x', 'say', 'bad file: /a: correct it', 'exit', '2']),
    processing('B', [], { inputs: { a: outputOf('A') } }),
    training('T', ['say', 'one class only', 'exit', '2'], 's3://data/raw/clie/'),
  ]);
  assert.equal(statuses(execution), { A: 'Failed', B: 'NotStarted', T: 'Failed' });
  const job = only(execution, 'A');
  assert.equal([job.status, job.exitMessage, job.exitCodes], ['Failed', 'bad file: /a: correct it', [2]]);
  assert.match(String(job.failureReason), /^AlgorithmError: See job logs.* exit code: 2$/);
  assert.is(execution.steps.T?.failureReason, 'AlgorithmError: one class only, exit code: 2');
  assert.equal(await keysUnder(s3, `s3://data/A/${execution.id}/`), [`A/${execution.id}/half`]);
  assert.equal(execution.violations, []);
});

testWithPython('an input that is not there, an image that is not there: the job never runs', async () => {
  const [bare] = [processing('A', [])];
  const other = {
    ...bare,
    Arguments: {
      ...(bare.Arguments as object),
      AppSpecification: { ImageUri: 'nope', ContainerEntrypoint: ['toy'] },
    },
  };
  const reasons = async (step: Parameters<typeof pipelineOf>[0][0]) => (await run([step])).steps.A?.failureReason;
  assert.match(
    String(await reasons(processing('A', [], { inputs: { raw: 's3://data/nowhere' } }))),
    /^ClientError: .*"s3:\/\/data\/nowhere".*\(input raw\)$/,
  );
  assert.match(
    String(await reasons(processing('A', [], { inputs: { raw: 's3://no-bucket/x' } }))),
    /s3:\/\/no-bucket\/x: NoSuchBucket/,
  );
  assert.match(String(await reasons(other)), /Cannot find the image nope/);
});

testWithPython(
  'what the job must not do is seen: a changed input, a replaced mount, a prefix that others share',
  async () => {
    const execution = await run([
      processing('A', ['write', `${IN}/raw/a.txt`, 'mine', 'remove', OUT, 'write', `${OUT}/x`, 'x'], {
        inputs: { raw: 's3://data/raw/clie/' },
      }),
    ]);
    const name = only(execution, 'A').name;
    assert.equal(execution.violations, [
      `${name}: processing/output/out was changed or replaced`,
      `${name}: processing/input/raw was changed or replaced`,
    ]);
    const shared = await run([processing('A', [], { inputs: { raw: 's3://data/raw/cli' } })]);
    assert.match(shared.violations.join(), /the prefix s3:\/\/data\/raw\/cli is that of raw\/clie\/a\.txt too/);
  },
);

testWithPython('a job whose time is up is stopped, and killed when it does not end', async () => {
  const { steps } = await run([processing('A', ['wait', '60000'], { limit_s: 1 })]);
  assert.equal([steps.A?.jobs[0]?.status, steps.A?.failureReason], ['Stopped', 'MaxRuntimeExceeded: 1 s']);
});

testWithPython(
  'a lost machine and a service at its limit are tried again as the policies say; a killed job is not',
  async () => {
    const tries = { IntervalSeconds: 10, BackoffRate: 2, MaxAttempts: 2 };
    const more = {
      RetryPolicies: [
        { ExceptionType: ['Step.THROTTLING'], ...tries },
        { ExceptionType: ['SageMaker.JOB_INTERNAL_ERROR'], ...tries },
      ],
    };
    const step = processing('A', ['write', `${OUT}/x`, 'x', 'wait', '400'], { more });
    const lost = { kind: 'machine lost', after_ms: 200 } as const;
    const busy = { kind: 'refused', exception: 'Step.THROTTLING' } as const;
    const faults = [lost, busy, lost];
    const again = await run([step], ({ attempt }) => faults[attempt - 1]);
    assert.is(again.status, 'Succeeded');
    assert.equal(again.steps.A?.waits_s, [10, 10, 20]);
    assert.equal(
      again.steps.A?.jobs.map(({ status }) => status),
      ['Failed', 'Failed', 'Completed'],
    );
    assert.is(new Set(again.steps.A?.jobs.map(({ name }) => name)).size, 3);
    const never = await run([step], () => busy);
    assert.equal([never.status, never.steps.A?.waits_s], ['Failed', [10, 20]]);
    const killed = await run([step], () => ({ kind: 'killed', after_ms: 200 }));
    assert.equal([killed.status, killed.steps.A?.jobs.length, only(killed, 'A').exitCodes], ['Failed', 1, [137]]);
  },
);

testWithPython('several machines: each has all inputs and knows the others', async () => {
  const execution = await run([
    processing('A', ['copy', `${IN}/raw`, OUT], { inputs: { raw: 's3://data/raw/clie/' }, hosts: 2 }),
  ]);
  const { name, exitCodes } = only(execution, 'A');
  assert.equal(exitCodes, [0, 0]);
  const config = (host: string) => readJson(work, name, host, 'ml/config/resourceconfig.json');
  assert.equal(config('algo-2'), { current_host: 'algo-2', hosts: ['algo-1', 'algo-2'] });
  assert.ok(existsSync(path.join(work, name, 'algo-2/ml/processing/input/raw/deep/b.txt')));
});

test.run();
