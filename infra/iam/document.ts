import type { Context } from '../context.ts';

/** What a policy is written from: the stack's settings and names, and the ARNs of its two keys. */
export type Grounds = Context & { keys: { data: string; logs: string } };

export type Condition = Record<string, Record<string, string | string[]>>;

export type Statement = {
  Sid: string;
  Effect: 'Allow' | 'Deny';
  Action: string[];
  Resource: string[];
  Condition?: Condition;
};

export type PolicyDocument = { Version: '2012-10-17'; Statement: Statement[] };

export function documentOf(statements: readonly Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: [...statements] };
}

export function allow(sid: string, actions: string[], resources: string[], condition?: Condition): Statement {
  const statement: Statement = { Sid: sid, Effect: 'Allow', Action: actions, Resource: resources };
  return condition === undefined ? statement : { ...statement, Condition: condition };
}

export function deny(sid: string, actions: string[], resources: string[], condition?: Condition): Statement {
  return { ...allow(sid, actions, resources, condition), Effect: 'Deny' };
}

/** Characters as IAM counts them against its limits: without white space. */
export function sizeOf(document: object): number {
  return JSON.stringify(document).replaceAll(/\s/g, '').length;
}

/** An ARN of the stack's account and region. */
export function arnOf({ settings }: Context, service: string, resource: string): string {
  return `arn:aws:${service}:${settings.region}:${settings.accountId}:${resource}`;
}

/** Every tag of a resource that tells whose it is; the provider's default tags hold the same pairs. */
export function ownTags({ settings }: Context, prefix: 'aws:RequestTag' | 'aws:ResourceTag'): Condition {
  return { StringEquals: { [`${prefix}/project`]: 'pilotlight', [`${prefix}/stack`]: settings.stack } };
}

/** `s3`, `GetObject PutObject` -> `s3:GetObject`, `s3:PutObject`. */
export function actionsOf(service: string, actions: string): string[] {
  return actions
    .trim()
    .split(/\s+/)
    .map((action) => `${service}:${action}`);
}
