import type { ResourceStatement } from '../../infra/components/resourcePolicy.ts';
import { type Request as Asked, type Decision, decide as decideByIdentity } from './iamEvaluator.ts';

/** Who asks: a role (by its account, with `aws:PrincipalArn` in the context), or a service of AWS. */
export type Request = Asked & { by: { account: string } | { service: string } };

/** Statements of a policy as AWS is sent it. */
export function statementsOf(policy: unknown): ResourceStatement[] {
  const { Version, Statement } = JSON.parse(String(policy)) as { Version: string; Statement: ResourceStatement[] };
  if (Version !== '2012-10-17') throw new Error(`version ${Version}`);
  return Statement;
}

/** What the policy of a resource says of a request: as the policies of a role do, of those whom its statements mean. */
export function decide(policy: unknown, { by, ...asked }: Request): Decision {
  const meant = statementsOf(policy).filter(({ Principal }) => isMeant(Principal, by));
  // The policy of a repository names no resource: it is the repository.
  const whole = meant.map(({ Principal: _, Resource = ['*'], ...statement }) => ({ ...statement, Resource }));
  return decideByIdentity([{ Statement: whole }], asked);
}

function isMeant(principal: ResourceStatement['Principal'], by: Request['by']): boolean {
  if (principal === '*' || ('AWS' in principal && principal.AWS === '*')) return true;
  if ('Service' in principal) return 'service' in by && by.service === principal.Service;
  return 'account' in by && principal.AWS === `arn:aws:iam::${by.account}:root`;
}
