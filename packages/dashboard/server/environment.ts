import { InputError } from '@pilotlight/errors';
import type { Auth } from './access/signIn.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const ARN = /^arn:aws[a-z-]*:elasticloadbalancing:([a-z0-9-]+):\d{12}:loadbalancer\/app\/[\w.-]+\/[0-9a-f]+$/;

/**
 * How visitors are told from one another, from the environment: `PILOTLIGHT_ALB_ARN` (the load balancer that signs people in; unset:
 * nobody does), `PILOTLIGHT_OIDC_ISSUER`, `PILOTLIGHT_OIDC_CLIENT_ID` (what the sign-in must be; unset: not looked at),
 * `PILOTLIGHT_ROLES_CLAIM` (default `groups`), `PILOTLIGHT_PERSONAL_DATA_ROLES` (groups that see personal data, with commas between;
 * unset: nobody does).
 *
 * @throws InputError where the ARN is none of a load balancer
 */
export function authOf(env: Environment): Auth {
  const balancerArn = env.PILOTLIGHT_ALB_ARN;
  if (!balancerArn) return { mode: 'off' };
  const region = ARN.exec(balancerArn)?.[1];
  if (region === undefined) {
    throw new InputError({
      code: 'bad_balancer',
      what: 'this is no ARN of an application load balancer',
      where: `PILOTLIGHT_ALB_ARN=${balancerArn}`,
      todo: 'write arn:aws:elasticloadbalancing:REGION:ACCOUNT:loadbalancer/app/NAME/ID',
    });
  }
  return {
    mode: 'oidc',
    region,
    balancerArn,
    issuer: env.PILOTLIGHT_OIDC_ISSUER || undefined,
    clientId: env.PILOTLIGHT_OIDC_CLIENT_ID || undefined,
    rolesClaim: env.PILOTLIGHT_ROLES_CLAIM || 'groups',
    personalRoles: (env.PILOTLIGHT_PERSONAL_DATA_ROLES ?? '').split(',').filter((role) => role !== ''),
  };
}
