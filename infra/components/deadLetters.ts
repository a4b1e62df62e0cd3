import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns } from '../context.ts';
import { type ResourceStatement, resourcePolicy } from './resourcePolicy.ts';

export type DeadLettersArgs = {
  context: Context;
  keys: KeyArns;
  /** Physical name, without the stack's prefix; it begins logical names, too. */
  of: string;
  /** A rule of EventBridge that leaves here what it could not deliver. Functions and schedules write by their roles. */
  ruleArn?: pulumi.Input<string>;
};

/** How long people have to look: what SQS keeps at most. */
const RETENTION_SECONDS = 14 * 24 * 3600;

/** A queue of what could not be delivered, for people to read; encrypted, and by TLS only. */
export class DeadLetters extends pulumi.ComponentResource {
  readonly name: string;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: DeadLettersArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:messaging:DeadLetters', name, {}, options);
    this.name = `${args.context.names.prefix}-${args.of}-dead-letters`;
    const queue = new aws.sqs.Queue(
      `${args.of}-dead-letters`,
      {
        name: this.name,
        messageRetentionSeconds: RETENTION_SECONDS,
        kmsMasterKeyId: args.keys.data,
        kmsDataKeyReusePeriodSeconds: 300,
      },
      { parent: this },
    );
    this.arn = queue.arn;
    const { accountId } = args.context.settings;
    const policy = pulumi
      .all([queue.arn, args.ruleArn])
      .apply(([queueArn, ruleArn]) => queuePolicy(queueArn, accountId, ruleArn));
    new aws.sqs.QueuePolicy(`${args.of}-dead-letters`, { queueUrl: queue.url, policy }, { parent: this });
    this.registerOutputs({ name: this.name, arn: this.arn });
  }
}

/** Nobody by plain HTTP; one rule of EventBridge, where there is one, since it has no role of its own to write by. */
export function queuePolicy(queueArn: string, accountId: string, ruleArn?: string): string {
  const plain: ResourceStatement = {
    Sid: 'DenyPlainHttp',
    Effect: 'Deny',
    Principal: '*',
    Action: ['sqs:*'],
    Resource: [queueArn],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  if (ruleArn === undefined) return resourcePolicy([plain]);
  const rule: ResourceStatement = {
    Sid: 'Rule',
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: ['sqs:SendMessage'],
    Resource: [queueArn],
    Condition: { ArnEquals: { 'aws:SourceArn': ruleArn }, StringEquals: { 'aws:SourceAccount': accountId } },
  };
  return resourcePolicy([plain, rule]);
}
