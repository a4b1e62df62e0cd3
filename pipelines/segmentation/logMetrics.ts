import { openStore, type Store } from '@pilotlight/artifacts';
import type { StepEnding } from '@pilotlight/pipeline';
import { RUN_FACTS, type StepFacts } from '../stepFacts.ts';
import { type MetricsFacts, writeMetricsLog } from './metricsLog.ts';
import { collectMetrics, type Places } from './results.ts';

type Request = {
  /** `s3://BUCKET`, or a folder that stands for it. */
  bucketUri: string;
  runId: string;
  /** Folders that the last step of a run has: what it wrote, and what it was handed. */
  places: Places;
};

const LOGS = 'metrics-logs/segmentation';

/** Writes a run's metrics log, and its week's, to the bucket; returns their URIs. The steps of the run stand in the order in which they ended. */
export async function logMetrics({ bucketUri, runId, places }: Request): Promise<string[]> {
  const bucket = openStore(bucketUri);
  const steps = await readSteps(bucket, runId);
  const logs = openStore(`${bucketUri}/${LOGS}`);
  const { run, week } = await writeMetricsLog(logs, collectMetrics(places, { runId, steps }));
  return [run, week].map((key) => `${logs.uri}/${key}`);
}

/** Where the last step finds what the log tells: its own report, and the models and the drift report that it was handed. */
export function placesOf({ inputs, outputs }: Pick<StepEnding, 'inputs' | 'outputs'>): Places {
  const { report } = outputs;
  if (report === undefined) throw new Error('the step wrote no report');
  const { drift, domestic, industrial } = inputs;
  const models = [domestic, industrial].filter((folder) => folder !== undefined);
  return { report, models, ...(drift === undefined ? {} : { drift }) };
}

async function readSteps(bucket: Store, runId: string): Promise<MetricsFacts['steps']> {
  const found: StepFacts[] = [];
  for await (const { key } of bucket.list(`${RUN_FACTS}/${runId}`)) {
    const text = await bucket.readText(key);
    if (text) found.push(JSON.parse(text.text) as StepFacts);
  }
  const inOrder = found.toSorted((a, b) => (a.ended_at < b.ended_at ? -1 : 1));
  return inOrder.map(({ step, duration_s, rss_bytes_max }) => ({
    name: step,
    durationS: duration_s,
    rssBytesMax: rss_bytes_max,
  }));
}
