import type { Context } from '../context.ts';
import { stateOf } from '../iam/state.ts';

/** What Pulumi is told of its state and of its secrets' key, besides their names. */
export function backendOf(context: Context) {
  const { region } = context.settings;
  const { bucket, keyAlias } = stateOf(context);
  const at = `region=${region}&awssdk=v2`;
  return {
    bucket,
    keyAlias,
    url: `s3://${bucket}?${at}`,
    secretsProvider: `awskms://${keyAlias}?${at}`,
  };
}

/** CloudFormation stacks that hold what must be there before Pulumi: one an account, one a stack of ours. */
export const accountStackName = 'pilotlight-account';
export const firstRoleStackName = ({ names }: Context): string => `${names.prefix}-bootstrap`;
/** Taken by the administrator who runs the first `pulumi up`. */
export const firstRoleName = ({ names }: Context): string => `${names.prefix}-bootstrap`;
