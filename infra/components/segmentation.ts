import { segmentation as definition } from '@pilotlight/pipelines/segmentation/definition.ts';
import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { type WeeklyFacts, weeklyMachine } from '../asl/weekly.ts';
import type { Context } from '../context.ts';
import { type JobPlace, knownPlace, secondsMax } from './jobOptions.ts';
import { Machine } from './machine.ts';
import { segmentationPipeline } from './segmentationPipeline.ts';
import { Timetable } from './timetable.ts';
import type { Watched } from './watched.ts';

type Arn = { arn: pulumi.Input<string> };

export type SegmentationArgs = JobPlace & {
  context: Context;
  roles: { sagemaker: Arn; states: Arn; scheduler: Arn };
  /** Of ingest: the two that fetch are there where the configuration has ingest. */
  functions: { wakeTracking: Arn; connectorWait?: Arn | undefined; decompress?: Arn | undefined };
  connectorId?: pulumi.Input<string> | undefined;
  /** What must stand before: the policies of the roles. */
  after?: pulumi.Resource[];
};

/** The weekly system: the SageMaker pipeline, the machine that runs it, and the clock. */
export class Segmentation extends pulumi.ComponentResource {
  readonly pipeline: aws.sagemaker.Pipeline;
  readonly machine: Machine;
  readonly schedule: Timetable;
  readonly watched: Watched;

  constructor(name: string, args: SegmentationArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:segmentation:Segmentation', name, {}, options);
    this.pipeline = this.makePipeline(args);
    this.machine = this.makeMachine(args);
    this.schedule = this.makeSchedule(args);
    this.watched = {
      machines: { weekly: this.machine.name },
      queues: { 'weekly-schedule': this.schedule.deadLetters.name },
    };
    this.registerOutputs({ pipelineArn: this.pipeline.arn, machineArn: this.machine.arn });
  }

  private makePipeline(args: SegmentationArgs): aws.sagemaker.Pipeline {
    const { names } = args.context;
    return new aws.sagemaker.Pipeline(
      'pipeline',
      {
        pipelineName: names.pipeline.name,
        pipelineDisplayName: names.pipeline.name,
        pipelineDescription: definition.description,
        roleArn: args.roles.sagemaker.arn,
        pipelineDefinition: knownPlace(args).apply((place) =>
          JSON.stringify(segmentationPipeline(args.context, place)),
        ),
      },
      { parent: this, dependsOn: args.after ?? [] },
    );
  }

  private makeMachine(args: SegmentationArgs): Machine {
    const { context, keys, roles, after } = args;
    const { machines, logGroups } = context.names;
    return new Machine(
      'weekly-machine',
      {
        ...{ context, keys, after: after ?? [] },
        child: 'weekly',
        tells: true,
        named: { machine: machines.weekly.name, logGroup: logGroups.weekly },
        roleArn: roles.states.arn,
        definition: weeklyFacts(args, this.pipeline.pipelineName).apply((facts) =>
          JSON.stringify(weeklyMachine(facts)),
        ),
      },
      { parent: this },
    );
  }

  private makeSchedule({ context, keys, roles, after }: SegmentationArgs): Timetable {
    const { schedule, timezone } = context.settings.segmentation;
    return new Timetable(
      'weekly-timetable',
      {
        ...{ context, keys, after: after ?? [] },
        of: 'weekly',
        description: 'Starts the weekly segmentation',
        expression: schedule,
        timezone,
        machineArn: this.machine.arn,
        roleArn: roles.scheduler.arn,
        input: {},
      },
      { parent: this },
    );
  }
}

function weeklyFacts(args: SegmentationArgs, pipelineName: pulumi.Input<string>): pulumi.Output<WeeklyFacts> {
  const { context, functions, connectorId } = args;
  const { names, settings } = context;
  const { ingest } = settings;
  const { baselineFeaturesUri: featuresUri, baselineModelsUri: modelsUri } = settings.segmentation;
  const common = {
    bucket: names.buckets.data.name,
    topicArn: names.alerts.arn,
    baseline: featuresUri === undefined ? undefined : { featuresUri, modelsUri },
    pipelineSecondsMax: secondsMax(definition, settings.segmentation.timeLimitMinutes),
  };
  const made = pulumi.output({
    pipelineName,
    wakeTrackingArn: functions.wakeTracking.arn,
    connectorId,
    connectorWaitArn: functions.connectorWait?.arn,
    decompressArn: functions.decompress?.arn,
  });
  return made.apply(({ connectorId: id, connectorWaitArn, decompressArn, ...rest }) => {
    if (ingest === undefined) return { ...common, ...rest };
    if (id === undefined || connectorWaitArn === undefined || decompressArn === undefined) {
      throw new Error('pilotlight:ingest is configured, but its connector and functions were not handed over');
    }
    const fetch = { connectorId: id, connectorWaitArn, decompressArn, remoteFolder: ingest.remoteFolder };
    return { ...common, ...rest, fetch };
  });
}
