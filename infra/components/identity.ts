import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns } from '../context.ts';
import {
  boundaryOf,
  boundaryPolicy,
  connectorPolicies,
  GITHUB_ISSUER,
  GITHUB_ROLES,
  type Grounds,
  githubProviderArn,
  POLICIES,
  type PolicyDocument,
  type RoleName,
  TRUST,
  trackingPolicies,
} from '../iam/index.ts';

export type IdentityArgs = { context: Context; keys: KeyArns };

const DESCRIPTIONS: Record<RoleName, string> = {
  sagemaker: 'Jobs, the segmentation pipeline, Studio, the artifact store of MLflow',
  states: 'State machines',
  lambda: 'Functions',
  scheduler: 'Schedules',
  transfer: 'The SFTP connector',
  dashboardExecution: 'Starts the dashboard: image, logs, sign-in secret',
  dashboardTask: 'The dashboard: reads what it shows',
  preview: 'Pull requests: reads how the stack is set up',
  deploy: 'Deployments: makes what the program describes',
};

/**
 * Every role of the stack with its policies, the boundary above the roles of work, and GitHub's identity provider (made or adopted).
 * Policies are written by the pure functions of `infra/iam`.
 */
export class Identity extends pulumi.ComponentResource {
  readonly roles: Record<RoleName, aws.iam.Role>;
  /** What must stand before a role is used: a service checks it when something is made with it. */
  readonly policies: Record<RoleName, pulumi.Resource[]>;
  /** Ceiling of the roles of work: others that make a role put it under this one. */
  readonly boundaryArn: pulumi.Output<string>;
  readonly oidcProviderArn: pulumi.Output<string>;
  private readonly args: IdentityArgs;

  constructor(name: string, args: IdentityArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:security:Identity', name, {}, options);
    this.args = args;
    this.oidcProviderArn = this.githubProvider();
    const { name: boundaryName } = boundaryOf(args.context);
    const boundary = new aws.iam.Policy(
      'boundary',
      { name: boundaryName, description: 'Ceiling of the roles of work', policy: this.json(boundaryPolicy) },
      { parent: this },
    );
    this.roles = Object.fromEntries(roleNames(args.context).map((role) => [role, this.role(role, boundary)])) as Record<
      RoleName,
      aws.iam.Role
    >;
    this.boundaryArn = boundary.arn;
    this.policies = Object.fromEntries(
      roleNames(args.context).map((role) => [role, this.attachPolicies(role)]),
    ) as Record<RoleName, pulumi.Resource[]>;
    this.registerOutputs({ oidcProviderArn: this.oidcProviderArn, boundaryArn: this.boundaryArn });
  }

  /** Lets jobs call MLflow and one function wake it; to be called when it exists, for its ARN ends in an id that AWS gives. */
  allowTracking(trackingArn: pulumi.Input<string>): void {
    const of = (role: 'sagemaker' | 'lambda') =>
      this.json((grounds, arn) => trackingPolicies(grounds, arn)[role], trackingArn);
    this.inline('sagemaker', 'tracking', of('sagemaker'));
    this.inline('lambda', 'tracking', of('lambda'));
  }

  /** Lets the weekly machine fetch by the connector; to be called when it exists. */
  allowConnector(connectorArn: pulumi.Input<string>): void {
    const of = (role: 'states' | 'lambda') =>
      this.json((grounds, arn) => connectorPolicies(grounds, arn)[role], connectorArn);
    this.inline('states', 'connector', of('states'));
    this.inline('lambda', 'connector', of('lambda'));
  }

  /** An account has one provider for GitHub: the first stack makes it, the others adopt it. */
  private githubProvider(): pulumi.Output<string> {
    const { context } = this.args;
    if ('existing' in context.settings.github.oidcProvider) return pulumi.output(githubProviderArn(context));
    const provider = new aws.iam.OpenIdConnectProvider(
      'github',
      { url: `https://${GITHUB_ISSUER}`, clientIdLists: ['sts.amazonaws.com'] },
      { parent: this, protect: context.settings.protect },
    );
    return provider.arn;
  }

  private role(role: RoleName, boundary: aws.iam.Policy): aws.iam.Role {
    const { context } = this.args;
    const isGitHub = GITHUB_ROLES.includes(role);
    return new aws.iam.Role(
      childName(role),
      {
        name: context.names.roles[role].name,
        description: DESCRIPTIONS[role],
        assumeRolePolicy: JSON.stringify(TRUST[role](context)),
        maxSessionDuration: 3600,
        ...(isGitHub ? {} : { permissionsBoundary: boundary.arn }),
      },
      { parent: this },
    );
  }

  private attachPolicies(role: RoleName): pulumi.Resource[] {
    return policyNames(this.args.context, role).map((policy) => {
      const document = this.json((grounds) => documentNamed(grounds, role, policy));
      return role === 'deploy' ? this.managed(role, policy, document) : this.inline(role, policy, document);
    });
  }

  private inline(role: RoleName, policy: string, document: pulumi.Output<string>): pulumi.Resource {
    const args = { name: policy, role: this.roles[role].name, policy: document };
    return new aws.iam.RolePolicy(`${childName(role)}-${policy}`, args, { parent: this.roles[role] });
  }

  /** For what is too long to stand in the role: 10,240 characters in all. */
  private managed(role: RoleName, policy: string, document: pulumi.Output<string>): pulumi.Resource {
    const { names } = this.args.context;
    const child = `${childName(role)}-${policy}`;
    const made = new aws.iam.Policy(
      child,
      { name: `${names.roles[role].name}-${policy}`, policy: document },
      { parent: this.roles[role] },
    );
    const attachment = { role: this.roles[role].name, policyArn: made.arn };
    return new aws.iam.RolePolicyAttachment(child, attachment, { parent: this.roles[role] });
  }

  /** A document as text, once the ARNs in it are known. */
  private json(
    write: (grounds: Grounds, arn: string) => PolicyDocument,
    arn: pulumi.Input<string> = '',
  ): pulumi.Output<string> {
    const { context, keys } = this.args;
    return pulumi
      .all([keys.data, keys.logs, arn])
      .apply(([data, logs, known]) => JSON.stringify(write({ ...context, keys: { data, logs } }, known)));
  }
}

const roleNames = ({ names }: Context) => Object.keys(names.roles) as RoleName[];

/** `dashboardTask` -> `dashboard-task`: names of children are read by people. */
const childName = (role: RoleName) => role.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Which policies a role has does not depend on the keys, so children are the same before the keys exist. */
const policyNames = (context: Context, role: RoleName) =>
  Object.keys(POLICIES[role]({ ...context, keys: { data: '', logs: '' } }));

function documentNamed(grounds: Grounds, role: RoleName, policy: string): PolicyDocument {
  const document = POLICIES[role](grounds)[policy];
  if (document === undefined) throw new Error(`${role} has no policy ${policy}`);
  return document;
}
