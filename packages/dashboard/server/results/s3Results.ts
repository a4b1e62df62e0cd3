import { createHash } from 'node:crypto';
import { type ObjectFacts, openStore, type Store } from '@pilotlight/artifacts';
import type { Logger } from '@pilotlight/logging';
import { z } from 'zod';
import type { Model } from '../../api.ts';
import { type CloudKey, FACTS_PREFIX, PREFIXES, readKey } from './cloudKeys.ts';
import { readManifest, withManifest } from './manifest.ts';
import { type ObjectCache, openObjectCache } from './objectCache.ts';
import { byNewest, type Results, type Run } from './run.ts';
import type { RunJson } from './runJson.ts';

export type S3ResultsOptions = {
  bucket: string;
  cache: string;
  bytesMax: number;
  log: Logger;
  /** The table in which the state machine keeps what was done with which file; none: runs are known by what they left alone. */
  manifest?: string | undefined;
};

/** How long a listing of the bucket counts as current. */
const FRESH_MS = 60_000;

type Found = { model: Model; run_id: string; objects: Map<string, ObjectFacts> };
type Snapshot = { at: number; runs: Run[]; version: string; faults: string[] };

/**
 * Runs in the data bucket, found by the folders of their layers. A step keeps what it made only when it ended well, so what is there
 * tells how far a run came; how long steps took is known for a week.
 */
export function openS3Results({ bucket, cache, bytesMax, log, manifest }: S3ResultsOptions): Results {
  const uri = `s3://${bucket}`;
  const store = openStore(uri);
  const objects = openObjectCache(store, cache, bytesMax);
  let snapshot: Promise<Snapshot> | undefined;
  let good: Snapshot | undefined;
  const look = async (): Promise<Snapshot> => {
    if (good !== undefined && Date.now() - good.at < FRESH_MS) return good;
    snapshot ??= readBucket(store, objects, uri, log)
      .then((found) => addManifest(found, manifest, log))
      .finally(() => {
        snapshot = undefined;
      });
    good = await snapshot;
    return good;
  };
  return {
    source: sourceOf(uri, manifest),
    folders: [cache],
    runs: async (model) => (await look()).runs.filter((run) => run.model === model),
    version: async () => (await look()).version,
    faults: async () => (await look()).faults,
  };
}

function sourceOf(uri: string, manifest: string | undefined): Results['source'] {
  if (manifest === undefined) {
    return {
      en: `Bucket ${uri}: runs are known by what they left; a run that failed before it left anything is not listed. Durations are kept for a week.`,
      es: `Bucket ${uri}: las ejecuciones se conocen por lo que dejaron; una que falló antes de dejar nada no aparece. Las duraciones se guardan una semana.`,
    };
  }
  return {
    en: `Bucket ${uri} and table ${manifest}. Durations of steps are kept for a week.`,
    es: `Bucket ${uri} y tabla ${manifest}. Las duraciones de los pasos se guardan una semana.`,
  };
}

/** Whoever may not read the table still sees the runs by what they left. */
async function addManifest(found: Snapshot, table: string | undefined, log: Logger): Promise<Snapshot> {
  if (table === undefined) return found;
  try {
    const runs = withManifest(found.runs, await readManifest(table)).sort(byNewest);
    return {
      ...found,
      runs,
      version: hash([...runs.map((run) => `${run.ref.run_id} ${run.version}`), ...found.faults]),
    };
  } catch (error) {
    const reason = `table ${table} cannot be read: ${(error as Error).message}`;
    log.warn({ reason }, 'the manifest is left out');
    return { ...found, faults: [...found.faults, reason] };
  }
}

async function readBucket(store: Store, cache: ObjectCache, uri: string, log: Logger): Promise<Snapshot> {
  const faults: string[] = [];
  const found = new Map<string, Found>();
  const facts = new Map<string, ObjectFacts[]>();
  const listed = async (prefix: string, use: (object: ObjectFacts) => void) => {
    try {
      for await (const object of store.list(prefix)) use(object);
    } catch (error) {
      // A role that may not list one layer still shows the others.
      const reason = `${prefix}/ cannot be listed: ${(error as Error).message}`;
      faults.push(reason);
      log.warn({ reason }, 'a part of the bucket is left out');
    }
  };
  const keep = (object: ObjectFacts) => {
    const key = readKey(object.key);
    if (key) addObject(found, key, object);
  };
  await Promise.all([
    ...PREFIXES.map((prefix) => listed(prefix, keep)),
    listed(FACTS_PREFIX, (object) => {
      const run = object.key.split('/')[2] ?? '';
      facts.set(run, [...(facts.get(run) ?? []), object]);
    }),
  ]);
  const runs = await Promise.all(
    [...found.values()].map((one) => runOf(store, cache, uri, one, facts.get(one.run_id) ?? [])),
  );
  const version = hash([...runs.map((run) => `${run.ref.run_id} ${run.version}`), ...faults]);
  return { at: Date.now(), runs: runs.sort(byNewest), version, faults };
}

function addObject(found: Map<string, Found>, { model, run_id, name }: CloudKey, object: ObjectFacts): void {
  const id = `${model} ${run_id}`;
  const run = found.get(id) ?? { model, run_id, objects: new Map() };
  run.objects.set(name, object);
  found.set(id, run);
}

