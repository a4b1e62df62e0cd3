import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Lays out what SageMaker puts into a container, as its documentation shows it, under a root of one's own. */

/** `inputs` and `outputs` are names: each has the place that the compilers give it. */
export function layOutProcessing(
  root: string,
  { inputs = [], outputs = [], hosts = ['algo-1'] }: { inputs?: string[]; outputs?: string[]; hosts?: string[] } = {},
): void {
  writeJson(path.join(root, 'config/processingjobconfig.json'), {
    ProcessingJobArn: 'arn:aws:sagemaker:eu-west-1:123456789012:processing-job/a-job',
    ProcessingJobName: 'a-job',
    AppSpecification: { ImageUri: 'an-image', ContainerEntrypoint: null, ContainerArguments: null },
    ProcessingInputs: inputs.map((name) => ({
      InputName: name,
      AppManaged: false,
      S3Input: { S3Uri: `s3://bucket/${name}`, LocalPath: `/opt/ml/processing/input/${name}`, S3InputMode: 'File' },
      DatasetDefinitionInput: null,
    })),
    ProcessingOutputConfig: {
      Outputs: outputs.map((name) => ({
        OutputName: name,
        AppManaged: false,
        S3Output: { S3Uri: `s3://bucket/${name}`, LocalPath: `/opt/ml/processing/output/${name}` },
        FeatureStoreOutput: null,
      })),
      KmsKeyId: null,
    },
    StoppingCondition: { MaxRuntimeInSeconds: 7200 },
  });
  writeJson(path.join(root, 'config/resourceconfig.json'), resources(hosts));
  for (const name of inputs) mkdirSync(path.join(root, 'processing/input', name), { recursive: true });
  for (const name of outputs) mkdirSync(path.join(root, 'processing/output', name), { recursive: true });
}

export function layOutTraining(
  root: string,
  {
    channels = [],
    hyperparameters = {},
    hosts = ['algo-1'],
  }: { channels?: string[]; hyperparameters?: object; hosts?: string[] } = {},
): void {
  const channel = { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated', RecordWrapperType: 'None' };
  const config = path.join(root, 'input/config');
  writeJson(path.join(config, 'hyperparameters.json'), hyperparameters);
  writeJson(path.join(config, 'resourceconfig.json'), { ...resources(hosts), network_interface_name: 'eth0' });
  writeJson(path.join(config, 'inputdataconfig.json'), Object.fromEntries(channels.map((name) => [name, channel])));
  for (const name of channels) mkdirSync(path.join(root, 'input/data', name), { recursive: true });
  for (const folder of ['model', 'output/data']) mkdirSync(path.join(root, folder), { recursive: true });
}

const resources = (hosts: string[]) => ({ current_host: hosts[0], hosts, current_instance_type: 'ml.m5.large' });

export function writeJson(file: string, value: unknown): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(value));
}

/** Mounts a small disk in memory on the folder; what takes it away, or null where this user may not mount. */
export function mountDisk(folder: string, size = '4m'): (() => void) | null {
  mkdirSync(folder, { recursive: true });
  const options = { encoding: 'utf8' } as const;
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', folder], options).status !== 0) return null;
  return () => void spawnSync('umount', [folder], options);
}
