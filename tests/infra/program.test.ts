import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { securityBaseline } from '../../infra/policies/index.ts';
import { runProgram } from './engine.ts';
import { factsOfStack } from './judge.ts';
import { type CapturedResource, captureStack, of, one, STACKS, valuesOf } from './mocks.ts';
import { PolicyServer } from './policyServer.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const project = parse(readFileSync(path.join(ROOT, 'Pulumi.yaml'), 'utf8'));

/** Where Pulumi goes with `main`: into a folder, or to a file in its folder. */
function programOf(main: string): { pwd: string; entry: string } {
  return statSync(path.join(ROOT, main)).isDirectory()
    ? { pwd: main, entry: '.' }
    : { pwd: path.dirname(main), entry: path.basename(main) };
}

/** What is registered, whatever the order. */
const registered = (resources: readonly CapturedResource[]) =>
  new Map(resources.map(({ urn, inputs, protect, dependencies }) => [urn, { inputs, protect, dependencies }]));

test('Pulumi.yaml leaves TypeScript to Node', () => {
  assert.is(project.name, 'pilotlight');
  assert.is(project.runtime.name, 'nodejs');
  // Otherwise Pulumi's runner registers a compiler that knows nothing of TypeScript 7.
  assert.is(project.runtime.options.typescript, false);
});

for (const stack of STACKS) {
  test(`${stack}: Pulumi's own program runner runs the program, and registers what the tests see`, async () => {
    const [ran, seen] = [await runProgram(stack, valuesOf(stack), programOf(project.main)), await captureStack(stack)];
    assert.is(ran.code, 0, `${ran.stderr}\n${ran.errors.join('\n')}`);
    assert.equal(ran.errors, []);
    assert.is(ran.resources.length, seen.resources.length);
    const [real, mocked] = [registered(ran.resources), registered(seen.resources)];
    assert.equal([...real.keys()].sort(), [...mocked.keys()].sort());
    for (const [urn, resource] of mocked) assert.equal(real.get(urn), resource, urn);
    assert.equal(ran.outputs, JSON.parse(JSON.stringify(seen.outputs)));
  });
}

test("the policy pack is served by Pulumi's own runner, with every policy mandatory", async () => {
  const server = await PolicyServer.start('infra/policies', 'dev', valuesOf('dev'));
  try {
    const policies = await server.policies();
    assert.equal(
      policies.map(({ name }) => name).sort(),
      securityBaseline(factsOfStack('dev'))
        .map(({ name }) => name)
        .sort(),
    );
    assert.equal(
      policies.filter(({ mandatory }) => !mandatory),
      [],
    );
  } finally {
    server.stop();
  }
});

test('the policy pack passes a good stack and stops a broken one', async () => {
  const server = await PolicyServer.start('infra/policies', 'dev', valuesOf('dev'));
  try {
    const { resources } = await captureStack('dev');
    const made = resources.filter(({ adopted }) => !adopted);
    for (const resource of made) assert.equal(await server.analyze(resource), [], resource.urn);
    assert.equal(await server.analyzeStack(resources), []);

    const key = one(resources, 'aws:kms/key:Key', 'data-key');
    key.inputs.enableKeyRotation = false;
    const [said] = await server.analyze(key);
    assert.is(said?.policy, 'key-rotates');
    assert.is(said?.mandatory, true);
    assert.match(said?.message ?? '', /never rotates: set enableKeyRotation/);

    const bare = resources.filter(({ name }) => name !== 'data-versioning');
    const [missed] = await server.analyzeStack(bare);
    assert.is(missed?.policy, 'bucket-versioned');
    assert.is(missed?.urn, one(resources, 'aws:s3/bucket:Bucket', 'data-bucket').urn);
  } finally {
    server.stop();
  }
});

test('what a preview does not know does not make a policy advice', async () => {
  const server = await PolicyServer.start('infra/policies', 'dev', valuesOf('dev'));
  try {
    const { resources } = await captureStack('dev');
    const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
    for (const { inputs } of of(resources, 'aws:s3/bucketPolicy:BucketPolicy'))
      Object.assign(inputs, { bucket: unknown, policy: unknown });
    for (const { inputs } of of(
      resources,
      'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration',
    )) {
      inputs.rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId = unknown;
    }
    const key = one(resources, 'aws:kms/key:Key', 'data-key');
    Object.assign(key.inputs, { policy: unknown, enableKeyRotation: false });
    assert.equal(await server.analyzeStack(resources), []);
    assert.equal(
      (await server.analyze(key)).map(({ policy, mandatory }) => ({ policy, mandatory })),
      [{ policy: 'key-rotates', mandatory: true }],
    );
  } finally {
    server.stop();
  }
});

test.run();
