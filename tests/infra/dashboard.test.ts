import * as aws from '@pulumi/aws';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LOG_PREFIXES } from '../../infra/components/bucketPolicy.ts';
import { Dashboard } from '../../infra/components/dashboard.ts';
import { balancerName, isInternal, ruleName, targetGroupName } from '../../infra/components/dashboardEntry.ts';
import { scaleOf, taskSize } from '../../infra/components/dashboardTask.ts';
import { readSecret, withoutSecret } from '../../infra/components/readSecret.ts';
import { imagesByTag, partsOf, typesOf } from './componentParts.ts';
import {
  type CapturedResource,
  captureComponent,
  contextOf,
  type Inputs,
  nameOf,
  of,
  one,
  type Stack,
} from './mocks.ts';

const BALANCER = 'aws:lb/loadBalancer:LoadBalancer';
const LISTENER = 'aws:lb/listener:Listener';
const TASK = 'aws:ecs/taskDefinition:TaskDefinition';
const SERVICE = 'aws:ecs/service:Service';
const WAY_IN = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule';
const WAY_OUT = 'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule';

const withDashboard = (stack: Stack, changes: Inputs): Inputs => ({
  dashboard: { ...contextOf(stack).settings.dashboard, ...changes },
});

async function make(stack: Stack, overrides: Inputs = {}) {
  const context = contextOf(stack, overrides);
  const { keys, placement, roles } = partsOf(context);
  const { data, logs } = context.names.buckets;
  const outputs: Record<string, unknown> = {};
  const resources = await captureComponent(() => {
    const table = context.names.manifest;
    const dashboard = new Dashboard('dashboard', { context, keys, placement, roles, storage: { data, logs }, table });
    dashboard.url.apply((url) => Object.assign(outputs, { url }));
  }, stack);
  return { resources, context, placement, outputs };
}

const prod = await make('prod');
const listener = (port: number, resources: CapturedResource[] = prod.resources) =>
  of(resources, LISTENER).find(({ inputs }) => inputs.port === port) as CapturedResource;
const groupId = (name: string, resources: CapturedResource[] = prod.resources): string =>
  one(resources, WAY_IN, 'task-from-balancer').inputs[
    name === 'dashboard-task' ? 'securityGroupId' : 'referencedSecurityGroupId'
  ];

test('all of it, by names that do not move', () => {
  assert.equal(typesOf(prod.resources), {
    Cluster: ['cluster'],
    Listener: ['http', 'https'],
    LoadBalancer: ['balancer'],
    LogGroup: ['logs'],
    Policy: ['scaling-cpu'],
    SecurityGroup: ['dashboard-balancer', 'dashboard-task'],
    SecurityGroupEgressRule: ['balancer-to-sign-in', 'balancer-to-task'],
    SecurityGroupIngressRule: ['http-192-0-2-0-24', 'https-192-0-2-0-24', 'task-from-balancer'],
    Service: ['service'],
    Target: ['scaling'],
    TargetGroup: ['targets'],
    TaskDefinition: ['task'],
  });
  assert.equal(prod.outputs, { url: 'https://customers.example.com' });
});

test('HTTPS by TLS 1.2 or newer with the certificate; plain HTTP is sent on', () => {
  const https = listener(443).inputs;
  assert.is(https.protocol, 'HTTPS');
  assert.is(https.sslPolicy, 'ELBSecurityPolicy-TLS13-1-2-2021-06');
  assert.is(https.certificateArn, prod.context.settings.dashboard?.certificateArn);
  assert.match(https.routingHttpResponseStrictTransportSecurityHeaderValue, /max-age=31536000/);
  assert.equal(listener(80).inputs.defaultActions, [
    { type: 'redirect', redirect: { protocol: 'HTTPS', port: '443', statusCode: 'HTTP_301' } },
  ]);
  assert.equal(
    of(prod.resources, LISTENER)
      .map(({ inputs }) => inputs.port)
      .sort(),
    [443, 80],
  );
});

test('nobody gets past the balancer unsigned, and the secret of the client is kept encrypted', () => {
  const { inputs, secrets } = listener(443);
  const [signIn, forward] = inputs.defaultActions;
  assert.equal([signIn.type, forward.type], ['authenticate-oidc', 'forward']);
  assert.ok(signIn.order < forward.order);
  assert.is(signIn.authenticateOidc.onUnauthenticatedRequest, 'authenticate');
  assert.is(signIn.authenticateOidc.issuer, 'https://login.example.com');
  assert.equal(secrets, ['defaultActions.0.authenticateOidc.clientSecret']);
  const elsewhere = prod.resources.filter(({ type }) => type !== LISTENER);
  assert.not(JSON.stringify(elsewhere).includes(signIn.authenticateOidc.clientSecret));
});

