import * as pulumi from '@pulumi/pulumi';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Identity } from '../../infra/components/identity.ts';
import { boundaryOf, GITHUB_ROLES, POLICIES, type RoleName } from '../../infra/iam/index.ts';
import { type CapturedResource, captureComponent, contextOf, type Inputs, STACKS, type Stack } from './mocks.ts';

const DATA_KEY = 'arn:aws:kms:eu-west-1:111111111111:key/data';
const LOGS_KEY = 'arn:aws:kms:eu-west-1:111111111111:key/logs';

async function make(
  stack: Stack,
  overrides: Inputs = {},
  then: (identity: Identity) => void = () => undefined,
): Promise<CapturedResource[]> {
  const { Identity: Made } = await import('../../infra/components/identity.ts');
  const context = contextOf(stack, overrides);
  const keys = { data: pulumi.output(DATA_KEY), logs: pulumi.output(LOGS_KEY) };
  return captureComponent(() => then(new Made('identity', { context, keys })), stack);
}

const ofType = (resources: CapturedResource[], type: string) => resources.filter((one) => one.type === type);
const roles = (resources: CapturedResource[]) => ofType(resources, 'aws:iam/role:Role');
const text = (one: CapturedResource | undefined, key: string) => String(one?.inputs[key]);

for (const stack of STACKS) {
  test(`${stack}: every role, by its name, with its policies beside it`, async () => {
    const resources = await make(stack);
    const { names } = contextOf(stack);
    const made = roles(resources);
    assert.equal(
      made.map((role) => text(role, 'name')).sort(),
      Object.values(names.roles)
        .map(({ name }) => name)
        .sort(),
    );
    const inline = ofType(resources, 'aws:iam/rolePolicy:RolePolicy');
    const attached = ofType(resources, 'aws:iam/rolePolicyAttachment:RolePolicyAttachment');
    for (const role of made) {
      const own = [...inline, ...attached].filter(({ inputs }) => inputs.role === role.inputs.name);
      assert.ok(own.length > 0, text(role, 'name'));
    }
    assert.ok(attached.every(({ inputs }) => inputs.role === names.roles.deploy.name));
  });

  test(`${stack}: work runs under the boundary, GitHub's roles do not`, async () => {
    const context = contextOf(stack);
    const free = GITHUB_ROLES.map((role) => context.names.roles[role].name);
    for (const role of roles(await make(stack))) {
      const boundary = role.inputs.permissionsBoundary;
      if (free.includes(text(role, 'name'))) assert.is(boundary, undefined);
      else assert.match(String(boundary), new RegExp(boundaryOf(context).name), text(role, 'name'));
    }
  });

  test(`${stack}: no policy of AWS is attached`, async () => {
    const resources = await make(stack);
    for (const { inputs } of ofType(resources, 'aws:iam/rolePolicyAttachment:RolePolicyAttachment')) {
      assert.not.match(String(inputs.policyArn), /arn:aws:iam::aws:policy/);
    }
    assert.ok(roles(resources).every(({ inputs }) => inputs.managedPolicyArns === undefined));
  });

  test(`${stack}: policies are JSON that names the data key, names are within their length`, async () => {
    const resources = await make(stack);
    const documents = ofType(resources, 'aws:iam/rolePolicy:RolePolicy').concat(
      ofType(resources, 'aws:iam/policy:Policy'),
    );
    for (const one of documents) {
      const document = JSON.parse(text(one, 'policy'));
      assert.is(document.Version, '2012-10-17', one.name);
      assert.ok(text(one, 'name').length <= 128, one.name);
    }
    assert.ok(documents.some((one) => text(one, 'policy').includes(DATA_KEY)));
    assert.ok(roles(resources).every((role) => text(role, 'name').length <= 64));
    const names = resources.map(({ urn }) => urn);
    assert.is(new Set(names).size, names.length);
  });
}

test('children have readable names, the same whatever the keys are', async () => {
  const resources = await make('dev');
  const names = resources.map(({ name }) => name);
  for (const role of Object.keys(POLICIES) as RoleName[]) {
    const child = role.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    assert.ok(names.includes(child), child);
  }
  assert.ok(names.includes('sagemaker-data'));
  assert.ok(
    names.every((name) => /^[a-z][a-z-]*$/.test(name)),
    names.join(' '),
  );
});

test("GitHub's provider is made, or adopted and then not touched", async () => {
  const { github } = contextOf('dev').settings;
  const type = 'aws:iam/openIdConnectProvider:OpenIdConnectProvider';
  const made = await make('dev', { github: { ...github, oidcProvider: { create: true } } });
  const [provider] = ofType(made, type);
  assert.is(provider?.inputs.url, 'https://token.actions.githubusercontent.com');
  assert.equal(provider?.inputs.clientIdLists, ['sts.amazonaws.com']);
  const arn = 'arn:aws:iam::222222222222:oidc-provider/token.actions.githubusercontent.com';
  const adopted = await make('dev', { github: { ...github, oidcProvider: { existing: { arn } } } });
  assert.is(ofType(adopted, type).length, 0);
  const deploy = roles(adopted).find(({ name }) => name === 'deploy');
  assert.equal(JSON.parse(text(deploy, 'assumeRolePolicy')).Statement[0].Principal, { Federated: arn });
});

test('what has an id only once it exists is allowed then, by that id', async () => {
  const app = 'arn:aws:sagemaker:eu-west-1:111111111111:mlflow-app/app-0123456789AB';
  const connector = 'arn:aws:transfer:eu-west-1:111111111111:connector/c-0123456789abcdef0';
  const resources = await make('dev', {}, (identity) => {
    identity.allowTracking(pulumi.output(app));
    identity.allowConnector(pulumi.output(connector));
  });
  const policy = (name: string) =>
    text(
      resources.find((one) => one.name === name),
      'policy',
    );
  assert.ok(policy('sagemaker-tracking').includes(app));
  assert.ok(policy('lambda-tracking').includes(app));
  assert.ok(policy('states-connector').includes(connector));
  assert.ok(policy('lambda-connector').includes(connector));
});

test('others can wait for the policies of a role', async () => {
  let waited: Record<string, number> = {};
  await make('dev', {}, ({ policies }) => {
    waited = Object.fromEntries(Object.entries(policies).map(([role, made]) => [role, made.length]));
  });
  assert.equal(Object.keys(waited).sort(), Object.keys(POLICIES).sort());
  assert.ok(Object.values(waited).every((count) => count > 0));
});

test.run();
