import { prefixStatements } from './buckets.ts';
import { allow, documentOf, type Grounds, type PolicyDocument } from './document.ts';
import { useDataKey } from './keys.ts';
import { onlyFrom } from './lambda.ts';
import { writeServiceLogs } from './telemetry.ts';

/** The role of the SFTP connector: raw files in, by the one secret that holds the partner's credentials. */
export function transferPolicies(grounds: Grounds): Record<string, PolicyDocument> {
  const { names, settings } = grounds;
  const secret = settings.ingest?.secretArn;
  const statements = [
    ...prefixStatements(names.buckets.data.arn, { raw: 'write' }),
    allow('Listings', ['s3:PutObject', 's3:GetObject'], [`${names.buckets.data.arn}/tmp/listings/*`]),
    ...(secret === undefined ? [] : [allow('Credentials', ['secretsmanager:GetSecretValue'], [secret])]),
    useDataKey(grounds, ['s3', 'secretsmanager'], 'write'),
    writeServiceLogs(grounds, ['/aws/transfer/*']),
  ];
  return { fetch: documentOf(statements) };
}

/**
 * Using the connector: the machine starts listings and transfers, one function follows them. Written when the
 * connector exists, for its id is AWS's.
 */
export function connectorPolicies(grounds: Grounds, connectorArn: string): Record<'states' | 'lambda', PolicyDocument> {
  const start = allow('Transfers', ['transfer:StartDirectoryListing', 'transfer:StartFileTransfer'], [connectorArn]);
  const results = allow('TransferResults', ['transfer:ListFileTransferResults'], [connectorArn]);
  const follow = onlyFrom(grounds, 'connectorWait', [results]);
  return { states: documentOf([start]), lambda: documentOf(follow) };
}
