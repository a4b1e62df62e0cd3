import { asList, asObject, type Json, type JsonObject } from './types.ts';

/** A job's request, read: what goes where below its `/opt/ml`. */
export type Job = {
  kind: 'processing' | 'training';
  name: string;
  /** CreateProcessingJob or CreateTrainingJob, whole. */
  request: JsonObject;
  image: string;
  command: string[];
  environment: Record<string, string>;
  inputs: { key: string; uri: string; path: string }[];
  outputs: { key: string; uri: string; path: string }[];
  hosts: string[];
  limit_s: number;
};

const ML = '/opt/ml/';

/** Reads a step's arguments, their expressions filled in, as the request of a job of that name. */
export function describeJob(type: 'Processing' | 'Training', filled: JsonObject, name: string): Job {
  return type === 'Processing' ? describeProcessing(filled, name) : describeTraining(filled, name);
}

function describeProcessing(filled: JsonObject, name: string): Job {
  const { ImageUri, ContainerEntrypoint, ContainerArguments } = asObject(filled.AppSpecification);
  const inputs = asList(filled.ProcessingInputs).map(({ InputName, S3Input }) => {
    const { S3Uri, LocalPath } = asObject(S3Input);
    return { key: String(InputName), uri: String(S3Uri), path: below(LocalPath) };
  });
  const outputs = asList(asObject(filled.ProcessingOutputConfig).Outputs).map(({ OutputName, S3Output }) => {
    const { S3Uri, LocalPath } = asObject(S3Output);
    return { key: String(OutputName), uri: String(S3Uri), path: below(LocalPath) };
  });
  return {
    kind: 'processing',
    name,
    request: { ProcessingJobName: name, ...filled },
    image: String(ImageUri),
    command: [...texts(ContainerEntrypoint), ...texts(ContainerArguments)],
    ...{ inputs, outputs },
    ...common(filled, asObject(asObject(filled.ProcessingResources).ClusterConfig)),
  };
}

/** What a training job leaves in `/opt/ml/model` goes, as it is, to `<S3OutputPath>/<job>/output/model/`; so with `/opt/ml/output/data`. */
function describeTraining(filled: JsonObject, name: string): Job {
  const { TrainingImage, ContainerEntrypoint, ContainerArguments } = asObject(filled.AlgorithmSpecification);
  const { S3OutputPath, CompressionType } = asObject(filled.OutputDataConfig);
  if (CompressionType !== 'NONE') throw new Error('the stand-in packs nothing: CompressionType NONE');
  const inputs = asList(filled.InputDataConfig).map(({ ChannelName, DataSource }) => {
    const uri = String(asObject(asObject(DataSource).S3DataSource).S3Uri);
    return { key: String(ChannelName), uri, path: `input/data/${ChannelName}` };
  });
  const root = `${String(S3OutputPath).replace(/\/$/, '')}/${name}/output`;
  return {
    kind: 'training',
    name,
    request: { TrainingJobName: name, ...filled },
    image: String(TrainingImage),
    command: [...texts(ContainerEntrypoint), ...texts(ContainerArguments)],
    inputs,
    outputs: [
      { key: 'model', uri: `${root}/model`, path: 'model' },
      { key: 'data', uri: `${root}/data`, path: 'output/data' },
    ],
    ...common(filled, asObject(filled.ResourceConfig)),
  };
}

/** A property of a job that has ended well, by which later steps name it. */
export function propertyOf({ kind, outputs }: Job, property: string): Json {
  const key = /^ProcessingOutputConfig\.Outputs\['([^']+)'\]\.S3Output\.S3Uri$/.exec(property)?.[1];
  const isModel = kind === 'training' && property === 'ModelArtifacts.S3ModelArtifacts';
  const output = outputs.find((one) => one.key === (isModel ? 'model' : key));
  if (!output) throw new Error(`no property ${property}`);
  return isModel ? `${output.uri}/` : output.uri;
}

function common(filled: JsonObject, machines: JsonObject): Pick<Job, 'environment' | 'hosts' | 'limit_s'> {
  const environment = Object.entries(asObject(filled.Environment)).map(([key, value]) => [key, String(value)]);
  const hosts = Array.from({ length: Number(machines.InstanceCount) }, (_, index) => `algo-${index + 1}`);
  return {
    environment: Object.fromEntries(environment),
    hosts,
    limit_s: Number(asObject(filled.StoppingCondition).MaxRuntimeInSeconds),
  };
}

const texts = (list: Json | undefined): string[] => (Array.isArray(list) ? list.map(String) : []);

function below(path: Json | undefined): string {
  const text = String(path);
  if (!text.startsWith(ML)) throw new Error(`${text} is not below ${ML}`);
  return text.slice(ML.length);
}
