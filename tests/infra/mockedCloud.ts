import { createHash } from 'node:crypto';

/** Inputs as Pulumi hands them over: each type has its own, and tests read into them freely. */
// biome-ignore lint/suspicious/noExplicitAny: 200 resource types, known by their tokens alone
export type Inputs = Record<string, any>;

export type Place = { accountId: string; region: string };

type Asked = { type: string; name: string; inputs: Inputs; id: string };
type Named = Asked & Place & { physical: string; hex: (length: number) => string };

const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** What Pulumi sends in the place of a value that is not known yet. */
export const isUnknown = (value: unknown): boolean => value === UNKNOWN;

/** Takes the wrapping off secrets, and says where they were. */
export function unwrap(inputs: Inputs): { plain: Inputs; secrets: string[] } {
  const secrets: string[] = [];
  const walk = (value: unknown, at: string): unknown => {
    if (Array.isArray(value)) return value.map((inner, index) => walk(inner, `${at}.${index}`));
    if (value === null || typeof value !== 'object') return value;
    const record = value as Inputs;
    if (record[SIGNATURE] === SECRET) {
      secrets.push(at);
      return walk(record.value, at);
    }
    const entries = Object.entries(record).filter(([, inner]) => inner !== undefined);
    return Object.fromEntries(entries.map(([key, inner]) => [key, walk(inner, at === '' ? key : `${at}.${key}`)]));
  };
  return { plain: walk(inputs, '') as Inputs, secrets };
}

/** Id and state of a resource as AWS would answer, near enough that what refers to it is checked with plausible values. */
export function stateOf(asked: Asked, place: Place): { id: string; state: Inputs } {
  const { type, name, inputs } = asked;
  const hash = createHash('sha256').update(`${type} ${name}`).digest('hex');
  const physical = String(
    inputs.name ?? inputs.bucket ?? PHYSICAL.map((key) => inputs[key]).find(Boolean) ?? `${name}-${hash.slice(0, 7)}`,
  );
  const named: Named = { ...asked, ...place, physical, hex: (length) => hash.slice(0, length) };
  const computed = COMPUTED[type]?.(named) ?? {};
  const { id = asked.id || physical, ...state } = computed;
  const arn = arnOf(named);
  return { id: asked.id || id, state: { name: physical, arn, region: place.region, ...definedOnly(inputs), ...state } };
}

/** Where a type's physical name stands when it is neither `name` nor `bucket`. */
const PHYSICAL = [
  'domainName',
  'spaceName',
  'userProfileName',
  'pipelineName',
  'modelPackageGroupName',
  'trackingServerName',
  'functionName',
  'dashboardName',
  'family',
] as const;

/** Left out when unknown, as a provider does in a preview. */
const definedOnly = (inputs: Inputs): Inputs =>
  Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined && !isUnknown(value)));

const withId = (prefix: string) => (named: Named) => ({ id: `${prefix}-${named.hex(17)}` });

function arnOf({ type, physical, accountId, region }: Named): string {
  const [, module = '', kind = ''] = /^aws:([^/]+)\/([^:]+):/.exec(type) ?? [];
  return `arn:aws:${module}:${region}:${accountId}:${kind}/${physical}`;
}

const regional = (service: string, resource: (name: string) => string) => (named: Named) => ({
  arn: `arn:aws:${service}:${named.region}:${named.accountId}:${resource(named.physical)}`,
});
const global = (service: string, resource: (name: string) => string) => (named: Named) => ({
  arn: `arn:aws:${service}::${named.accountId}:${resource(named.physical)}`,
});
const idIsArn = (make: (named: Named) => { arn: string }) => (named: Named) => ({
  id: make(named).arn,
  ...make(named),
});

/** What a type answers besides its inputs. */
const COMPUTED: Record<string, (named: Named) => Inputs> = {
  'pulumi:providers:aws': () => ({ id: 'provider' }),
  ...storage(),
  ...networking(),
  ...access(),
  ...running(),
  ...learning(),
  ...watching(),
};

