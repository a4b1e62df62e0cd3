import type { Context } from '../context.ts';
import { arnOf } from '../iam/document.ts';
import { accountRoot, type ResourceStatement, resourcePolicy } from './resourcePolicy.ts';

export const IMAGES_KEPT = 10;
const UNTAGGED_KEPT_DAYS = 7;

const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const PUSH = ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];

/** Images that a repository forgets. The rule for every tag comes last: ECR wants it so. */
export function imageLifecycle(): string {
  const expire = { type: 'expire' };
  const untagged = { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days' };
  const any = { tagStatus: 'any', countType: 'imageCountMoreThan' };
  return JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        description: `Untagged images go after ${UNTAGGED_KEPT_DAYS} days`,
        selection: { ...untagged, countNumber: UNTAGGED_KEPT_DAYS },
        action: expire,
      },
      {
        rulePriority: 2,
        description: `The last ${IMAGES_KEPT} images stay`,
        selection: { ...any, countNumber: IMAGES_KEPT },
        action: expire,
      },
    ],
  });
}

/**
 * Who may touch a repository's images: the account, as far as IAM goes along.
 *
 * @param forFunctions Lambda fetches a function's image by itself, for functions of this stack
 */
export function repositoryPolicy(context: Context, { forFunctions }: { forFunctions: boolean }): string {
  const { names, settings } = context;
  const account: ResourceStatement = {
    Sid: 'AccountPullsAndPushes',
    Effect: 'Allow',
    Principal: accountRoot(settings.accountId),
    Action: [...PULL, ...PUSH],
  };
  const functions: ResourceStatement = {
    Sid: 'FunctionsPull',
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    Condition: { ArnLike: { 'aws:SourceArn': arnOf(context, 'lambda', `function:${names.prefix}-*`) } },
  };
  return resourcePolicy(forFunctions ? [account, functions] : [account]);
}
