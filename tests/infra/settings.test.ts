import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readSettings } from '../../infra/config.ts';
import { parseSettings, SettingsError } from '../../infra/settings.ts';
import { runProgram } from './engine.ts';
import { type Inputs, STACKS, type Stack, valuesOf } from './mocks.ts';

const PROGRAM = { pwd: 'infra', entry: 'index.ts' };

/** Lines of the refusal, without its head. */
function faultsOf(stack: Stack, overrides: Inputs): string[] {
  try {
    parseSettings({ ...valuesOf(stack, overrides), stack });
  } catch (error) {
    assert.instance(error, SettingsError);
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

const withIn = (stack: Stack, key: string, changes: Inputs): Inputs => ({
  [key]: { ...valuesOf(stack)[key], ...changes },
});

for (const stack of STACKS) {
  test(`${stack}: the file of the stack is taken as it is`, () => {
    assert.equal(faultsOf(stack, {}), []);
  });
}

test('values that are left out have the documented defaults', () => {
  const settings = parseSettings({ ...valuesOf('dev'), stack: 'dev' });
  assert.is(settings.storage.bronzeToInfrequentAfterDays, 90);
  assert.is(settings.storage.scoredExpiresAfterDays, 365);
  assert.is(settings.storage.tmpExpiresAfterDays, 7);
  assert.is(settings.churn.retrainSchedule, 'cron(0 6 ? * MON *)');
  assert.is(settings.segmentation.timezone, 'Europe/Madrid');
});

type Case = { what: string; stack?: Stack; overrides: () => Inputs; keys: string[] };

const IMAGES = valuesOf('dev').images as Inputs;
const CREATE = { cidr: '10.20.0.0/16', zones: 2, natGateways: 1 };
const SUBNETS = ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'];
const LONELY = { vpcId: 'vpc-0123456789abcdef0', privateSubnetIds: SUBNETS.slice(1), publicSubnetIds: SUBNETS };

const CASES: Case[] = [
  { what: 'an unknown key', overrides: () => ({ natGateways: 1 }), keys: ['pilotlight:natGateways'] },
  {
    what: 'an unknown key inside of another',
    overrides: () => withIn('dev', 'storage', { colour: 'blue' }),
    keys: ['pilotlight:storage.colour'],
  },
  {
    what: 'a baseline that is no folder of a bucket',
    overrides: () => withIn('dev', 'segmentation', { baselineFeaturesUri: 's3://data/' }),
    keys: ['pilotlight:segmentation.baselineFeaturesUri'],
  },
  {
    what: 'models of a baseline that is not named',
    overrides: () => withIn('dev', 'segmentation', { baselineModelsUri: 's3://data/models' }),
    keys: ['pilotlight:segmentation.baselineModelsUri'],
  },
  { what: 'a key that is missing', overrides: () => ({ monitoring: undefined }), keys: ['pilotlight:monitoring'] },
  {
    what: 'a CIDR block with a part over 255',
    overrides: () => ({ network: { create: { ...CREATE, cidr: '10.300.0.0/16' } } }),
    keys: ['pilotlight:network.create.cidr'],
  },
  {
    what: 'a CIDR block too small for the subnets',
    overrides: () => ({ network: { create: { ...CREATE, cidr: '10.20.0.0/24' } } }),
    keys: ['pilotlight:network.create.cidr'],
  },
  {
    what: 'a CIDR block with host bits',
    overrides: () => ({ network: { create: { ...CREATE, cidr: '10.20.1.0/16' } } }),
    keys: ['pilotlight:network.create.cidr'],
  },
  {
    what: 'more NAT gateways than zones',
    overrides: () => ({ network: { create: { ...CREATE, natGateways: 3 } } }),
    keys: ['pilotlight:network.create.natGateways'],
  },
  {
    what: 'a serverless MLflow that jobs cannot reach',
    overrides: () => ({ network: { create: { ...CREATE, natGateways: 0 } } }),
    keys: ['pilotlight:network.create.natGateways'],
  },
  {
    what: 'an adopted VPC with one subnet',
    overrides: () => ({ network: { existing: LONELY } }),
    keys: ['pilotlight:network.existing.privateSubnetIds'],
  },
  {
    what: 'a task of a size that Fargate has not',
    stack: 'prod',
    overrides: () => withIn('prod', 'dashboard', { cpu: 256, memoryMb: 4096 }),
    keys: ['pilotlight:dashboard.memoryMb'],
  },
  {
    what: 'no NAT gateway beside the MLflow app',
    overrides: () => ({ network: { create: { ...CREATE, natGateways: 0 } } }),
    keys: ['pilotlight:network.create.natGateways'],
  },
  {
    what: 'more NAT gateways than zones',
    overrides: () => ({ network: { create: { ...CREATE, natGateways: 3 } } }),
    keys: ['pilotlight:network.create.natGateways'],
  },
  {
    what: 'a CIDR block with host bits',
    overrides: () => ({ network: { create: { ...CREATE, cidr: '10.20.1.0/16' } } }),
    keys: ['pilotlight:network.create.cidr'],
  },
  {
    what: 'a dashboard without a certificate',
    stack: 'prod',
    overrides: () => withIn('prod', 'dashboard', { certificateArn: undefined }),
    keys: ['pilotlight:dashboard.certificateArn'],
  },
  {
    what: 'SFTP without host keys',
    stack: 'prod',
    overrides: () => withIn('prod', 'ingest', { trustedHostKeys: [] }),
    keys: ['pilotlight:ingest.trustedHostKeys'],
  },
  {
    what: 'a host key with a comment',
    stack: 'prod',
    overrides: () => withIn('prod', 'ingest', { trustedHostKeys: ['ssh-ed25519 AAAA someone@somewhere'] }),
    keys: ['pilotlight:ingest.trustedHostKeys.0'],
  },
  {
    what: 'prod without reviewers',
    stack: 'prod',
    overrides: () => withIn('prod', 'github', { reviewers: [] }),
    keys: ['pilotlight:github.reviewers'],
  },
  {
    what: 'prod with open ingress',
    stack: 'prod',
    overrides: () => withIn('prod', 'dashboard', { allowedCidrs: ['0.0.0.0/0'], openToTheWorld: true }),
    keys: ['pilotlight:dashboard.openToTheWorld'],
  },
  {
    what: 'open ingress by the way',
    stack: 'staging',
    overrides: () => withIn('staging', 'dashboard', { allowedCidrs: ['192.0.2.0/24', '0.0.0.0/0'] }),
    keys: ['pilotlight:dashboard.allowedCidrs'],
  },
  {
    what: 'an image by tag',
    overrides: () => ({
      images: { ...IMAGES, lambda: '111111111111.dkr.ecr.eu-west-1.amazonaws.com/pilotlight-dev-lambda:latest' },
    }),
    keys: ['pilotlight:images.lambda'],
  },
  {
    what: 'prod that protects nothing',
    stack: 'prod',
    overrides: () => ({ protect: false }),
    keys: ['pilotlight:protect'],
  },
  {
    what: 'prod that throws data away',
    stack: 'prod',
    overrides: () => withIn('prod', 'storage', { forceDestroy: true }),
    keys: ['pilotlight:storage.forceDestroy'],
  },
  {
    what: 'prod without anybody to hear alarms',
    stack: 'prod',
    overrides: () => withIn('prod', 'monitoring', { emails: [] }),
    keys: ['pilotlight:monitoring.emails'],
  },
  {
    what: 'prod with Studio on the internet',
    stack: 'prod',
    overrides: () => withIn('prod', 'studio', { networkAccess: 'PublicInternetOnly' }),
    keys: ['pilotlight:studio.networkAccess'],
  },
  {
    what: 'an account id of eleven digits',
    overrides: () => ({ accountId: '11111111111' }),
    keys: ['pilotlight:accountId'],
  },
  {
    what: 'a sign-in over plain HTTP',
    stack: 'prod',
    overrides: () =>
      withIn('prod', 'dashboard', {
        signIn: { ...valuesOf('prod').dashboard.signIn, tokenEndpoint: 'http://login.example.com' },
      }),
    keys: ['pilotlight:dashboard.signIn.tokenEndpoint'],
  },
];

for (const { what, stack = 'dev', overrides, keys } of CASES) {
  test(`${stack}: refuses ${what}, by the key's name`, () => {
    const faults = faultsOf(stack, overrides());
    assert.is(faults.length, keys.length, faults.join('\n'));
    for (const key of keys) {
      assert.ok(
        faults.some((fault) => fault.startsWith(key) && fault.length > key.length + 2),
        `${key} is not named in: ${faults.join('\n')}`,
      );
    }
  });
}

test('several faults are listed together, each with its key', () => {
  const faults = faultsOf('prod', {
    ...withIn('prod', 'github', { reviewers: [] }),
    ...withIn('prod', 'studio', { networkAccess: 'PublicInternetOnly' }),
    protect: false,
  });
  const keys = faults.map((fault) => fault.split(': ')[0]);
  assert.equal(keys.sort(), ['pilotlight:github.reviewers', 'pilotlight:protect', 'pilotlight:studio.networkAccess']);
});

test('faults of shape are listed together, each with its key', () => {
  const faults = faultsOf('dev', {
    owner: 'nobody',
    region: 'Ireland',
    colour: 'blue',
    images: { ...IMAGES, pipeline: 'a:b' },
  });
  const keys = faults.map((fault) => fault.split(': ')[0]);
  assert.equal(keys.sort(), [
    'pilotlight:colour',
    'pilotlight:images.pipeline',
    'pilotlight:owner',
    'pilotlight:region',
  ]);
});

test('the bag of Pulumi is read whole: texts as they are, all else as JSON', () => {
  const values = valuesOf('dev');
  const bag = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      `pilotlight:${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  assert.equal(
    readSettings({ ...bag, 'aws:region': 'eu-west-3' }, 'pilotlight', 'dev'),
    parseSettings({ ...values, stack: 'dev' }),
  );
  assert.throws(() => readSettings({ ...bag, 'pilotlight:stack': 'prod' }, 'pilotlight', 'dev'), /pilotlight:stack/);
  assert.throws(
    () => readSettings({ ...bag, 'pilotlight:colour': 'blue' }, 'pilotlight', 'dev'),
    /pilotlight:colour: no such key/,
  );
  assert.throws(
    () => readSettings({ ...bag, 'pilotlight:network': '{"create":' }, 'pilotlight', 'dev'),
    /pilotlight:network/,
  );
});

test('a refused configuration ends the program before any resource', async () => {
  const ran = await runProgram('dev', valuesOf('dev', { colour: 'blue', owner: 'nobody' }), PROGRAM);
  assert.is.not(ran.code, 0);
  assert.equal(
    ran.resources.map(({ type }) => type),
    ['pulumi:pulumi:Stack'],
  );
  const said = ran.errors.join('\n');
  assert.match(said, /pilotlight:colour: no such key/);
  assert.match(said, /pilotlight:owner: /);
  assert.not.match(said, /\bat \w+ \(/, 'no stack trace');
});

test.run();
