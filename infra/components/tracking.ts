import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context } from '../context.ts';

export type TrackingArgs = {
  context: Context;
  storage: { mlflow: { name: pulumi.Input<string> } };
  /** Reads and writes the artifacts, registers the models. */
  roleArn: pulumi.Input<string>;
  /** What must stand before: the policies of the role. */
  after?: pulumi.Resource[];
};

/**
 * MLflow, managed by SageMaker: an App (no server, costs nothing while nobody calls it) or, where the configuration says so, a Tracking
 * Server (hundreds of dollars a month, half an hour to make). Models that runs log are registered by themselves.
 */
export class Tracking extends pulumi.ComponentResource {
  /** What MLflow clients take as their tracking URI: the ARN, from which they know host and signature. */
  readonly uri: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: TrackingArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:platform:Tracking', name, {}, options);
    this.arn = args.context.settings.tracking.kind === 'app' ? this.app(args) : this.server(args);
    this.uri = this.arn;
    this.registerOutputs({ uri: this.uri, arn: this.arn });
  }

  private app(args: TrackingArgs): pulumi.Output<string> {
    const { settings, names } = args.context;
    const { arn } = new aws.sagemaker.MlflowApp(
      'app',
      {
        ...common(args),
        name: names.tracking.name,
        modelRegistrationMode: 'AutoModelRegistrationEnabled',
        // One account may hold several stacks: none of them is everybody's default.
        accountDefaultStatus: 'DISABLED',
      },
      { parent: this, protect: settings.protect, dependsOn: args.after ?? [] },
    );
    return arn;
  }

  private server(args: TrackingArgs): pulumi.Output<string> {
    const { settings, names } = args.context;
    const { arn } = new aws.sagemaker.MlflowTrackingServer(
      'server',
      {
        ...common(args),
        ...serverSize(settings.tracking),
        trackingServerName: names.tracking.name,
        automaticModelRegistration: true,
      },
      { parent: this, protect: settings.protect, dependsOn: args.after ?? [] },
    );
    return arn;
  }
}

/** Away from every schedule of ours, UTC. */
const MAINTENANCE = 'SUN:03:00';

function common({ storage, roleArn }: TrackingArgs) {
  return {
    artifactStoreUri: pulumi.interpolate`s3://${storage.mlflow.name}/artifacts`,
    roleArn,
    weeklyMaintenanceWindowStart: MAINTENANCE,
  };
}

function serverSize(tracking: Context['settings']['tracking']) {
  if (tracking.kind !== 'server') throw new Error('pilotlight:tracking.kind: not a server');
  return { trackingServerSize: tracking.size, mlflowVersion: tracking.version };
}
