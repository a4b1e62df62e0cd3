import { allow, type Grounds, type Statement } from './document.ts';

type Service = 's3' | 'sns' | 'sqs' | 'dynamodb' | 'secretsmanager' | 'lambda';

/** Uses the data key, but only through the services named: never by a call to KMS itself. */
export function useDataKey(grounds: Grounds, services: Service[], mode: 'read' | 'write'): Statement {
  const actions = mode === 'read' ? ['kms:Decrypt'] : ['kms:Decrypt', 'kms:GenerateDataKey'];
  const via = services.map((service) => `${service}.${grounds.settings.region}.amazonaws.com`);
  return allow('DataKeyThroughServices', actions, [grounds.keys.data], { StringEquals: { 'kms:ViaService': via } });
}

/** Who starts a job with encrypted volumes hands the key on to AWS for them, and to nobody else. */
export function grantDataKey({ keys }: Grounds): Statement[] {
  return [
    allow('DataKeyDescribe', ['kms:DescribeKey'], [keys.data]),
    allow('DataKeyForVolumes', ['kms:CreateGrant'], [keys.data], { Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
  ];
}
