import type { Context } from '../context.ts';
import type { Condition } from '../iam/document.ts';
import { type ResourceStatement, resourcePolicy } from './resourcePolicy.ts';

/** Where in the log bucket each kind of log goes; load balancers add `AWSLogs/<account>/` themselves. */
export const LOG_PREFIXES = { access: 'access', loadBalancer: 'alb' } as const;

const ENCRYPTION = 's3:x-amz-server-side-encryption';
const KEY = `${ENCRYPTION}-aws-kms-key-id`;
const CUSTOMER_KEY = `${ENCRYPTION}-customer-algorithm`;

/**
 * Policy of a bucket that holds data: TLS 1.2 or newer, and objects under the stack's key only. A put that says nothing of
 * encryption passes, for the bucket's default is the stack's key; one that asks for anything else is refused.
 */
export function dataBucketPolicy(bucketArn: string, keyArn: string): string {
  const put = (sid: string, condition: Condition) => refuse(sid, ['s3:PutObject'], [`${bucketArn}/*`], condition);
  return resourcePolicy([
    ...refusePlain(bucketArn),
    put('DenyOtherEncryption', { Null: { [ENCRYPTION]: 'false' }, StringNotEquals: { [ENCRYPTION]: 'aws:kms' } }),
    put('DenyOtherKeys', { Null: { [KEY]: 'false' }, StringNotEquals: { [KEY]: keyArn } }),
    // KMS without a key means the key of AWS, whatever the bucket's default is.
    put('DenyUnnamedKeys', { Null: { [KEY]: 'true' }, StringEquals: { [ENCRYPTION]: 'aws:kms' } }),
    put('DenyCustomerKeys', { Null: { [CUSTOMER_KEY]: 'false' } }),
  ]);
}

/**
 * Policy of the log bucket: S3 writes the access logs of the buckets named, each in its own folder, and load balancers of this
 * account theirs.
 *
 * @param logged names of the buckets whose access is logged
 */
export function logBucketPolicy({ names, settings }: Context, logged: readonly string[]): string {
  const { arn } = names.buckets.logs;
  const access = logged.map(
    (bucketName, index): ResourceStatement => ({
      Sid: `AccessLogs${index + 1}`,
      Effect: 'Allow',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Action: ['s3:PutObject'],
      Resource: `${arn}/${accessLogPrefix(bucketName)}*`,
      Condition: {
        StringEquals: { 'aws:SourceAccount': settings.accountId },
        ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${bucketName}` },
      },
    }),
  );
  const loadBalancer: ResourceStatement = {
    // Elastic Load Balancing writes under the account of the load balancer and nowhere else: the path is the condition.
    Sid: 'LoadBalancerLogs',
    Effect: 'Allow',
    Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
    Action: ['s3:PutObject'],
    Resource: [`${arn}/${LOG_PREFIXES.loadBalancer}/AWSLogs/${settings.accountId}/*`],
  };
  return resourcePolicy([...refusePlain(arn), ...access, loadBalancer]);
}

/** The folder of a bucket's access logs. */
export const accessLogPrefix = (bucketName: string): string => `${LOG_PREFIXES.access}/${bucketName}/`;

function refusePlain(bucketArn: string): ResourceStatement[] {
  const all = [bucketArn, `${bucketArn}/*`];
  return [
    refuse('DenyPlainHttp', ['s3:*'], all, { Bool: { 'aws:SecureTransport': 'false' } }),
    refuse('DenyOldTls', ['s3:*'], all, { NumericLessThan: { 's3:TlsVersion': '1.2' } }),
  ];
}

function refuse(sid: string, actions: string[], resources: string[], condition: Condition): ResourceStatement {
  return {
    Sid: sid,
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action: actions,
    Resource: resources,
    Condition: condition,
  };
}
