import path from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { codeVersion } from '../../infra/components/jobOptions.ts';
import { segmentationPipeline } from '../../infra/components/segmentationPipeline.ts';
import { partsOf } from '../infra/componentParts.ts';
import { contextOf } from '../infra/mocks.ts';
import { pilotlight } from '../pilotlight.ts';
import { ROOT } from '../python.ts';
import { type Server, startMoto } from '../servers.ts';
import { openS3 } from './executor/bucket.ts';
import { type Cloud, downloadPrefix, type Execution, type Fault, startExecution } from './executor/index.ts';

/** A stack's account in moto, as `pulumi up` of dev leaves it: its bucket, its image, its pipeline. */
export type Account = {
  bucketUri: string;
  codeVersion: string;
  moto: Server;
  s3: ReturnType<typeof openS3>;
  /** Starts a pipeline by its JSON. */
  start(pipeline: string, run: Run): Promise<Execution>;
  close(): Promise<void>;
};

export type Run = {
  id: string;
  parameters: Record<string, string>;
  faults?: (job: { step: string; attempt: number }) => Fault | undefined;
  /** Where jobs find AWS, if not where all others do. */
  endpoint?: string;
};

const context = contextOf('dev');
const { names, settings } = context;
const image = settings.images.pipeline;
const bucketUri = `s3://${names.buckets.data.name}`;

/** The container's command is the command of this checkout: the image is built from the same files. */
const COMMANDS = { pilotlight: [process.execPath, path.join(ROOT, 'pipelines/cli.ts')] };

export async function openAccount(work: string): Promise<Account> {
  const moto = await startMoto();
  const s3 = openS3(moto.env);
  const LocationConstraint = 'eu-west-1';
  await s3.send(
    new CreateBucketCommand({ Bucket: names.buckets.data.name, CreateBucketConfiguration: { LocationConstraint } }),
  );
  const start = (pipeline: string, { id, parameters, faults, endpoint }: Run) => {
    const cloud: Cloud = {
      env: moto.env,
      ...(endpoint === undefined ? {} : { jobEnv: { AWS_ENDPOINT_URL: endpoint } }),
      images: { [image]: COMMANDS },
      work,
      ...(faults ? { faults } : {}),
    };
    return startExecution({ pipeline, parameters: { MlflowTrackingUri: 'none', ...parameters }, id, cloud });
  };
  const close = async () => {
    s3.destroy();
    await moto.stop();
  };
  return { bucketUri, codeVersion: codeVersion(image), moto, s3, start, close };
}

/** What the stack's program hands to SageMaker. */
export function deployedSegmentation(): string {
  const { keys, placement, roles, trackingUri } = partsOf(context);
  const { privateSubnetIds: subnetIds, jobSecurityGroupId: securityGroupId } = placement;
  const place = { subnetIds, securityGroupId, dataKeyArn: keys.data, roleArn: roles.sagemaker.arn, trackingUri };
  return JSON.stringify(segmentationPipeline(context, place));
}

/** By what the roles of the stack are made. */
export const grounds = { ...context, keys: partsOf(context).keys };

/** What the command prints for the same stack. */
export function compiledScore(): string {
  const { placement, roles } = partsOf(context);
  const set = {
    ...{ bucketUri, image, codeVersion: codeVersion(image), roleArn: roles.sagemaker.arn, stack: settings.stack },
    subnetIds: placement.privateSubnetIds.join(','),
    securityGroupIds: placement.jobSecurityGroupId,
  };
  const options = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const { code, stdout, stderr } = pilotlight('compile', 'segmentation-score', ...options);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** All that a run of the segmentation left in the bucket, laid out as a run on this machine leaves it. */
export async function downloadRun({ s3 }: Account, { id, steps }: Execution, folder: string): Promise<void> {
  const models = ['Domestic', 'Industrial'].flatMap((type) => {
    const job = steps[`Train${type}`]?.jobs.find(({ status }) => status === 'Completed');
    return job ? [[`models/${type}`, `models/segmentation/models/${id}/${type}/${job.name}/output/model`]] : [];
  });
  const layers = ['splits', 'cohorts', 'drift', 'report'].map((name) => [name, `models/segmentation/${name}/${id}`]);
  const scored = ['clusters', 'benchmark'].map((name) => [name, `scored/segmentation/${name}/${id}`]);
  for (const [name = '', prefix] of [...layers, ...models, ...scored])
    await downloadPrefix(s3, `${bucketUri}/${prefix}`, path.join(folder, name));
}
