import type { Context } from '../context.ts';
import { githubProviderArn } from '../iam/trust.ts';
import { accountTemplate } from './accountTemplate.ts';
import { accountStackName, backendOf, firstRoleName, firstRoleStackName } from './backend.ts';
import { firstRoleTemplate } from './firstRoleTemplate.ts';
import { formatTemplate } from './formatTemplate.ts';
import { secretsOf } from './secrets.ts';

/** A shell script for an administrator of the account, with what comes after it. It is printed, read, and run by a person. */
export function bootstrapScript(context: Context): string {
  const parts = [head, account, firstRole, ...(context.settings.dashboard ? [linkedRole] : []), next];
  return `${parts.map((part) => part(context).trim()).join('\n\n')}\n`;
}

const comment = (text: string): string =>
  text
    .replace(/^\n+|\n+$/g, '')
    .split('\n')
    .map((line) => `# ${line}`.trimEnd())
    .join('\n');

function head({ settings }: Context): string {
  const { accountId, stack } = settings;
  return `#!/usr/bin/env bash
${comment(`
What the stack ${stack} needs before its first \`pulumi up\`, in account ${accountId}, region ${settings.region}.
Printed by \`./dev platform bootstrap --print --stack ${stack}\`, which runs nothing. Read it; then run it as an administrator of the account:
  ./dev platform bootstrap --print --stack ${stack} > bootstrap.sh
  ADMINISTRATOR_ARN=arn:aws:iam::${accountId}:role/NAME bash bootstrap.sh
It may be run again: what is there already stays as it is.
`)}
set -euo pipefail

: "\${ADMINISTRATOR_ARN:?set it to the role or user that runs the first pulumi up, as arn:aws:iam::${accountId}:role/NAME}"
export AWS_REGION=${settings.region}
export AWS_PAGER=
[ "$(aws sts get-caller-identity --query Account --output text)" = ${accountId} ] || {
  echo 'these are credentials of another account: stack ${stack} lives in ${accountId}' >&2
  exit 2
}
templates=$(mktemp -d)
trap 'rm -rf "$templates"' EXIT`;
}

function account(context: Context): string {
  const { bucket, keyAlias } = backendOf(context);
  return `${comment(`
1. Once an account: the bucket of Pulumi's state (versioned, encrypted, closed to the public and to plain HTTP) and the key
   of state and secrets (rotating; used by the roles of pilotlight alone). Both outlive the CloudFormation stack.
     bucket ${bucket}, key ${keyAlias}
`)}
${providerCheck(context)}
cat > "$templates/account.json" <<'TEMPLATE'
${formatTemplate(accountTemplate(context))}
TEMPLATE
aws cloudformation deploy --stack-name ${accountStackName} --template-file "$templates/account.json" \\
  --parameter-overrides "MakeGitHubProvider=$make_provider" --no-fail-on-empty-changeset --tags project=pilotlight`;
}

/** An account has one identity provider for GitHub; who makes it stands in the stack's configuration. */
function providerCheck(context: Context): string {
  const arn = githubProviderArn(context);
  if ('create' in context.settings.github.oidcProvider) {
    return `${comment(`
   GitHub's identity provider (OIDC) is made by the stack itself (pilotlight:github.oidcProvider is create):
     ${arn}
   An account has only one: where it is there already, the next line stops, and the stack has to adopt it.
`)}
if aws iam get-open-id-connect-provider --open-id-connect-provider-arn ${arn} > /dev/null 2>&1 &&
  ! aws iam get-role --role-name ${context.names.roles.deploy.name} > /dev/null 2>&1; then
  echo 'the account has the provider: set pilotlight:github.oidcProvider to {existing: {arn: ${arn}}}' >&2
  exit 2
fi
make_provider=false`;
  }
  return `${comment(`
   GitHub's identity provider (OIDC) is adopted by the stack, so it is made here where the account has none.
     ${arn}
`)}
make_provider=true
if aws iam get-open-id-connect-provider --open-id-connect-provider-arn ${arn} > /dev/null 2>&1; then
  make_provider=false
