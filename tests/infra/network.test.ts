import * as aws from '@pulumi/aws';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Keys } from '../../infra/components/keys.ts';
import { Network } from '../../infra/components/network.ts';
import { planNatGateways, planSubnets, zoneAt } from '../../infra/components/networkPlan.ts';
import { PORT } from '../../pipelines/trainingMachines.ts';
import {
  type CapturedResource,
  captureComponent,
  contextOf,
  type Inputs,
  nameOf,
  of,
  one,
  STACKS,
  type Stack,
} from './mocks.ts';
import { decide, type Request } from './resourcePolicies.ts';

const ENDPOINT = 'aws:ec2/vpcEndpoint:VpcEndpoint';
const GROUP = 'aws:ec2/securityGroup:SecurityGroup';
const INGRESS = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule';
const EGRESS = 'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule';
const BOUNDARY = 'arn:aws:iam::111111111111:policy/boundary';
const EXISTING = {
  existing: {
    vpcId: 'vpc-0123456789abcdef0',
    privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    publicSubnetIds: ['subnet-0123456789abcdef2', 'subnet-0123456789abcdef3'],
  },
};
const SERVICES = [
  'ecr.api',
  'ecr.dkr',
  'logs',
  'sts',
  'secretsmanager',
  'sagemaker.api',
  'sagemaker.runtime',
  'states',
  'kms',
  'monitoring',
  'sns',
];

const make = (stack: Stack, overrides: Inputs = {}, look?: (network: Network) => void) =>
  captureComponent(() => {
    const context = contextOf(stack, overrides);
    const keys = new Keys('keys', { context });
    const network = new Network('network', { context, keys: keys.arns, boundaryArn: BOUNDARY });
    look?.(network);
  }, stack);

const create = (zones: number, natGateways: number, cidr = '10.20.0.0/16') => ({
  network: { create: { cidr, zones, natGateways } },
  // Without a way to the internet, jobs reach no MLflow app.
  ...(natGateways === 0 ? { tracking: { kind: 'server', size: 'Small', version: '2.16' } } : {}),
});

const egressOf = (resources: CapturedResource[]) =>
  of(resources, EGRESS)
    .filter(({ inputs }) => inputs.referencedSecurityGroupId === undefined)
    .map(({ inputs }) => inputs.cidrIpv4 ?? inputs.prefixListId);

/** First and last address of a block, as numbers: worked out apart from the program. */
function rangeOf(cidr: string): [number, number] {
  const [address = '', bits = ''] = cidr.split('/');
  const first = Buffer.from(address.split('.').map(Number)).readUInt32BE();
  return [first, first + 2 ** (32 - Number(bits)) - 1];
}

test('a block is cut as by hand', () => {
  assert.equal(planSubnets('10.20.0.0/16', 2), [
    { letter: 'a', privateCidr: '10.20.0.0/18', publicCidr: '10.20.192.0/20' },
    { letter: 'b', privateCidr: '10.20.64.0/18', publicCidr: '10.20.208.0/20' },
  ]);
  assert.equal(planSubnets('172.31.240.0/20', 3), [
    { letter: 'a', privateCidr: '172.31.240.0/22', publicCidr: '172.31.252.0/24' },
    { letter: 'b', privateCidr: '172.31.244.0/22', publicCidr: '172.31.253.0/24' },
    { letter: 'c', privateCidr: '172.31.248.0/22', publicCidr: '172.31.254.0/24' },
  ]);
});

test('subnets of any block lie within it, apart from one another, and stay when a zone is added', () => {
  for (let bits = 16; bits <= 20; bits += 1) {
    const cidr = `10.96.0.0/${bits}`;
    const [first, last] = rangeOf(cidr);
    const ranges = planSubnets(cidr, 3).flatMap(({ privateCidr, publicCidr }) => [
      rangeOf(privateCidr),
      rangeOf(publicCidr),
    ]);
    const ordered = ranges.toSorted(([left], [right]) => left - right);
    ordered.forEach(([start, end], index) => {
      assert.ok(start >= first && end <= last, cidr);
      assert.ok(index === 0 || start > (ordered[index - 1]?.[1] ?? 0), cidr);
    });
    assert.equal(planSubnets(cidr, 2), planSubnets(cidr, 3).slice(0, 2));
  }
});

