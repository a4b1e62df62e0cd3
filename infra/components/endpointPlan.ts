import type { Context } from '../context.ts';
import type { Settings } from '../settings.ts';
import { type ResourceStatement, resourcePolicy } from './resourcePolicy.ts';

export type GatewayService = 's3' | 'dynamodb';
export const GATEWAY_SERVICES: readonly GatewayService[] = ['s3', 'dynamodb'];

export type InterfaceEndpoint = { child: string; serviceName: string; actions: string[] };

/** AWS's name of each service, and the prefix of its actions in IAM. */
const INTERFACE_SERVICES = {
  'ecr.api': 'ecr',
  'ecr.dkr': 'ecr',
  logs: 'logs',
  sts: 'sts',
  secretsmanager: 'secretsmanager',
  'sagemaker.api': 'sagemaker',
  'sagemaker.runtime': 'sagemaker',
  states: 'states',
  kms: 'kms',
  monitoring: 'cloudwatch',
  sns: 'sns',
} as const;

/**
 * Endpoints by which jobs, functions and tasks reach AWS without the internet. An MLflow tracking server has one of its own; that of
 * Transfer is for the function that waits for the SFTP connector.
 */
export function interfaceEndpoints({
  region,
  tracking,
  ingest,
}: Pick<Settings, 'region' | 'tracking' | 'ingest'>): InterfaceEndpoint[] {
  const services = { ...INTERFACE_SERVICES, ...(ingest && { transfer: 'transfer' }) };
  const endpoints = Object.entries(services).map(([service, prefix]) => ({
    child: service.replace('.', '-'),
    serviceName: `com.amazonaws.${region}.${service}`,
    actions: [`${prefix}:*`],
  }));
  if (tracking.kind !== 'server') return endpoints;
  const mlflow = { serviceName: `aws.sagemaker.${region}.experiments`, actions: ['sagemaker-mlflow:*'] };
  return [...endpoints, { child: 'mlflow', ...mlflow }];
}

export const gatewayServiceName = (region: string, service: GatewayService) => `com.amazonaws.${region}.${service}`;

/**
 * What may pass an endpoint: credentials of this account, to what belongs to this account, or to the registries that the
 * stack's images come from. It grants nothing, it only bounds what roles grant: nobody carries data out with keys of his own.
 */
export function endpointPolicy({ settings }: Context, actions: string[]): string {
  const accounts = [...new Set([settings.accountId, ...imageAccounts(settings)])];
  return resourcePolicy([own(settings.accountId, actions, accounts)]);
}

/** As {@link endpointPolicy} for S3 and DynamoDB, with the two kinds of bucket that may belong to others. */
export function gatewayPolicy({ settings, names }: Context, service: GatewayService): string {
  const { accountId, region, storage } = settings;
  const ours = own(accountId, [`${service}:*`], [accountId]);
  if (service === 'dynamodb') return resourcePolicy([ours]);
  const bucket = names.buckets.data.arn;
  const adopted: ResourceStatement = {
    Sid: 'AdoptedBucket',
    Effect: 'Allow',
    Principal: '*',
    Action: ['s3:*'],
    Resource: [bucket, `${bucket}/*`],
    Condition: { StringEquals: { 'aws:PrincipalAccount': accountId } },
  };
  const layers: ResourceStatement = {
    // Where ECR keeps layers; it signs for them itself, so no account of ours can be asked for.
    Sid: 'ImageLayers',
    Effect: 'Allow',
    Principal: '*',
    Action: ['s3:GetObject'],
    Resource: [`arn:aws:s3:::prod-${region}-starport-layer-bucket/*`],
  };
  return resourcePolicy('existing' in storage.dataBucket ? [ours, layers, adopted] : [ours, layers]);
}

/** Accounts whose registries the stack's images are in. */
function imageAccounts({ images }: Settings): string[] {
  return Object.values(images).flatMap((image) => /^(\d{12})\.dkr\.ecr\./.exec(image)?.[1] ?? []);
}

function own(accountId: string, actions: string[], resourceAccounts: string[]): ResourceStatement {
  return {
    Sid: 'OwnAccount',
    Effect: 'Allow',
    Principal: '*',
    Action: actions,
    Resource: ['*'],
    Condition: { StringEquals: { 'aws:PrincipalAccount': accountId, 'aws:ResourceAccount': resourceAccounts } },
  };
}
