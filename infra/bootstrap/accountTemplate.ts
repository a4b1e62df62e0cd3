import type { Context } from '../context.ts';
import { GITHUB_ISSUER } from '../iam/trust.ts';
import { backendOf } from './backend.ts';

const OLD_VERSIONS_KEPT_DAYS = 180;

/**
 * CloudFormation for what an account has once: the bucket of Pulumi's state, the key of state and secrets, and GitHub's identity
 * provider where the stacks adopt it. Everything stays when the CloudFormation stack is deleted.
 */
export function accountTemplate(context: Context): object {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'pilotlight: state of Pulumi and the key of its secrets, once an account',
    Parameters: {
      MakeGitHubProvider: {
        Type: 'String',
        AllowedValues: ['true', 'false'],
        Description: 'true where the stacks adopt the identity provider of GitHub and the account has none yet',
      },
    },
    Conditions: { WithGitHubProvider: { 'Fn::Equals': [{ Ref: 'MakeGitHubProvider' }, 'true'] } },
    Resources: {
      StateKey: stateKey(context),
      StateKeyAlias: {
        Type: 'AWS::KMS::Alias',
        Properties: { AliasName: backendOf(context).keyAlias, TargetKeyId: { Ref: 'StateKey' } },
      },
      StateBucket: stateBucket(context),
      StateBucketPolicy: statePolicy(context),
      GitHubProvider: {
        Type: 'AWS::IAM::OIDCProvider',
        Condition: 'WithGitHubProvider',
        ...KEPT,
        Properties: { Url: `https://${GITHUB_ISSUER}`, ClientIdList: ['sts.amazonaws.com'], Tags: TAGS },
      },
    },
  };
}

const KEPT = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' } as const;
const TAGS = [{ Key: 'project', Value: 'pilotlight' }];

function stateKey({ settings }: Context): object {
  const root = { AWS: `arn:aws:iam::${settings.accountId}:root` };
  const roles = ['bootstrap', 'github-deploy', 'github-preview'].map(
    (role) => `arn:aws:iam::${settings.accountId}:role/pilotlight-*-${role}`,
  );
  const use = (Sid: string, Action: string[], arns: string[]) => ({
    Sid,
    Effect: 'Allow',
    Principal: root,
    Action,
    Resource: '*',
    Condition: { ArnLike: { 'aws:PrincipalArn': arns } },
  });
  return {
    Type: 'AWS::KMS::Key',
    ...KEPT,
    Properties: {
      Description: 'pilotlight: state of Pulumi, and the secrets in it',
      EnableKeyRotation: true,
      PendingWindowInDays: 30,
      KeyPolicy: {
        Version: '2012-10-17',
        Statement: [
          { Sid: 'Administer', Effect: 'Allow', Principal: root, Action: ADMINISTER, Resource: '*' },
          use('Read', ['kms:Decrypt', 'kms:DescribeKey'], roles),
          use('Write', ['kms:Encrypt', 'kms:GenerateDataKey'], roles.slice(0, 2)),
        ],
      },
      Tags: TAGS,
    },
  };
}

/** What keeps a key; using it is for the roles alone. */
const ADMINISTER = [
  ...['CreateAlias', 'UpdateAlias', 'DeleteAlias', 'DescribeKey', 'UpdateKeyDescription', 'EnableKey', 'DisableKey'],
  ...[
    'EnableKeyRotation',
    'GetKeyRotationStatus',
    'ListKeyRotations',
    'GetKeyPolicy',
    'PutKeyPolicy',
    'ListKeyPolicies',
  ],
  ...['ListGrants', 'RevokeGrant', 'ListResourceTags', 'TagResource', 'UntagResource'],
  ...['ScheduleKeyDeletion', 'CancelKeyDeletion'],
].map((action) => `kms:${action}`);

function stateBucket(context: Context): object {
  return {
    Type: 'AWS::S3::Bucket',
    ...KEPT,
    Properties: {
      BucketName: backendOf(context).bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      VersioningConfiguration: { Status: 'Enabled' },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: {
              SSEAlgorithm: 'aws:kms',
              KMSMasterKeyID: { 'Fn::GetAtt': ['StateKey', 'Arn'] },
            },
          },
        ],
      },
      LifecycleConfiguration: {
        Rules: [
          {
            Id: 'old-versions',
            Status: 'Enabled',
            NoncurrentVersionExpiration: { NoncurrentDays: OLD_VERSIONS_KEPT_DAYS, NewerNoncurrentVersions: 20 },
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
          },
        ],
      },
      Tags: TAGS,
    },
  };
}

function statePolicy(context: Context): object {
  const arn = `arn:aws:s3:::${backendOf(context).bucket}`;
  const deny = (Sid: string, Condition: object) => ({
    Sid,
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [arn, `${arn}/*`],
    Condition,
  });
  return {
    Type: 'AWS::S3::BucketPolicy',
    Properties: {
      Bucket: { Ref: 'StateBucket' },
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          deny('DenyPlainHttp', { Bool: { 'aws:SecureTransport': 'false' } }),
          deny('DenyOldTls', { NumericLessThan: { 's3:TlsVersion': '1.2' } }),
        ],
      },
    },
  };
}
