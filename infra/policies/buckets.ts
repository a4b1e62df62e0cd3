import { actionsOf, covers, isForEverybody, resourcesOf, type Statement, statementsOf } from './documents.ts';
import {
  type Facts,
  type Fault,
  is,
  isGiven,
  listOf,
  onResources,
  onStack,
  type Policy,
  type Seen,
  type Stack,
  unless,
} from './policy.ts';

const BUCKET = 'aws:s3/bucket:Bucket';
const sibling = (kind: string) => `aws:s3/bucket${kind}:Bucket${kind}`;
const BLOCKS = ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets'] as const;

/** Arguments that AWS wants as resources of their own: inline they fight with those. */
const INLINE = [
  'acl',
  'corsRules',
  'grants',
  'lifecycleRules',
  'loggings',
  'logging',
  'objectLockConfiguration',
  'policy',
  'replicationConfiguration',
  'serverSideEncryptionConfiguration',
  'versioning',
  'website',
  'websites',
];

/** Line 1: buckets. */
export const bucketPolicies = (facts: Facts): Policy[] => [
  onStack({
    name: 'bucket-not-public',
    line: 1,
    description: 'Every bucket blocks public access in all four ways',
    faults: besideEach(facts, 'PublicAccessBlock', (bucket, blocks) => {
      const open = BLOCKS.filter((block) => !blocks.some(({ props }) => is(props[block], true)));
      return unless(
        open.length === 0,
        `${bucket.name} leaves ${open.join(', ')} open: set each to true in a BucketPublicAccessBlock`,
      );
    }),
  }),
  onStack({
    name: 'bucket-encrypted',
    line: 1,
    description: 'Every bucket encrypts with a KMS key and a bucket key; only the log bucket may use AES256',
    faults: (stack) =>
      besideEach(facts, 'ServerSideEncryptionConfiguration', (bucket, found) => encryptionFaults(stack, bucket, found))(
        stack,
      ),
  }),
  onStack({
    name: 'bucket-versioned',
    line: 1,
    description: 'Every bucket keeps versions',
    faults: besideEach(facts, 'Versioning', (bucket, found) => {
      const enabled = found.some(({ props }) => is(props.versioningConfiguration?.status, 'Enabled'));
      return unless(enabled, `${bucket.name} keeps no versions: add a BucketVersioning with status Enabled`);
    }),
  }),
  onStack({
    name: 'bucket-lifecycle',
    line: 1,
    description: 'Every bucket lets go of what is old',
    faults: besideEach(facts, 'LifecycleConfiguration', (bucket, found) => {
      const enabled = found.some(({ props }) => listOf(props.rules).some((rule) => is(rule.status, 'Enabled')));
      return unless(
        enabled,
        `${bucket.name} has no lifecycle rule that is Enabled: add a BucketLifecycleConfiguration`,
      );
    }),
  }),
  onStack({
    name: 'bucket-access-logs',
    line: 1,
    description: 'Every bucket but the log bucket writes access logs',
    faults: (stack) =>
      besideEach(facts, 'Logging', (bucket, found) => {
        if (isLogBucket(stack, bucket)) return [];
        const logs = found.some(({ props }) => isGiven(props.targetBucket));
        return unless(logs, `${bucket.name} writes no access logs: add a BucketLogging to the log bucket`);
      })(stack),
  }),
  onStack({
    name: 'bucket-https-only',
    line: 1,
    description: 'Every bucket denies plain HTTP',
    faults: besideEach(facts, 'Policy', (bucket, found) => {
      const denied = found.some(({ props }) => deniesHttp(statementsOf(props.policy)));
      return unless(
        denied,
        `${bucket.name} takes plain HTTP: deny s3:* where aws:SecureTransport is false in its BucketPolicy`,
      );
    }),
  }),
  onResources({
    name: 'bucket-no-inline-arguments',
    line: 1,
    description: 'Buckets are set up by the resources beside them, not by deprecated arguments',
    types: [BUCKET],
    faults: ({ name, props }) =>
      INLINE.filter((key) => isGiven(props[key])).map(
        (key) => `${name} sets ${key} inline: use the resource of that name beside it`,
      ),
  }),
];

type FaultsOfOne = (bucket: Seen, siblings: Seen[]) => string[];

/** A check of each bucket of the stack with its siblings of a kind. */
const besideEach =
  (facts: Facts, kind: string, faults: FaultsOfOne) =>
  (stack: Stack): Fault[] =>
    stack
      .of(BUCKET)
      .filter(({ props }) => !facts.adoptedBuckets.includes(props.bucket))
      .flatMap((bucket) => {
        const found = stack.beside(sibling(kind), 'bucket', bucket, bucket.props.bucket);
        return faults(bucket, found).map((fault) => ({ fault, at: bucket }));
      });

/** The bucket that others write their access logs to. */
const isLogBucket = (stack: Stack, bucket: Seen): boolean =>
  stack.of(sibling('Logging')).length > 0 &&
  stack.beside(sibling('Logging'), 'targetBucket', bucket, bucket.props.bucket).length > 0;

function encryptionFaults(stack: Stack, bucket: Seen, found: Seen[]): string[] {
  const rules = found.flatMap(({ props }) => listOf(props.rules));
  if (rules.length === 0)
    return [`${bucket.name} names no encryption: add a BucketServerSideEncryptionConfiguration with aws:kms`];
  return rules.flatMap((rule) => {
    const { sseAlgorithm, kmsMasterKeyId } = rule.applyServerSideEncryptionByDefault ?? {};
    if (is(sseAlgorithm, 'AES256') && isLogBucket(stack, bucket)) return [];
    return [
      ...unless(
        is(sseAlgorithm, 'aws:kms'),
        `${bucket.name} encrypts with ${sseAlgorithm}: only the log bucket may; use aws:kms`,
      ),
      ...unless(
        isGiven(kmsMasterKeyId),
        `${bucket.name} encrypts with the key of AWS: name the stack's key in kmsMasterKeyId`,
      ),
      ...unless(is(rule.bucketKeyEnabled, true), `${bucket.name} asks KMS for every object: set bucketKeyEnabled`),
    ];
  });
}

/** A statement that denies everybody everything over plain HTTP, objects too, and under no other condition. */
function deniesHttp(statements: Statement[] | null): boolean {
  if (statements === null) return true;
  return statements.some(
    (statement) =>
      statement.Effect === 'Deny' &&
      isForEverybody(statement) &&
      actionsOf(statement).some((action) => covers(action, 's3:GetObject')) &&
      resourcesOf(statement).some((resource) => resource.endsWith('*')) &&
      isOverHttp(statement),
  );
}

function isOverHttp({ Condition }: Statement): boolean {
  const [operator, ...others] = Object.keys(Condition ?? {});
  const keys = Object.keys(Condition?.Bool ?? {});
  return (
    operator === 'Bool' &&
    others.length === 0 &&
    keys.length === 1 &&
    String(Condition.Bool['aws:SecureTransport']) === 'false'
  );
}
