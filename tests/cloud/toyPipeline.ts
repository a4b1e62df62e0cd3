import type { Json, JsonObject } from './executor/index.ts';

/** Pipelines by hand, so that tests of the stand-in need no compiler. */
export const IMAGE = 'toys@sha256:0f';
export const ROLE = 'arn:aws:iam::123456789012:role/toys';

export const get = (path: string): JsonObject => ({ Get: path });
export const outputOf = (step: string, key = 'out'): JsonObject =>
  get(`Steps.${step}.ProcessingOutputConfig.Outputs['${key}'].S3Output.S3Uri`);
export const join = (...values: Json[]): JsonObject => ({ 'Std:Join': { On: '/', Values: values } });
export const factOf = (step: string, path: string): JsonObject => ({
  'Std:JsonGet': { PropertyFile: get(`Steps.${step}.PropertyFiles.Facts`), Path: path },
});

export function pipelineOf(steps: Json[], parameters: Json[] = []): string {
  return JSON.stringify({ Version: '2020-12-01', Metadata: {}, Parameters: parameters, Steps: steps });
}

type Parts = {
  inputs?: Record<string, Json>;
  more?: JsonObject;
  limit_s?: number;
  hosts?: Json;
  environment?: JsonObject;
};

/** A processing step with one output, `out`, under `s3://data/<name>`. */
export function processing(name: string, words: Json[], parts: Parts = {}): JsonObject {
  const { inputs = {}, more = {}, limit_s = 60, hosts = 1, environment = {} } = parts;
  return {
    Name: name,
    Type: 'Processing',
    Arguments: {
      ProcessingResources: {
        ClusterConfig: { InstanceType: 'ml.m5.large', InstanceCount: hosts, VolumeSizeInGB: 1 },
      },
      AppSpecification: { ImageUri: IMAGE, ContainerEntrypoint: ['toy'], ContainerArguments: words },
      Environment: environment,
      ProcessingInputs: Object.entries(inputs).map(([key, uri]) => ({
        InputName: key,
        S3Input: {
          S3Uri: uri,
          LocalPath: `/opt/ml/processing/input/${key}`,
          S3DataType: 'S3Prefix',
          S3InputMode: 'File',
        },
      })),
      ProcessingOutputConfig: {
        Outputs: [
          {
            OutputName: 'out',
            S3Output: {
              S3Uri: join('s3://data', name, get('Execution.PipelineExecutionId')),
              LocalPath: '/opt/ml/processing/output/out',
              S3UploadMode: 'EndOfJob',
            },
          },
        ],
      },
      RoleArn: ROLE,
      StoppingCondition: { MaxRuntimeInSeconds: limit_s },
    },
    ...more,
  };
}

export function training(name: string, words: Json[], splits: Json): JsonObject {
  return {
    Name: name,
    Type: 'Training',
    Arguments: {
      AlgorithmSpecification: {
        TrainingImage: IMAGE,
        TrainingInputMode: 'File',
        ContainerEntrypoint: ['toy'],
        ContainerArguments: words,
      },
      InputDataConfig: [
        { ChannelName: 'splits', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: splits } } },
      ],
      HyperParameters: { depth: '3' },
      OutputDataConfig: { S3OutputPath: `s3://data/${name}`, CompressionType: 'NONE' },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
      RoleArn: ROLE,
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
    },
  };
}
