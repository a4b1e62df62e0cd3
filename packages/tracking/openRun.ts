import { InputError } from '@pilotlight/errors';
import { doOnce } from './doOnce.ts';
import { equals, tag } from './filter.ts';
import { keyValues, listOf, objectOf, tagsOf } from './models.ts';
import { openExperiment } from './openExperiment.ts';
import type { MlflowClient } from './openMlflow.ts';

/** The tag by which a run is found again. */
export const RUN_KEY_TAG = 'pilotlight.run_key';
/** On a run that was made beside another one of its key, which it names; nobody looks at it again. */
export const DUPLICATE_TAG = 'pilotlight.duplicate_of';

export type MlflowRun = {
  run_id: string;
  experiment_id: string;
  /** `RUNNING`, `FINISHED`, `FAILED`, `KILLED`, `SCHEDULED`. */
  status: string;
  /** Milliseconds since 1970. */
  started_ms: number;
  /** Where its artifacts belong. */
  artifact_uri: string;
  /** Nothing has been logged to it yet. */
  isNew: boolean;
};

export type RunRequest = {
  /** Name of the experiment; made where there is none. */
  experiment: string;
  /** The same for every try to upload the same work, and for nothing else in the experiment. */
  run_key: string;
  /** What people read; default the key. */
  name?: string;
  tags?: Record<string, string>;
  signal?: AbortSignal;
};

const KEY_CHARACTERS_MAX = 1000;

/** The run of that key in the experiment, or a new one. Runs that a person deleted do not count. */
export async function openRun(client: MlflowClient, request: RunRequest): Promise<MlflowRun> {
  const { experiment, run_key, name = run_key, tags = {}, signal } = request;
  checkKey(run_key);
  const experiment_id = await openExperiment(client, experiment, signal);
  const settle = () => settleRuns(client, { experiment_id, run_key, ...(signal && { signal }) });
  const found = await settle();
  if (found !== null) return found;
  const body = {
    experiment_id,
    run_name: name,
    start_time: Date.now(),
    tags: keyValues({ ...tags, [RUN_KEY_TAG]: run_key }),
  };
  const act = async () => {
    const { run } = await client.call('POST', 'runs/create', { body, ...(signal && { signal }) });
    return { ...runOf(client, run), isNew: true };
  };
  const made = await doOnce(client, act, settle, signal);
  const first = await settle();
  return first === null || first.run_id === made.run_id ? made : first;
}

/**
 * The one run of that key, or null. Two processes may make one each at the same time, and one that was given up may come late: then
 * one stays, the same for whoever looks, and the others are marked and closed, as the client of a job may not delete. Asked when
 * a run is opened and when it has ended, so that one stays in the end.
 */
export async function settleRuns(
  client: MlflowClient,
  wanted: { experiment_id: string; run_key: string; signal?: AbortSignal },
): Promise<MlflowRun | null> {
  const [first = null, ...others] = await findRuns(client, wanted);
  for (const other of others) {
    const body = { run_id: other.run_id, key: DUPLICATE_TAG, value: first?.run_id };
    await client.call('POST', 'runs/set-tag', { body, ...(wanted.signal && { signal: wanted.signal }) });
    await setRunStatus(client, other.run_id, 'KILLED', wanted.signal);
  }
  return first;
}

/** Sets the run's status; its end is now, or not yet where it is running. */
export async function setRunStatus(
  client: MlflowClient,
  run_id: string,
  status: 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED',
  signal?: AbortSignal,
): Promise<void> {
  const body = { run_id, status, ...(status !== 'RUNNING' && { end_time: Date.now() }) };
  await client.call('POST', 'runs/update', { body, ...(signal && { signal }) });
}

/** All that nobody marked: finished ones first, as they are whole, then the older. */
async function findRuns(
  client: MlflowClient,
  { experiment_id, run_key, signal }: { experiment_id: string; run_key: string; signal?: AbortSignal },
): Promise<MlflowRun[]> {
  const body = {
    experiment_ids: [experiment_id],
    filter: equals(tag(RUN_KEY_TAG), run_key),
    run_view_type: 'ACTIVE_ONLY',
    max_results: 100,
    order_by: ['attributes.start_time ASC'],
  };
  const { runs } = await client.call('POST', 'runs/search', { body, ...(signal && { signal }) });
  const candidates = listOf(runs).filter((raw) => {
    const tags = tagsOf(objectOf(client, raw.data ?? {}, 'data').tags);
    return tags[RUN_KEY_TAG] === run_key && tags[DUPLICATE_TAG] === undefined;
  });
  const rank = (run: MlflowRun) => (run.status === 'FINISHED' ? 0 : 1);
  return candidates
    .map((raw) => runOf(client, raw))
    .sort((a, b) => rank(a) - rank(b) || a.started_ms - b.started_ms || (a.run_id < b.run_id ? -1 : 1));
}

function runOf(client: MlflowClient, raw: unknown): MlflowRun {
  const info = objectOf(client, objectOf(client, raw, 'run').info, 'run');
  return {
    run_id: String(info.run_id),
    experiment_id: String(info.experiment_id),
    status: String(info.status ?? 'RUNNING'),
    started_ms: Number(info.start_time ?? 0),
    artifact_uri: String(info.artifact_uri ?? ''),
    isNew: false,
  };
}

function checkKey(run_key: string): void {
  if (run_key.trim() !== '' && run_key.length <= KEY_CHARACTERS_MAX) return;
  const todo = `give 1 to ${KEY_CHARACTERS_MAX} characters`;
  throw new InputError({ code: 'bad_name', what: 'not the key of a run', where: JSON.stringify(run_key), todo });
}
