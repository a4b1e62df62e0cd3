/** `pilotlight registry ... --registry s3://...`, as a person types it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import { text } from 'node:stream/consumers';
import { openStore } from '@pilotlight/artifacts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { python, skip } from '../python.ts';
import { requestOf, sha256 } from './folder.ts';
import { type Opened, S3_URI, sageMakerPlace } from './places.ts';

const CLI = path.resolve(import.meta.dirname, '../../pipelines/cli.ts');

const place = sageMakerPlace();
let opened: Opened;

async function pilotlight(action: string, ...given: string[]) {
  const args = [CLI, 'registry', action, ...given];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { stdout, stderr, status };
}

/** What the command prints; it must end well. */
async function output(action: string, ...given: string[]): Promise<string> {
  const { status, stdout, stderr } = await pilotlight(action, '--registry', S3_URI, ...given);
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  return stdout;
}

/** The line that the command refuses with; it must end with 2 and print nothing else. */
async function refused(registry: string, action: string, ...given: string[]): Promise<string> {
  const { status, stdout, stderr } = await pilotlight(action, '--registry', registry, ...given);
  assert.is(status, 2, stderr);
  assert.is(stdout, '');
  assert.match(stderr, /^pilotlight: [^\n]*\n$/);
  return stderr.slice('pilotlight: '.length, -1);
}

const decision = (version: number) => ['--model-version', String(version), '--reason', 'by hand', '--by', 'eva'];

if (python() === null) skip('the command on SageMaker', 'no Python with tests/python/requirements.txt');
else {
  test.before(async () => {
    await place.start();
    opened = await place.open(() => new Date(Date.UTC(2025, 0, 1)));
    const { registry, at } = opened;
    await registry.register(requestOf(at('artifacts'), 'a', { status: 'approved', by: 'train', reason: 'gate' }));
    await registry.register(requestOf(at('artifacts'), 'b'));
  });
  test.after(async () => {
    await opened.close();
    await place.stop();
  });

  test('list, show, champion, history', async () => {
    assert.match(await output('list'), /\n +1 +approved +2025-01-01T00:00:00\.000Z +train +0\.7100 /);
    assert.match(await output('show', '--model-version', '2'), /^churn version 2: pending\n/);
    const champion = JSON.parse(await output('champion', '--json'));
    assert.is(champion.model_sha256, sha256('model a'));
    assert.is(champion.folder, `${S3_URI}/churn/${champion.digest}/artifacts`);
    assert.match(await output('history'), /\n1 +2025-01-01T00:00:00\.000Z +register +1 +approved +1 +train +gate\n/);
  });

  test('approve and reject', async () => {
    assert.is(await output('approve', ...decision(2)), 'churn version 2 is the champion\n');
    assert.is(await output('approve', ...decision(2)), 'churn version 2 is the champion\n');
    assert.match(await refused(S3_URI, 'reject', ...decision(2)), /^version 2 is the champion: group churn: /);
    const back = await output('reject', ...decision(2), '--force');
    assert.is(back, 'churn version 2 is rejected; the champion is version 1\n');
    assert.is(JSON.parse(await output('history', '--json')).length, 4);
  });

  test('bad input is one line', async () => {
    assert.is(
      await refused(S3_URI, 'list', '--group', 'chrun'),
      `the registry has no group chrun: ${S3_URI}: choose one that it has: churn`,
    );
    assert.match(await refused(S3_URI, 'champion', '--group', 'a/b'), /^the group has a name that cannot be used: /);
    assert.match(
      await refused('s3://pilotlight-nowhere/registry', 'list'),
      /^no such bucket: s3:\/\/pilotlight-nowhere/,
    );
    assert.match(await refused('s3://', 'list'), /^"" is no bucket's name/);
    assert.match(await refused('gs://models', 'list'), /^this names no registry: "gs:\/\/models": give a folder, s3:/);
    place.api.denied.add('UpdateModelPackage');
    assert.match(
      await refused(S3_URI, 'approve', ...decision(2), '--force'),
      /: allow sagemaker:UpdateModelPackage to /,
    );
    place.api.denied.clear();
    const { digest } = await opened.registry.version('churn', 1);
    await openStore(S3_URI).write(`churn/${digest}/artifacts/model.txt`, 'another');
    assert.match(await refused(S3_URI, 'champion'), /^a file of churn version 1 was changed .*: s3:.*\/model\.txt: /);
  });
}

test.run();
