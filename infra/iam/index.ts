import type { Context } from '../context.ts';
import { dashboardExecutionPolicies, dashboardTaskPolicies } from './dashboard.ts';
import { deployPolicies } from './deploy.ts';
import type { Grounds, PolicyDocument } from './document.ts';
import { lambdaPolicies } from './lambda.ts';
import { previewPolicies } from './preview.ts';
import { sagemakerPolicies } from './sagemaker.ts';
import { schedulerPolicies } from './scheduler.ts';
import { statesPolicies } from './states.ts';
import { transferPolicies } from './transfer.ts';
import {
  deploySubject,
  githubProviderArn,
  previewSubject,
  serviceTrust,
  type TrustPolicy,
  trustGitHub,
} from './trust.ts';

export { boundaryOf, boundaryPolicy } from './boundary.ts';
export type { Grounds, PolicyDocument, Statement } from './document.ts';
export { sizeOf } from './document.ts';
export { stateOf } from './state.ts';
export { trackingPolicies } from './tracking.ts';
export { connectorPolicies } from './transfer.ts';
export { GITHUB_ISSUER, githubProviderArn, type TrustPolicy } from './trust.ts';
export { UNSCOPED } from './unscoped.ts';

export type RoleName = keyof Context['names']['roles'];

/** Roles that people and work flows take from GitHub; they are no part of the stack's work, and above its boundary. */
export const GITHUB_ROLES: readonly RoleName[] = ['preview', 'deploy'];

/** What each role may do, by the name of the policy. */
export const POLICIES: Record<RoleName, (grounds: Grounds) => Record<string, PolicyDocument>> = {
  sagemaker: sagemakerPolicies,
  states: statesPolicies,
  lambda: lambdaPolicies,
  scheduler: schedulerPolicies,
  transfer: transferPolicies,
  dashboardExecution: dashboardExecutionPolicies,
  dashboardTask: dashboardTaskPolicies,
  preview: previewPolicies,
  deploy: deployPolicies,
};

/** Who may take each role. */
export const TRUST: Record<RoleName, (context: Context) => TrustPolicy> = {
  ...serviceTrust,
  preview: (context) => trustGitHub(githubProviderArn(context), previewSubject(context)),
  deploy: (context) => trustGitHub(githubProviderArn(context), deploySubject(context)),
};
