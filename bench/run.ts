/** Measurements against the Python stack, in the same run on the same files: `./dev bench [drift|train|predict|all] [--rows N]`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchData, makeData } from './data.ts';

type Name = 'drift' | 'train' | 'predict';
type Files = { model: string; predictions: string };
export type Job = {
  name: Name | 'check';
  data: BenchData;
  params: Record<string, string | number>;
  rounds: number;
  ours: Files;
  peer: Files;
};
type Run = { seconds: number; bytes: number; answer: unknown };
type Row = { work: Name; ours: Run; peer: Run; verdict: string };

const HELP = `./dev bench [drift|train|predict|all] [--rows N] [--columns N] [--json]
  Pilotlight against pyarrow, numpy, scipy and lightgbm in Python: from Parquet to the result, each in its own process.
  --rows N     rows of each of the two files (default 200000)
  --columns N  feature columns (default 50)
  --json       print the rows as JSON`;
const PARAMS = {
  objective: 'binary',
  num_leaves: 63,
  learning_rate: 0.1,
  deterministic: 'true',
  force_row_wise: 'true',
  seed: 1,
};
const ROOT = path.resolve(import.meta.dirname, '..');

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`);
    return options === HELP ? 0 : 2;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'pilotlight-bench-'));
  try {
    process.stderr.write(`making 2 x ${options.rows} rows x ${options.columns} columns\n`);
    const data = await makeData(folder, options.rows, options.columns);
    const files = (side: string): Files => ({
      model: path.join(folder, `${side}.txt`),
      predictions: path.join(folder, side === 'ours' ? 'ours.parquet' : 'peer.npy'),
    });
    const job = { data, params: PARAMS, rounds: 100, ours: files('ours'), peer: files('peer') };
    const rows = measure(options.works, job);
    process.stdout.write(options.json ? `${JSON.stringify(rows.map(flat))}\n` : `${table(rows)}\n`);
    return rows.some((row) => row.verdict.startsWith('WRONG')) ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readOptions(): { works: Name[]; rows: number; columns: number; json: boolean } | string {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        rows: { type: 'string' },
        columns: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) return HELP;
    const [what = 'all'] = positionals;
    const works: Name[] = ['drift', 'train', 'predict'];
    if (what !== 'all' && !works.includes(what as Name))
      return `pilotlight: no bench "${what}": use drift, train, predict or all`;
    const [rows, columns] = [Number(values.rows ?? 200_000), Number(values.columns ?? 50)];
    if (!(Number.isInteger(rows) && rows >= 1000)) return 'pilotlight: --rows: give a whole number from 1000';
    if (!(Number.isInteger(columns) && columns >= 10)) return 'pilotlight: --columns: give a whole number from 10';
    if (!existsSync(interpreter())) return 'pilotlight: no Python for the peers: ./dev test makes it';
    // Prediction and the check of training need the models of both sides.
    const chosen = what === 'all' || what === 'predict' ? works : [what as Name];
    return { works: what === 'predict' ? ['train', 'predict'] : chosen, rows, columns, json: values.json === true };
  } catch (error) {
    return `pilotlight: ${(error as Error).message.split('\n')[0]}`;
  }
}

function interpreter(): string {
  const cache = process.env.PILOTLIGHT_CACHE ?? path.join(ROOT, '.cache');
  return process.env.PILOTLIGHT_PYTHON ?? path.join(cache, 'python/bin/python');
}

function measure(works: Name[], job: Omit<Job, 'name'>): Row[] {
  const rows = works.map((name): Row => {
    process.stderr.write(`${name}\n`);
    const ours = run(process.execPath, path.join(ROOT, 'bench/ours.ts'), { ...job, name });
    const peer = run(interpreter(), path.join(ROOT, 'bench/peers.py'), { ...job, name });
    return { work: name, ours, peer, verdict: name === 'drift' ? sameDrift(ours.answer, peer.answer) : 'not checked' };
  });
  if (!works.includes('predict')) return rows;
  const { answer } = run(interpreter(), path.join(ROOT, 'bench/peers.py'), { ...job, name: 'check' });
  const { auc, gap } = answer as { auc: [number, number]; gap: number };
  const verdicts = {
    train: Math.abs(auc[0] - auc[1]) < 0.002 ? `AUC ${auc[0].toFixed(4)}, ${auc[1].toFixed(4)}` : `WRONG: AUC ${auc}`,
    predict: gap < 1e-9 ? `equal to ${gap.toExponential(0)}` : `WRONG: differ by ${gap}`,
  };
  return rows.map((row) => (row.work === 'drift' ? row : { ...row, verdict: verdicts[row.work] }));
}

function run(command: string, script: string, job: Job): Run {
  const result = spawnSync(command, [script, JSON.stringify(job)], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(`${path.basename(script)} ${job.name} failed: ${result.stderr}`);
  return JSON.parse(result.stdout);
}

type Drift = Record<string, { psi: number; d: number | null }>;

function sameDrift(ours: unknown, peer: unknown): string {
  const wrong = Object.entries(peer as Drift).filter(([name, { psi, d }]) => {
    const found = (ours as Drift)[name];
    return !found || Math.abs(found.psi - psi) > 1e-9 || Math.abs((found.d ?? 0) - (d ?? 0)) > 1e-12;
  });
  return wrong.length === 0 ? 'D and PSI equal' : `WRONG: ${wrong.map(([name]) => name).join(', ')}`;
}

function flat({ work, ours, peer, verdict }: Row) {
  return {
    work,
    ours_s: ours.seconds,
    peer_s: peer.seconds,
    ratio: peer.seconds / ours.seconds,
    ours_bytes_max: ours.bytes,
    peer_bytes_max: peer.bytes,
    verdict,
  };
}

function table(rows: Row[]): string {
  const lines = rows
    .map(flat)
    .map((row) => [
      row.work,
      row.ours_s.toFixed(2),
      row.peer_s.toFixed(2),
      `${row.ratio.toFixed(1)} x`,
      (row.ours_bytes_max / 2 ** 20).toFixed(0),
      (row.peer_bytes_max / 2 ** 20).toFixed(0),
      row.verdict,
    ]);
  const all = [['work', 'ours s', 'peer s', 'faster', 'ours MiB', 'peer MiB', 'check'], ...lines];
  return all
    .map((cells) =>
      cells
        .map((cell, i) => cell.padEnd(i === 0 ? 10 : 11))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
