import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { InputError } from '@pilotlight/errors';
import type { Logger } from '@pilotlight/logging';
import { logRun } from './logRun.ts';
import type { MlflowClient } from './openMlflow.ts';
import { openRun, setRunStatus, settleRuns } from './openRun.ts';
import { openRunArtifacts } from './openRunArtifacts.ts';
import { type RecordedRun, readRunLog } from './readRunLog.ts';
import { shortenValues } from './shortenValues.ts';

export type UploadOptions = {
  client: MlflowClient;
  /** Name of the experiment; made where there is none. */
  experiment: string;
  /** The same for every try to upload the same work: the run of it is found and gone on with. */
  run_key: string;
  /** Besides those of the log, which win. */
  tags?: Record<string, string>;
  log: Pick<Logger, 'warn'>;
  signal?: AbortSignal;
};

const STATUS = { finished: 'FINISHED', failed: 'FAILED', cut: 'KILLED' } as const;

/**
 * Replays the run log in `folder` to MLflow: experiment, run, parameters, tags, metrics, artifacts, and last the status (`FINISHED`;
 * `FAILED` where the log says so; `KILLED` where it has no end). Done again, after whatever fault, it ends with the one run and
 * every point once. Values that are too long for a server are cut, with a warning.
 *
 * Fails with a `TrackingError` where MLflow cannot or will not, with an InputError where the log is none or names what is not
 * there. The folder stays as it is, so nothing is lost: the caller warns and goes on.
 */
export async function uploadRun(folder: string, options: UploadOptions): Promise<{ run_id: string; url: string }> {
  const { client, experiment, run_key, log, signal } = options;
  const recorded = readRunLog(folder);
  const files = listArtifacts(folder, recorded, log);
  const wanted = valuesOf(recorded, options);
  const request = { experiment, run_key, name: recorded.name, ...(signal && { signal }) };
  const run = await openRun(client, request);
  await logRun(client, run, wanted, signal);
  if (files.length > 0) {
    const artifacts = openRunArtifacts(client, run.artifact_uri);
    for (const { name, path } of files) await artifacts.write(name, path, signal ? { signal } : {});
  }
  const status = STATUS[recorded.outcome];
  if (run.status !== status) await setRunStatus(client, run.run_id, status, signal);
  const { experiment_id } = run;
  const { run_id } = (await settleRuns(client, { experiment_id, run_key, ...(signal && { signal }) })) ?? run;
  if (run_id !== run.run_id && status !== 'KILLED') await setRunStatus(client, run.run_id, 'KILLED', signal);
  return { run_id, url: `${client.url}/#/experiments/${experiment_id}/runs/${run_id}` };
}

function valuesOf({ params, tags, metrics, execution_date }: RecordedRun, { tags: given = {}, log }: UploadOptions) {
  const all = { 'pilotlight.execution_date': execution_date, ...given, ...tags };
  const short = { params: shortenValues('params', params), tags: shortenValues('tags', all) };
  const cut = [...short.params.cut, ...short.tags.cut];
  if (cut.length > 0) log.warn({ names: cut }, 'values that are too long for MLflow are cut there');
  return { params: short.params.values, tags: short.tags.values, metrics };
}

type ArtifactFile = { name: string; path: string };

/** Every file with its name at the server, which is that in the step's output. A killed step's may be missing. */
function listArtifacts(folder: string, { artifacts, outcome }: RecordedRun, log: UploadOptions['log']): ArtifactFile[] {
  const files = artifacts.flatMap((artifact) => {
    const path = join(folder, artifact);
    if (existsSync(path)) return filesOf(path, artifact.replace(/^\.\.(\/|$)/, ''));
    if (outcome === 'finished') throw noArtifact(folder, artifact, 'an artifact of the run is not there');
    log.warn({ artifact }, 'an artifact of a run that did not end well is not there');
    return [];
  });
  const names = new Map<string, string>();
  for (const { name, path } of files) {
    const other = names.get(name) ?? path;
    if (other !== path) throw noArtifact(folder, name, 'two artifacts of the run have one name');
    names.set(name, path);
  }
  return [...names].map(([name, path]) => ({ name, path }));
}

function filesOf(path: string, name: string): ArtifactFile[] {
  if (!statSync(path).isDirectory()) return [{ name, path }];
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .flatMap((entry) => filesOf(join(path, entry.name), posix.join(name, entry.name)));
}

function noArtifact(folder: string, artifact: string, what: string): InputError {
  const where = join(folder, artifact);
  return new InputError({ code: 'no_artifact', what, where, todo: 'run the step again' });
}
