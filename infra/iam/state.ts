import { actionsOf, allow, type Condition, type Grounds, type Statement } from './document.ts';

/** Where Pulumi keeps state: made once an account, by hand, before any stack. */
export function stateOf({ settings }: Pick<Grounds, 'settings'>) {
  const { accountId, region } = settings;
  return {
    bucket: `pilotlight-state-${accountId}`,
    keyAlias: 'alias/pilotlight-state',
    keyArns: `arn:aws:kms:${region}:${accountId}:key/*`,
  };
}

/** Reads the state of one stack; a preview takes no lock. */
export function readState(grounds: Pick<Grounds, 'settings'>): Statement[] {
  const { bucket, keyAlias, keyArns } = stateOf(grounds);
  const arn = `arn:aws:s3:::${bucket}`;
  const byAlias: Condition = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': keyAlias } };
  return [
    allow('StateList', ['s3:ListBucket', 's3:GetBucketLocation'], [arn]),
    allow('StateRead', ['s3:GetObject'], [`${arn}/.pulumi/meta.yaml`, ...stackObjects(grounds, arn)]),
    allow('StateKeyRead', actionsOf('kms', 'Decrypt DescribeKey'), [keyArns], byAlias),
  ];
}

/** Reads and writes the state of one stack, with its lock, history and backups. */
export function writeState(grounds: Pick<Grounds, 'settings'>): Statement[] {
  const { bucket, keyAlias, keyArns } = stateOf(grounds);
  const arn = `arn:aws:s3:::${bucket}`;
  const byAlias: Condition = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': keyAlias } };
  return [
    ...readState(grounds),
    allow('StateWrite', actionsOf('s3', 'PutObject DeleteObject'), stackObjects(grounds, arn)),
    allow('StateKeyWrite', actionsOf('kms', 'Encrypt GenerateDataKey'), [keyArns], byAlias),
  ];
}

function stackObjects({ settings }: Pick<Grounds, 'settings'>, bucketArn: string): string[] {
  const own = (folder: string, rest: string) => `${bucketArn}/.pulumi/${folder}/pilotlight/${settings.stack}${rest}`;
  const locks = `${bucketArn}/.pulumi/locks/organization/pilotlight/${settings.stack}/*`;
  return [own('stacks', '.json*'), own('history', '/*'), own('backups', '/*'), locks];
}
