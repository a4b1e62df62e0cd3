import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Bench } from '../bench.ts';
import type { Row } from '../table.ts';

const CLI = path.resolve(import.meta.dirname, '../../pipelines/cli.ts');
type Step = { name: string; kind: string; status: string; duration_s?: number; rss_bytes_max?: number | null };

/** The whole segmentation on generated contracts: each step's time and memory, as `run.json` has them. */
export async function pipeline(bench: Bench): Promise<Row[]> {
  const [data, out] = [path.join(bench.folder, 'contracts'), path.join(bench.folder, 'segmentation')];
  await pilotlight(bench, ['generate', 'segmentation', '--rows', `${bench.options.rows}`, '--out', data]);
  const start = performance.now();
  await pilotlight(bench, ['run', 'segmentation', '--data', data, '--out', out]);
  const seconds = (performance.now() - start) / 1000;
  const report = JSON.parse(readFileSync(path.join(out, 'run.json'), 'utf8')) as { status: string; steps: Step[] };
  for (const folder of [data, out]) rmSync(folder, { recursive: true, force: true });
  const steps = report.steps.filter((step) => step.duration_s !== undefined);
  const rows = steps.map(({ name, status, duration_s = 0, rss_bytes_max }) => ({
    work: `pipeline, ${name}`,
    ours: { seconds: duration_s, bytes: rss_bytes_max ?? 0, answer: null },
    peer: null,
    verdict: status,
  }));
  const bytes = Math.max(...rows.map((row) => row.ours.bytes));
  const verdict = report.status === 'succeeded' ? `${bench.options.rows} contracts` : `WRONG: ${report.status}`;
  return [...rows, { work: 'pipeline, all', ours: { seconds, bytes, answer: null }, peer: null, verdict }];
}

async function pilotlight(bench: Bench, args: string[]): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [CLI, ...args], { signal: bench.signal, maxBuffer: 1 << 28 });
  } catch (error) {
    bench.signal.throwIfAborted();
    const { stderr, message } = error as { stderr?: string; message: string };
    const reason = stderr?.trim().split('\n').at(-1) || message;
    throw new Error(`pilotlight ${args.slice(0, 2).join(' ')} failed: ${reason}`, { cause: error });
  }
}
