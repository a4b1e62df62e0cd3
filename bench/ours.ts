/** One piece of work by pilotlight in a process of its own; prints its figures as JSON. */

import { memory } from '@pilotlight/logging';
import { compareDatasets, predict, train } from '@pilotlight/modeling';
import type { Job } from './run.ts';

const job: Job = JSON.parse(process.argv[2] as string);
const start = performance.now();
const answer = await work(job);
process.stdout.write(
  `${JSON.stringify({ seconds: (performance.now() - start) / 1000, bytes: memory().rss_bytes_max, answer })}\n`,
);

async function work({ name, data, params, rounds, ours }: Job): Promise<unknown> {
  if (name === 'drift') {
    const table = await compareDatasets({
      referencePaths: [data.train],
      currentPaths: [data.test],
      exclude: ['i', 'y'],
    });
    return Object.fromEntries(
      table.columns.map((column) => [column.name, { psi: column.psi, d: column.ks?.d ?? null }]),
    );
  }
  const files = { modelPath: ours.model, outPath: ours.predictions };
  if (name === 'train') {
    const sets = { trainPaths: [data.train], target: 'y', features: 'all' as const, exclude: ['i'] };
    await train({ ...sets, params, rounds, modelPath: files.modelPath });
    return null;
  }
  await predict({ ...files, dataPaths: [data.test], keepColumns: ['y'] });
  return null;
}
