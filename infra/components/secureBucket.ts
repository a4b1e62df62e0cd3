import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { LifecycleRule } from './bucketLifecycle.ts';
import { accessLogPrefix } from './bucketPolicy.ts';

export type SecureBucketArgs = {
  /** In front of the names of all children: `data` makes `data-bucket`, `data-versioning` and so on. */
  child: string;
  bucketName: string;
  /** None: keys of S3, which is all that log delivery can write under. */
  keyArn?: pulumi.Input<string>;
  policy: pulumi.Input<string>;
  lifecycle: LifecycleRule[];
  /** None: access is not logged. */
  logBucket?: SecureBucket;
  forceDestroy: boolean;
  protect: boolean;
};

/** A bucket that is private, encrypted, versioned and tidied, with its policy; usable only when it is all of that. */
export class SecureBucket extends pulumi.ComponentResource {
  /** Known when the policy is in force: nothing is written before the bucket is closed and encrypted. */
  readonly bucketName: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: SecureBucketArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:storage:SecureBucket', name, {}, options);
    const bucket = new aws.s3.Bucket(
      `${args.child}-bucket`,
      { bucket: args.bucketName, forceDestroy: args.forceDestroy },
      { parent: this, protect: args.protect },
    );
    const guards = this.guard(args, bucket);
    const policy = new aws.s3.BucketPolicy(
      `${args.child}-policy`,
      { bucket: bucket.bucket, policy: args.policy },
      { parent: this, dependsOn: guards },
    );
    this.bucketName = policy.bucket;
    this.arn = pulumi.all([bucket.arn, policy.id]).apply(([arn]) => arn);
    this.tidy(args, bucket, guards);
    this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
  }

  /** What must stand before the policy does, and so before anything is written. */
  private guard({ child, keyArn }: SecureBucketArgs, { bucket }: aws.s3.Bucket): pulumi.Resource[] {
    const closed = {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    };
    const encryption =
      keyArn === undefined
        ? { applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }
        : {
            applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: keyArn },
            bucketKeyEnabled: true,
          };
    return [
      new aws.s3.BucketPublicAccessBlock(`${child}-public-access`, { bucket, ...closed }, { parent: this }),
      new aws.s3.BucketOwnershipControls(
        `${child}-ownership`,
        { bucket, rule: { objectOwnership: 'BucketOwnerEnforced' } },
        { parent: this },
      ),
      new aws.s3.BucketServerSideEncryptionConfiguration(
        `${child}-encryption`,
        {
          bucket,
          rules: [{ ...encryption, blockedEncryptionTypes: ['SSE-C'] }],
        },
        { parent: this },
      ),
      this.version(child, bucket),
    ];
  }

  private version(child: string, bucket: pulumi.Output<string>): aws.s3.BucketVersioning {
    const enabled = { bucket, versioningConfiguration: { status: 'Enabled' } };
    return new aws.s3.BucketVersioning(`${child}-versioning`, enabled, { parent: this });
  }

  /** What may come after the first objects. The lifecycle speaks of versions, so it waits for them. */
  private tidy(args: SecureBucketArgs, { bucket }: aws.s3.Bucket, guards: pulumi.Resource[]): void {
    const { child, lifecycle, logBucket, bucketName } = args;
    const rules = { bucket, rules: lifecycle };
    new aws.s3.BucketLifecycleConfiguration(`${child}-lifecycle`, rules, { parent: this, dependsOn: guards });
    if (logBucket === undefined) return;
    const target = { targetBucket: logBucket.bucketName, targetPrefix: accessLogPrefix(bucketName) };
    new aws.s3.BucketLogging(`${child}-logging`, { bucket, ...target }, { parent: this });
  }
}
