import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns } from '../context.ts';
import { dataLifecycle, housekeeping, logLifecycle } from './bucketLifecycle.ts';
import { dataBucketPolicy, logBucketPolicy } from './bucketPolicy.ts';
import { SecureBucket } from './secureBucket.ts';

export type StorageArgs = { context: Context; keys: KeyArns };

export type StoredIn = { name: pulumi.Output<string>; arn: pulumi.Output<string> };

/**
 * Data, artifacts of MLflow, and logs. A data bucket that is there already is taken as it is: its settings, its policy and its
 * notifications are its owner's, and what it must have stands in {@link requirements}.
 */
export class Storage extends pulumi.ComponentResource {
  readonly data: StoredIn;
  readonly mlflow: StoredIn;
  readonly logs: StoredIn;
  /** What an adopted data bucket must have, for people to read; nothing for one of the stack's own. */
  readonly requirements: pulumi.Output<string[]>;

  constructor(name: string, { context, keys }: StorageArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:storage:Storage', name, {}, options);
    const adopted = 'existing' in context.settings.storage.dataBucket;
    const logs = this.makeLogs(context, adopted);
    this.mlflow = this.makeEncrypted({ context, keys }, 'mlflow', logs);
    this.data = adopted ? this.adoptData(context) : this.makeEncrypted({ context, keys }, 'data', logs);
    this.logs = { name: logs.bucketName, arn: logs.arn };
    this.requirements = pulumi
      .output(keys.data)
      .apply((keyArn) => (adopted ? dataBucketRequirements(context, keyArn) : []));
    this.registerOutputs({ data: this.data.name, mlflow: this.mlflow.name, logs: this.logs.name });
  }

  private makeEncrypted({ context, keys }: StorageArgs, kind: 'data' | 'mlflow', logBucket: SecureBucket): StoredIn {
    const { names, settings } = context;
    const { name: bucketName, arn } = names.buckets[kind];
    const bucket = new SecureBucket(
      kind,
      {
        child: kind,
        bucketName,
        keyArn: keys.data,
        policy: pulumi.output(keys.data).apply((keyArn) => dataBucketPolicy(arn, keyArn)),
        lifecycle: kind === 'data' ? dataLifecycle(settings) : housekeeping(settings.stack),
        logBucket,
        forceDestroy: settings.storage.forceDestroy,
        protect: settings.protect,
      },
      { parent: this },
    );
    return { name: bucket.bucketName, arn: bucket.arn };
  }

  private makeLogs(context: Context, dataAdopted: boolean): SecureBucket {
    const { names, settings } = context;
    const { data, mlflow, logs } = names.buckets;
    const logged = dataAdopted ? [mlflow] : [data, mlflow];
    return new SecureBucket(
      'logs',
      {
        child: 'logs',
        bucketName: logs.name,
        policy: logBucketPolicy(
          context,
          logged.map(({ name }) => name),
        ),
        lifecycle: logLifecycle(settings.stack),
        forceDestroy: settings.storage.forceDestroy,
        protect: settings.protect,
      },
      { parent: this },
    );
  }

  private adoptData({ names }: Context): StoredIn {
    const bucket = aws.s3.Bucket.get('data-bucket', names.buckets.data.name, {}, { parent: this });
    return { name: bucket.bucket, arn: bucket.arn };
  }
}

/** What the owner of an adopted data bucket must have given it. */
function dataBucketRequirements({ names, settings }: Context, keyArn: string): string[] {
  const { name } = names.buckets.data;
  const { sagemaker, states, lambda, transfer, dashboardTask } = names.roles;
  const roles = [sagemaker, states, lambda, transfer, dashboardTask].map(({ arn }) => arn);
  return [
    `${name} is in ${settings.region}, blocks all public access and enforces the owner's object ownership`,
    `${name} is versioned and encrypts by default with a KMS key and a bucket key; jobs write under ${keyArn}`,
    `its policy denies plain HTTP and TLS below 1.2, and, in another account than ${settings.accountId}, allows ${roles.join(', ')}`,
    `its policy denies no object under ${keyArn}; its present key, if another, lets the same roles decrypt`,
    `its notifications call ${names.functions.trigger.arn} for new objects under raw/`,
    'its lifecycle moves bronze/ to Standard-IA, and expires scored/, tmp/, old versions and unfinished uploads',
    'its access is logged',
  ];
}
