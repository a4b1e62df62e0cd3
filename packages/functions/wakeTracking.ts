import {
  DescribeMlflowAppCommand,
  DescribeMlflowTrackingServerCommand,
  SageMakerClient,
  StartMlflowTrackingServerCommand,
} from '@aws-sdk/client-sagemaker';
import { clientOptions } from '@pilotlight/aws';
import * as z from 'zod';
import { readEnvironment } from './environment.ts';
import { explainAws } from './errors.ts';
import { makeHandler, type Tools } from './handler.ts';
import { appStatus, serverStatus } from './tracking/statusOf.ts';
import { type TrackingTarget, trackingTargetOf } from './tracking/trackingTarget.ts';
import type { WakeTracking } from './types.ts';

type Setup = ReturnType<typeof prepare>;
type Output = WakeTracking['output'];

const ANSWER_LIMIT_MS = 10_000;

/**
 * Says whether MLflow can be written to, and starts a tracking server that sleeps. Called until the answer is `ready` or `failed`; a
 * server that somebody else starts or stops at the same time is asked for again. No MLflow at all is `ready`: there is nothing to wait for.
 */
export const handler = makeHandler('wakeTracking', prepare, wakeTracking);

function prepare() {
  const target = trackingTargetOf(readEnvironment({ MLFLOW_TRACKING_URI: z.string() }).MLFLOW_TRACKING_URI);
  const options = clientOptions();
  return {
    target,
    sagemaker: new SageMakerClient('region' in target ? { ...options, region: target.region } : options),
  };
}

async function wakeTracking(_: unknown, tools: Tools<Setup>): Promise<Output> {
  const output = await ask(tools);
  tools.log.info({ kind: tools.setup.target.kind, ...output }, `MLflow is ${output.status}`);
  return output;
}

async function ask({ setup, signal }: Tools<Setup>): Promise<Output> {
  const { target, sagemaker } = setup;
  if (target.kind === 'none') return { status: 'ready' };
  if (target.kind === 'http') return askServer(target.url, signal);
  try {
    return target.kind === 'app'
      ? await askApp(target, sagemaker, signal)
      : await wakeServer(target, sagemaker, signal);
  } catch (error) {
    throw explainAws(error, target.arn);
  }
}

/** A server of one's own is nothing that could be started from here. */
async function askServer(url: string, signal: AbortSignal): Promise<Output> {
  const where = new URL(url);
  const health = `${where.origin}${where.pathname.replace(/\/$/, '')}/health`;
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]);
    const { status } = await fetch(health, { signal: limit });
    // Anything but a fault of its own: a proxy may want a sign-in, or not know the path.
    return status < 500 ? { status: 'ready' } : failed(`${where.host} answers with ${status}`);
  } catch {
    signal.throwIfAborted();
    return failed(`${where.host} does not answer`);
  }
}

type Of<Kind extends TrackingTarget['kind']> = Extract<TrackingTarget, { kind: Kind }>;

async function askApp({ arn }: Of<'app'>, sagemaker: SageMakerClient, abortSignal: AbortSignal): Promise<Output> {
  const { Status } = await sagemaker.send(new DescribeMlflowAppCommand({ Arn: arn }), { abortSignal });
  const status = appStatus(Status);
  if (status === 'ready' || status === 'starting') return { status };
  return failed(`${arn} is ${Status}`);
}

async function wakeServer(
  { arn, name: TrackingServerName }: Of<'server'>,
  sagemaker: SageMakerClient,
  abortSignal: AbortSignal,
): Promise<Output> {
  const describe = new DescribeMlflowTrackingServerCommand({ TrackingServerName });
  const { TrackingServerStatus, IsActive } = await sagemaker.send(describe, { abortSignal });
  const status = serverStatus(TrackingServerStatus, IsActive);
  if (status === 'ready' || status === 'starting') return { status };
  if (status === 'failed') return failed(`${arn} is ${TrackingServerStatus}`);
  try {
    await sagemaker.send(new StartMlflowTrackingServerCommand({ TrackingServerName }), { abortSignal });
  } catch (error) {
    // Somebody was faster.
    if (!(error instanceof Error && error.name === 'ConflictException')) throw error;
  }
  return { status: 'starting' };
}

const failed = (reason: string): Output => ({ status: 'failed', reason });
