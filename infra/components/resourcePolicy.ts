import type { Condition } from '../iam/document.ts';

export type Principal = '*' | { AWS: string } | { Service: string };

/** A statement of a policy that hangs on a resource: unlike one of a role, it says whom it speaks of. */
export type ResourceStatement = {
  Sid: string;
  Effect: 'Allow' | 'Deny';
  Principal: Principal;
  Action: string[];
  Resource?: string | string[];
  Condition?: Condition;
};

/** A policy as AWS takes it. */
export function resourcePolicy(statements: readonly ResourceStatement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/**
 * Everybody in the account whom IAM allows as well. It is what a policy names instead of a role that may not exist yet: AWS
 * refuses a policy that names a missing principal, so roles stand in conditions on `aws:PrincipalArn`.
 */
export const accountRoot = (accountId: string): Principal => ({ AWS: `arn:aws:iam::${accountId}:root` });
