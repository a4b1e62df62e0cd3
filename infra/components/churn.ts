import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns } from '../context.ts';
import { churnMachine } from './churnMachine.ts';
import { ImageFunction } from './imageFunction.ts';
import { type JobPlace, knownPlace } from './jobOptions.ts';
import { Machine } from './machine.ts';
import { NewFiles, RAW_PREFIX } from './newFiles.ts';
import { Timetable } from './timetable.ts';
import type { Watched } from './watched.ts';

type Arn = { arn: pulumi.Input<string> };

export type ChurnArgs = JobPlace & {
  context: Context;
  storage: { data: { name: pulumi.Input<string>; arn: pulumi.Input<string> } };
  roles: { sagemaker: Arn; states: Arn; lambda: Arn; scheduler: Arn };
  /** What must stand before: the policies of the roles. */
  after?: pulumi.Resource[];
};

/** The daily system: new files start a run, the manifest keeps a file from running twice, the clock has the model trained anew. */
export class Churn extends pulumi.ComponentResource {
  readonly table: aws.dynamodb.Table;
  readonly machine: Machine;
  readonly trigger: ImageFunction;
  readonly retrain: Timetable;
  readonly watched: Watched;

  constructor(name: string, args: ChurnArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:churn:Churn', name, {}, options);
    this.table = this.makeTable(args);
    this.machine = this.makeMachine(args);
    this.trigger = this.makeTrigger(args);
    this.retrain = this.makeRetrain(args);
    const { context, keys, storage } = args;
    const files = new NewFiles('new-files', { context, keys, storage, trigger: this.trigger }, { parent: this });
    this.watched = {
      functions: { trigger: this.trigger.name },
      machines: { churn: this.machine.name },
      queues: {
        trigger: this.trigger.deadLetters.name,
        'retrain-schedule': this.retrain.deadLetters.name,
        ...files.watched.queues,
      },
    };
    this.registerOutputs({ table: this.table.name, machineArn: this.machine.arn, triggerArn: this.trigger.arn });
  }

  private makeTable({ context, keys }: ChurnArgs): aws.dynamodb.Table {
    const { settings } = context;
    return new aws.dynamodb.Table('manifest', tableArgs(context, keys), { parent: this, protect: settings.protect });
  }

  private makeMachine(args: ChurnArgs): Machine {
    const { context, keys, roles, after } = args;
    const { machines, logGroups } = context.names;
    return new Machine(
      'churn-machine',
      {
        ...{ context, keys, after: after ?? [] },
        child: 'churn',
        tells: true,
        named: { machine: machines.churn.name, logGroup: logGroups.churn },
        roleArn: roles.states.arn,
        definition: knownPlace(args).apply((place) => JSON.stringify(churnMachine(context, place))),
      },
      { parent: this },
    );
  }

  private makeTrigger({ context, keys, placement, roles, after }: ChurnArgs): ImageFunction {
    const { names } = context;
    return new ImageFunction(
      'trigger',
      {
        ...{ context, keys, placement, roleArn: roles.lambda.arn, after: after ?? [] },
        which: 'trigger',
        description: 'Takes a new file into the manifest and starts the churn machine, once',
        memoryMb: 256,
        timeoutSeconds: 60,
        concurrency: 5,
        environment: {
          PILOTLIGHT_BUCKET: names.buckets.data.name,
          PILOTLIGHT_RAW_PREFIX: RAW_PREFIX,
          PILOTLIGHT_TABLE: this.table.name,
          PILOTLIGHT_MACHINE_ARN: this.machine.arn,
        },
      },
      { parent: this },
    );
  }

  private makeRetrain({ context, keys, roles, after }: ChurnArgs): Timetable {
    const { retrainSchedule, timezone } = context.settings.churn;
    return new Timetable(
      'retrain-timetable',
      {
        ...{ context, keys, after: after ?? [] },
        of: 'retrain',
        description: 'Has the churn model trained anew',
        expression: retrainSchedule,
        timezone,
        machineArn: this.machine.arn,
        roleArn: roles.scheduler.arn,
        input: RETRAIN_INPUT,
      },
      { parent: this },
    );
  }
}

/** A file of its own in the manifest, named after the hour that it was due: a start that is tried again does not train twice. */
const RETRAIN_INPUT = {
  mode: 'train',
  run_id: '<aws.scheduler.execution-id>',
  file_key: 'retrain/<aws.scheduler.scheduled-time>',
};

function tableArgs({ names, settings }: Context, keys: KeyArns): aws.dynamodb.TableArgs {
  return {
    name: names.manifest.name,
    billingMode: 'PAY_PER_REQUEST',
    hashKey: 'file_key',
    attributes: [{ name: 'file_key', type: 'S' }],
    serverSideEncryption: { enabled: true, kmsKeyArn: keys.data },
    pointInTimeRecovery: { enabled: true },
    deletionProtectionEnabled: settings.protect,
  };
}
