/** Measurements against Python, in the same run on the same files: `./dev bench --help`. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { EXIT, InputError } from '@pilotlight/errors';
import { type BenchData, HOURS, makeConsumption, makeTables } from './data.ts';
import { type Options, readOptions, type Work } from './options.ts';
import { findPython } from './python.ts';
import { flatten, formatTable, type Row, type Run } from './table.ts';

type Files = { model: string; predictions: string };
export type Job = {
  name: Work | 'check_train' | 'check_predict' | 'check_consumption';
  data: BenchData;
  params: Record<string, string | number>;
  rounds: number;
  ours: Files;
  peer: Files;
  /** Customer-months, a Parquet file a side. */
  months: { ours: string; polars: string; duckdb: string };
  workFolder: string;
};
type Bench = { python: string; job: Omit<Job, 'name'>; signal: AbortSignal };
type Drift = Record<string, { psi: number; d: number | null }>;

const PARAMS = {
  objective: 'binary',
  num_leaves: 63,
  learning_rate: 0.1,
  deterministic: 'true',
  force_row_wise: 'true',
  seed: 1,
};
const MEASURE: Record<Work, (bench: Bench) => Promise<Row[]>> = { drift, train, predict, consumption };

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
try {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'string') process.stdout.write(`${options}\n`);
  else process.exitCode = await main(options, findPython(options.works));
} catch (error) {
  process.stderr.write(`pilotlight: ${explain(error)}\n`);
  process.exitCode = error instanceof InputError ? EXIT.input : EXIT.failure;
}

async function main(options: Options, python: string): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pilotlight-bench-'));
  const rows: Row[] = [];
  try {
    const bench: Bench = { python, job: jobIn(folder), signal: stop.signal };
    await makeData(options, bench);
    for (const work of options.works) {
      process.stderr.write(`${work}\n`);
      rows.push(...(await MEASURE[work](bench)));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    // What was measured before a failure is not lost.
    const text = options.json ? JSON.stringify(flatten(rows)) : formatTable(rows);
    if (rows.length > 0) process.stdout.write(`${text}\n`);
  }
  return rows.some(({ verdict }) => verdict.startsWith('WRONG')) ? EXIT.failure : EXIT.done;
}

function jobIn(folder: string): Omit<Job, 'name'> {
  const file = (name: string) => path.join(folder, name);
  return {
    data: { train: file('train.parquet'), test: file('test.parquet'), consumption: file('consumption.parquet') },
    params: PARAMS,
    rounds: 100,
    ours: { model: file('ours.txt'), predictions: file('ours.parquet') },
    peer: { model: file('peer.txt'), predictions: file('peer.npy') },
    months: { ours: file('months.parquet'), polars: file('polars.parquet'), duckdb: file('duckdb.parquet') },
    workFolder: file('work'),
  };
}

async function makeData({ works, rows, columns, customers }: Options, { job, signal }: Bench): Promise<void> {
  if (works.some((work) => work !== 'consumption')) {
    process.stderr.write(`making 2 x ${rows} rows x ${columns} columns\n`);
    await makeTables(job.data, rows, columns, signal);
  }
  if (!works.includes('consumption')) return;
  process.stderr.write(`making ${customers} customers x ${HOURS} hours\n`);
  await makeConsumption(job.data.consumption, customers, signal);
}

async function drift(bench: Bench): Promise<Row[]> {
  const [ours, peer] = [await byOurs(bench, 'drift'), await byPython(bench, 'peers.py', 'drift')];
  return [{ work: 'drift', ours, peer, verdict: compareDrift(ours.answer as Drift, peer.answer as Drift) }];
}

function compareDrift(ours: Drift, peer: Drift): string {
  const wrong = Object.entries(peer).filter(([name, { psi, d }]) => {
    const found = ours[name];
    if (!found || (found.d === null) !== (d === null)) return true;
    return !(Math.abs(found.psi - psi) <= 1e-9 && Math.abs((found.d ?? 0) - (d ?? 0)) <= 1e-12);
  });
  return wrong.length === 0 ? 'D and PSI equal' : `WRONG: ${wrong.map(([name]) => name).join(', ')}`;
}

async function train(bench: Bench): Promise<Row[]> {
  const [ours, peer] = [await byOurs(bench, 'train'), await byPython(bench, 'peers.py', 'train')];
  const { answer } = await byPython(bench, 'peers.py', 'check_train');
  const [a, b] = answer as [number, number];
  const found = `AUC ${a.toFixed(4)}, ${b.toFixed(4)}`;
  return [{ work: 'train', ours, peer, verdict: Math.abs(a - b) < 0.002 ? found : `WRONG: ${found}` }];
}

async function predict(bench: Bench): Promise<Row[]> {
  const [ours, peer] = [await byOurs(bench, 'predict'), await byPython(bench, 'peers.py', 'predict')];
  const gap = (await byPython(bench, 'peers.py', 'check_predict')).answer as number;
  const verdict = gap < 1e-9 ? `equal to ${gap.toExponential(0)}` : `WRONG: differ by ${gap}`;
  return [{ work: 'predict', ours, peer, verdict }];
}

async function consumption(bench: Bench): Promise<Row[]> {
  const ours = await byOurs(bench, 'consumption');
  const polars = await byPython(bench, 'peer_polars.py', 'consumption');
  const duckdb = await byPython(bench, 'peer_duckdb.py', 'consumption');
  const faults = (await byPython(bench, 'peers.py', 'check_consumption')).answer as Record<string, string | null>;
  return Object.entries({ polars, duckdb }).map(([name, peer]) => {
    const fault = faults[name];
    const verdict = fault === null ? 'equal to 1e-9' : `WRONG: ${fault}`;
    return { work: `consumption (${name})`, ours, peer, verdict };
  });
}

function byOurs(bench: Bench, name: Job['name']): Promise<Run> {
  return run(bench, process.execPath, [], 'ours.ts', name);
}

function byPython(bench: Bench, script: string, name: Job['name']): Promise<Run> {
  return run(bench, bench.python, ['-B'], script, name);
}

async function run(bench: Bench, command: string, flags: string[], script: string, name: Job['name']): Promise<Run> {
  const args = [...flags, path.join(import.meta.dirname, script), JSON.stringify({ ...bench.job, name })];
  try {
    const { stdout } = await promisify(execFile)(command, args, { signal: bench.signal, maxBuffer: 1 << 28 });
    return JSON.parse(stdout);
  } catch (error) {
    bench.signal.throwIfAborted();
    const { stderr, signal, message } = error as { stderr?: string; signal?: string | null; message: string };
    // Python's own error is the last line of its trace.
    const reason = signal ? `ended by ${signal}` : stderr?.trim().split('\n').at(-1) || message;
    throw new Error(`${script} failed at ${name}: ${reason}`, { cause: error });
  }
}

function explain(error: unknown): string {
  if (stop.signal.aborted) return 'stopped';
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] as string;
}