test('the balancer drops what is malformed, logs who came, and is not deleted by mistake', async () => {
  const { inputs } = one(prod.resources, BALANCER);
  assert.is(inputs.dropInvalidHeaderFields, true);
  assert.is(inputs.enableDeletionProtection, true);
  assert.equal(inputs.accessLogs, {
    bucket: prod.context.names.buckets.logs.name,
    prefix: LOG_PREFIXES.loadBalancer,
    enabled: true,
  });
  const free = await make('staging', { protect: false });
  assert.is(one(free.resources, BALANCER).inputs.enableDeletionProtection, false);
});

test('only the networks of the configuration come in, by 443, and by 80 to be sent on', async () => {
  const allowedCidrs = ['192.0.2.0/24', '198.51.100.7/32'];
  const { resources } = await make('prod', withDashboard('prod', { allowedCidrs }));
  const toBalancer = of(resources, WAY_IN).filter(
    ({ inputs }) => inputs.securityGroupId === groupId('dashboard-balancer', resources),
  );
  const said = toBalancer.map(
    ({ inputs }) => `${inputs.cidrIpv4} ${inputs.ipProtocol} ${inputs.fromPort}-${inputs.toPort}`,
  );
  assert.equal(said.sort(), allowedCidrs.flatMap((cidr) => [`${cidr} tcp 443-443`, `${cidr} tcp 80-80`]).sort());
  assert.not(JSON.stringify(of(resources, WAY_IN)).includes('0.0.0.0/0'));
});

test('tasks are reached from the balancer alone, and have no way out of their own', () => {
  const taskId = groupId('dashboard-task');
  const into = of(prod.resources, WAY_IN).filter(({ inputs }) => inputs.securityGroupId === taskId);
  assert.equal(
    into.map(({ name }) => name),
    ['task-from-balancer'],
  );
  assert.is(into[0]?.inputs.referencedSecurityGroupId, groupId('dashboard-balancer'));
  assert.is(into[0]?.inputs.fromPort, 8080);
  const out = of(prod.resources, WAY_OUT).filter(({ inputs }) => inputs.securityGroupId === taskId);
  assert.equal(out, []);
  const { networkConfiguration } = one(prod.resources, SERVICE).inputs;
  assert.equal(networkConfiguration.securityGroups, [taskId, prod.placement.jobSecurityGroupId]);
  assert.equal(networkConfiguration.subnets, prod.placement.privateSubnetIds);
  assert.is(networkConfiguration.assignPublicIp, false);
});

test('who comes from private networks alone finds a balancer without a public address', async () => {
  const inside = await make('prod', withDashboard('prod', { allowedCidrs: ['10.1.0.0/16', '192.168.4.0/24'] }));
  const { inputs } = one(inside.resources, BALANCER);
  assert.is(inputs.internal, true);
  assert.equal(inputs.subnets, inside.placement.privateSubnetIds);
  const outside = one(prod.resources, BALANCER).inputs;
  assert.is(outside.internal, false);
  assert.equal(outside.subnets, prod.placement.publicSubnetIds);
  const cases: [string[], boolean][] = [
    [['10.0.0.0/8'], true],
    [['172.16.0.0/12'], true],
    [['172.32.0.0/16'], false],
    [['172.0.0.0/8'], false],
    [['192.168.0.0/16', '192.0.2.0/24'], false],
    [['0.0.0.0/0'], false],
    [['8.0.0.0/4'], false],
  ];
  for (const [cidrs, internal] of cases) assert.is(isInternal(cidrs), internal, cidrs.join());
});

test('the container: by digest, not as root, on a file system that cannot be written, with no rights to gain', () => {
  const { inputs } = one(prod.resources, TASK);
  const [container, ...others] = JSON.parse(inputs.containerDefinitions);
  assert.equal(others, []);
  assert.is(container.image, prod.context.settings.images.dashboard);
  assert.equal(imagesByTag(prod.resources), []);
  assert.not(/^(0|root)?(:|$)/.test(container.user), container.user);
  assert.is(container.readonlyRootFilesystem, true);
  assert.equal(container.linuxParameters.capabilities, { drop: ['ALL'] });
  assert.equal(container.mountPoints, [{ sourceVolume: 'scratch', containerPath: '/tmp', readOnly: false }]);
  assert.equal(inputs.volumes, [{ name: 'scratch' }]);
  const set = Object.fromEntries(container.environment.map(({ name, value }: Inputs) => [name, value]));
  assert.is(set.PILOTLIGHT_DATA_BUCKET, prod.context.names.buckets.data.name);
  assert.is(set.PILOTLIGHT_MANIFEST_TABLE, prod.context.names.manifest.name);
  // The balancer's ARN, as the mocks give it; the server believes the tokens of no other.
  assert.match(set.PILOTLIGHT_ALB_ARN, /loadbalancer|balancer/i);
  const { signIn } = prod.context.settings.dashboard as { signIn: Record<string, string> };
  assert.equal([set.PILOTLIGHT_OIDC_ISSUER, set.PILOTLIGHT_OIDC_CLIENT_ID], [signIn.issuer, signIn.clientId]);
  assert.equal([inputs.cpu, inputs.memory, inputs.networkMode], ['512', '1024', 'awsvpc']);
  assert.is(inputs.taskRoleArn, prod.context.names.roles.dashboardTask.arn);
  assert.is(inputs.executionRoleArn, prod.context.names.roles.dashboardExecution.arn);
});