function storage(): Record<string, (named: Named) => Inputs> {
  return {
    'aws:s3/bucket:Bucket': ({ physical, region, id }) => ({
      id: physical,
      bucket: id || physical,
      arn: `arn:aws:s3:::${id || physical}`,
      bucketDomainName: `${id || physical}.s3.amazonaws.com`,
      bucketRegionalDomainName: `${id || physical}.s3.${region}.amazonaws.com`,
    }),
    'aws:dynamodb/table:Table': regional('dynamodb', (name) => `table/${name}`),
    'aws:ecr/repository:Repository': (named) => ({
      ...regional('ecr', (name) => `repository/${name}`)(named),
      registryId: named.accountId,
      repositoryUrl: `${named.accountId}.dkr.ecr.${named.region}.amazonaws.com/${named.physical}`,
    }),
    'aws:sqs/queue:Queue': (named) => ({
      ...regional('sqs', (name) => name)(named),
      id: `https://sqs.${named.region}.amazonaws.com/${named.accountId}/${named.physical}`,
      url: `https://sqs.${named.region}.amazonaws.com/${named.accountId}/${named.physical}`,
    }),
    'aws:kms/key:Key': (named) => {
      const keyId = named.hex(32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      return { id: keyId, keyId, arn: `arn:aws:kms:${named.region}:${named.accountId}:key/${keyId}` };
    },
    'aws:kms/alias:Alias': regional('kms', (name) => name),
    'aws:secretsmanager/secret:Secret': idIsArn(regional('secretsmanager', (name) => `secret:${name}-a1b2c3`)),
  };
}

function networking(): Record<string, (named: Named) => Inputs> {
  return {
    'aws:ec2/vpc:Vpc': (named) => ({
      ...withId('vpc')(named),
      mainRouteTableId: `rtb-${named.hex(17)}`,
      defaultRouteTableId: `rtb-${named.hex(17)}`,
      defaultSecurityGroupId: `sg-${named.hex(17)}`,
      defaultNetworkAclId: `acl-${named.hex(17)}`,
    }),
    'aws:ec2/subnet:Subnet': withId('subnet'),
    'aws:ec2/routeTable:RouteTable': withId('rtb'),
    'aws:ec2/internetGateway:InternetGateway': withId('igw'),
    'aws:ec2/natGateway:NatGateway': withId('nat'),
    'aws:ec2/eip:Eip': (named) => ({
      ...withId('eipalloc')(named),
      allocationId: `eipalloc-${named.hex(17)}`,
      publicIp: '198.51.100.7',
    }),
    'aws:ec2/securityGroup:SecurityGroup': withId('sg'),
    'aws:ec2/vpcEndpoint:VpcEndpoint': (named) => ({
      ...withId('vpce')(named),
      prefixListId: `pl-${named.hex(8)}`,
      dnsEntries: [{ dnsName: `${named.name}.vpce.amazonaws.com`, hostedZoneId: 'Z0000000000000' }],
    }),
    'aws:ec2/flowLog:FlowLog': withId('fl'),
    'aws:lb/loadBalancer:LoadBalancer': (named) => ({
      ...idIsArn(regional('elasticloadbalancing', (name) => `loadbalancer/app/${name}/0123456789abcdef`))(named),
      arnSuffix: `app/${named.physical}/0123456789abcdef`,
      dnsName: `${named.physical}-1234567890.${named.region}.elb.amazonaws.com`,
      zoneId: 'Z32O12XQLNTSW2',
    }),
    'aws:lb/targetGroup:TargetGroup': (named) => ({
      ...idIsArn(regional('elasticloadbalancing', (name) => `targetgroup/${name}/0123456789abcdef`))(named),
      arnSuffix: `targetgroup/${named.physical}/0123456789abcdef`,
    }),
    'aws:lb/listener:Listener': idIsArn(regional('elasticloadbalancing', (name) => `listener/app/${name}/0123/4567`)),
    'aws:transfer/connector:Connector': (named) => {
      const connectorId = `c-${named.hex(17)}`;
      return {
        id: connectorId,
        connectorId,
        arn: `arn:aws:transfer:${named.region}:${named.accountId}:connector/${connectorId}`,
      };
    },
  };
}

function access(): Record<string, (named: Named) => Inputs> {
  return {
    'aws:iam/role:Role': (named) => ({
      ...global('iam', (name) => `role/${name}`)(named),
      id: named.physical,
      uniqueId: `AROA${named.hex(17).toUpperCase()}`,
    }),
    'aws:iam/policy:Policy': idIsArn(global('iam', (name) => `policy/${name}`)),
    'aws:iam/openIdConnectProvider:OpenIdConnectProvider': (named) =>
      idIsArn(({ accountId, inputs }) => ({
        arn: `arn:aws:iam::${accountId}:oidc-provider/${String(inputs.url ?? '').replace('https://', '')}`,
      }))(named),
  };
}

function running(): Record<string, (named: Named) => Inputs> {
  return {
    'aws:lambda/function:Function': (named) => {
      const { arn } = regional('lambda', (name) => `function:${name}`)(named);
      return {
        id: named.physical,
        arn,
        qualifiedArn: `${arn}:1`,
        version: '1',
        invokeArn: `arn:aws:apigateway:${named.region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
      };
    },
    'aws:sfn/stateMachine:StateMachine': idIsArn(regional('states', (name) => `stateMachine:${name}`)),
    'aws:scheduler/schedule:Schedule': regional('scheduler', (name) => `schedule/default/${name}`),
    'aws:scheduler/scheduleGroup:ScheduleGroup': regional('scheduler', (name) => `schedule-group/${name}`),
    'aws:cloudwatch/eventRule:EventRule': regional('events', (name) => `rule/${name}`),
    'aws:ecs/cluster:Cluster': idIsArn(regional('ecs', (name) => `cluster/${name}`)),
    'aws:ecs/service:Service': idIsArn(regional('ecs', (name) => `service/${name}/${name}`)),
    'aws:ecs/taskDefinition:TaskDefinition': (named) => ({
      ...regional('ecs', (name) => `task-definition/${name}:1`)(named),
      id: named.physical,
      revision: 1,
      arnWithoutRevision: regional('ecs', (name) => `task-definition/${name}`)(named).arn,
    }),
  };
}

function learning(): Record<string, (named: Named) => Inputs> {
  return {
    'aws:sagemaker/domain:Domain': (named) => {
      const domainId = `d-${named.hex(12)}`;
      return {
        id: domainId,
        arn: `arn:aws:sagemaker:${named.region}:${named.accountId}:domain/${domainId}`,
        homeEfsFileSystemId: `fs-${named.hex(17)}`,
        url: `https://${domainId}.studio.${named.region}.sagemaker.aws`,
        securityGroupIdForDomainBoundary: `sg-${named.hex(17)}`,
      };
    },
    'aws:sagemaker/userProfile:UserProfile': idIsArn(regional('sagemaker', (name) => `user-profile/${name}`)),
    'aws:sagemaker/space:Space': (named) => ({
      ...idIsArn(regional('sagemaker', (name) => `space/${name}`))(named),
      url: 'https://studio.example',
    }),
    'aws:sagemaker/pipeline:Pipeline': regional('sagemaker', (name) => `pipeline/${name}`),
    'aws:sagemaker/modelPackageGroup:ModelPackageGroup': regional('sagemaker', (name) => `model-package-group/${name}`),
    'aws:sagemaker/mlflowApp:MlflowApp': idIsArn(regional('sagemaker', () => 'mlflow-app/app-0123456789AB')),
    'aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer': (named) => ({
      ...regional('sagemaker', (name) => `mlflow-tracking-server/${name}`)(named),
      trackingServerUrl: `https://t-${named.hex(12)}.${named.region}.experiments.sagemaker.aws`,
    }),
  };
}

function watching(): Record<string, (named: Named) => Inputs> {
  return {
    'aws:cloudwatch/logGroup:LogGroup': regional('logs', (name) => `log-group:${name}`),
    'aws:cloudwatch/metricAlarm:MetricAlarm': regional('cloudwatch', (name) => `alarm:${name}`),
    'aws:cloudwatch/dashboard:Dashboard': (named) => ({
      id: named.physical,
      dashboardArn: `arn:aws:cloudwatch::${named.accountId}:dashboard/${named.physical}`,
    }),
    'aws:sns/topic:Topic': idIsArn(regional('sns', (name) => name)),
    'aws:budgets/budget:Budget': global('budgets', (name) => `budget/${name}`),
  };
}

/** Answers what the program asks of AWS while it runs; what is not here fails by name. */
export function answerCall(token: string, inputs: Inputs, { accountId, region }: Place): Inputs {
  const answer = {
    'aws:index/getCallerIdentity:getCallerIdentity': () => ({
      id: accountId,
      accountId,
      arn: `arn:aws:iam::${accountId}:role/someone`,
      userId: 'AROAEXAMPLE',
    }),
    'aws:index/getRegion:getRegion': () => ({ id: region, name: region, region }),
    'aws:index/getPartition:getPartition': () => ({ id: 'aws', partition: 'aws', dnsSuffix: 'amazonaws.com' }),
    'aws:index/getAvailabilityZones:getAvailabilityZones': () => ({
      id: region,
      names: ['a', 'b', 'c'].map((zone) => `${region}${zone}`),
      zoneIds: ['az1', 'az2', 'az3'].map((zone) => `euw1-${zone}`),
    }),
    'aws:ec2/getPrefixList:getPrefixList': () => ({ id: 'pl-6da54004', cidrBlocks: ['52.218.0.0/17'], ...inputs }),
    'aws:ec2/getManagedPrefixList:getManagedPrefixList': () => ({ id: 'pl-6da54004', ...inputs }),
    'aws:ec2/getVpc:getVpc': () => ({ cidrBlock: '10.99.0.0/16', ...inputs }),
    'aws:ec2/getRouteTables:getRouteTables': () => ({ ids: ['rtb-0123456789abcdef0'], ...inputs }),
    'aws:ec2/getRouteTable:getRouteTable': () => ({
      id: 'rtb-0123456789abcdef0',
      routeTableId: 'rtb-0123456789abcdef0',
      ...inputs,
    }),
    'aws:lb/getServiceAccount:getServiceAccount': () => ({ id: '156460612806', arn: 'arn:aws:iam::156460612806:root' }),
    'aws:secretsmanager/getSecretVersion:getSecretVersion': () => ({
      ...inputs,
      id: 'version',
      secretString: '{"not":"a secret"}',
    }),
    'aws:iam/getPolicyDocument:getPolicyDocument': () => ({ id: 'document', json: JSON.stringify({ asked: inputs }) }),
  }[token];
  if (answer === undefined) throw new Error(`mockedCloud.ts has no answer to ${token}: add one there`);
  return answer();
}
