/** One piece of work by pilotlight in a process of its own; prints its figures as JSON. */
import { memory } from '@pilotlight/logging';
import type { Job } from './run.ts';

/** Spain's, as in the peers' tariff. */
const HOLIDAYS = ['01-01', '01-06', '05-01', '08-15', '10-12', '11-01', '12-06', '12-08', '12-25'];
const WORKS: Record<string, (job: Job) => Promise<unknown>> = { drift, train, predict, consumption };

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
  const { compareDatasets } = await import('@pilotlight/modeling');
  const exclude = ['i', 'y'];
  const table = await compareDatasets({ referencePaths: [data.train], currentPaths: [data.test], exclude });
  return Object.fromEntries(table.columns.map((column) => [column.name, { psi: column.psi, d: column.ks?.d ?? null }]));
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
