import { PREFIXES } from '../names.ts';
import { allow, type Statement } from './document.ts';

export type Prefix = (typeof PREFIXES)[number];

/** read: objects; write: read, and new objects and versions over old ones; own: write, and delete. */
export type Access = 'read' | 'write' | 'own';

/** What each prefix may be used for; a prefix that is not named is out of reach. */
export type AccessByPrefix = Partial<Record<Prefix, Access>>;

const READ = ['s3:GetObject', 's3:GetObjectVersion'];
const WRITE = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];

/** Statements for a bucket whose prefixes are treated differently: list, read, write and delete, no wider than `access`. */
export function prefixStatements(bucketArn: string, access: AccessByPrefix): Statement[] {
  const with_ = (...kinds: Access[]) => PREFIXES.filter((prefix) => kinds.includes(access[prefix] as Access));
  const objects = (prefixes: Prefix[]) => prefixes.map((prefix) => `${bucketArn}/${prefix}/*`);
  const reached = with_('read', 'write', 'own');
  const statements = [
    allow('DataLocation', ['s3:GetBucketLocation'], [bucketArn]),
    allow('DataList', ['s3:ListBucket'], [bucketArn], {
      StringLike: { 's3:prefix': reached.flatMap((prefix) => [prefix, `${prefix}/*`]) },
    }),
    allow('DataRead', READ, objects(reached)),
    allow('DataWrite', WRITE, objects(with_('write', 'own'))),
    allow('DataDelete', ['s3:DeleteObject'], objects(with_('own'))),
  ];
  return statements.filter(({ Resource }) => Resource.length > 0);
}

/** Statements for a bucket that is read and written as one: never deleted from. */
export function wholeBucketStatements(bucketArn: string): Statement[] {
  return [
    allow('ArtifactsList', ['s3:ListBucket', 's3:GetBucketLocation'], [bucketArn]),
    allow('ArtifactsReadWrite', [...READ, ...WRITE], [`${bucketArn}/*`]),
  ];
}
