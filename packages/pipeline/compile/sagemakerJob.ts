import type { Definition, InputSource, Step } from '../definition.ts';
import { formatStepArguments } from '../stepArguments.ts';
import * as expressions from './expressions.ts';
import { getParameter, join, RUN_ID } from './expressions.ts';
import { entrypointOf, PROCESSING, processingInput, processingOutput, TRAINING } from './jobParts.ts';
import {
  asJson,
  asList,
  dateParameter,
  imageParameter,
  type Json,
  type JsonObject,
  limitsOf,
  refuse,
  rootOf,
  splitPath,
  tagList,
  trackingParameter,
} from './options.ts';
import type { SageMakerOptions } from './sagemaker.ts';

/** The arguments of a step's job: CreateProcessingJob or CreateTrainingJob without the name, which SageMaker gives. */
export function jobArguments(step: Step, definition: Definition, options: SageMakerOptions): JsonObject {
  return step.kind === 'training'
    ? trainingArguments(step, definition, options)
    : processingArguments(step, definition, options);
}

function processingArguments(step: Step, definition: Definition, options: SageMakerOptions): JsonObject {
  const { volumeGb, timeLimit_s } = limitsOf(step, options);
  const inputs = handedByService(step).map(([key, source]) =>
    processingInput(key, { S3Uri: sourceUri(source, definition) }),
  );
  const outputs = Object.entries(step.outputs).map(([key, { path }]) =>
    processingOutput(key, { S3Uri: outputUri(step, key, path, definition, options) }),
  );
  return {
    ProcessingResources: {
      ClusterConfig: {
        InstanceType: getParameter(step.resources.instanceTypeParameter),
        InstanceCount: getParameter(step.resources.instanceCountParameter),
        VolumeSizeInGB: volumeGb,
        VolumeKmsKeyId: asJson(options.kmsKeyId),
      },
    },
    AppSpecification: {
      ImageUri: imageOf(definition, options),
      ContainerEntrypoint: entrypointOf(definition, step),
      ContainerArguments: containerArguments(step, PROCESSING),
    },
    Environment: environment(definition, options),
    ...(inputs.length > 0 ? { ProcessingInputs: inputs as JsonObject[] } : {}),
    ProcessingOutputConfig: { Outputs: outputs as JsonObject[], KmsKeyId: asJson(options.kmsKeyId) },
    NetworkConfig: { ...traffic(), VpcConfig: vpcConfig(options) },
    RoleArn: asJson(options.roleArn),
    StoppingCondition: { MaxRuntimeInSeconds: timeLimit_s },
    Tags: tagList(options.tags),
  };
}

/**
 * A training job: inputs are channels, the one output is `/opt/ml/model`. It is uploaded as it is (`CompressionType` NONE): a step
 * packs its own `model.tar.gz` and leaves reports beside it, and whoever reads the output finds the folder that it finds on a laptop.
 */
function trainingArguments(step: Step, definition: Definition, options: SageMakerOptions): JsonObject {
  const { volumeGb, timeLimit_s } = limitsOf(step, options);
  const [key, path] = modelOutput(step, definition);
  const channels = handedByService(step).map(([ChannelName, source]) => ({
    ChannelName,
    DataSource: {
      S3DataSource: {
        S3DataType: 'S3Prefix',
        S3Uri: sourceUri(source, definition),
        S3DataDistributionType: 'FullyReplicated',
      },
    },
  }));
  return {
    AlgorithmSpecification: {
      TrainingImage: imageOf(definition, options),
      TrainingInputMode: 'File',
      ContainerEntrypoint: entrypointOf(definition, step),
      ContainerArguments: containerArguments(step, TRAINING),
    },
    Environment: environment(definition, options),
    ...(channels.length > 0 ? { InputDataConfig: channels } : {}),
    OutputDataConfig: {
      S3OutputPath: outputUri(step, key, path, definition, options),
      CompressionType: 'NONE',
      KmsKeyId: asJson(options.kmsKeyId),
    },
    ResourceConfig: {
      InstanceType: getParameter(step.resources.instanceTypeParameter),
      InstanceCount: getParameter(step.resources.instanceCountParameter),
      VolumeSizeInGB: volumeGb,
      VolumeKmsKeyId: asJson(options.kmsKeyId),
    },
    ...traffic(),
    VpcConfig: vpcConfig(options),
    RoleArn: asJson(options.roleArn),
    StoppingCondition: { MaxRuntimeInSeconds: timeLimit_s },
    Tags: tagList(options.tags),
  };
}