test('blocks that AWS would refuse are refused by name', () => {
  const refused: [string, number, RegExp][] = [
    ['10.0.0.0/8', 2, /network\.create\.cidr.*\/16 and \/20/],
    ['10.0.0.0/21', 2, /network\.create\.cidr/],
    ['10.20.0.1/16', 2, /starts at 10\.20\.0\.0/],
    ['10.20.0.0', 2, /not a block/],
    ['10.20.0/16', 2, /not a block/],
    ['10.20.0.256/16', 2, /not a block/],
    ['10.20.0.0/16', 4, /network\.create\.zones/],
    ['10.20.0.0/16', 0, /network\.create\.zones/],
  ];
  for (const [cidr, zones, message] of refused) assert.throws(() => planSubnets(cidr, zones), message, cidr);
  assert.throws(() => planNatGateways(2, 3), /network\.create\.natGateways/);
  assert.throws(() => zoneAt(['eu-west-9a'], 'b'), /network\.create\.zones.*1 zones/);
});

test('zones are taken in the order of their names', () => {
  assert.is(zoneAt(['ap-northeast-1d', 'ap-northeast-1a', 'ap-northeast-1c'], 'b'), 'ap-northeast-1c');
});

test('each zone goes out by its own gateway, or by one of those there are', () => {
  assert.equal(planNatGateways(3, 0), [null, null, null]);
  assert.equal(planNatGateways(3, 1), ['a', 'a', 'a']);
  assert.equal(planNatGateways(3, 2), ['a', 'b', 'a']);
  assert.equal(planNatGateways(3, 3), ['a', 'b', 'c']);
});

for (const stack of STACKS) {
  const zones = stack === 'prod' ? 3 : 2;
  const gateways = { dev: 1, staging: 1, prod: 3 }[stack];
  test(`${stack}: ${zones} zones, ${gateways} NAT gateways, private subnets without a public address`, async () => {
    const resources = await make(stack);
    const vpc = one(resources, 'aws:ec2/vpc:Vpc').inputs;
    assert.is(vpc.enableDnsSupport && vpc.enableDnsHostnames, true);
    const subnets = of(resources, 'aws:ec2/subnet:Subnet');
    assert.is(subnets.length, 2 * zones);
    assert.is(new Set(subnets.map(({ inputs }) => inputs.cidrBlock)).size, 2 * zones);
    assert.ok(subnets.every(({ inputs }) => inputs.mapPublicIpOnLaunch === false));
    assert.ok(subnets.every(({ ignoreChanges }) => ignoreChanges.includes('availabilityZone')));
    assert.is(of(resources, 'aws:ec2/natGateway:NatGateway').length, gateways);
    assert.is(of(resources, 'aws:ec2/eip:Eip').length, gateways);
    assert.is(of(resources, 'aws:ec2/routeTable:RouteTable').length, zones + 1);
    assert.is(of(resources, 'aws:ec2/route:Route').length, 1 + (gateways > 0 ? zones : 0));
    assert.is(of(resources, 'aws:ec2/routeTableAssociation:RouteTableAssociation').length, 2 * zones);
    assert.equal(
      resources.flatMap(({ unresolved }) => unresolved),
      [],
    );
  });
}

test('only public subnets have a way to the internet without a NAT gateway', async () => {
  const resources = await make('dev', create(2, 0));
  const routes = of(resources, 'aws:ec2/route:Route');
  assert.equal(
    routes.map(({ name }) => name),
    ['public-internet'],
  );
});

test('the default security group is closed', async () => {
  const { inputs } = one(await make('dev'), 'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup');
  assert.equal([inputs.ingress, inputs.egress], [[], []]);
});

test('jobs are let in by one another alone, and reach the VPC, S3, DynamoDB, and the internet only by NAT', async () => {
  for (const [natGateways, internet] of [
    [0, false],
    [2, true],
  ] as const) {
    const resources = await make('dev', create(2, natGateways));
    const rules = of(resources, EGRESS).filter(({ inputs }) => inputs.referencedSecurityGroupId === undefined);
    assert.ok(
      rules.every(({ inputs }) => inputs.ipProtocol === 'tcp' && inputs.fromPort === 443 && inputs.toPort === 443),
    );
    const targets = egressOf(resources);
    assert.ok(targets.includes('10.20.0.0/16'));
    assert.is(targets.filter((target) => target.startsWith('pl-')).length, 2);
    assert.is(targets.includes('0.0.0.0/0'), internet);
    assert.is(targets.length, internet ? 4 : 3);
    const ingress = of(resources, INGRESS);
    const byNetwork = ingress.filter(({ inputs }) => inputs.referencedSecurityGroupId === undefined);
    assert.equal(
      byNetwork.map(({ name, inputs }) => [name, inputs.cidrIpv4, inputs.fromPort]),
      [['endpoints-from-vpc', '10.20.0.0/16', 443]],
    );
  }
});

