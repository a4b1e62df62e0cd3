import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Keys } from '../../infra/components/keys.ts';
import { Registry } from '../../infra/components/registry.ts';
import { captureComponent, contextOf, of, one, STACKS, type Stack } from './mocks.ts';
import { decide } from './resourcePolicies.ts';

const make = (stack: Stack) =>
  captureComponent(() => {
    const context = contextOf(stack);
    new Registry('registry', { context, keys: new Keys('keys', { context }).arns });
  }, stack);

for (const stack of STACKS) {
  test(`${stack}: three repositories, immutable, scanned, under the stack's key`, async () => {
    const repositories = of(await make(stack), 'aws:ecr/repository:Repository');
    const names = ['dashboard', 'lambda', 'pipeline'].map((image) => `pilotlight-${stack}-${image}`);
    assert.equal(repositories.map(({ inputs }) => inputs.name).sort(), names);
    for (const { inputs, protect, unresolved } of repositories) {
      assert.match(inputs.name, /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/);
      assert.is(inputs.imageTagMutability, 'IMMUTABLE');
      assert.is(inputs.imageScanningConfiguration.scanOnPush, true);
      assert.is(inputs.encryptionConfigurations[0].encryptionType, 'KMS');
      assert.match(inputs.encryptionConfigurations[0].kmsKey, /^arn:aws:kms:.*:key\//);
      assert.is(inputs.forceDelete, stack === 'dev');
      assert.is(protect, stack !== 'dev');
      assert.equal(unresolved, []);
    }
  });
}

test('each repository forgets all but ten images, the rule for every tag last', async () => {
  const policies = of(await make('prod'), 'aws:ecr/lifecyclePolicy:LifecyclePolicy');
  assert.is(policies.length, 3);
  for (const { inputs } of policies) {
    const { rules } = JSON.parse(inputs.policy) as {
      rules: { rulePriority: number; selection: Record<string, unknown> }[];
    };
    const last = rules.toSorted((left, right) => left.rulePriority - right.rulePriority).at(-1);
    assert.equal(last?.selection, { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10 });
    assert.is(rules.filter(({ selection }) => selection.tagStatus === 'any').length, 1);
  }
});

test('only the account touches images, and Lambda those of functions of this stack', async () => {
  const resources = await make('dev');
  const { settings, names } = contextOf('dev');
  const policyOf = (image: string) =>
    one(resources, 'aws:ecr/repositoryPolicy:RepositoryPolicy', `${image}-images-policy`).inputs.policy;
  const pull = { action: 'ecr:BatchGetImage', resource: 'this repository' };
  const byFunction = (name: string) => ({
    ...pull,
    by: { service: 'lambda.amazonaws.com' },
    context: { 'aws:SourceArn': `arn:aws:lambda:${settings.region}:${settings.accountId}:function:${name}` },
  });
  for (const image of ['pipeline', 'lambda', 'dashboard']) {
    assert.is(decide(policyOf(image), { ...pull, by: { account: settings.accountId } }), 'allowed');
    assert.is(decide(policyOf(image), { ...pull, by: { account: '999999999999' } }), 'not allowed');
    const expected = image === 'lambda' ? 'allowed' : 'not allowed';
    assert.is(decide(policyOf(image), byFunction(names.functions.trigger.name)), expected, image);
    assert.is(decide(policyOf(image), byFunction('another')), 'not allowed');
    const remove = { ...pull, action: 'ecr:DeleteRepository', by: { account: settings.accountId } };
    assert.is(decide(policyOf(image), remove), 'not allowed');
  }
});

test.run();
