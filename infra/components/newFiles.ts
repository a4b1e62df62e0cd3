import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns } from '../context.ts';
import { DeadLetters } from './deadLetters.ts';
import type { Watched } from './watched.ts';

export type NewFilesArgs = {
  context: Context;
  keys: KeyArns;
  storage: { data: { name: pulumi.Input<string>; arn: pulumi.Input<string> } };
  /** The function that is told. */
  trigger: { arn: pulumi.Input<string> };
};

/** Files of churn; those of segmentation stand beside them and start nothing. */
export const RAW_PREFIX = 'raw/churn/';

const RETRY = { maximumEventAgeInSeconds: 7200, maximumRetryAttempts: 24 };

/**
 * Tells a function of new files. A bucket has one set of notifications, and whoever writes it replaces it whole: that is ours for
 * a bucket of our own, and never for an adopted one. There a rule of EventBridge listens, for which its owner must have turned on
 * notifications to EventBridge.
 */
export class NewFiles extends pulumi.ComponentResource {
  readonly watched: Watched;

  constructor(name: string, args: NewFilesArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:churn:NewFiles', name, {}, options);
    const adopted = 'existing' in args.context.settings.storage.dataBucket;
    this.watched = adopted ? this.listen(args) : this.notify(args);
    this.registerOutputs({});
  }

  private notify(args: NewFilesArgs): Watched {
    const { storage, trigger } = args;
    const permission = this.permit(args, 's3.amazonaws.com', storage.data.arn);
    new aws.s3.BucketNotification(
      'new-files',
      {
        bucket: storage.data.name,
        lambdaFunctions: [
          {
            id: 'new-files',
            lambdaFunctionArn: trigger.arn,
            events: ['s3:ObjectCreated:*'],
            filterPrefix: RAW_PREFIX,
          },
        ],
      },
      { parent: this, dependsOn: [permission] },
    );
    return {};
  }

  private listen(args: NewFilesArgs): Watched {
    const { context, keys, trigger } = args;
    const { names } = context;
    const rule = new aws.cloudwatch.EventRule(
      'new-files',
      {
        name: `${names.prefix}-new-files`,
        description: `New files under ${RAW_PREFIX} of ${names.buckets.data.name}`,
        eventPattern: JSON.stringify(newFilePattern(names.buckets.data.name)),
      },
      { parent: this },
    );
    const permission = this.permit(args, 'events.amazonaws.com', rule.arn);
    const of = 'new-files';
    const deadLetters = new DeadLetters(
      `${of}-dead-letters`,
      { context, keys, of, ruleArn: rule.arn },
      { parent: this },
    );
    new aws.cloudwatch.EventTarget(
      'new-files',
      {
        rule: rule.name,
        targetId: 'trigger',
        arn: trigger.arn,
        deadLetterConfig: { arn: deadLetters.arn },
        retryPolicy: RETRY,
      },
      { parent: this, dependsOn: [permission] },
    );
    return { queues: { [of]: deadLetters.name } };
  }

  private permit({ context, trigger }: NewFilesArgs, principal: string, sourceArn: pulumi.Input<string>) {
    return new aws.lambda.Permission(
      'new-files',
      {
        statementId: 'new-files',
        action: 'lambda:InvokeFunction',
        function: trigger.arn,
        principal,
        sourceArn,
        sourceAccount: context.settings.accountId,
      },
      { parent: this },
    );
  }
}

export const newFilePattern = (bucket: string) => ({
  source: ['aws.s3'],
  'detail-type': ['Object Created'],
  detail: { bucket: { name: [bucket] }, object: { key: [{ prefix: RAW_PREFIX }] } },
});