test('machines of one training reach one another, encrypted as SageMaker encrypts, on the port where they listen', async () => {
  for (const overrides of [{}, { network: EXISTING }]) {
    const resources = await make('prod', overrides);
    for (const kind of [INGRESS, EGRESS]) {
      const among = of(resources, kind).filter(({ inputs }) => inputs.referencedSecurityGroupId !== undefined);
      for (const { propertyDependencies } of among) {
        const { securityGroupId, referencedSecurityGroupId } = propertyDependencies;
        assert.equal(
          [securityGroupId, referencedSecurityGroupId].flat().map((urn) => nameOf(urn ?? '')),
          ['jobs-security-group', 'jobs-security-group'],
        );
      }
      assert.equal(among.map(({ inputs }) => [inputs.ipProtocol, inputs.fromPort, inputs.toPort]).sort(), [
        ['50', undefined, undefined],
        ['tcp', PORT, PORT],
        ['udp', 500, 500],
      ]);
    }
  }
});

test('security groups are named within the limits of AWS, and hold no inline rules', async () => {
  for (const { inputs } of of(await make('prod'), GROUP)) {
    assert.ok(inputs.name.length <= 255 && !inputs.name.startsWith('sg-'));
    assert.match(inputs.description, /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/);
    assert.is(inputs.ingress ?? inputs.egress, undefined);
  }
});

test('endpoints: gateways on every private table, interfaces with private DNS, in every zone only in prod', async () => {
  for (const stack of STACKS) {
    const resources = await make(stack);
    const endpoints = of(resources, ENDPOINT);
    const gateways = endpoints.filter(({ inputs }) => inputs.vpcEndpointType === 'Gateway');
    const interfaces = endpoints.filter(({ inputs }) => inputs.vpcEndpointType === 'Interface');
    assert.equal(gateways.map(({ inputs }) => inputs.serviceName).sort(), [
      'com.amazonaws.eu-west-1.dynamodb',
      'com.amazonaws.eu-west-1.s3',
    ]);
    assert.equal(
      interfaces.map(({ inputs }) => inputs.serviceName).sort(),
      [...SERVICES, ...(contextOf(stack).settings.ingest ? ['transfer'] : [])]
        .map((service) => `com.amazonaws.eu-west-1.${service}`)
        .sort(),
    );
    const zones = stack === 'prod' ? 3 : 2;
    assert.ok(gateways.every(({ inputs }) => inputs.routeTableIds.length === zones));
    assert.ok(interfaces.every(({ inputs }) => inputs.privateDnsEnabled === true));
    assert.ok(interfaces.every(({ inputs }) => inputs.subnetIds.length === (stack === 'prod' ? 3 : 1)));
  }
});

test('an MLflow tracking server has an endpoint of its own', async () => {
  const resources = await make('dev', { tracking: { kind: 'server', size: 'Small', version: '3.0' } });
  assert.is(one(resources, ENDPOINT, 'mlflow-endpoint').inputs.serviceName, 'aws.sagemaker.eu-west-1.experiments');
});

test('nothing passes an endpoint by foreign credentials, nor to what is foreign', async () => {
  const account = '111111111111';
  for (const { name, inputs } of of(await make('dev'), ENDPOINT)) {
    const action = `${JSON.parse(inputs.policy).Statement[0].Action[0].split(':')[0]}:Anything`;
    const pass = (principal: string, owner: string) => {
      const context = { 'aws:PrincipalAccount': principal, 'aws:ResourceAccount': owner };
      const request: Request = { by: { account: principal }, action, resource: 'arn:aws:any:::thing', context };
      return decide(inputs.policy, request);
    };
    assert.is(pass(account, account), 'allowed', name);
    assert.is(pass('999999999999', '999999999999'), 'not allowed', name);
    assert.is(pass(account, '999999999999'), 'not allowed', name);
  }
});

