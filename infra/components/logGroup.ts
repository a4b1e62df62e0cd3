import * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns } from '../context.ts';

/** A log group with the stack's retention and key: made before whoever writes to it, who would make one without either. */
export function logGroup(
  child: string,
  name: string,
  { context, keys }: { context: Context; keys: KeyArns },
  parent: pulumi.Resource,
): aws.cloudwatch.LogGroup {
  const { logRetentionDays } = context.settings.monitoring;
  return new aws.cloudwatch.LogGroup(
    child,
    { name, retentionInDays: logRetentionDays, kmsKeyId: keys.logs },
    { parent },
  );
}
