import type { Definition, Step } from '../definition.ts';

/** How a job is started: the image's one command, the pipeline and the step. */
export const entrypointOf = (definition: Definition, step: Step): string[] => [
  'pilotlight',
  'step',
  definition.name,
  step.name,
];

/** Where a processing job finds its inputs and leaves its outputs. */
export const PROCESSING = {
  input: (key: string) => `/opt/ml/processing/input/${key}`,
  output: (key: string) => `/opt/ml/processing/output/${key}`,
};

/** The same in a training job, which has one place for what it makes. */
export const TRAINING = {
  input: (key: string) => `/opt/ml/input/data/${key}`,
  output: () => '/opt/ml/model',
};

/** An input of a processing job: every machine gets all files under the URI. */
export function processingInput(key: string, uri: object): Record<string, unknown> {
  return {
    InputName: key,
    AppManaged: false,
    S3Input: {
      ...uri,
      LocalPath: PROCESSING.input(key),
      S3DataType: 'S3Prefix',
      S3InputMode: 'File',
      S3DataDistributionType: 'FullyReplicated',
      S3CompressionType: 'None',
    },
  };
}

/** An output of a processing job, there only once the job has ended. */
export function processingOutput(key: string, uri: object): Record<string, unknown> {
  const S3Output = { ...uri, LocalPath: PROCESSING.output(key), S3UploadMode: 'EndOfJob' };
  return { OutputName: key, AppManaged: false, S3Output };
}