test('image layers pass, and a data bucket and a registry that belong to others', async () => {
  const account = '111111111111';
  const foreign = 'retailer-lake';
  const images = Object.fromEntries(
    ['pipeline', 'lambda', 'dashboard'].map((image) => [
      image,
      `444444444444.dkr.ecr.eu-west-1.amazonaws.com/${image}@sha256:${'0'.repeat(64)}`,
    ]),
  );
  const storage = { dataBucket: { existing: { name: foreign } }, forceDestroy: true };
  const resources = await make('dev', { images, storage });
  const get = (overrides: Partial<Request>) =>
    decide(one(resources, ENDPOINT, 's3-endpoint').inputs.policy, {
      by: { account },
      action: 's3:GetObject',
      resource: '',
      ...overrides,
    });
  assert.is(get({ resource: 'arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/x', by: { account: '5' } }), 'allowed');
  const asOurs = { 'aws:PrincipalAccount': account, 'aws:ResourceAccount': '555555555555' };
  assert.is(get({ resource: `arn:aws:s3:::${foreign}/raw/x`, context: asOurs }), 'allowed');
  assert.is(get({ resource: 'arn:aws:s3:::another/raw/x', context: asOurs }), 'not allowed');
  const pull = (owner: string) =>
    decide(one(resources, ENDPOINT, 'ecr-dkr-endpoint').inputs.policy, {
      by: { account },
      action: 'ecr:BatchGetImage',
      resource: 'any',
      context: { 'aws:PrincipalAccount': account, 'aws:ResourceAccount': owner },
    });
  assert.is(pull('444444444444'), 'allowed');
  assert.is(pull('555555555555'), 'not allowed');
});

test('flow logs are kept under the key of logs, by a role of its own that stands under the boundary', async () => {
  for (const [stack, days] of [
    ['dev', 14],
    ['prod', 365],
  ] as const) {
    const resources = await make(stack);
    const group = one(resources, 'aws:cloudwatch/logGroup:LogGroup').inputs;
    assert.is(group.name, `/pilotlight/pilotlight-${stack}/flow-logs`);
    assert.is(group.retentionInDays, days);
    assert.match(group.kmsKeyId, /^arn:aws:kms:/);
    assert.is(one(resources, 'aws:ec2/flowLog:FlowLog').inputs.trafficType, 'ALL');
    const role = one(resources, 'aws:iam/role:Role').inputs;
    assert.is(role.permissionsBoundary, BOUNDARY);
    assert.ok(role.name.length <= 64);
    const trust = JSON.parse(role.assumeRolePolicy).Statement[0];
    assert.is(trust.Principal.Service, 'vpc-flow-logs.amazonaws.com');
    assert.is(trust.Condition.StringEquals['aws:SourceAccount'], contextOf(stack).settings.accountId);
    const rights = JSON.parse(one(resources, 'aws:iam/rolePolicy:RolePolicy').inputs.policy);
    assert.not.match(JSON.stringify(rights), /"\*"/);
  }
});

test('what is placed by the network waits until traffic can flow', async () => {
  const placed = await captureComponent(() => {
    const context = contextOf('prod');
    const { placement } = new Network('network', {
      context,
      keys: new Keys('keys', { context }).arns,
      boundaryArn: BOUNDARY,
    });
    const [subnetId = ''] = placement.privateSubnetIds;
    new aws.ec2.NetworkInterface('placed', { subnetId, securityGroups: [placement.jobSecurityGroupId] });
  }, 'prod');
  const waits = one(placed, 'aws:ec2/networkInterface:NetworkInterface').dependencies.map(nameOf);
  for (const needed of [
    'private-a-internet',
    'private-a-routed',
    's3-endpoint',
    'ecr-dkr-endpoint',
    'endpoints-from-vpc',
    'jobs-to-vpc',
    'jobs-from-jobs-training',
  ]) {
    assert.ok(waits.includes(needed), `${needed} is not among ${waits.join(', ')}`);
  }
});

test('in a VPC that is there only the security group of jobs is made', async () => {
  let network: Network | undefined;
  const resources = await make('prod', { network: EXISTING }, (made) => {
    network = made;
  });
  const kinds = resources.filter(({ custom, type }) => custom && !type.startsWith('aws:kms')).map(({ type }) => type);
  assert.equal([...new Set(kinds)].sort(), [GROUP, EGRESS, INGRESS]);
  assert.equal(egressOf(resources).sort(), ['10.99.0.0/16', 'pl-6da54004', 'pl-6da54004']);
  assert.ok(resources.length < (await make('prod')).length);
  assert.equal(network?.placement.privateSubnetIds, EXISTING.existing.privateSubnetIds);
  assert.is(network?.endpointSecurityGroupId, undefined);
  assert.match(network?.requirements.join('\n') ?? '', /eu-west-1\.s3.*eu-west-1\.sagemaker\.api.*internet gateway/s);
});

test('a VPC of the stack asks nothing of anybody', async () => {
  await make('dev', {}, ({ requirements }) => assert.equal(requirements, []));
});

test.run();
