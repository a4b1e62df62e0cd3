import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Job } from './describeJob.ts';
import { asList, asObject, type Json } from './types.ts';

/** Writes what a host finds below `/opt/ml` before its container starts, but for its inputs; makes the folders it writes to. */
export async function layOutHost(job: Job, root: string, host: string): Promise<void> {
  for (const { path } of [...job.inputs, ...job.outputs]) await mkdir(join(root, path), { recursive: true });
  await mkdir(join(root, 'output'), { recursive: true });
  const files = job.kind === 'processing' ? processingFiles(job, host) : trainingFiles(job, host);
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify(content));
  }
}

function processingFiles({ request, hosts, name }: Job, host: string): Record<string, Json> {
  return {
    'config/processingjobconfig.json': {
      ProcessingJobArn: `arn:aws:sagemaker:eu-west-1:123456789012:processing-job/${name.toLowerCase()}`,
      ...request,
    },
    'config/resourceconfig.json': { current_host: host, hosts },
  };
}

function trainingFiles({ request, hosts }: Job, host: string): Record<string, Json> {
  const instance = asObject(request.ResourceConfig).InstanceType ?? null;
  const channels = asList(request.InputDataConfig).map(({ ChannelName }) => [
    String(ChannelName),
    { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated', RecordWrapperType: 'None' },
  ]);
  return {
    'input/config/hyperparameters.json': asObject(request.HyperParameters),
    'input/config/inputdataconfig.json': Object.fromEntries(channels),
    'input/config/resourceconfig.json': {
      current_host: host,
      current_instance_type: instance,
      current_group_name: 'homogeneousCluster',
      hosts,
      instance_groups: [{ instance_group_name: 'homogeneousCluster', instance_type: instance, hosts }],
      network_interface_name: 'eth0',
    },
  };
}
