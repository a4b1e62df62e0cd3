import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { writeFolder } from '@pilotlight/artifacts';
import type { Logger, Progress } from '@pilotlight/logging';
import { randomMacros } from '../random.ts';
import { inputError } from '../stepInputs.ts';
import { clieSql } from './generator/clie.ts';
import { DRIFT_KINDS, type DriftKind, driftLevels } from './generator/drift.ts';
import { hfacSql } from './generator/hfac.ts';
import { customersOf } from './generator/latents.ts';
import { polaSql } from './generator/pola.ts';

export type GenerateOptions = {
  /** Contracts. */
  rows: number;
  /** The same seed gives the same bytes, whatever the number of threads. */
  seed: number;
  drift: string;
  /** Gets `clie/`, `pola/`, `hfac/`; each replaced as a whole. */
  out: string;
  /** Of a contract at most, a month each. Default 12. */
  invoices?: number;
  format?: 'parquet' | 'csv';
  /** `YYYY-MM-DD`, the day the data are drawn up. Its month sets where winter falls among the newest invoices. */
  asOf: string;
  threads?: number;
  memoryLimitMb?: number;
  log: Logger;
  progress: Progress;
};

const CONTRACTS_A_FILE = 250_000;

/**
 * Makes raw CLIE, POLA and HFAC of a gas utility, streaming, in bounded memory.
 *
 * Every value is a function of the seed and its own row's number, so a smaller run is the beginning of a larger one
 * but for which customers hold several contracts. The base rate of the label is about 10 %; its formula stands at
 * `contractSql`, the rates of dirt and nulls at `clieSql`, `polaSql`, `hfacSql`, and what each kind of drift moves at
 * `driftLevels`: make one period with `none`, another with another seed and the kind.
 *
 * @throws InputError `generate_options`
 */
export async function generateSegmentation(options: GenerateOptions): Promise<void> {
  checkOptions(options);
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads ?? availableParallelism()),
    memory_limit: `${options.memoryLimitMb ?? 1500}MB`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  try {
    for (const macro of randomMacros(options.seed)) await connection.run(macro);
    await writeSources(connection, options);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function writeSources(connection: DuckDBConnection, options: GenerateOptions): Promise<void> {
  const { rows, asOf, invoices = 12, format = 'parquet', log, progress } = options;
  const customers = customersOf(rows);
  const levels = driftLevels(options.drift as DriftKind);
  const sources = [
    { name: 'clie', total: customers, sql: clieSql },
    { name: 'pola', total: rows, sql: polaSql },
    {
      name: 'hfac',
      total: rows,
      sql: (slice: Parameters<typeof hfacSql>[0]) => hfacSql(slice, { asOf, invoices, levels, text: format === 'csv' }),
    },
  ];
  const all = sources.reduce((sum, source) => sum + source.total, 0);
  let done = 0;
  await mkdir(options.out, { recursive: true });
  for (const { name, total, sql } of sources) {
    await writeFolder(path.join(options.out, name), async (folder) => {
      for (const [k, slice] of slicesOf(total).entries()) {
        const file = path.join(folder, `${name}-${String(k).padStart(3, '0')}.${format}`);
        await connection.run(copySql(sql({ ...slice, customers }, asOf, levels), file, format));
        done += slice.to - slice.from;
        progress.update(done, all, name);
      }
    });
    log.debug({ source: name, rows: total }, 'generated');
  }
}

function slicesOf(total: number): { from: number; to: number }[] {
  return Array.from({ length: Math.ceil(total / CONTRACTS_A_FILE) }, (_, k) => ({
    from: k * CONTRACTS_A_FILE,
    to: Math.min((k + 1) * CONTRACTS_A_FILE, total),
  }));
}

function copySql(select: string, file: string, format: 'parquet' | 'csv'): string {
  const how = format === 'csv' ? 'FORMAT csv, HEADER true' : 'FORMAT parquet, COMPRESSION zstd';
  return `COPY (${select}) TO '${file.replaceAll("'", "''")}' (${how})`;
}

function checkOptions({ rows, seed, drift, invoices = 12, format = 'parquet' }: GenerateOptions): void {
  const refuse = (what: string, where: string, todo: string) => inputError('generate_options', what, where, todo);
  if (!Number.isSafeInteger(rows) || rows < 1) throw refuse(`${rows} rows`, '--rows', 'give a whole number from 1');
  if (!Number.isSafeInteger(seed)) throw refuse(`seed ${seed}`, '--seed', 'give a whole number');
  if (!Number.isSafeInteger(invoices) || invoices < 1 || invoices > 120) {
    throw refuse(`${invoices} invoices`, 'invoices', 'give a whole number from 1 to 120');
  }
  if (!(DRIFT_KINDS as readonly string[]).includes(drift)) {
    throw refuse(`unknown kind of drift "${drift}"`, '--drift', `use one of ${DRIFT_KINDS.join(', ')}`);
  }
  if (format !== 'parquet' && format !== 'csv') throw refuse(`format "${format}"`, '--format', 'use parquet or csv');
}
