import { rmSync } from 'node:fs';
import path from 'node:path';
import type { Bench } from '../bench.ts';
import { makeTable } from '../data.ts';
import { byOurs, byTurns } from '../process.ts';
import type { Row, Run } from '../table.ts';

const ROWS_MIN = 1000;

/** Drift and training at a hundredth, a tenth and all of the rows; each by how it grew over the tenth before it. */
export async function growth(bench: Bench): Promise<Row[]> {
  const { rows, columns } = bench.options;
  const sizes = [rows / 100, rows / 10, rows].map(Math.floor).filter((size) => size >= ROWS_MIN);
  const found: Row[] = [];
  const before = new Map<string, { rows: number; run: Run }>();
  for (const size of sizes) {
    process.stderr.write(`growth: ${size} rows\n`);
    const runs = size === rows ? await measure(bench, {}) : await atSize(bench, { rows: size, columns });
    for (const [work, run] of Object.entries(runs)) {
      found.push({
        work: `growth, ${work} at ${size}`,
        ours: run,
        peer: null,
        verdict: grown(size, run, before.get(work)),
      });
      before.set(work, { rows: size, run });
    }
  }
  return found;
}

async function atSize(bench: Bench, size: { rows: number; columns: number }): Promise<Record<string, Run>> {
  const folder = path.join(bench.folder, `growth-${size.rows}`);
  const data = { ...bench.job.data, train: path.join(folder, 'train'), test: path.join(folder, 'test') };
  await makeTable(data.train, size, 0, bench.signal);
  await makeTable(data.test, size, 1, bench.signal);
  const runs = await measure(bench, { data });
  rmSync(folder, { recursive: true, force: true });
  return runs;
}

function measure(bench: Bench, job: { data?: Bench['job']['data'] }): Promise<Record<string, Run>> {
  const ours = { model: path.join(bench.folder, 'growth.txt'), predictions: '' };
  return byTurns(bench.options.repeat, {
    drift: () => byOurs(bench, 'drift', job),
    train: () => byOurs(bench, 'train', { ...job, ours }),
  });
}

function grown(rows: number, run: Run, before: { rows: number; run: Run } | undefined): string {
  const each = `${((run.seconds / rows) * 1e6).toFixed(2)} s a million rows`;
  if (!before) return each;
  const times = (a: number, b: number) => `x ${(a / b).toFixed(1)}`;
  const [time, memory] = [times(run.seconds, before.run.seconds), times(run.bytes, before.run.bytes)];
  return `${each}; rows x ${(rows / before.rows).toFixed(0)}: time ${time}, memory ${memory}`;
}
