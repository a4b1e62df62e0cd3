import type { Context } from '../context.ts';
import { arnOf, type Condition } from './document.ts';

export type TrustStatement = {
  Sid: string;
  Effect: 'Allow';
  Principal: { Service: string } | { Federated: string };
  Action: string;
  Condition: Condition;
};

export type TrustPolicy = { Version: '2012-10-17'; Statement: [TrustStatement] };

export const GITHUB_ISSUER = 'token.actions.githubusercontent.com';
const GITHUB_AUDIENCE = 'sts.amazonaws.com';

const trust = (statement: TrustStatement): TrustPolicy => ({ Version: '2012-10-17', Statement: [statement] });

/**
 * A service of AWS may take the role, for resources of this account alone (the confused deputy).
 *
 * @param sources what the service acts for, where it says so; Lambda does not
 */
export function trustService({ settings }: Context, service: string, sources: string[] = []): TrustPolicy {
  const account: Condition = { StringEquals: { 'aws:SourceAccount': settings.accountId } };
  return trust({
    Sid: 'AssumedByService',
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sts:AssumeRole',
    Condition: sources.length === 0 ? account : { ...account, ArnLike: { 'aws:SourceArn': sources } },
  });
}

/** GitHub Actions may take the role, from one repository and for one occasion: `sub` is compared whole, never by pattern. */
export function trustGitHub(providerArn: string, subject: string | string[]): TrustPolicy {
  return trust({
    Sid: 'AssumedByGitHub',
    Effect: 'Allow',
    Principal: { Federated: providerArn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { [`${GITHUB_ISSUER}:aud`]: GITHUB_AUDIENCE, [`${GITHUB_ISSUER}:sub`]: subject },
    },
  });
}

export function githubProviderArn({ settings }: Context): string {
  const { oidcProvider } = settings.github;
  return 'existing' in oidcProvider
    ? oidcProvider.existing.arn
    : `arn:aws:iam::${settings.accountId}:oidc-provider/${GITHUB_ISSUER}`;
}

/**
 * Pull requests of the repository itself (GitHub gives no identity to those of forks), and the main branch, where a deployment
 * shows what it would change before anyone approves it.
 */
export function previewSubject({ settings }: Context): string[] {
  const own = `repo:${settings.github.repository}`;
  return [`${own}:pull_request`, `${own}:ref:refs/heads/main`];
}

/**
 * dev: the main branch, whose protection is the only one needed. staging and prod: the GitHub environment of that name, where
 * reviewers are asked; a workflow that names no environment, or another, cannot take the role. GitHub makes an environment
 * that is named for the first time without any rule, so dev does not rest on one.
 */
export function deploySubject({ settings }: Context): string {
  const { github, stack } = settings;
  return `repo:${github.repository}:${stack === 'dev' ? 'ref:refs/heads/main' : `environment:${stack}`}`;
}

/** Who may take each role that a service takes. */
export const serviceTrust = {
  sagemaker: (context: Context) => trustService(context, 'sagemaker.amazonaws.com', [arnOf(context, 'sagemaker', '*')]),
  states: (context: Context) =>
    trustService(context, 'states.amazonaws.com', [arnOf(context, 'states', `stateMachine:${context.names.prefix}-*`)]),
  lambda: (context: Context) => trustService(context, 'lambda.amazonaws.com'),
  /** The service names the group, never the schedule. */
  scheduler: (context: Context) =>
    trustService(context, 'scheduler.amazonaws.com', [arnOf(context, 'scheduler', 'schedule-group/*')]),
  transfer: (context: Context) =>
    trustService(context, 'transfer.amazonaws.com', [arnOf(context, 'transfer', 'connector/*')]),
  dashboardExecution: (context: Context) =>
    trustService(context, 'ecs-tasks.amazonaws.com', [arnOf(context, 'ecs', '*')]),
  dashboardTask: (context: Context) => trustService(context, 'ecs-tasks.amazonaws.com', [arnOf(context, 'ecs', '*')]),
};
