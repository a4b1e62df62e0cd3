/** Measurements against others, in the same run on the same files: `./dev bench --help`. */
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { EXIT, InputError } from '@pilotlight/errors';
import { type Bench, jobIn } from './bench.ts';
import { HOURS, makeConsumption, makeTable } from './data.ts';
import { buildDecode } from './decode.ts';
import { checkDisk } from './disk.ts';
import { type Options, PEERS, type Peer, readOptions, type Work } from './options.ts';
import { byOurs } from './process.ts';
import { preparePython } from './python.ts';
import { flatten, formatTable, type Row } from './table.ts';
import { predict, train } from './works/boosting.ts';
import { consumption } from './works/consumption.ts';
import { drift } from './works/drift.ts';
import { growth } from './works/growth.ts';
import { pipeline } from './works/pipeline.ts';
import { profile } from './works/profile.ts';

const MEASURE: Record<Work, (bench: Bench) => Promise<Row[]>> = {
  drift,
  profile,
  train,
  predict,
  pipeline,
  consumption,
  growth,
};
const ON_TABLES: readonly Work[] = ['drift', 'profile', 'train', 'predict', 'growth'];
/** What the peers' scripts import. */
const MODULES: Partial<Record<Peer, string[]>> = {
  scipy: ['numpy', 'pyarrow', 'scipy'],
  evidently: ['evidently', 'pandas', 'pyarrow'],
  'polars-ds': ['polars', 'polars_ds', 'pyarrow'],
  arrow: ['lightgbm', 'numpy', 'pyarrow', 'scipy'],
  numpy: ['lightgbm', 'numpy', 'pyarrow', 'scipy'],
  csv: ['lightgbm', 'numpy', 'pyarrow', 'scipy'],
  polars: ['polars', 'numpy', 'pyarrow'],
  duckdb: ['duckdb', 'numpy', 'pyarrow'],
};

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());
try {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'string') process.stdout.write(`${options}\n`);
  else process.exitCode = await main(options);
} catch (error) {
  process.stderr.write(`pilotlight: ${explain(error)}\n`);
  process.exitCode = error instanceof InputError ? EXIT.input : EXIT.failure;
}

async function main(options: Options): Promise<number> {
  checkDisk(options);
  const needed = new Set(
    options.works.flatMap((work): Peer[] => PEERS[work].filter((peer) => options.peers.has(peer))),
  );
  const modules = [...new Set([...needed].flatMap((peer) => MODULES[peer] ?? []))].sort();
  const python = modules.length > 0 ? await preparePython(modules, stop.signal) : '';
  const decode = needed.has('decode') ? buildDecode() : '';
  const folder = mkdtempSync(path.join(options.dir, 'pilotlight-bench-'));
  const bench: Bench = { options, python, decode, folder, job: jobIn(folder, options), signal: stop.signal };
  const rows: Row[] = [];
  try {
    for (const works of [ON_TABLES, ['pipeline'], ['consumption']] as const)
      await measure(
        bench,
        options.works.filter((work) => works.some((other) => other === work)),
        rows,
      );
  } finally {
    rmSync(folder, { recursive: true, force: true });
    // What was measured before a failure is not lost.
    const text = options.json ? JSON.stringify(flatten(rows)) : formatTable(rows);
    if (rows.length > 0) process.stdout.write(`${text}\n`);
  }
  return rows.some(({ verdict }) => verdict.startsWith('WRONG')) ? EXIT.failure : EXIT.done;
}

/** Works that share their data: these are made first and go after. */
async function measure(bench: Bench, works: Work[], rows: Row[]): Promise<void> {
  if (works.length === 0) return;
  await makeData(bench, works);
  // A prediction needs a model, whether training is measured or not.
  if (works.includes('predict') && !works.includes('train')) await byOurs(bench, 'train');
  for (const work of works) {
    say(work);
    rows.push(...(await MEASURE[work](bench)));
  }
  const { train, test, consumption } = bench.job.data;
  for (const made of [train, test, consumption]) rmSync(made, { recursive: true, force: true });
}

async function makeData({ options, job, signal }: Bench, works: Work[]): Promise<void> {
  const { rows, columns, customers } = options;
  if (works.some((work) => ON_TABLES.includes(work))) {
    say(`making 2 x ${rows} rows x ${columns} columns`);
    await makeTable(job.data.train, { rows, columns }, 0, signal);
    await makeTable(job.data.test, { rows, columns }, 1, signal);
  }
  if (!works.includes('consumption')) return;
  say(`making ${customers} customers x ${HOURS} hours`);
  await makeConsumption(job.data.consumption, customers, signal);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function explain(error: unknown): string {
  if (stop.signal.aborted) return 'stopped';
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] as string;
}
