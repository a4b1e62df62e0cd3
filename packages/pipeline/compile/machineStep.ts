import type { Definition, InputSource, Step } from '../definition.ts';
import { field, listField, type Path, type Template } from './intrinsics.ts';
import { entrypointOf, PROCESSING, processingInput, processingOutput } from './jobParts.ts';
import type { Setting, Settings } from './machineSettings.ts';
import { catchAll, type MachineOptions, RETRIES, type State } from './machineTypes.ts';
import {
  dateParameter,
  imageParameter,
  limitsOf,
  refuse,
  rootOf,
  splitPath,
  tagList,
  trackingParameter,
} from './options.ts';

const NONE = 'none';
const RUN_ID = { path: '$.settings.run_id' } as const;

/** SageMaker's limit, what a run's id (a UUID) takes of it, and the eight digits and two hyphens that go with a name. */
const JOB_NAME_LENGTH_MAX = 63;
const RUN_ID_LENGTH_MAX = 36;
const STEP_NAME_LENGTH_MAX = JOB_NAME_LENGTH_MAX - RUN_ID_LENGTH_MAX - 8 - 2;
const UNIQUE = "States.ArrayGetItem(States.StringSplit(States.UUID(), '-'), 0)";

/** For what a job waits before it runs: its machine, its image, its files. */
const START_TIME_S = 30 * 60;

export type MachineContext = { definition: Definition; options: MachineOptions; settings: Settings };

/**
 * A step as a SageMaker processing job that the state waits for, its result left where it belongs: in S3.
 *
 * Every attempt has a job name of its own, `<run_id>-<step>-<8 digits>`, since SageMaker keeps names for good: so a second attempt,
 * or a redriven execution, does not meet the first one's name. A `run_id` has up to 36 characters of `A-Z a-z 0-9 -`.
 *
 * @param given the inputs that the step is handed
 */
export function stepState(step: Step, given: readonly string[], next: string, context: MachineContext): State {
  const { definition, options } = context;
  const { volumeGb, timeLimit_s } = limitsOf(step, options);
  const { kmsKeyId, roleArn } = options;
  return {
    Type: 'Task',
    Comment: step.description,
    Resource: 'arn:aws:states:::sagemaker:createProcessingJob.sync',
    Parameters: {
      'ProcessingJobName.$': `States.Format('{}-${jobPart(step)}-{}', ${RUN_ID.path}, ${UNIQUE})`,
      ProcessingResources: {
        ClusterConfig: {
          ...valueField('InstanceType', settingOf(context, step.resources.instanceTypeParameter)),
          ...valueField('InstanceCount', settingOf(context, step.resources.instanceCountParameter)),
          VolumeSizeInGB: volumeGb,
          VolumeKmsKeyId: kmsKeyId,
        },
      },
      AppSpecification: {
        ...imageField(context),
        ContainerEntrypoint: entrypointOf(definition, step),
        ...listField('ContainerArguments', containerArguments(step, given, context)),
      },
      Environment: environment(context),
      ProcessingInputs: processingInputs(step, given, context),
      ProcessingOutputConfig: {
        Outputs: Object.keys(step.outputs).map((key) =>
          processingOutput(key, field('S3Uri', outputUri(step, key, context))),
        ),
        KmsKeyId: kmsKeyId,
      },
      NetworkConfig: networkConfig(options),
      RoleArn: roleArn,
      StoppingCondition: { MaxRuntimeInSeconds: timeLimit_s },
      Tags: tagList(options.tags),
    },
    ResultPath: null,
    TimeoutSeconds: timeLimit_s + START_TIME_S,
    Retry: retries(options),
    Catch: catchAll(),
    Next: next,
  };
}

const jobPart = ({ name }: Step) => name.replaceAll('_', '-').slice(0, STEP_NAME_LENGTH_MAX);

/**
 * Faults of the service and missing capacity are waited for; a job that failed is run once more, since the cause may be its machine.
 * A time-out is not tried again.
 */
function retries({ retries: given = RETRIES }: MachineOptions): unknown[] {
  const { serviceAttempts, jobAttempts, interval_s, backoffRate } = given;
  const wait = { IntervalSeconds: interval_s, BackoffRate: backoffRate };
  const service = ['SageMaker.AmazonSageMakerException', 'SageMaker.ResourceLimitExceededException'];
  return [
    { ErrorEquals: service, ...wait, MaxAttempts: serviceAttempts, JitterStrategy: 'FULL' },
    { ErrorEquals: ['States.TaskFailed'], ...wait, MaxAttempts: jobAttempts },
  ];
}