function modelOutput(step: Step, definition: Definition): [key: string, path: string] {
  const [first, ...others] = Object.entries(step.outputs);
  if (!first || others.length > 0)
    throw refuse(definition, [`${step.name}: a SageMaker training job has one output: make it a processing step`]);
  if (Object.keys(step.propertyFiles ?? {}).length > 0)
    throw refuse(definition, [`${step.name}: SageMaker reads property files of processing steps only`]);
  return [first[0], first[1].path];
}

/**
 * The inputs that SageMaker fetches. An optional parameter is not among them: SageMaker cannot leave out an input by a parameter's
 * value, takes no `none` for a URI, and fails a job whose prefix is empty. Its URI is handed to the step as an argument, and the step
 * fetches it, or does nothing when it is `none`.
 */
function handedByService(step: Step): [key: string, source: InputSource][] {
  return Object.entries(step.inputs).filter(([, source]) => !isFetchedByStep(source));
}

const isFetchedByStep = (source: InputSource) => 'parameter' in source && source.optional === true;

type Places = { input: (key: string) => string; output: (key: string) => string };

/** What `formatStepArguments` writes, with places in the job's file system and the pipeline's expressions for values. */
function containerArguments(step: Step, places: Places): Json[] {
  const outputs = Object.fromEntries(Object.keys(step.outputs).map((key) => [key, places.output(key)]));
  const inputs = Object.entries(step.inputs).flatMap(([key, source]) => [
    '--input',
    isFetchedByStep(source) && 'parameter' in source ? fill(key, source.parameter) : `${key}=${places.input(key)}`,
  ]);
  const handed = step.parameters.flatMap((name) => ['--param', fill(name, name)]);
  const constants = { inputs: {}, outputs: {}, parameters: { ...step.arguments } };
  return [
    ...inputs,
    ...formatStepArguments({ inputs: {}, outputs, parameters: {} }),
    ...handed,
    ...formatStepArguments(constants),
  ];
}

const fill = (key: string, parameter: string): Json => join('', [`${key}=`, getParameter(parameter)]);

function sourceUri(source: InputSource, definition: Definition): JsonObject {
  if ('parameter' in source) return getParameter(source.parameter);
  const trained = definition.steps.some((node) => node.name === source.step && node.kind === 'training');
  if (trained) return expressions.trainingOutput(source.step);
  return expressions.processingOutput(source.step, source.output);
}

function outputUri(step: Step, key: string, path: string, definition: Definition, options: SageMakerOptions): Json {
  const root = rootOf(definition, step, key, options.roots);
  const { layer, rest } = splitPath(path);
  const under = root === undefined ? options.bucketUri : getParameter(root);
  return join('/', [under, layer, RUN_ID, ...(rest === undefined ? [] : [rest])]);
}

function environment(definition: Definition, options: SageMakerOptions): JsonObject {
  const [date, tracking] = [dateParameter(definition), trackingParameter(definition)];
  return {
    ...(options.cache ? {} : { PILOTLIGHT_RUN_ID: RUN_ID }),
    ...(date === undefined ? {} : { PILOTLIGHT_EXECUTION_DATE: getParameter(date) }),
    PILOTLIGHT_BUCKET_URI: options.bucketUri,
    PILOTLIGHT_CODE_VERSION: asJson(options.codeVersion),
    ...(options.stack === undefined ? {} : { PILOTLIGHT_STACK: asJson(options.stack) }),
    ...(tracking === undefined ? {} : { MLFLOW_TRACKING_URI: getParameter(tracking) }),
  };
}

function imageOf(definition: Definition, options: SageMakerOptions): Json {
  const parameter = imageParameter(definition);
  return parameter === undefined ? asJson(options.image) : getParameter(parameter);
}

/**
 * Traffic between a job's machines is encrypted whatever their number: that is a parameter, which a run may raise, and one machine
 * has none. Not isolated: a step fetches optional inputs and logs metrics itself, inside the VPC.
 */
const traffic = () => ({ EnableInterContainerTrafficEncryption: true, EnableNetworkIsolation: false });

const vpcConfig = ({ subnetIds, securityGroupIds }: SageMakerOptions): JsonObject => ({
  SecurityGroupIds: asList(securityGroupIds),
  Subnets: asList(subnetIds),
});
