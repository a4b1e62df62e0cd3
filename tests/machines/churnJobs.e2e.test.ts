/**
 * The churn machine on moto's Step Functions, and its jobs really run: each is the container's command as a process, in a `/opt/ml` of its own,
 * with S3 and the model registry in moto. What is in the bucket in the end is what a run on one machine makes, byte for byte. The stand-in
 * for SageMaker Processing is that of the pipeline's executor; the registry's model packages are moto's.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { openRegistry } from '@pilotlight/registry';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { churnMachine } from '../../infra/components/churnMachine.ts';
import { codeVersion } from '../../infra/components/jobOptions.ts';
import { loadChurnConfig } from '../../pipelines/churn/config.ts';
import { AS_OF, generateCustomers, succeed } from '../churn/churnRun.ts';
import { downloadPrefix, keysUnder, putFolder } from '../cloud/executor/bucket.ts';
import { runJob } from '../cloud/executor/runJob.ts';
import type { Fault } from '../cloud/executor/types.ts';
import { hashes, remove, temporary } from '../folders.ts';
import { contextOf } from '../infra/mocks.ts';
import { python, ROOT, testWithPython } from '../python.ts';
import { type Cloud, type Ended, startCloud } from './cloud.ts';
import { type Any, throttled } from './front.ts';
import { type Job, serveJobs, stepOf } from './jobsStandIn.ts';
import { Manifest } from './manifest.ts';

const context = contextOf('dev');
const { names, settings } = context;
const IMAGE = settings.images.pipeline;
const BUCKET = `s3://${names.buckets.data.name}`;
const GROUP = names.modelGroups.churn.name;
const PLACE = {
  dataKeyArn: 'arn:aws:kms:eu-west-1:111111111111:key/data',
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupId: 'sg-0123456789abcdef0',
  roleArn: names.roles.sagemaker.arn,
  trackingUri: 'none',
};
const machine = churnMachine(context, PLACE);
const SETTINGS = { as_of: AS_OF, config_uri: `${BUCKET}/tmp/config/churn.json` };
const newFile = () => ({ run_id: crypto.randomUUID(), file_key: `raw/churn/_SUCCESS#${crypto.randomUUID()}` });
const folder = temporary();
const at = (...parts: string[]) => path.join(folder, ...parts);
test.after(() => remove(folder));

/** Null without Python: then every test is skipped. */
const cloud = (python() ? await startCloud() : null) as Cloud;
const { front } = cloud ?? {};
const s3 = new S3Client({ forcePathStyle: true });
const manifest = new Manifest(names.manifest.name);
if (cloud) {
  await prepare();
  test.before.each(() => front.reset());
  test.after(() => cloud.stop());
}

/** Raw files and a configuration that trains in seconds, here and in the bucket. */
async function prepare(): Promise<void> {
  await manifest.make();
  await cloud.makeTopic(names.alerts.name);
  const place = { LocationConstraint: 'eu-west-1' } as const;
  await s3.send(new CreateBucketCommand({ Bucket: names.buckets.data.name, CreateBucketConfiguration: place }));
  generateCustomers(at('raw'), 300, 5);
  const sets = ['modeling.boosting.rounds=60', 'modeling.promotion.pr_auc_min=0.05'];
  mkdirSync(at('config'));
  writeFileSync(at('config/churn.json'), JSON.stringify(loadChurnConfig({ sets }).value));
  await putFolder(s3, at('raw'), `${BUCKET}/raw/churn`);
  await putFolder(s3, at('config'), `${BUCKET}/tmp/config`);
}

/** Runs the machine; its jobs end as their processes do. */
async function run(input: Any, fault: (job: Job, attempt: number) => Fault | undefined = () => undefined) {
  const violations: string[] = [];
  const place = {
    env: { ...cloud.env, AWS_ENDPOINT_URL: cloud.motoUrl },
    images: { [IMAGE]: { pilotlight: [process.execPath, path.join(ROOT, 'pipelines/cli.ts')] } },
    work: at('work'),
  };
  const jobs = serveJobs(front, async (job, attempt) => {
    const end = await runJob(job, place, s3, fault(job, attempt));
    violations.push(...end.violations);
    return end.record;
  });
  const ended = await cloud.run(machine, input);
  assert.equal(violations, []);
  return { ended, steps: jobs.map(stepOf), item: await manifest.read(input.file_key) };
}

