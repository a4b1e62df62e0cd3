import { UNSCOPED } from '../iam/unscoped.ts';
import {
  actionsOf,
  allowing,
  conditionOf,
  covers,
  exactly,
  isForEverybody,
  principalsOf,
  resourcesOf,
  type Statement,
  sidOf,
  statementsOf,
} from './documents.ts';
import { listOf, onResources, type Policy, type Seen, unless } from './policy.ts';

const GITHUB = 'token.actions.githubusercontent.com';
const ROLE = 'aws:iam/role:Role';
const FULL_ACCESS = /^arn:aws:iam::aws:policy\/.*(FullAccess|AdministratorAccess|PowerUserAccess)/;
/** A ceiling above roles: it allows much and grants nothing, as long as it is no role's own policy. */
const BOUNDARY = /-boundary$/;
const ATTACHMENT = 'aws:iam/rolePolicyAttachment:RolePolicyAttachment';
const DOCUMENTS = ['aws:iam/policy:Policy', 'aws:iam/rolePolicy:RolePolicy', ROLE];

/** Lines 3 and 4: who may do what, and who may be whom. */
export const rolePolicies = (): Policy[] => [
  onResources({
    name: 'role-no-full-access',
    line: 3,
    description: 'No role has a policy of AWS that grants everything of a service, nor a boundary as its own policy',
    types: [ATTACHMENT, ROLE],
    faults: ({ name, props }) => {
      const attached = [...listOf<string>(props.policyArn), ...listOf<string>(props.managedPolicyArns)];
      const wide = attached.filter((arn) => FULL_ACCESS.test(arn) || BOUNDARY.test(arn));
      return wide.map(
        (arn) => `${name} attaches ${arn.split('/').at(-1)}: write a policy with the actions that are needed`,
      );
    },
  }),
  onStatements('role-no-star-action', 'No role may do everything, nor everything of a service', (who, statement) => {
    const wide = actionsOf(statement).filter((action) => action === '*' || /^[\w-]+:\*$/.test(action));
    return [
      ...wide.map((action) => `${who}: allows ${action}: name the actions that are needed`),
      ...unless(
        statement.NotAction === undefined,
        `${who}: allows all but some (NotAction): name the actions that are needed`,
      ),
    ];
  }),
  onStatements(
    'role-star-resource-with-reason',
    '`*` as a resource only for actions that IAM knows no resource for',
    (who, statement) => {
      const bare = resourcesOf(statement).includes('*')
        ? actionsOf(statement).filter((action) => !(action in UNSCOPED))
        : [];
      return [
        ...bare.map(
          (action) => `${who}: ${action} on *: name the resources, or give the reason in infra/iam/unscoped.ts`,
        ),
        ...unless(
          statement.NotResource === undefined,
          `${who}: allows all resources but some (NotResource): name them`,
        ),
      ];
    },
  ),
  onStatements(
    'role-pass-role-bound',
    'iam:PassRole is bound to roles and to the services they are passed to',
    (who, statement) => {
      if (!actionsOf(statement).some((action) => covers(action, 'iam:PassRole'))) return [];
      return [
        ...unless(
          conditionOf(statement, 'iam:PassedToService').length > 0,
          `${who}: passes roles to any service: add a condition on iam:PassedToService`,
        ),
        ...unless(
          !resourcesOf(statement).some((arn) => /role\/\*?$|^\*$/.test(arn)),
          `${who}: passes any role: name the roles`,
        ),
      ];
    },
  ),
  onTrust(
    'role-trust-bound',
    3,
    'A service takes a role for this account only, and nobody else does',
    (name, statement) => {
      const services = principalsOf(statement, 'Service');
      const bound = conditionOf(statement, 'aws:SourceAccount').length > 0;
      return [
        ...unless(!isForEverybody(statement), `${name}: anybody may take it: name a service`),
        ...unless(
          services.length === 0 || bound,
          `${name}: ${services.join(', ')} may take it for any account: add a condition on aws:SourceAccount`,
        ),
      ];
    },
  ),
  onTrust(
    'role-oidc-exact',
    4,
    'GitHub takes a role for one audience and one exact subject; in prod from the prod environment only',
    githubFaults,
  ),
];

type FaultsOfStatement = (who: string, statement: Statement) => string[];

/** Line 3, for each statement that allows something. */
function onStatements(name: string, description: string, faults: FaultsOfStatement): Policy {
  const documentsOf = ({ type, props }: Seen): unknown[] => {
    if (BOUNDARY.test(String(props.name))) return [];
    return type === ROLE ? listOf(props.inlinePolicies).map(({ policy }) => policy) : [props.policy];
  };
  return onResources({
    name,
    line: 3,
    description,
    types: DOCUMENTS,
    faults: (seen) =>
      documentsOf(seen).flatMap((document) =>
        allowing(statementsOf(document)).flatMap((statement) => faults(`${seen.name}, ${sidOf(statement)}`, statement)),
      ),
  });
}

function onTrust(
  name: string,
  line: number,
  description: string,
  faults: (name: string, statement: Statement, stack: string) => string[],
): Policy {
  return onResources({
    name,
    line,
    description,
    types: [ROLE],
    faults: ({ name: role, urn, props }) =>
      allowing(statementsOf(props.assumeRolePolicy)).flatMap((statement) => faults(role, statement, stackOf(urn))),
  });
}

const stackOf = (urn: string): string => urn.split(':')[2] ?? '';

function githubFaults(name: string, statement: Statement, stack: string): string[] {
  if (!principalsOf(statement, 'Federated').some((arn) => arn.includes(GITHUB))) return [];
  const audience = exactly(statement, `${GITHUB}:aud`);
  const subjects = exactly(statement, `${GITHUB}:sub`);
  const loose = subjects.length === 0 || subjects.some((subject) => /[*?]/.test(subject));
  const reads = name === 'preview';
  const elsewhere = subjects.filter((subject) => stack === 'prod' && !reads && !subject.endsWith(':environment:prod'));
  return [
    ...unless(
      audience.length === 1 && audience[0] === 'sts.amazonaws.com',
      `${name}: any audience is taken: compare ${GITHUB}:aud with sts.amazonaws.com by StringEquals`,
    ),
    ...unless(!loose, `${name}: the subject is not exact: compare ${GITHUB}:sub by StringEquals, without * or ?`),
    ...elsewhere.map((subject) => `${name}: ${subject} may deploy to prod: only repo:OWNER/NAME:environment:prod may`),
  ];
}
