import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = resolve(import.meta.dirname, '../..');
const SCRIPT = `
  import { Command } from 'commander';
  import { addCompileCommand } from './pipelines/commands/compile.ts';
  const program = new Command('pilotlight').exitOverride();
  addCompileCommand(program);
  try {
    await program.parseAsync(process.argv.slice(1), { from: 'user' });
  } catch (error) {
    process.stderr.write(error.name + ': ' + error.message + '\\n');
    process.exitCode = 2;
  }`;

function compile(...args: string[]) {
  const command = ['--input-type=module', '--eval', SCRIPT, '--', 'compile', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8' });
  return { status, stderr, json: stdout === '' ? undefined : JSON.parse(stdout) };
}

test('each pipeline as what it runs as; what is not set shows by its name', () => {
  for (const name of ['segmentation', 'segmentation-score']) {
    const { json, stderr } = compile(name);
    assert.is(json?.Version, '2020-12-01', stderr);
    assert.is(json.Steps[0].Arguments.RoleArn, 'ROLE_ARN');
    assert.equal(json.Steps[0].Arguments.AppSpecification.ContainerEntrypoint.slice(0, 3), [
      'pilotlight',
      'step',
      name,
    ]);
  }
  const { json, stderr } = compile('churn');
  assert.is(json?.StartAt, 'Defaults', stderr);
  assert.is(json.States.MarkStarted.Parameters.TableName, 'MANIFEST_TABLE');
  assert.is(json.States.Bronze.Parameters.ProcessingInputs[0].S3Input.S3Uri, 's3://BUCKET/raw');
});

test('settings: of jobs, of the machine, tags, and parameters', () => {
  const set = ['roleArn=arn:r', 'subnetIds=a,b', 'volumeGb=7', 'cache=30d', 'tag.stack=dev', 'stack=dev'];
  const { json, stderr } = compile(
    'segmentation',
    ...[...set, 'DriftThreshold=0.5'].flatMap((pair) => ['--set', pair]),
  );
  assert.ok(json, stderr);
  const [step] = json.Steps;
  assert.is(step.Arguments.RoleArn, 'arn:r');
  assert.is(step.Arguments.Environment.PILOTLIGHT_STACK, 'dev');
  assert.equal(step.Arguments.NetworkConfig.VpcConfig.Subnets, ['a', 'b']);
  assert.is(step.Arguments.ProcessingResources.ClusterConfig.VolumeSizeInGB, 7);
  assert.equal(step.CacheConfig, { Enabled: true, ExpireAfter: '30d' });
  assert.equal(step.Arguments.Tags, [{ Key: 'stack', Value: 'dev' }]);
  const threshold = json.Parameters.find(({ Name }: { Name: string }) => Name === 'DriftThreshold');
  assert.is(threshold.DefaultValue, 0.5);
  const churn = compile('churn', '--set', 'tableName=t', '--set', 'bucketUri=s3://b/p', '--set', 'alertTopicArn=arn:t');
  assert.is(churn.json?.States.MarkStarted.Parameters.TableName, 't', churn.stderr);
  assert.is(churn.json.States.Bronze.Parameters.ProcessingInputs[0].S3Input.S3Uri, 's3://b/p/raw');
  assert.is(churn.json.States.AlertFailure.Parameters.TopicArn, 'arn:t');
});

test('refused in one line that says what and where', () => {
  const cases: [string[], RegExp][] = [
    [['segmentation', '--set', 'Nope=1'], /nothing is called Nope: --set: use one of roleArn, /],
    [['segmentation', '--set', 'ConfigUri='], /ConfigUri is empty: --set: /],
    [['segmentation', '--set', 'volumeGb=big'], /volumeGb is big: --set: give a whole number above 0/],
    [['segmentation', '--set', 'DriftThreshold=x'], /"x" is no Float: segmentation parameter DriftThreshold/],
    [['segmentation', '--set', 'bucketUri=b'], /bad bucketUri "b": write s3:\/\/BUCKET/],
    [['segmentation', '--target', 'asl'], /no value for ClieInputUri, .*: pipeline segmentation/],
    [['churn', '--target', 'sagemaker'], /Score: its input registration may be left out/],
    [['segmentation', '--set', 'codeVersion=2026-01-31T10:00:00'], /a moment in time.*: compiled JSON/],
  ];
  for (const [args, said] of cases) {
    const { status, stderr, json } = compile(...args);
    assert.is(status, 2, args.join(' '));
    assert.match(stderr, said);
    assert.match(stderr, /^InputError: [^\n]+\n$/);
    assert.is(json, undefined);
  }
  assert.match(compile('other').stderr, /Allowed choices are segmentation, segmentation-score, churn/);
});

test.run();
