import { type AccessByPrefix, prefixStatements } from './buckets.ts';
import { allow, deny, documentOf, type Grounds, type PolicyDocument } from './document.ts';
import { pullImages } from './images.ts';
import { useDataKey } from './keys.ts';
import { writeLogs } from './telemetry.ts';

/** What the pages show; in `tmp` each step of a run says when it ended and what it took. */
export const DASHBOARD_ACCESS: AccessByPrefix = {
  silver: 'read',
  gold: 'read',
  models: 'read',
  scored: 'read',
  monitoring: 'read',
  'metrics-logs': 'read',
  tmp: 'read',
};

/** The role that the pages run with: reads, and is denied writing whatever else may be attached to it. */
export function dashboardTaskPolicies(grounds: Grounds): Record<string, PolicyDocument> {
  const { names } = grounds;
  const { data, mlflow } = names.buckets;
  const statements = [
    ...prefixStatements(data.arn, DASHBOARD_ACCESS),
    allow(
      'ManifestRead',
      ['GetItem', 'BatchGetItem', 'Query', 'Scan'].map((verb) => `dynamodb:${verb}`),
      [names.manifest.arn, `${names.manifest.arn}/index/*`],
    ),
    useDataKey(grounds, ['s3', 'dynamodb'], 'read'),
    deny('NeverWrites', ['s3:Put*', 's3:Delete*'], [data.arn, `${data.arn}/*`]),
    deny('NeverArtifacts', ['s3:Get*', 's3:Put*', 's3:Delete*', 's3:List*'], [mlflow.arn, `${mlflow.arn}/*`]),
  ];
  return { read: documentOf(statements) };
}

/** The role that ECS starts the task with: its image, its log group, its sign-in secret. */
export function dashboardExecutionPolicies(grounds: Grounds): Record<string, PolicyDocument> {
  const { names, settings } = grounds;
  const secret = settings.dashboard?.signIn.clientSecretArn;
  const statements = [
    ...pullImages([names.repositories.dashboard]),
    writeLogs(grounds, [names.logGroups.dashboard]),
    ...(secret === undefined ? [] : [allow('SignInSecret', ['secretsmanager:GetSecretValue'], [secret])]),
    useDataKey(grounds, ['secretsmanager'], 'read'),
  ];
  return { start: documentOf(statements) };
}