fi`;
}

function firstRole(context: Context): string {
  const name = firstRoleName(context);
  return `${comment(`
2. Once a stack: the first deploy role, ${name}. It may do what a deployment may, and make what a deployment must not change:
   GitHub's roles, the boundary above all roles of work, the identity provider. Only the administrator named takes it.
   Deployments from GitHub take ${context.names.roles.deploy.name}, which the first \`pulumi up\` makes.
`)}
cat > "$templates/first-role.json" <<'TEMPLATE'
${formatTemplate(firstRoleTemplate(context))}
TEMPLATE
aws cloudformation deploy --stack-name ${firstRoleStackName(context)} --template-file "$templates/first-role.json" \\
  --parameter-overrides "AdministratorArn=$ADMINISTRATOR_ARN" --capabilities CAPABILITY_NAMED_IAM \\
  --no-fail-on-empty-changeset --tags project=pilotlight stack=${context.settings.stack}`;
}

function linkedRole(): string {
  return `${comment(`
3. ECS cannot start its first service in an account in the same minute as it makes its own role: it is made now.
`)}
aws iam get-role --role-name AWSServiceRoleForECS > /dev/null 2>&1 ||
  aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com > /dev/null`;
}

function next(context: Context): string {
  const { settings, names } = context;
  const { stack } = settings;
  const { url, secretsProvider } = backendOf(context);
  const role = `arn:aws:iam::${settings.accountId}:role/${firstRoleName(context)}`;
  const only = (what: string) => `--target 'urn:pulumi:${stack}::pilotlight::${what}'`;
  const repositories = Object.values(names.repositories).map(({ name }) => name);
  return comment(`
Next, by hand, with the first role (a profile with role_arn = ${role}):

a. Tell Pulumi where state and secrets are. This writes the encrypted key into Pulumi.${stack}.yaml: commit it.
     pulumi login '${url}'
     pulumi stack init ${stack} --secrets-provider '${secretsProvider}'

b. Keys and image repositories come first, for all else needs what is in them.${leaveOut(context)}
     pulumi up --stack ${stack} ${only('pulumi:providers:aws::aws')} \\
       ${only('energy:security:Keys**')} \\
       ${only('energy:images:Registry**')}
${secretSteps(context)}
d. Images: build each for linux/amd64 without provenance, push it as the commit, and set its digest in pilotlight:images of
   Pulumi.${stack}.yaml. Later the workflow \`images\` builds, and \`deploy\` finds the digests by itself.
     ${repositories.join(', ')}

e. Everything.
     pulumi up --stack ${stack} --policy-pack infra/policies

${githubSteps(context)}`);
}

const isAsked = ({ settings }: Context) =>
  [settings.ingest && 'ingest', settings.dashboard && 'dashboard'].filter(Boolean);

function leaveOut(context: Context): string {
  const asked = isAsked(context);
  return asked.length === 0
    ? ''
    : `\n   Until step c is done, leave pilotlight:${asked.join(' and pilotlight:')} out of Pulumi.${stackOf(context)}.yaml.`;
}

function secretSteps(context: Context): string {
  const secrets = secretsOf(context);
  if (secrets.length === 0) return '\nc. Secrets: the stack needs none that a person makes.\n';
  return `
c. Secrets that a person makes, under the key of step b; the ARN of each goes into Pulumi.${stackOf(context)}.yaml.
     ./dev platform secrets --stack ${stackOf(context)}
   ${secrets.map(({ name }) => name).join(', ')}
`;
}

const stackOf = ({ settings }: Context) => settings.stack;

function githubSteps({ settings }: Context): string {
  const { repository, reviewers } = settings.github;
  const { stack } = settings;
  const runner = `The runner's label is the variable RUNNER of the repository; without it GitHub's own ubuntu-latest is used:
     gh variable set RUNNER --repo ${repository} --body LABEL`;
  if (stack === 'dev') return `f. GitHub: protect the branch main; it alone deploys dev. ${runner}`;
  const ids = reviewers.map((name) => `     gh api users/${name} --jq .id`).join('\n');
  const review = reviewers.length === 0 ? '[]' : '[{"type": "User", "id": ID}]';
  return `f. GitHub: the environment ${stack}, with who must approve, before the first deployment: GitHub makes an environment that it does
   not know without any rule. ${runner}
${ids === '' ? '' : `${ids}\n`}     gh api --method PUT repos/${repository}/environments/${stack} --input - <<< \\
       '{"reviewers": ${review}, "prevent_self_review": true, "deployment_branch_policy": {"protected_branches": true, "custom_branch_policies": false}}'`;
}
