import type { Context } from '../context.ts';
import type { Stack } from '../settings.ts';

/** A secret that only a person can make, for somebody outside gave it to them. */
export type WantedSecret = {
  stack: Stack;
  name: string;
  holds: string;
  format: string;
  /** What reads it. */
  neededBy: string;
  /** Where its ARN goes in the stack's file. */
  setting: string;
  /** Makes it; capitals stand for what is not ours to know. */
  command: string;
};

/** What must be asked for besides, of the same people, in the same letter. */
export type WantedValue = { stack: Stack; what: string; from: string; setting: string };

export function secretsOf(context: Context): WantedSecret[] {
  const { ingest, dashboard } = context.settings;
  return [
    ...(ingest ? [sftpSecret(context, ingest.secretArn)] : []),
    ...(dashboard ? [signInSecret(context, dashboard.signIn.clientSecretArn)] : []),
  ];
}

export function valuesOf({ settings }: Context): WantedValue[] {
  const { stack, ingest, dashboard } = settings;
  const value = (what: string, from: string, setting: string): WantedValue => ({
    stack,
    what,
    from,
    setting: `pilotlight:${setting}`,
  });
  return [
    ...(ingest
      ? [
          value(
            `public host keys of ${ingest.sftpUrl}, told by another way than the network`,
            'who runs the SFTP server',
            'ingest.trustedHostKeys',
          ),
        ]
      : []),
    ...(dashboard
      ? [
          value(
            `a client for the sign-in, with redirect URI https://${dashboard.hostName}/oauth2/idpresponse`,
            'who runs the sign-in',
            'dashboard.signIn',
          ),
          value(
            `a certificate for ${dashboard.hostName} in ACM, ${settings.region}`,
            'who runs the domain',
            'dashboard.certificateArn',
          ),
        ]
      : []),
  ];
}

function sftpSecret(context: Context, arn: string): WantedSecret {
  return {
    stack: context.settings.stack,
    name: nameOf(arn),
    holds: 'user name and private key for the SFTP server that the exports land on',
    format: '{"Username": "...", "PrivateKey": "-----BEGIN ..."} (PEM or OpenSSH, without a passphrase)',
    neededBy: 'the Transfer connector',
    setting: 'pilotlight:ingest.secretArn',
    command: `jq -n --arg Username USER_NAME --rawfile PrivateKey PRIVATE_KEY_FILE '{$Username, $PrivateKey}' |
  ${create(context, arn)}`,
  };
}

function signInSecret(context: Context, arn: string): WantedSecret {
  return {
    stack: context.settings.stack,
    name: nameOf(arn),
    holds: `secret of the client "${context.settings.dashboard?.signIn.clientId}" of the sign-in`,
    format: 'the secret alone, as text, without a line end',
    neededBy: 'the load balancer of the dashboard',
    setting: 'pilotlight:dashboard.signIn.clientSecretArn',
    command: `printf %s "$(cat CLIENT_SECRET_FILE)" |
  ${create(context, arn)}`,
  };
}

/** From a pipe, so that it stands in no history and no list of processes. */
function create({ settings, names }: Context, arn: string): string {
  return `aws secretsmanager create-secret --region ${settings.region} --name ${nameOf(arn)} \\
    --kms-key-id alias/${names.prefix}-data --tags Key=project,Value=pilotlight Key=stack,Value=${settings.stack} \\
    --secret-string file:///dev/stdin --query ARN --output text`;
}

/** AWS ends the ARN with six characters of its own. */
const nameOf = (arn: string): string => arn.replace(/^.*:secret:/, '').replace(/-[A-Za-z0-9]{6}$/, '');

/** One letter: everything that somebody has to hand over, and what to do with it. */
export function secretsText(
  stacks: readonly { stack: Stack; secrets: WantedSecret[]; values: WantedValue[] }[],
): string {
  const parts = stacks.map(({ stack, secrets, values }) => {
    if (secrets.length === 0) return `${stack}: no secrets that a person makes`;
    const asked = values.map(({ what, from, setting }) => `  - ${what}\n      from ${from}; goes into ${setting}`);
    const also = asked.length === 0 ? '' : `\n\n  No secrets, but to be asked for with them:\n${asked.join('\n')}`;
    return `${stack}: ${secrets.length} secrets\n\n${secrets.map(secretText).join('\n\n')}${also}`;
  });
  return `${parts.join('\n\n')}\n\nGitHub holds no secret: workflows sign in by OIDC.\n`;
}

function secretText({ name, holds, format, neededBy, setting, command, stack }: WantedSecret): string {
  return `  ${name}
    holds      ${holds}
    format     ${format}
    needed by  ${neededBy} of ${stack}; its ARN goes into ${setting}
    command
${command
  .split('\n')
  .map((line) => `      ${line}`)
  .join('\n')}`;
}
