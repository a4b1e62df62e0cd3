import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { joinUri, openStore, orAborted } from '@pilotlight/artifacts';
import { oneLine, type StepEnding } from '@pilotlight/pipeline';
import { driftMetrics } from './driftMetrics.ts';
import { RUN_FACTS, type StepFacts } from './stepFacts.ts';

export type ConcludeOptions = {
  /** For all that is sent together; default 300. A service that hangs must not hold a job. */
  limit_s?: number;
};

const LIMIT_S = 300;

/**
 * What is told to others when a step has ended well. Nothing of it can take the result away: what fails is a warning.
 *
 * - Where `MLFLOW_TRACKING_URI` is set, and not `none`: every `tracking/` folder among the outputs becomes a run in MLflow.
 * - Where `PILOTLIGHT_BUCKET_URI` is set, and the run has an id: `tmp/runs/<run_id>/<step>.json` in it says what the step took, and the
 *   last step of a segmentation writes the run's metrics log.
 * - Where `PILOTLIGHT_STACK` is set: drift as metrics, in the step's log.
 */
export function concludeStep(
  pipeline: string,
  { limit_s = LIMIT_S }: ConcludeOptions = {},
): (ending: StepEnding) => Promise<void> {
  return async (ending) => {
    const limit = AbortSignal.timeout(limit_s * 1000);
    const signal = AbortSignal.any([ending.signal, limit]);
    const told = async (what: string, send: () => Promise<void>) => {
      try {
        await orAborted(send(), signal);
      } catch (error) {
        const late = limit.aborted ? `no end in ${limit_s} s` : null;
        const reason = ending.signal.aborted ? 'the process is to stop' : (late ?? reasonOf(error));
        ending.log.warn({ reason }, `${what} (${reason}); the outputs of the step stand`);
      }
    };
    await Promise.all([
      told('the run is not in MLflow', () => sendTracking(pipeline, ending, signal)),
      told('what the step took is not in the bucket', () => sendFacts(pipeline, ending, signal)),
      told('the drift metrics are not in the log', async () => printMetrics(pipeline, ending)),
    ]);
  };
}

async function sendTracking(pipeline: string, ending: StepEnding, signal: AbortSignal): Promise<void> {
  const { MLFLOW_TRACKING_URI: uri = 'none', PILOTLIGHT_CODE_VERSION: code } = process.env;
  const folders = trackingFolders(ending);
  if (uri === '' || uri === 'none' || folders.length === 0) return;
  const { openMlflow, uploadRun } = await import('@pilotlight/tracking');
  const client = openMlflow(uri);
  const { run, log, step } = ending;
  for (const { folder, key } of folders) {
    const sent = await uploadRun(folder, {
      client,
      experiment: `pilotlight-${pipeline}`,
      run_key: key,
      tags: {
        'pilotlight.run_id': run.run_id,
        'pilotlight.step': step,
        'pilotlight.execution_date': run.execution_date,
        ...(code ? { 'pilotlight.code_version': code } : {}),
      },
      log,
      signal,
    });
    log.info({ mlflow_run_id: sent.run_id, url: sent.url }, 'the run is in MLflow');
  }
}

/** The run logs among the outputs, each with the name by which a repeated upload finds its run. */
function trackingFolders({ outputs, run, step }: StepEnding): { folder: string; key: string }[] {
  const found = Object.entries(outputs)
    .map(([output, folder]) => ({ output, folder: path.join(folder, 'tracking') }))
    .filter(({ folder }) => existsSync(path.join(folder, 'run.jsonl')));
  return found.map(({ output, folder }) => {
    const key = `${runName(run.run_id, folder)}/${step}`;
    return { folder, key: found.length > 1 ? `${key}/${output}` : key };
  });
}

/** A step by itself has no run's id: its log's bytes are the name, the same for the same work. */
function runName(id: string, folder: string): string {
  if (id !== 'none') return id;
  const hash = createHash('sha256').update(readFileSync(path.join(folder, 'run.jsonl')));
  return hash.digest('hex').slice(0, 16);
}

async function sendFacts(pipeline: string, ending: StepEnding, signal: AbortSignal): Promise<void> {
  const { step, duration_s, rss_bytes_max, run, log } = ending;
  const { PILOTLIGHT_BUCKET_URI: bucketUri } = process.env;
  if (!bucketUri || run.run_id === 'none') return;
  const store = openStore(joinUri(bucketUri, RUN_FACTS, run.run_id));
  const facts: StepFacts = { step, duration_s, rss_bytes_max, ended_at: new Date().toISOString() };
  await store.write(`${step}.json`, `${JSON.stringify(facts)}\n`, { signal });
  if (!pipeline.startsWith('segmentation') || step !== 'InferenceReporting') return;
  const { logMetrics, placesOf } = await import('./segmentation/logMetrics.ts');
  const files = await logMetrics({ bucketUri, runId: run.run_id, places: placesOf(ending) });
  log.info({ files }, 'metrics log written');
}

/** On standard output: the service takes it to CloudWatch, which makes metrics of such a line. */
function printMetrics(pipeline: string, { outputs, run }: StepEnding): void {
  const { PILOTLIGHT_STACK: stack } = process.env;
  if (!stack) return;
  const line = driftMetrics(outputs, { stack, pipeline, runId: run.run_id, time: new Date() });
  if (line !== null) process.stdout.write(`${line}\n`);
}

const reasonOf = (error: unknown) => oneLine(error instanceof Error ? error.message : String(error));