test('its log goes to a group that is encrypted and forgets', () => {
  const { inputs } = one(prod.resources, 'aws:cloudwatch/logGroup:LogGroup');
  assert.is(inputs.name, prod.context.names.logGroups.dashboard);
  assert.is(inputs.retentionInDays, 365);
  assert.match(inputs.kmsKeyId, /:key\/logs$/);
  const [container] = JSON.parse(one(prod.resources, TASK).inputs.containerDefinitions);
  assert.is(container.logConfiguration.options['awslogs-group'], inputs.name);
});

test('a deployment that does not get well is taken back; tasks carry the tags and are counted by load', () => {
  const service = one(prod.resources, SERVICE);
  assert.equal(service.inputs.deploymentCircuitBreaker, { enable: true, rollback: true });
  assert.is(service.inputs.propagateTags, 'SERVICE');
  assert.is(service.inputs.enableExecuteCommand, false);
  assert.equal(service.ignoreChanges, ['desiredCount']);
  assert.ok(service.dependencies.map(nameOf).includes('https'), 'a target group needs its listener first');
  const { inputs } = one(prod.resources, 'aws:appautoscaling/target:Target');
  assert.equal([inputs.minCapacity, inputs.maxCapacity], [2, 6]);
  assert.is(inputs.resourceId, 'service/pilotlight-prod-dashboard/pilotlight-prod-dashboard');
  assert.equal(scaleOf(1), { min: 1, max: 3 });
  assert.equal(one(prod.resources, 'aws:ecs/cluster:Cluster').inputs.settings, [
    { name: 'containerInsights', value: 'enabled' },
  ]);
});

test('health is asked for at /healthz', () => {
  const { inputs } = one(prod.resources, 'aws:lb/targetGroup:TargetGroup');
  assert.is(inputs.healthCheck.path, '/healthz');
  assert.is(inputs.targetType, 'ip');
});

test('names end where AWS ends them, whatever the stack', () => {
  for (const stack of ['dev', 'staging', 'prod']) {
    for (const name of [balancerName(`pilotlight-${stack}`), targetGroupName(`pilotlight-${stack}`, 8080)]) {
      assert.ok(name.length <= 32, name);
      assert.match(name, /^[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]$/);
      assert.not(name.startsWith('internal-'));
    }
  }
  assert.is(ruleName('https', '192.0.2.0/24'), 'https-192-0-2-0-24');
});

test('a size that Fargate does not have is refused by its key', () => {
  assert.equal(taskSize({ cpu: 256, memoryMb: 512 }), { cpu: '256', memory: '512' });
  assert.equal(taskSize({ cpu: 1024, memoryMb: 8192 }), { cpu: '1024', memory: '8192' });
  assert.throws(
    () => taskSize({ cpu: 256, memoryMb: 4096 }),
    /pilotlight:dashboard\.memoryMb: with cpu 256 Fargate has 512, 1024, 2048/,
  );
  assert.throws(() => taskSize({ cpu: 512, memoryMb: 1500 }), /dashboard\.memoryMb/);
});

test('a preview by who may not read the secret goes on with a value that is not known; an update does not', async () => {
  const denied = new Error('AccessDeniedException: User is not authorized to perform secretsmanager:GetSecretValue');
  assert.throws(() => withoutSecret(denied, false), /AccessDenied/);
  assert.throws(() => withoutSecret(new Error('ResourceNotFoundException'), true), /ResourceNotFound/);
  const [parameter] = of(
    await captureComponent(() => {
      const secret = readSecret('arn:aws:secretsmanager:eu-west-1:111111111111:secret:some-AbCdEf', {});
      new aws.ssm.Parameter('parameter', { type: 'SecureString', value: secret });
    }),
    'aws:ssm/parameter:Parameter',
  );
  assert.equal(parameter?.secrets, ['value']);
  assert.equal(parameter?.unresolved, []);
  assert.ok(withoutSecret(denied, true));
});

test.run();
