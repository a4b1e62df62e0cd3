import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns, Placement } from '../context.ts';
import { fetchSourceScript, lifecycleConfigName, spaceSettings, userSettings } from './studioSettings.ts';

export type StudioArgs = {
  context: Context;
  keys: KeyArns;
  placement: Placement;
  /** Of what users run. */
  roleArn: pulumi.Input<string>;
  /** What must stand before: the policies of the role. */
  after?: pulumi.Resource[];
};

/**
 * SageMaker Studio: a domain (made or adopted), a profile a user, one Code Editor Space. No App: SageMaker makes it when a user opens
 * the Space, and stops it when it is idle.
 */
export class Studio extends pulumi.ComponentResource {
  readonly domainId: pulumi.Output<string>;
  readonly spaceName: pulumi.Output<string>;

  constructor(name: string, args: StudioArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:platform:Studio', name, {}, options);
    const { settings, names } = args.context;
    const studio = studioOf(args);
    const hook = this.startHook(args);
    const user = userSettings(studio, {
      roleArn: args.roleArn,
      securityGroupId: args.placement.jobSecurityGroupId,
      lifecycleConfigArn: hook.arn,
    });
    this.domainId =
      'existing' in studio.domain ? pulumi.output(studio.domain.existing.domainId) : this.domain(args, user).id;
    const profiles = studio.users.map((userProfileName) => this.profile(userProfileName, user, settings.protect));
    const [owner] = profiles;
    if (owner === undefined) throw new Error('pilotlight:studio.users: nobody is there to own the space');
    const space = new aws.sagemaker.Space(
      'code-editor',
      {
        domainId: this.domainId,
        spaceName: `${names.prefix}-code-editor`,
        spaceDisplayName: 'pilotlight',
        ownershipSettings: { ownerUserProfileName: owner.userProfileName },
        spaceSharingSettings: { sharingType: 'Private' },
        spaceSettings: spaceSettings(studio, hook.arn),
      },
      { parent: this, protect: settings.protect },
    );
    this.spaceName = space.spaceName;
    this.registerOutputs({ domainId: this.domainId, spaceName: this.spaceName });
  }

  private startHook({ context: { names } }: StudioArgs) {
    const script = fetchSourceScript(names.buckets.data.name);
    return new aws.sagemaker.StudioLifecycleConfig(
      'fetch-source',
      {
        studioLifecycleConfigName: lifecycleConfigName(names.prefix, script),
        studioLifecycleConfigAppType: 'CodeEditor',
        studioLifecycleConfigContent: Buffer.from(script).toString('base64'),
      },
      { parent: this },
    );
  }

  private domain(args: StudioArgs, defaultUserSettings: ReturnType<typeof userSettings>) {
    const { settings, names } = args.context;
    return new aws.sagemaker.Domain(
      'domain',
      {
        domainName: names.prefix,
        authMode: 'IAM',
        vpcId: args.placement.vpcId,
        subnetIds: args.placement.privateSubnetIds,
        appNetworkAccessType: studioOf(args).networkAccess,
        kmsKeyId: args.keys.data,
        tagPropagation: 'ENABLED',
        // What AWS does by itself is to keep the file system for ever, without a domain that reaches it.
        retentionPolicy: { homeEfsFileSystem: settings.stack === 'prod' ? 'Retain' : 'Delete' },
        defaultUserSettings,
      },
      { parent: this, protect: settings.protect, dependsOn: args.after ?? [] },
    );
  }

  private profile(userProfileName: string, settings: ReturnType<typeof userSettings>, protect: boolean) {
    return new aws.sagemaker.UserProfile(
      `user-${userProfileName}`,
      { domainId: this.domainId, userProfileName, userSettings: settings },
      { parent: this, protect },
    );
  }
}

function studioOf({ context }: StudioArgs) {
  const { studio } = context.settings;
  if (studio === undefined) throw new Error('pilotlight:studio: not configured, so there is no Studio to make');
  return studio;
}
