import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { securityBaseline } from '../../infra/policies/index.ts';
import { factsOf } from '../../infra/policies/policy.ts';
import { judge } from './judge.ts';
import {
  type Captured,
  type CapturedResource,
  captureStack,
  contextOf,
  of,
  pathsOf,
  providerOf,
  STACKS,
  type Stack,
  valuesOf,
} from './mocks.ts';
import { outline, resourcesTable } from './resourcesTable.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const UPDATE = process.env.UPDATE_SNAPSHOTS === '1';

const stacks = new Map<Stack, Captured>();
for (const stack of STACKS) stacks.set(stack, await captureStack(stack));
const of_ = (stack: Stack): Captured => stacks.get(stack) as Captured;

/** Compares with a file that is kept, or writes it where that is asked for. */
function kept(file: string, now: string): void {
  const place = path.join(ROOT, file);
  if (UPDATE) writeFileSync(place, now);
  const before = existsSync(place) ? readFileSync(place, 'utf8') : '';
  assert.fixture(now, before, `${file} is stale: run this test with UPDATE_SNAPSHOTS=1, and look at what changed`);
}

/** How long a name may be, where AWS says so and a stack's prefix could reach it. */
const NAME_LENGTH_MAX: Record<string, number> = {
  'aws:s3/bucket:Bucket': 63,
  'aws:iam/role:Role': 64,
  'aws:iam/policy:Policy': 128,
  'aws:iam/rolePolicy:RolePolicy': 128,
  'aws:lambda/function:Function': 64,
  'aws:sfn/stateMachine:StateMachine': 80,
  'aws:scheduler/schedule:Schedule': 64,
  'aws:sqs/queue:Queue': 80,
  'aws:sns/topic:Topic': 256,
  'aws:dynamodb/table:Table': 255,
  'aws:lb/loadBalancer:LoadBalancer': 32,
  'aws:lb/targetGroup:TargetGroup': 32,
  'aws:ecr/repository:Repository': 256,
  'aws:ecs/cluster:Cluster': 255,
  'aws:cloudwatch/metricAlarm:MetricAlarm': 255,
  'aws:cloudwatch/eventRule:EventRule': 64,
  'aws:cloudwatch/logGroup:LogGroup': 512,
  'aws:kms/alias:Alias': 256,
  'aws:budgets/budget:Budget': 100,
  'aws:ec2/securityGroup:SecurityGroup': 255,
};
const SAGEMAKER_NAME_LENGTH_MAX = 63;

const NAME_KEYS = [
  'name',
  'bucket',
  'domainName',
  'spaceName',
  'userProfileName',
  'pipelineName',
  'modelPackageGroupName',
  'trackingServerName',
  'studioLifecycleConfigName',
  'dashboardName',
  'family',
];
/** Types whose `name` or `bucket` is that of another resource, or need not be unique by itself. */
const NAMED_AFTER =
  /^aws:(s3\/bucket[A-Z]\w*|iam\/rolePolicy|appautoscaling\/\w+|cloudwatch\/eventTarget|ecr\/\w+Policy):/;

function physicalName({ type, inputs }: CapturedResource): string | undefined {
  if (NAMED_AFTER.test(type)) return undefined;
  return NAME_KEYS.map((key) => inputs[key]).find((value) => typeof value === 'string');
}

