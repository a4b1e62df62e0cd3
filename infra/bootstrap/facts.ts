import { sourceUri } from '../components/studioSettings.ts';
import type { Context } from '../context.ts';
import { backendOf } from './backend.ts';

/** What a workflow must know of a stack before it may ask AWS: `key=value` a line, as GitHub takes outputs. */
export function factsText(context: Context): string {
  const { settings, names } = context;
  const registry = `${settings.accountId}.dkr.ecr.${settings.region}.amazonaws.com`;
  const facts = {
    account: settings.accountId,
    region: settings.region,
    preview_role: names.roles.preview.arn,
    deploy_role: names.roles.deploy.arn,
    backend: backendOf(context).url,
    registry,
    pipeline_repository: names.repositories.pipeline.name,
    lambda_repository: names.repositories.lambda.name,
    dashboard_repository: names.repositories.dashboard.name,
    churn_machine: names.machines.churn.arn,
    source: sourceUri(names.buckets.data.name),
    reviewers_required: settings.github.reviewers.length,
  };
  return `${Object.entries(facts)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
}
