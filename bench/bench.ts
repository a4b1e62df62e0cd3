import path from 'node:path';
import type { TableSize } from './data.ts';
import type { Options } from './options.ts';

type Files = { model: string; predictions: string };

/** What a process is told to do; the paths are the same for all. */
export type Job = {
  name: string;
  /** Two folders of parts and the meter file. */
  data: { train: string; test: string; consumption: string };
  params: Record<string, string | number>;
  /** What pilotlight decides by the size, for the peer to do the same. */
  layout: Record<string, string>;
  rounds: number;
  ours: Files;
  peer: Files;
  /** How LightGBM's Python package is fed. */
  way: string;
  /** A profile of the whole table, those of its parts, and what they merge to. */
  profiles: { whole: string; parts: string; merged: string };
  /** Customer-months, a Parquet file a side. */
  months: { ours: string; polars: string; duckdb: string };
  peers: string[];
  workFolder: string;
};

/** What all works share. */
export type Bench = {
  options: Options;
  /** The peers' interpreter, and the program that only decodes; empty where no chosen peer needs it. */
  python: string;
  decode: string;
  folder: string;
  job: Omit<Job, 'name'>;
  signal: AbortSignal;
};

const PARAMS = {
  objective: 'binary',
  num_leaves: 63,
  learning_rate: 0.1,
  deterministic: 'true',
  seed: 1,
};
/** As `native/boosting` has it: the copy of the binned rows, in 16 bits because of the column of 800 categories. */
const ROW_WISE_VALUES_MAX = 2 ** 29;

export function jobIn(folder: string, { rows, columns }: TableSize): Bench['job'] {
  const layout = rows * columns > ROW_WISE_VALUES_MAX ? 'force_col_wise' : 'force_row_wise';
  const file = (name: string) => path.join(folder, name);
  return {
    data: { train: file('train'), test: file('test'), consumption: file('consumption.parquet') },
    params: PARAMS,
    layout: { [layout]: 'true' },
    rounds: 100,
    ours: { model: file('ours.txt'), predictions: file('ours.parquet') },
    peer: { model: file('peer.txt'), predictions: file('peer.parquet') },
    way: 'arrow',
    profiles: { whole: file('profile.json'), parts: file('profiles'), merged: file('merged.json') },
    months: { ours: file('months.parquet'), polars: file('polars.parquet'), duckdb: file('duckdb.parquet') },
    peers: [],
    workFolder: file('work'),
  };
}