for (const stack of STACKS) {
  const { resources, outputs, secretOutputs, calls } = of_(stack);
  const made = resources.filter(({ custom, adopted }) => custom && !adopted);

  test(`${stack}: names, types, parents and dependencies are those that were reviewed`, () => {
    kept(`tests/infra/snapshots/${stack}.txt`, outline(resources));
  });

  test(`${stack}: every reference is resolved`, () => {
    const lost = resources.flatMap(({ name, type, unresolved }) => unresolved.map((at) => `${type} ${name}: ${at}`));
    assert.equal(lost, []);
    const odd = /\bundefined\b|\[object |Calling \[to(String|JSON)\]|\bNaN\b|04da6b54-80e4-46f7-96ec-b56ff0331ba9/;
    const found = resources.flatMap(({ name, type, inputs }) =>
      pathsOf(inputs).flatMap(({ at, value }) =>
        odd.test(String(value)) ? [`${type} ${name}: ${at} = ${value}`] : [],
      ),
    );
    assert.equal(found, []);
  });

  test(`${stack}: every dependency and every parent is there, and nothing waits for itself`, () => {
    const urns = new Set(resources.map(({ urn }) => urn));
    assert.is(urns.size, resources.length, 'a URN twice');
    const lost = resources.flatMap(({ urn, parent, dependencies }) =>
      [...dependencies, ...(parent === null ? [] : [parent])].filter((other) => !urns.has(other) || other === urn),
    );
    assert.equal(lost, []);
  });

  test(`${stack}: physical names are unique, bear the stack, and are not too long`, () => {
    const faults: string[] = [];
    const taken = new Map<string, string>();
    for (const resource of made) {
      const name = physicalName(resource);
      if (name === undefined) continue;
      const most =
        NAME_LENGTH_MAX[resource.type] ??
        (resource.type.startsWith('aws:sagemaker/') ? SAGEMAKER_NAME_LENGTH_MAX : 255);
      if (name.length > most) faults.push(`${resource.type} ${name}: ${name.length} characters, at most ${most}`);
      const key = `${resource.type} ${name}`;
      if (taken.has(key)) faults.push(`${key}: of ${taken.get(key)} and of ${resource.name}`);
      taken.set(key, resource.name);
    }
    assert.equal(faults, []);
    assert.ok(taken.size > 30, `${taken.size} physical names`);
  });

  test(`${stack}: nothing has a name that AWS or Pulumi makes up where another stack could meet it`, () => {
    const prefix = contextOf(stack).names.prefix;
    const foreign = made.flatMap((resource) => {
      const name = physicalName(resource);
      const isOwn =
        name === undefined || name.includes(prefix) || resource.type === 'aws:sagemaker/userProfile:UserProfile';
      return isOwn ? [] : [`${resource.type} ${name}`];
    });
    assert.equal(foreign, []);
    const nameless = made.filter(({ type, inputs }) => type in NAME_LENGTH_MAX && !inputs.name && !inputs.bucket);
    assert.equal(
      nameless.map(({ type, name }) => `${type} ${name}`),
      [],
    );
  });

  test(`${stack}: no secret in plain sight`, () => {
    assert.equal(secretOutputs, []);
    const plain = [...pathsOf(outputs), ...resources.flatMap(({ inputs }) => pathsOf(inputs))];
    const looksSecret = /BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|aws_secret_access_key|xox[bp]-/;
    assert.equal(
      plain.filter(({ value }) => looksSecret.test(String(value))).map(({ at }) => at),
      [],
    );
    for (const { at, value } of pathsOf(outputs)) {
      assert.ok(['string', 'number', 'boolean'].includes(typeof value), `${at} is not a plain value`);
      assert.not.match(at, /secret|password|token/i);
    }
    assert.ok(Object.keys(outputs).length >= 10, Object.keys(outputs).join(', '));
  });

  test(`${stack}: one provider makes everything, in the stack's account, with the tags of its cost`, () => {
    const { settings } = contextOf(stack);
    const { urn, inputs } = providerOf(resources);
    const astray = made.filter(({ type, provider }) => type.startsWith('aws:') && !provider.startsWith(urn));
    assert.equal(
      astray.map(({ name, type }) => `${type} ${name}`),
      [],
    );
    assert.equal(
      calls.filter(({ provider }) => !provider.startsWith(urn)),
      [],
    );
    assert.equal(JSON.parse(inputs.allowedAccountIds), [settings.accountId]);
    assert.is(inputs.region, settings.region);
    const { tags } = JSON.parse(inputs.defaultTags);
    assert.equal(tags, { project: 'pilotlight', stack, owner: settings.owner, 'cost-centre': settings.costCentre });
  });

  test(`${stack}: components are named by the contract, and all that is made is part of one`, () => {
    const components = resources.filter(({ custom, type }) => !custom && type !== 'pulumi:pulumi:Stack');
    assert.equal(
      components.filter(({ type }) => !/^energy:[a-z]+:[A-Z]\w+$/.test(type)).map(({ type }) => type),
      [],
    );
    const roots = made.filter(({ parent }) => /::pulumi:pulumi:Stack::/.test(parent ?? ''));
    assert.equal(
      roots.map(({ type }) => type),
      ['pulumi:providers:aws'],
    );
    const byIndex = resources.filter(({ name }) => /[-_]\d+$/.test(name) && !/\d+-\d+-\d+-\d+-\d+$/.test(name));
    assert.equal(
      byIndex.map(({ name }) => name),
      [],
      'a name that ends in an index moves when the list does',
    );
  });
}

for (const stack of STACKS) {
  test(`${stack}: what works with a role waits for the role's policies, so that the first update finds them`, () => {
    const { resources } = of_(stack);
    const waits = reachable(resources);
    const users = resources.flatMap((resource) => rolesOf(resource).map((role) => ({ resource, role })));
    assert.ok(users.length >= 8, `${users.length} users of roles`);
    const early = users.flatMap(({ resource, role }) => {
      const policies = of(resources, 'aws:iam/rolePolicy:RolePolicy').filter(({ inputs }) =>
        role.endsWith(`:role/${inputs.role}`),
      );
      // Some are written when what they speak of is there: the connector, MLflow.
      const missing = policies.filter(
        ({ urn, name }) => !/-(tracking|connector)$/.test(name) && !waits(resource.urn).has(urn),
      );
      return missing.map(({ name }) => `${resource.type} ${resource.name} does not wait for ${name}`);
    });
    assert.equal(early, []);
  });
}

/** ARNs of the roles that something is made with and checks them. */
function rolesOf({ type, inputs }: CapturedResource): string[] {
  const roles: Record<string, unknown[]> = {
    'aws:sfn/stateMachine:StateMachine': [inputs.roleArn],
    'aws:lambda/function:Function': [inputs.role],
    'aws:scheduler/schedule:Schedule': [inputs.target?.roleArn],
    'aws:sagemaker/pipeline:Pipeline': [inputs.roleArn],
    'aws:sagemaker/mlflowApp:MlflowApp': [inputs.roleArn],
    'aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer': [inputs.roleArn],
  };
  return (roles[type] ?? []).filter((role): role is string => typeof role === 'string');
}

/** All that something waits for, directly or not. */
function reachable(resources: readonly CapturedResource[]): (urn: string) => Set<string> {
  const direct = new Map(resources.map(({ urn, dependencies }) => [urn, dependencies]));
  return (start) => {
    const found = new Set<string>();
    for (const open = [start]; open.length > 0; ) {
      for (const next of direct.get(open.pop() as string) ?? []) {
        if (!found.has(next)) open.push(next);
        found.add(next);
      }
    }
    return found;
  };
}

test('a stack made twice is the same, in whatever order', async () => {
  const again = await captureStack('prod');
  assert.is(outline(again.resources), outline(of_('prod').resources));
  const inputsOf = ({ resources }: Captured) => new Map(resources.map(({ urn, inputs }) => [urn, inputs]));
  assert.equal(inputsOf(again), inputsOf(of_('prod')));
});

test('stacks differ by values only: what dev and prod both make, they make of the same parts', () => {
  const partsOf = (stack: Stack) =>
    new Set(of_(stack).resources.map(({ name, type }) => `${type} ${name}`.replace(stack, 'STACK')));
  const dev = partsOf('dev');
  const prod = partsOf('prod');
  const onlyDev = [...dev].filter((part) => !prod.has(part));
  assert.equal(onlyDev, [], 'prod has all that dev has');
});

test('prod protects what holds data; dev can be destroyed', () => {
  const types = [
    'aws:s3/bucket:Bucket',
    'aws:dynamodb/table:Table',
    'aws:kms/key:Key',
    'aws:ecr/repository:Repository',
    'aws:sagemaker/domain:Domain',
  ];
  for (const type of types) {
    assert.equal(
      of(of_('prod').resources, type)
        .filter(({ protect }) => !protect)
        .map(({ name }) => name),
      [],
    );
    assert.equal(
      of(of_('dev').resources, type)
        .filter(({ protect }) => protect)
        .map(({ name }) => name),
      [],
    );
    assert.ok(of(of_('prod').resources, type).length > 0, type);
  }
  assert.equal(
    of_('dev')
      .resources.filter(({ protect }) => protect)
      .map(({ name }) => name),
    [],
  );
  for (const { inputs, name } of of(of_('dev').resources, 'aws:s3/bucket:Bucket'))
    assert.is(inputs.forceDestroy, true, name);
});

const ADOPTED = {
  vpcId: 'vpc-0123456789abcdef0',
  privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  publicSubnetIds: ['subnet-0123456789abcdef2', 'subnet-0123456789abcdef3'],
};

test('what is there already is adopted, not made', async () => {
  const { storage, studio, github } = valuesOf('prod');
  const oidcProvider = {
    existing: { arn: 'arn:aws:iam::333333333333:oidc-provider/token.actions.githubusercontent.com' },
  };
  const overrides = {
    storage: { ...storage, dataBucket: { existing: { name: 'raw-files-of-ours' } } },
    network: { existing: ADOPTED },
    studio: { ...studio, domain: { existing: { domainId: 'd-abcdefghijkl' } } },
    github: { ...github, oidcProvider },
  };
  const { resources, calls } = await captureStack('prod', overrides);
  assert.equal(judge(securityBaseline(factsOf(contextOf('prod', overrides).settings)), resources), []);
  assert.equal(
    calls.filter(({ provider }) => provider === ''),
    [],
  );
  assert.equal(
    resources.flatMap(({ name, unresolved }) => unresolved.map((at) => `${name}: ${at}`)),
    [],
  );
  const madeOf = (type: string) =>
    of(resources, type)
      .filter(({ adopted }) => !adopted)
      .map(({ inputs }) => inputs.bucket ?? type);
  assert.equal(madeOf('aws:ec2/vpc:Vpc'), []);
  assert.equal(madeOf('aws:ec2/subnet:Subnet'), []);
  assert.equal(madeOf('aws:sagemaker/domain:Domain'), []);
  assert.equal(madeOf('aws:iam/openIdConnectProvider:OpenIdConnectProvider'), []);
  assert.is(madeOf('aws:s3/bucket:Bucket').includes('raw-files-of-ours'), false);
  const texts = JSON.stringify(resources.map(({ inputs }) => inputs));
  for (const known of [
    'raw-files-of-ours',
    'd-abcdefghijkl',
    ADOPTED.privateSubnetIds[0] ?? '',
    ADOPTED.publicSubnetIds[0] ?? '',
  ]) {
    assert.ok(texts.includes(known), `${known} is used`);
  }
});

test('a tracking server is made where the configuration says so', async () => {
  const { resources } = await captureStack('dev', { tracking: { kind: 'server', size: 'Small', version: '3.0' } });
  assert.is(of(resources, 'aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer').length, 1);
  assert.is(of(resources, 'aws:sagemaker/mlflowApp:MlflowApp').length, 0);
});

test('docs/platform-resources.md says what each stack makes and costs', () => {
  const all = new Map(STACKS.map((stack) => [stack, of_(stack).resources]));
  kept('docs/platform-resources.md', resourcesTable(all));
});

test.run();
