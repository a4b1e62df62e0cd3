import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns } from '../context.ts';
import { dataKeyPolicy, logsKeyPolicy } from './keyPolicy.ts';

export type KeysArgs = {
  context: Context;
  /** Roles of people who read and write data themselves, by ARN; `*` may stand in them. */
  dataUserArns?: string[];
};

const ROTATION_DAYS = 365;

/** The stack's two keys: one for data at rest, one for log groups. Both rotate, both outlive a mistake by some days. */
export class Keys extends pulumi.ComponentResource {
  readonly data: aws.kms.Key;
  readonly logs: aws.kms.Key;
  readonly arns: KeyArns;

  constructor(name: string, { context, dataUserArns }: KeysArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:security:Keys', name, {}, options);
    this.data = this.makeKey(context, 'data', dataKeyPolicy(context, dataUserArns));
    this.logs = this.makeKey(context, 'logs', logsKeyPolicy(context));
    this.arns = { data: this.data.arn, logs: this.logs.arn };
    this.registerOutputs({ dataKeyArn: this.data.arn, logsKeyArn: this.logs.arn });
  }

  private makeKey({ settings, names }: Context, of: 'data' | 'logs', policy: string): aws.kms.Key {
    const key = new aws.kms.Key(
      `${of}-key`,
      {
        description: `${names.prefix}: ${of}`,
        deletionWindowInDays: deletionWindowDays(settings.stack),
        enableKeyRotation: true,
        rotationPeriodInDays: ROTATION_DAYS,
        policy,
      },
      { parent: this, protect: settings.protect },
    );
    const alias = { name: `alias/${names.prefix}-${of}`, targetKeyId: key.keyId };
    new aws.kms.Alias(`${of}-key-alias`, alias, { parent: this });
    return key;
  }
}

/** How long a deleted key can be called back: what AWS allows at most where it matters, at least elsewhere. */
const deletionWindowDays = (stack: Context['settings']['stack']): number => (stack === 'prod' ? 30 : 7);
