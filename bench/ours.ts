/** One piece of work by pilotlight in a process of its own; prints its figures as JSON. */
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { memory } from '@pilotlight/logging';
import type { Job } from './bench.ts';
import { partsOf } from './data.ts';

/** Spain's, as in the peers' tariff. */
const HOLIDAYS = ['01-01', '01-06', '05-01', '08-15', '10-12', '11-01', '12-06', '12-08', '12-25'];
const EXCLUDE = ['i', 'y'];
const WORKS: Record<string, (job: Job) => Promise<unknown>> = {
  drift,
  profile,
  profile_parts,
  profile_merge,
  profile_drift,
  train,
  predict,
  consumption,
};

try {
  const job: Job = JSON.parse(process.argv[2] as string);
  // The clock starts after the imports, as the peers' does; a work loads only the library that it needs.
  await (job.name === 'consumption' ? import('@pilotlight/tables') : import('@pilotlight/modeling'));
  const start = performance.now();
  const answer = await WORKS[job.name]?.(job);
  const seconds = (performance.now() - start) / 1000;
  process.stdout.write(`${JSON.stringify({ seconds, bytes: memory().rss_bytes_max, answer })}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function drift({ data }: Job): Promise<unknown> {
  return compare([data.train], data.test);
}

async function profile_drift({ data, profiles }: Job): Promise<unknown> {
  return compare({ profile: profiles.whole }, data.test);
}

async function compare(referencePaths: string[] | { profile: string }, current: string): Promise<unknown> {
  const { compareDatasets } = await import('@pilotlight/modeling');
  const table = await compareDatasets({ referencePaths, currentPaths: [current], exclude: EXCLUDE });
  const figures = table.columns.map(({ name, psi, ks, chiSquared }) => {
    const chi_squared = chiSquared?.statistic ?? null;
    return [name, { psi, d: ks?.d ?? null, d_error_max: ks?.dErrorMax ?? null, ks_p: ks?.p ?? null, chi_squared }];
  });
  return Object.fromEntries(figures);
}

async function profile({ data, profiles }: Job): Promise<number> {
  const { buildProfile } = await import('@pilotlight/modeling');
  await buildProfile({ paths: [data.train], exclude: EXCLUDE, outPath: profiles.whole });
  return statSync(profiles.whole).size;
}

/** Each part by itself, in the edges of the whole: what a job of one shard does. */
async function profile_parts({ data, profiles }: Job): Promise<null> {
  const { buildProfile } = await import('@pilotlight/modeling');
  mkdirSync(profiles.parts, { recursive: true });
  for (const file of partsOf(data.train)) {
    const outPath = partProfile(profiles.parts, file);
    await buildProfile({ paths: [file], exclude: EXCLUDE, edgesFrom: profiles.whole, outPath });
  }
  return null;
}

/** Whether the parts merge to the bytes of the whole. */
async function profile_merge({ data, profiles }: Job): Promise<boolean> {
  const { mergeProfiles } = await import('@pilotlight/modeling');
  const parts = partsOf(data.train).map((file) => partProfile(profiles.parts, file));
  await mergeProfiles(parts, profiles.merged);
  return readFileSync(profiles.merged).equals(readFileSync(profiles.whole));
}

function partProfile(folder: string, file: string): string {
  return path.join(folder, `${path.basename(file, '.parquet')}.json`);
}

async function train({ data, params, rounds, ours }: Job): Promise<null> {
  const { train } = await import('@pilotlight/modeling');
  const sets = { trainPaths: [data.train], target: 'y', features: 'all' as const, exclude: ['i'] };
  await train({ ...sets, params, rounds, modelPath: ours.model });
  return null;
}

async function predict({ data, ours }: Job): Promise<null> {
  const { predict } = await import('@pilotlight/modeling');
  await predict({ modelPath: ours.model, outPath: ours.predictions, dataPaths: [data.test], keepColumns: ['y'] });
  return null;
}

async function consumption({ data, months, workFolder }: Job): Promise<null> {
  const { aggregateConsumption } = await import('@pilotlight/tables');
  const { signal } = new AbortController();
  const options = { files: [data.consumption], out: months.ours, asOf: '2024-12-31', holidays: HOLIDAYS };
  await aggregateConsumption({ ...options, workFolder, signal });
  return null;
}
