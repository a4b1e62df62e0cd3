import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { InputError } from '@pilotlight/errors';
import { HOURS } from './data.ts';

/** In the order in which they run. */
export const WORKS = ['drift', 'profile', 'train', 'predict', 'pipeline', 'consumption', 'growth'] as const;
export type Work = (typeof WORKS)[number];
/** Everything that a work is measured against. */
export const PEERS = {
  drift: ['decode', 'scipy', 'evidently', 'polars-ds'],
  profile: ['decode'],
  train: ['arrow', 'numpy', 'csv'],
  predict: ['arrow', 'numpy'],
  pipeline: [],
  consumption: ['polars', 'duckdb'],
  growth: [],
} as const satisfies Record<Work, readonly string[]>;
export type Peer = (typeof PEERS)[Work][number];

export type Options = {
  works: Work[];
  peers: ReadonlySet<Peer>;
  rows: number;
  columns: number;
  customers: number;
  repeat: number;
  dir: string;
  json: boolean;
};

const ALL_PEERS = [...new Set(Object.values(PEERS).flat())] as Peer[];
const HELP = `./dev bench [${WORKS.join('] [')}] [all] [--rows N] [--columns N] [...]
  Pilotlight against others on the same files, in the same run: from Parquet to the result, each in its own process.
  drift        PSI, exact Kolmogorov-Smirnov and chi-squared of every column of two tables, against: only decoding them with the same
               reader, scipy, evidently, polars-ds (the last two on at most 1000000 rows x 50 columns)
  profile      a reference profile: build, merge of 16 shards, drift from it; against only decoding
  train        100 trees of 63 leaves, against lightgbm's Python package fed by Arrow, by numpy, by CSV (small tables only)
  predict      Parquet to Parquet, by the model that is trained first; against lightgbm's Python package
  pipeline     the whole segmentation on generated contracts, step by step
  consumption  hourly meter readings to customer-months, against polars and duckdb
  growth       drift and train at a hundredth, a tenth and all of the rows
  --rows N       rows of each of the two tables; contracts of the pipeline (default 1000000)
  --columns N    their feature columns (default 50)
  --customers N  customers in the meter file, ${HOURS} rows each (default 2010; 20099 is the full size)
  --peers A,B    only these peers: ${ALL_PEERS.join(', ')}
  --repeat N     measure each so often, by turns, and give the median (default 1)
  --dir DIR      where the data are made, and deleted after (default ${tmpdir()})
  --json         print the rows as JSON`;

/**
 * What the command line asks for, or the text of `--help`.
 *
 * @throws InputError `usage`
 */
export function readOptions(args: readonly string[]): Options | string {
  const { values, positionals } = parse(args);
  if (values.help) return HELP;
  const unknown = positionals.filter((name) => name !== 'all' && !WORKS.includes(name as Work));
  if (unknown.length > 0) throw usage('no such bench', unknown.join(', '), `use ${WORKS.join(', ')} or all`);
  const all = positionals.length === 0 || positionals.includes('all');
  return {
    works: WORKS.filter((work) => all || positionals.includes(work)),
    peers: chosenPeers(values.peers),
    rows: count('--rows', values.rows, 1000),
    columns: count('--columns', values.columns, 10),
    customers: count('--customers', values.customers, 1),
    repeat: count('--repeat', values.repeat, 1),
    dir: path.resolve(values.dir),
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rows: { type: 'string', default: '1000000' },
        columns: { type: 'string', default: '50' },
        customers: { type: 'string', default: '2010' },
        peers: { type: 'string' },
        repeat: { type: 'string', default: '1' },
        dir: { type: 'string', default: tmpdir() },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    const what = (error as Error).message.split(/\.\s|\n/)[0] as string;
    throw usage(what, 'bench', '--help shows the options');
  }
}

function chosenPeers(text: string | undefined): ReadonlySet<Peer> {
  if (text === undefined) return new Set(ALL_PEERS);
  const names = text.split(',').filter(Boolean);
  const unknown = names.filter((name) => !ALL_PEERS.includes(name as Peer));
  if (unknown.length > 0) throw usage('no such peer', `--peers ${unknown.join(',')}`, `use ${ALL_PEERS.join(', ')}`);
  return new Set(names as Peer[]);
}

function count(option: string, text: string, min: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min)
    throw usage('no count', `${option} ${text}`, `give a whole number from ${min}`);
  return value;
}

function usage(what: string, where: string, todo: string): InputError {
  return new InputError({ code: 'usage', what, where, todo });
}