async function runOf(
  store: Store,
  cache: ObjectCache,
  uri: string,
  { model, run_id, objects }: Found,
  facts: readonly ObjectFacts[],
): Promise<Run> {
  const files = [...objects.keys()].sort();
  const as_of = await dateOf(store, objects, files);
  const report = reportOf(model, run_id, as_of, files, await readFacts(store, facts));
  const lines = [...files.map((name) => `${name} ${objects.get(name)?.version}`), ...facts.map((one) => one.version)];
  return {
    model,
    pipeline: model,
    ref: { run_id, as_of, started: report.started ?? null, status: report.status },
    place: `${uri}/*/${run_id}/`,
    report,
    files,
    version: hash(lines),
    async open(name) {
      const object = objects.get(name);
      if (object === undefined) throw new Error(`run ${run_id} has no ${name}`);
      return cache.open(object, name);
    },
  };
}

/** The date that a run's tables are of: it stands in a folder's name, or in a summary. */
async function dateOf(store: Store, objects: Found['objects'], files: readonly string[]): Promise<string | null> {
  for (const name of files) {
    const date = /^clusters\/execution_date=(\d{4}-\d\d-\d\d)\//.exec(name)?.[1];
    if (date !== undefined) return date;
  }
  for (const name of ['scored/summary.json', 'monitoring/drift_summary.json', 'drift/drift_summary.json']) {
    const object = objects.get(name);
    const value = object === undefined ? null : await readJson(store, object.key);
    const parsed = z
      .looseObject({ as_of: z.string().optional(), execution_date: z.string().optional() })
      .safeParse(value);
    const date = parsed.data?.as_of ?? parsed.data?.execution_date;
    if (date !== undefined) return date;
  }
  return null;
}

const Facts = z.looseObject({
  step: z.string(),
  duration_s: z.number(),
  rss_bytes_max: z.number(),
  ended_at: z.iso.datetime(),
});
type Facts = z.infer<typeof Facts>;

async function readFacts(store: Store, objects: readonly ObjectFacts[]): Promise<Facts[]> {
  const values = await Promise.all(objects.map(({ key }) => readJson(store, key)));
  return values.flatMap((value) => {
    const parsed = Facts.safeParse(value);
    return parsed.success ? [parsed.data] : [];
  });
}

async function readJson(store: Store, key: string): Promise<unknown> {
  try {
    return JSON.parse((await store.readText(key))?.text ?? 'null');
  } catch {
    return null;
  }
}

/** Steps by the folder that each leaves. A scoring run has no training, which is no fault. */
const STEPS: Readonly<Record<Model, readonly (readonly [step: string, folder: string])[]>> = {
  churn: [
    ['Silver', 'silver'],
    ['Gold', 'gold'],
    ['Train', 'models'],
    ['Evaluate', 'evaluation'],
    ['Register', 'registration'],
    ['Score', 'scored'],
    ['Recommend', 'recommendations'],
    ['DriftCheck', 'monitoring'],
  ],
  segmentation: [
    ['PreprocessSplit', 'splits'],
    ['DriftCheck', 'drift'],
    ['TrainDomestic', 'models/Domestic'],
    ['TrainIndustrial', 'models/Industrial'],
    ['InferenceReporting', 'clusters'],
  ],
};
const LAST: Readonly<Record<Model, readonly string[]>> = {
  churn: ['recommendations', 'monitoring'],
  segmentation: ['clusters'],
};

function reportOf(
  model: Model,
  run_id: string,
  as_of: string | null,
  files: readonly string[],
  facts: readonly Facts[],
): RunJson {
  const has = (folder: string) => files.some((name) => name.startsWith(`${folder}/`));
  const names = [...new Set([...facts.map(({ step }) => step), ...STEPS[model].map(([step]) => step)])];
  const steps = names.map((name) => {
    const took = facts.find(({ step }) => step === name);
    const folder = STEPS[model].find(([step]) => step === name)?.[1];
    const done = took !== undefined || (folder !== undefined && has(folder));
    return {
      name,
      kind: name.startsWith('Train') ? 'training' : 'processing',
      status: done ? 'succeeded' : 'unknown',
      ...(took ? { ...span(took), duration_s: took.duration_s, rss_bytes_max: took.rss_bytes_max } : {}),
    };
  });
  const spans = facts.map(span);
  const ended = spans
    .map((one) => one.ended)
    .sort()
    .at(-1);
  return {
    run_id,
    pipeline: model,
    execution_date: as_of,
    status: LAST[model].every(has) ? 'succeeded' : 'unknown',
    parameters: {},
    steps: steps.sort((a, b) => order(model, a.name) - order(model, b.name)),
    started: spans.map((one) => one.started).sort()[0] ?? null,
    ended: ended ?? null,
  };
}

function order(model: Model, step: string): number {
  return STEPS[model].findIndex(([name]) => name === step);
}

function span({ ended_at, duration_s }: Facts): { started: string; ended: string } {
  return { started: new Date(Date.parse(ended_at) - 1000 * duration_s).toISOString(), ended: ended_at };
}

const hash = (lines: readonly string[]) => createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 24);
