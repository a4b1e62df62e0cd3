import type { CapturedResource } from './mocks.ts';

/** Hours of a month, as AWS counts them. */
const HOURS = 730;

export const PRICES_FROM =
  'about the list prices of AWS for eu-west-1, without tax and free tier, noted in November 2026';

export type Price = {
  /** What a month costs when nothing runs. */
  usd: number;
  /** What comes on top with use. */
  withUse?: string;
};

type PriceOf = (resource: CapturedResource, all: readonly CapturedResource[]) => Price;

const free =
  (withUse?: string): PriceOf =>
  () =>
    withUse === undefined ? { usd: 0 } : { usd: 0, withUse };
const monthly =
  (usd: number, withUse?: string): PriceOf =>
  () =>
    withUse === undefined ? { usd } : { usd, withUse };
const hourly = (usd: number, withUse?: string): PriceOf => monthly(usd * HOURS, withUse);

/** An hour of a tracking server; besides, artifacts in S3. aws.amazon.com/sagemaker/ai/pricing */
const TRACKING_SERVER_HOUR: Record<string, number> = { Small: 0.642, Medium: 1.284, Large: 1.926 };
/** An hour of Fargate on Linux, x86. aws.amazon.com/fargate/pricing */
const VCPU_HOUR = 0.04048;
const GB_HOUR = 0.004445;

/**
 * What each type costs idle. A type that is not here costs nothing by itself; one that costs with use says for what. Sources: the pages
 * of prices of each service, `aws.amazon.com/<service>/pricing`.
 */
export const PRICES: Record<string, PriceOf> = {
  'aws:kms/key:Key': monthly(1, 'requests'),
  'aws:s3/bucket:Bucket': free('GB kept, requests'),
  'aws:ecr/repository:Repository': free('GB kept'),
  'aws:dynamodb/table:Table': free('reads, writes, GB kept, backups'),
  'aws:sqs/queue:Queue': free('messages'),
  'aws:sns/topic:Topic': free('messages'),
  'aws:lambda/function:Function': free('GB-seconds'),
  'aws:sfn/stateMachine:StateMachine': free('state transitions'),
  'aws:sagemaker/pipeline:Pipeline': free('hours of jobs'),
  'aws:sagemaker/domain:Domain': free('GB kept (EFS)'),
  'aws:sagemaker/space:Space': free('hours that it is open, GB kept (EBS)'),
  'aws:sagemaker/mlflowApp:MlflowApp': free('requests, GB kept'),
  'aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer': ({ inputs }) => ({
    usd: (TRACKING_SERVER_HOUR[inputs.trackingServerSize ?? 'Small'] ?? 0) * HOURS,
    withUse: 'GB kept',
  }),
  'aws:transfer/connector:Connector': free('GB sent'),
  'aws:cloudwatch/logGroup:LogGroup': free('GB written and kept'),
  'aws:cloudwatch/metricAlarm:MetricAlarm': ({ inputs }) => ({
    usd: 0.1 * Math.max(1, (inputs.metricQueries ?? []).length),
  }),
  'aws:cloudwatch/compositeAlarm:CompositeAlarm': monthly(0.5),
  'aws:cloudwatch/dashboard:Dashboard': monthly(3),
  'aws:ec2/flowLog:FlowLog': free('GB written'),
  'aws:ec2/natGateway:NatGateway': hourly(0.048, 'GB through it'),
  // Every public IPv4 address is paid for, in use or not.
  'aws:ec2/eip:Eip': hourly(0.005),
  'aws:ec2/vpcEndpoint:VpcEndpoint': ({ inputs }) =>
    inputs.vpcEndpointType === 'Interface'
      ? { usd: 0.011 * HOURS * (inputs.subnetIds ?? []).length, withUse: 'GB through it' }
      : { usd: 0 },
  'aws:lb/loadBalancer:LoadBalancer': ({ inputs }) => ({
    // Facing the internet it has an address in each zone.
    usd: (0.0252 + (inputs.internal === true ? 0 : 0.005 * (inputs.subnets ?? []).length)) * HOURS,
    withUse: 'capacity units, GB out',
  }),
  'aws:ecs/service:Service': ({ inputs }, all) => {
    const task = all.find(({ type }) => type === 'aws:ecs/taskDefinition:TaskDefinition')?.inputs ?? {};
    const hour = (Number(task.cpu) / 1024) * VCPU_HOUR + (Number(task.memory) / 1024) * GB_HOUR;
    return { usd: hour * (inputs.desiredCount ?? 1) * HOURS };
  },
  'aws:secretsmanager/secret:Secret': monthly(0.4, 'requests'),
};

export const priceOf = (resource: CapturedResource, all: readonly CapturedResource[]): Price =>
  PRICES[resource.type]?.(resource, all) ?? { usd: 0 };
