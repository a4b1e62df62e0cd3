import type { Context } from '../context.ts';
import { boundaryOf } from '../iam/boundary.ts';
import { deployPolicies } from '../iam/deploy.ts';
import {
  actionsOf,
  allow,
  arnOf,
  documentOf,
  type Grounds,
  type PolicyDocument,
  type Statement,
} from '../iam/document.ts';
import { stateOf } from '../iam/state.ts';
import { GITHUB_ISSUER } from '../iam/trust.ts';
import { firstRoleName } from './backend.ts';

const SESSION_SECONDS = 4 * 60 * 60;

/**
 * CloudFormation for the role that the first `pulumi up` runs with, and each that changes what a deployment may not: the boundary, the
 * roles of GitHub, its identity provider. It is the deploy role's own policies and those few rights, for one person, never for GitHub.
 */
export function firstRoleTemplate(context: Context): object {
  const policies = Object.entries(firstRolePolicies(context));
  const resources = policies.map(([name, document]) => [
    `Policy${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { ManagedPolicyName: `${firstRoleName(context)}-${name}`, PolicyDocument: document },
    },
  ]);
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `pilotlight: role of the first deployment of ${context.settings.stack}`,
    Parameters: {
      AdministratorArn: {
        Type: 'String',
        AllowedPattern: `arn:aws:iam::${context.settings.accountId}:(role|user)/.+`,
        Description: 'Who may take the role: a role or user of this account',
      },
    },
    Resources: {
      FirstRole: role(
        context,
        resources.map(([id]) => String(id)),
      ),
      ...Object.fromEntries(resources),
    },
  };
}

/** By the name of the policy. Keys are not made yet, so any key of the account stands where the stack's will be. */
export function firstRolePolicies(context: Context): Record<string, PolicyDocument> {
  const anyKey = arnOf(context, 'kms', 'key/*');
  const grounds: Grounds = { ...context, keys: { data: anyKey, logs: anyKey } };
  const deploy = Object.entries(deployPolicies(grounds)).map(([name, { Statement: statements }]) => [
    name,
    documentOf(statements.filter(({ Effect }) => Effect === 'Allow')),
  ]);
  return {
    ...Object.fromEntries(deploy),
    first: documentOf([...guards(grounds), ...secrets(grounds), ...newState(grounds)]),
  };
}

/** What a deployment must not touch: who may deploy, and the ceiling of all other roles. */
function guards(grounds: Grounds): Statement[] {
  const { names, settings } = grounds;
  const iam = (resource: string) => `arn:aws:iam::${settings.accountId}:${resource}`;
  const { preview, deploy } = names.roles;
  const roles =
    'CreateRole UpdateRole DeleteRole TagRole UntagRole UpdateAssumeRolePolicy PutRolePolicy DeleteRolePolicy';
  const policies = 'CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion TagPolicy UntagPolicy';
  const provider = 'Create Delete Tag Untag';
  return [
    allow('GitHubRoles', actionsOf('iam', `${roles} AttachRolePolicy DetachRolePolicy`), [preview.arn, deploy.arn]),
    allow('GuardPolicies', actionsOf('iam', policies), [boundaryOf(grounds).arn, iam(`policy/${deploy.name}-*`)]),
    allow(
      'GitHubProvider',
      [...provider.split(' '), 'Get'].map((verb) => `iam:${verb}OpenIDConnectProvider`),
      [iam(`oidc-provider/${GITHUB_ISSUER}`)],
    ),
  ];
}

/** The secrets that a person makes are made under the stack's key, which a deployment only reads with. */
function secrets(grounds: Grounds): Statement[] {
  const { names, settings } = grounds;
  const actions = 'CreateSecret PutSecretValue UpdateSecret DescribeSecret TagResource RotateSecret';
  return [
    allow('Secrets', actionsOf('secretsmanager', actions), [
      arnOf(grounds, 'secretsmanager', `secret:${names.prefix}/*`),
    ]),
    allow('SecretsKey', actionsOf('kms', 'GenerateDataKey Decrypt'), [grounds.keys.data], {
      StringEquals: { 'kms:ViaService': `secretsmanager.${settings.region}.amazonaws.com` },
    }),
  ];
}

/** A bucket that is new to Pulumi gets its mark at the first login. */
function newState(grounds: Grounds): Statement[] {
  return [allow('StateBegin', ['s3:PutObject'], [`arn:aws:s3:::${stateOf(grounds).bucket}/.pulumi/meta.yaml`])];
}

function role(context: Context, policyIds: string[]): object {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: firstRoleName(context),
      Description: 'First deployment, and changes of what a deployment may do',
      MaxSessionDuration: SESSION_SECONDS,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'AssumedByAdministrator',
            Effect: 'Allow',
            Principal: { AWS: { Ref: 'AdministratorArn' } },
            Action: 'sts:AssumeRole',
          },
        ],
      },
      ManagedPolicyArns: policyIds.map((id) => ({ Ref: id })),
      Tags: [
        { Key: 'project', Value: 'pilotlight' },
        { Key: 'stack', Value: context.settings.stack },
      ],
    },
  };
}