function containerArguments(step: Step, given: readonly string[], context: MachineContext): Template[] {
  const pair = (flag: string, key: string, value: Template): Template[] => [[flag], [`${key}=`, ...value]];
  const inputs = given.flatMap((key) => {
    const fetched = fetchedByStep(step.inputs[key], context);
    return pair('--input', key, fetched ? [fetched] : [PROCESSING.input(key)]);
  });
  const outputs = Object.keys(step.outputs).flatMap((key) => pair('--output', key, [PROCESSING.output(key)]));
  const parameters = step.parameters.flatMap((name) => pair('--param', name, templateOf(context, name)));
  const constants = Object.entries(step.arguments ?? {}).flatMap(([name, value]) => pair('--param', name, [value]));
  return [...inputs, ...outputs, ...parameters, ...constants];
}

/**
 * An optional input whose URI an execution may set to `none`: a job cannot leave out an input by a value, so the step is handed the
 * URI and fetches it. A fixed one is an input like any other, or is not there at all.
 */
function fetchedByStep(source: InputSource | undefined, context: MachineContext): { path: Path } | undefined {
  if (!source || !('parameter' in source) || !source.optional) return undefined;
  const setting = settingOf(context, source.parameter);
  return 'path' in setting ? setting : undefined;
}

/** The inputs that a step is handed however the run goes: all but those fixed at `none`. */
export function fixedInputs(step: Step, context: MachineContext): string[] {
  return Object.entries(step.inputs).flatMap(([key, source]) => {
    if (!('parameter' in source) || !source.optional) return [key];
    const setting = settingOf(context, source.parameter);
    return 'fixed' in setting && setting.fixed === NONE ? [] : [key];
  });
}

function processingInputs(step: Step, given: readonly string[], context: MachineContext): unknown[] {
  return given.flatMap((key) => {
    const source = step.inputs[key];
    if (!source || fetchedByStep(source, context)) return [];
    if ('step' in source) return [processingInput(key, field('S3Uri', sourceUri(source, context)))];
    return [processingInput(key, valueField('S3Uri', settingOf(context, source.parameter)))];
  });
}

function sourceUri({ step, output }: { step: string; output: string }, context: MachineContext): Template {
  const source = context.definition.steps.find((node) => node.name === step);
  if (!source || !('outputs' in source)) throw refuse(context.definition, [`no step ${step}`]);
  // S3 takes a URI for the beginning of keys: without the slash, files of run-10 are also those of run-1.
  return [...outputUri(source, output, context), '/'];
}

function outputUri(step: Step, key: string, context: MachineContext): Template {
  const { definition, options } = context;
  const root = rootOf(definition, step, key, options.roots);
  const { layer, rest } = splitPath(step.outputs[key]?.path ?? '');
  const under: Template = root === undefined ? [options.bucketUri] : templateOf(context, root);
  return [...under, `/${layer}/`, RUN_ID, ...(rest === undefined ? [] : [`/${rest}`])];
}

function environment(context: MachineContext): Record<string, unknown> {
  const { definition, options } = context;
  const [date, tracking] = [dateParameter(definition), trackingParameter(definition)];
  return {
    'PILOTLIGHT_RUN_ID.$': RUN_ID.path,
    ...(date === undefined ? {} : valueField('PILOTLIGHT_EXECUTION_DATE', settingOf(context, date))),
    PILOTLIGHT_BUCKET_URI: options.bucketUri,
    PILOTLIGHT_CODE_VERSION: options.codeVersion,
    ...(options.stack === undefined ? {} : { PILOTLIGHT_STACK: options.stack }),
    ...(tracking === undefined ? {} : valueField('MLFLOW_TRACKING_URI', settingOf(context, tracking))),
  };
}

function imageField(context: MachineContext): Record<string, unknown> {
  const parameter = imageParameter(context.definition);
  if (parameter === undefined) return { ImageUri: context.options.image };
  return valueField('ImageUri', settingOf(context, parameter));
}

/** As in a pipeline: encrypted whatever the number of machines; not isolated, inside the VPC. */
function networkConfig({ securityGroupIds, subnetIds }: MachineOptions): Record<string, unknown> {
  return {
    EnableInterContainerTrafficEncryption: true,
    EnableNetworkIsolation: false,
    VpcConfig: { SecurityGroupIds: securityGroupIds, Subnets: subnetIds },
  };
}

function settingOf({ definition, settings }: MachineContext, name: string): Setting {
  const setting = settings[name];
  if (!setting) throw refuse(definition, [`unknown parameter ${name}`]);
  return setting;
}

function valueField(name: string, setting: Setting): Record<string, unknown> {
  return 'path' in setting ? { [`${name}.$`]: setting.path } : { [name]: setting.fixed };
}

function templateOf(context: MachineContext, name: string): Template {
  const setting = settingOf(context, name);
  if ('path' in setting) return [{ path: setting.path }];
  if (typeof setting.fixed !== 'object') return [String(setting.fixed)];
  throw refuse(context.definition, [`${name} is handed inside a text, so its value must be one`]);
}