/** Files in the bucket by their SHA-256, as a run on one machine has them in its folder. */
async function outputsOf(runId: string, name: string): Promise<Record<string, string>> {
  for (const layer of ['bronze', 'silver', 'gold', 'models', 'scored', 'monitoring'])
    await downloadPrefix(s3, `${BUCKET}/${layer}/${runId}`, at(name, layer));
  for (const output of ['evaluation', 'registration', 'recommendations'])
    await downloadPrefix(s3, `${BUCKET}/scored/${output}/${runId}`, at(name, output));
  return hashes(at(name));
}

const local = (out: string, mode: string) => {
  process.env.PILOTLIGHT_CODE_VERSION = codeVersion(IMAGE);
  const options = ['--as-of', AS_OF, '--mode', mode, '--config', at('config/churn.json'), '--registry', at('registry')];
  succeed('run', 'churn', '--data', at('raw'), '--out', at(out), ...options, '--param', `ModelGroup=${GROUP}`);
  return hashes(at(out));
};
const succeeded = ({ status, cause }: Ended) => assert.is(status, 'SUCCEEDED', cause);

testWithPython('train: whatever happens on the way, what is left is what one machine makes', async () => {
  front.breakNext('SageMaker.CreateProcessingJob', throttled(), throttled());
  const lost: Fault = { kind: 'machine lost', after_ms: 300 };
  const file = newFile();
  const { ended, steps, item } = await run({ ...file, ...SETTINGS, mode: 'train' }, (job, attempt) =>
    stepOf(job) === 'Gold' && attempt === 1 ? lost : undefined,
  );
  succeeded(ended);
  assert.equal(steps, [
    'Bronze',
    'Silver',
    'Gold',
    'Gold',
    'Train',
    'Evaluate',
    'Register',
    'Score',
    'Recommend',
    'DriftCheck',
  ]);
  assert.is(item?.status, 'completed');
  assert.equal(await outputsOf(file.run_id, 'trained'), local('out', 'train'));
});

testWithPython('the registry has the same model, and it is the champion', async () => {
  await downloadPrefix(s3, `${BUCKET}/models/registry`, at('cloud-registry'));
  const artifacts = (name: string) =>
    Object.entries(hashes(at(name))).flatMap(([file, hash]) => {
      const [, artifact] = /^[^/]+\/.*?artifacts\/(.+)$/.exec(file) ?? [];
      return artifact === undefined ? [] : [`${artifact} ${hash}`];
    });
  assert.ok(artifacts('registry').some((one) => one.startsWith('model.txt ')));
  assert.equal(artifacts('cloud-registry'), artifacts('registry'));
  const versions = async (uri: string) => {
    const listed = await openRegistry(uri).list(GROUP);
    return listed.map(({ version, status, modelSha256 }) => [version, status, modelSha256]);
  };
  const local = await versions(at('registry'));
  assert.equal([local.length, local[0]?.[1]], [1, 'approved']);
  assert.equal(await versions(`${BUCKET}/models/registry`), local);
});

testWithPython(
  'score with the champion; a run whose jobs were killed leaves nothing, and the same file is run again',
  async () => {
    const file = newFile();
    const killed = await run({ ...file, ...SETTINGS }, () => ({ kind: 'killed', after_ms: 300 }));
    assert.equal([killed.ended.error, killed.steps], ['PipelineFailed', ['Bronze', 'Bronze']]);
    assert.is(killed.item?.status, 'failed');
    assert.match(killed.item?.error ?? '', /JobFailed.*exit code: 137/);
    assert.is(front.messages.length, 1);
    assert.equal(await keysUnder(s3, `${BUCKET}/bronze/${file.run_id}`), []);
    const again = { ...file, run_id: crypto.randomUUID() };
    const { ended, steps, item } = await run({ ...again, ...SETTINGS });
    succeeded(ended);
    assert.equal(steps, ['Bronze', 'Silver', 'Gold', 'Score', 'Recommend', 'DriftCheck']);
    assert.equal([item?.status, item?.run_id, item?.error], ['completed', again.run_id, undefined]);
    assert.equal(await outputsOf(again.run_id, 'scored-again'), local('out-score', 'score'));
  },
);

testWithPython('what a step refuses is one line, from the job to the manifest to the message', async () => {
  const uri = `${BUCKET}/tmp/no-such-config`;
  const { ended, item } = await run({ ...newFile(), ...SETTINGS, config_uri: uri });
  assert.is(ended.error, 'PipelineFailed');
  const { Cause } = JSON.parse(item?.error ?? '');
  assert.match(Cause, /-Bronze-[0-9a-f]{8}: .*tmp\/no-such-config.* \(AlgorithmError: .*exit code: 2\)$/);
  assert.not.match(Cause, /\n|at file:/);
  const { error } = JSON.parse(front.messages[0]?.Message ?? '');
  assert.equal([front.messages.length, error.Cause], [1, Cause]);
});

test.run();
