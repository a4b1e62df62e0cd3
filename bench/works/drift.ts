import { rmSync } from 'node:fs';
import path from 'node:path';
import type { Bench } from '../bench.ts';
import { makeTable, type TableSize } from '../data.ts';
import { byDecoding, byOurs, byPython, byTurns } from '../process.ts';
import type { Row, Run } from '../table.ts';

type Figures = { psi?: number; d?: number | null; chi_squared?: number | null; ks_p?: number };
export type Drift = Record<string, Figures>;

/** What the libraries can finish in minutes. */
const LIBRARY_SIZE: TableSize = { rows: 1_000_000, columns: 50 };
/** Relative, but for what is smaller than 1; `d` is a ratio of integers, p a series of its own on either side. */
const LIMITS: Required<{ [K in keyof Figures]: number }> = { psi: 1e-9, d: 1e-12, chi_squared: 1e-9, ks_p: 1e-6 };

export async function drift(bench: Bench): Promise<Row[]> {
  const { train, test } = bench.job.data;
  const { rows, columns, peers, repeat } = bench.options;
  // What only decodes goes first: should the files have left the system's memory since they were made, it is not we who gain by the
  // other's reading.
  const runs = await byTurns<string>(repeat, {
    ...(peers.has('decode') ? { decode: () => byDecoding(bench, [train, test]) } : {}),
    ours: () => byOurs(bench, 'drift'),
    ...(peers.has('scipy') ? { scipy: () => byPython(bench, 'drift_scipy.py', 'drift') } : {}),
  });
  const ours = runs.ours as Run;
  const small = rows <= LIBRARY_SIZE.rows && columns <= LIBRARY_SIZE.columns;
  return [
    ...(runs.decode
      ? [{ work: 'drift, decode', ours, peer: runs.decode, verdict: 'only decoding, nothing to check' }]
      : []),
    ...(runs.scipy ? [row('drift, scipy', ours, runs.scipy)] : []),
    ...(small ? await againstLibraries(bench, bench.job.data) : await onSmallerTables(bench)),
  ];
}

async function onSmallerTables(bench: Bench): Promise<Row[]> {
  if (!bench.options.peers.has('evidently') && !bench.options.peers.has('polars-ds')) return [];
  const { rows, columns } = bench.options;
  const size = { rows: Math.min(rows, LIBRARY_SIZE.rows), columns: Math.min(columns, LIBRARY_SIZE.columns) };
  const folder = path.join(bench.folder, 'libraries');
  const data = { ...bench.job.data, train: path.join(folder, 'train'), test: path.join(folder, 'test') };
  await makeTable(data.train, size, 0, bench.signal);
  await makeTable(data.test, size, 1, bench.signal);
  const found = await againstLibraries(bench, data);
  rmSync(folder, { recursive: true, force: true });
  return found.map((one) => ({ ...one, work: `${one.work} (${size.rows} x ${size.columns})` }));
}

async function againstLibraries(bench: Bench, data: Bench['job']['data']): Promise<Row[]> {
  const { peers, repeat } = bench.options;
  const scripts = { evidently: 'drift_evidently.py', 'polars-ds': 'drift_polars_ds.py' } as const;
  const chosen = (['evidently', 'polars-ds'] as const).filter((name) => peers.has(name));
  if (chosen.length === 0) return [];
  const works = chosen.map((name) => [name, () => byPython(bench, scripts[name], 'drift', { data })]);
  const all = { ours: () => byOurs(bench, 'drift', { data }), ...Object.fromEntries(works) };
  const runs = await byTurns<string>(repeat, all);
  return chosen.map((name) => row(`drift, ${name}`, runs.ours as Run, runs[name] as Run));
}

function row(work: string, ours: Run, peer: Run): Row {
  return { work, ours, peer, verdict: compareDrift(ours.answer as Drift, peer.answer as Drift) };
}

/** Whatever the peer computed must be what we computed; a column that we lack is wrong, and so is a peer without a single figure. */
export function compareDrift(ours: Drift, peer: Drift): string {
  const names = { psi: 'PSI', d: 'D', chi_squared: 'chi-squared', ks_p: 'p of KS' };
  const kinds = Object.keys(names) as (keyof Figures)[];
  const [wrong, checked] = [new Set<string>(), new Set<string>()];
  for (const [column, figures] of Object.entries(peer)) {
    for (const kind of kinds.filter((kind) => figures[kind] !== undefined)) {
      const [a, b] = [ours[column]?.[kind] ?? null, figures[kind] ?? null];
      if (a !== null || b !== null) checked.add(names[kind]);
      if (!isEqual(a, b, LIMITS[kind])) wrong.add(column);
    }
    if (!ours[column]) wrong.add(column);
  }
  if (checked.size === 0) return 'WRONG: the peer gave no figure';
  return wrong.size === 0 ? `equal: ${[...checked].join(', ')}` : `WRONG: ${[...wrong].join(', ')}`;
}

function isEqual(a: number | null, b: number | null, limit: number): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= limit * Math.max(1, Math.abs(b));
}
