import {
  actionsOf,
  allowing,
  conditionOf,
  covers,
  isForEverybody,
  principalsOf,
  type Statement,
  sidOf,
  statementsOf,
} from './documents.ts';
import { type Facts, is, isGiven, onResources, type Policy, unless } from './policy.ts';

/** What uses a key, as against what keeps it. */
const USES = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:CreateGrant'];

/** A condition that tells whose use is meant: a role by name, a service on the account's behalf, or a resource that is logged. */
const BINDINGS = [
  'aws:PrincipalArn',
  'kms:ViaService',
  'kms:GrantIsForAWSResource',
  'aws:SourceAccount',
  'aws:SourceArn',
  'kms:EncryptionContext:aws:logs:arn',
  'kms:EncryptionContext:aws:sns:topicArn',
];

/** Line 2: keys and tables. */
export const keyPolicies = ({ stack }: Facts): Policy[] => [
  onResources({
    name: 'key-rotates',
    line: 2,
    description: 'KMS keys rotate',
    types: ['aws:kms/key:Key'],
    faults: ({ name, props }) =>
      unless(is(props.enableKeyRotation, true), `${name} never rotates: set enableKeyRotation`),
  }),
  onResources({
    name: 'key-names-roles',
    line: 2,
    description: 'Key policies say who uses the key: roles by name, services for this account',
    types: ['aws:kms/key:Key'],
    faults: ({ name, props }) => [
      ...unless(
        isGiven(props.policy),
        `${name} has no policy, so that the whole account may use it: write one that names roles`,
      ),
      ...allowing(statementsOf(props.policy)).flatMap((statement) => useFaults(name, statement)),
    ],
  }),
  onResources({
    name: 'table-safe',
    line: 2,
    description:
      'Tables are encrypted with a KMS key, can be brought back to any point in time, and in prod cannot be deleted',
    types: ['aws:dynamodb/table:Table'],
    faults: ({ name, props }) => [
      ...unless(
        is(props.serverSideEncryption?.enabled, true),
        `${name} is not encrypted with KMS: set serverSideEncryption.enabled`,
      ),
      ...unless(
        isGiven(props.serverSideEncryption?.kmsKeyArn),
        `${name} uses the key of AWS: set serverSideEncryption.kmsKeyArn`,
      ),
      ...unless(
        is(props.pointInTimeRecovery?.enabled, true),
        `${name} cannot be brought back: set pointInTimeRecovery.enabled`,
      ),
      ...unless(
        stack !== 'prod' || is(props.deletionProtectionEnabled, true),
        `${name} can be deleted: set deletionProtectionEnabled`,
      ),
    ],
  }),
];

function useFaults(name: string, statement: Statement): string[] {
  const who = `${name}, ${sidOf(statement)}`;
  if (isForEverybody(statement)) return [`${who}: the key is anybody's: name an account, a role or a service`];
  const used = USES.filter((use) => actionsOf(statement).some((action) => covers(action, use)));
  if (used.length === 0) return [];
  const people = principalsOf(statement, 'AWS').filter((arn) => !/:(role|user)\//.test(arn));
  if (people.length === 0 && principalsOf(statement, 'Service').length === 0) return [];
  const bound = BINDINGS.some((key) => conditionOf(statement, key).length > 0);
  return unless(
    bound,
    `${who}: the whole account may ${used.join(', ')}: name roles in a condition on aws:PrincipalArn, or services by kms:ViaService`,
  );
}
