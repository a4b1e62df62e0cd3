import { doOnce } from './doOnce.ts';
import { TrackingError } from './errors.ts';
import { keyValues, listOf, objectOf, tagsOf } from './models.ts';
import type { MlflowClient } from './openMlflow.ts';
import type { MlflowRun } from './openRun.ts';
import { type Batch, packBatches } from './packBatches.ts';
import { type MetricPoint, pointId } from './readRunLog.ts';

export type Logged = { params: Record<string, string>; metrics: MetricPoint[]; tags: Record<string, string> };

type Known = { params: Record<string, string>; points: ReadonlySet<string>; tags: Record<string, string> };

const NOTHING: Known = { params: {}, points: new Set(), tags: {} };
const PAGE = 10_000;

/**
 * Logs what the run has not got yet. A point is the same when name, step and value are, whenever it was logged; all get the time at
 * which the run began. A parameter that has another value already is a {@link TrackingError} (`conflict`) before anything is sent.
 */
export async function logRun(
  client: MlflowClient,
  run: MlflowRun,
  wanted: Logged,
  signal?: AbortSignal,
): Promise<void> {
  const { run_id } = run;
  const known = run.isNew ? NOTHING : await readLogged(client, run_id, wanted, signal);
  for (const batch of packBatches(missingOf(client, wanted, known))) {
    let rest = batch;
    const send = async () => {
      const body = { run_id, ...bodyOf(rest, run.started_ms) };
      await client.call('POST', 'runs/log-batch', { body, ...(signal && { signal }) });
      return true;
    };
    const look = async () => {
      rest = missingOf(client, rest, await readLogged(client, run_id, rest, signal));
      const isDone = rest.metrics.length === 0 && keyValues({ ...rest.params, ...rest.tags }).length === 0;
      return isDone ? true : null;
    };
    await doOnce(client, send, look, signal);
  }
}

function bodyOf({ params, metrics, tags }: Batch, timestamp: number) {
  return {
    params: keyValues(params),
    metrics: metrics.map((point) => ({ ...point, timestamp })),
    tags: keyValues(tags),
  };
}

function missingOf(client: MlflowClient, wanted: Logged, known: Known): Logged {
  const params = Object.entries(wanted.params).filter(([key, value]) => {
    const there = known.params[key];
    if (there === undefined || there === value) return there === undefined;
    const what = `the run has the parameter ${key} as ${JSON.stringify(there)}, not ${JSON.stringify(value)}`;
    throw new TrackingError({ code: 'conflict', uri: client.uri, what });
  });
  const tags = Object.entries(wanted.tags).filter(([key, value]) => known.tags[key] !== value);
  return {
    params: Object.fromEntries(params),
    metrics: wanted.metrics.filter((point) => !known.points.has(pointId(point))),
    tags: Object.fromEntries(tags),
  };
}

/** What the run has; of metrics those that are asked for. */
async function readLogged(
  client: MlflowClient,
  run_id: string,
  { metrics }: Logged,
  signal?: AbortSignal,
): Promise<Known> {
  const { run } = await client.call('GET', 'runs/get', { query: { run_id }, ...(signal && { signal }) });
  const data = objectOf(client, objectOf(client, run, 'run').data ?? {}, 'data');
  const latest = new Map(listOf(data.metrics).map((raw) => [String(raw.key), pointOf(raw)]));
  const points = new Set([...latest.values()].map(pointId));
  const byKey = Map.groupBy(metrics, ({ key }) => key);
  for (const [key, asked] of byKey) {
    // The run tells the last point of each; only where that is not all that is asked for, its history is read.
    if (!latest.has(key) || asked.every((point) => points.has(pointId(point)))) continue;
    for await (const point of historyOf(client, run_id, key, signal)) points.add(pointId(point));
  }
  return { params: tagsOf(data.params), points, tags: tagsOf(data.tags) };
}

async function* historyOf(
  client: MlflowClient,
  run_id: string,
  metric_key: string,
  signal?: AbortSignal,
): AsyncGenerator<MetricPoint> {
  let page_token: string | undefined;
  do {
    const query = { run_id, metric_key, max_results: PAGE, page_token };
    const page = await client.call('GET', 'metrics/get-history', { query, ...(signal && { signal }) });
    yield* listOf(page.metrics).map(pointOf);
    page_token = page.next_page_token ? String(page.next_page_token) : undefined;
  } while (page_token !== undefined);
}

function pointOf(raw: { [key: string]: unknown }): MetricPoint {
  // What is 0 may be left out of an answer.
  return { key: String(raw.key), step: Number(raw.step ?? 0), value: Number(raw.value ?? 0) };
}
