import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns, Placement } from '../context.ts';
import type { Settings } from '../settings.ts';
import { ImageFunction, type ImageFunctionArgs } from './imageFunction.ts';
import type { Watched } from './watched.ts';

type Arn = { arn: pulumi.Input<string> };

export type IngestArgs = {
  context: Context;
  keys: KeyArns;
  placement: Placement;
  roles: { lambda: Arn; transfer: Arn };
  trackingUri: pulumi.Input<string>;
  /** What must stand before: the policies of the roles. */
  after?: pulumi.Resource[];
};

export type IngestFunctions = {
  wakeTracking: ImageFunction;
  connectorWait?: ImageFunction;
  decompress?: ImageFunction;
};

/**
 * What the weekly machine calls before it starts the pipeline: a function that wakes MLflow and, where files are fetched, the SFTP
 * connector with the functions that wait for it and unpack what came. The connector does nothing by itself.
 */
export class Ingest extends pulumi.ComponentResource {
  readonly functions: IngestFunctions;
  /** None where the configuration has no ingest. */
  readonly connectorId: pulumi.Output<string> | undefined;
  readonly connectorArn: pulumi.Output<string> | undefined;
  readonly watched: Watched;

  constructor(name: string, args: IngestArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:ingest:Ingest', name, {}, options);
    const { ingest } = args.context.settings;
    const connector = ingest && this.makeConnector(args, ingest);
    this.connectorId = connector?.connectorId;
    this.connectorArn = connector?.arn;
    this.functions = { wakeTracking: this.makeWakeTracking(args), ...(ingest && this.makeFetching(args)) };
    this.watched = watchedOf(this.functions);
    this.registerOutputs({ connectorId: this.connectorId });
  }

  private makeConnector({ roles }: IngestArgs, ingest: NonNullable<Settings['ingest']>): aws.transfer.Connector {
    return new aws.transfer.Connector(
      'connector',
      {
        url: ingest.sftpUrl,
        accessRole: roles.transfer.arn,
        loggingRole: roles.transfer.arn,
        sftpConfig: { userSecretId: ingest.secretArn, trustedHostKeys: ingest.trustedHostKeys },
      },
      { parent: this },
    );
  }

  private makeWakeTracking(args: IngestArgs): ImageFunction {
    return this.makeFunction(args, {
      which: 'wakeTracking',
      description: 'Starts MLflow where it sleeps, says whether it is there',
      ...{ memoryMb: 256, timeoutSeconds: 45, concurrency: 1 },
      environment: { MLFLOW_TRACKING_URI: args.trackingUri },
    });
  }

  private makeFetching(args: IngestArgs): Required<Pick<IngestFunctions, 'connectorWait' | 'decompress'>> {
    const environment = { PILOTLIGHT_BUCKET: args.context.names.buckets.data.name };
    const connectorWait = this.makeFunction(args, {
      which: 'connectorWait',
      description: 'Says how far a listing or a transfer of the SFTP connector is',
      ...{ memoryMb: 256, timeoutSeconds: 60, concurrency: 2, environment },
    });
    const decompress = this.makeFunction(args, {
      which: 'decompress',
      description: 'Checks a fetched file and unpacks it',
      // By stream, so memory is for speed alone: a vCPU comes with 1,769 MB.
      ...{ memoryMb: 1769, timeoutSeconds: 870, scratchMb: 2048, concurrency: 4, environment },
    });
    return { connectorWait, decompress };
  }

  private makeFunction(
    { context, keys, placement, roles, after }: IngestArgs,
    args: Omit<ImageFunctionArgs, 'context' | 'keys' | 'placement' | 'roleArn'>,
  ): ImageFunction {
    const common = { context, keys, placement, roleArn: roles.lambda.arn, after: after ?? [] };
    return new ImageFunction(args.which, { ...common, ...args }, { parent: this });
  }
}

function watchedOf(functions: IngestFunctions): Watched {
  const { wakeTracking, connectorWait, decompress } = functions;
  const named = { 'wake-tracking': wakeTracking, 'connector-wait': connectorWait, decompress };
  const made = Object.entries(named).flatMap(([name, one]) => (one === undefined ? [] : [[name, one] as const]));
  return {
    functions: Object.fromEntries(made.map(([name, one]) => [name, one.name])),
    queues: Object.fromEntries(made.map(([name, one]) => [name, one.deadLetters.name])),
  };
}
