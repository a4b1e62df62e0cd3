import { existsSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { writeFolder } from '@pilotlight/artifacts';
import type { Logger, Progress } from '@pilotlight/logging';
import { randomMacros } from '../random.ts';
import { inputError } from '../stepInputs.ts';
import { hourlySql, shapeSql } from './generator/consumption.ts';
import { customersSql } from './generator/customers.ts';
import { interactionsSql } from './generator/interactions.ts';
import { costsFileSql, costsSql, pricesSql } from './generator/prices.ts';
import { HOURS_2024 } from './generator/profile.ts';
import { attributesSql, contractsSql, labelsSql } from './generator/rawTables.ts';

export const HOURLY_FORMATS = ['parquet', 'csv', 'csv.gz'] as const;
export type HourlyFormat = (typeof HOURLY_FORMATS)[number];

export type GenerateChurnOptions = {
  /** 1 to 1,000,000. Counts and rates scale with it. */
  customers: number;
  /** The same seed gives the same bytes, whatever the number of threads. */
  seed: number;
  /** Readings a customer, 12 to 8,784 (all of 2024): the first ones of every month. Fewer carry the same consumption a month. */
  hours: number;
  /** A folder for the seven files, replaced as a whole; it may hold nothing else. */
  out: string;
  /** Of the hourly file. */
  formats: HourlyFormat[];
  threads?: number;
  memoryLimitMb?: number;
  log: Logger;
  progress: Progress;
};

const HOURLY = 'consumption_hourly_2024';
const SMALL_FILES: Record<string, (customers: number) => string> = {
  'churn_label.csv': labelsSql,
  'customer_attributes.csv': attributesSql,
  'customer_contracts.csv': contractsSql,
  'customer_interactions.json': interactionsSql,
  'price_history.csv': pricesSql,
  'costs_by_province_month.csv': costsFileSql,
};
const CUSTOMERS_MOST = 1_000_000;
/** What a row of the hourly file takes, for the progress alone. */
const BYTES_A_ROW: Record<HourlyFormat, number> = { parquet: 7.4, csv: 40.5, 'csv.gz': 7.4 };

/**
 * Makes the seven raw files of the churn system, streaming, in bounded memory. What they are like, where the signal sits and
 * which dirt there is: `docs/churn-generator.md`.
 *
 * @throws InputError `generate_options`, `generate_out`
 */
export async function generateChurn(options: GenerateChurnOptions): Promise<void> {
  checkOptions(options);
  try {
    await writeFolder(options.out, (folder) => generateInto(folder, options));
  } catch (error) {
    throw unwritable(error, options.out) ?? error;
  }
}

async function generateInto(folder: string, options: GenerateChurnOptions): Promise<void> {
  const spill = path.join(folder, '.spill');
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads ?? availableParallelism()),
    memory_limit: `${options.memoryLimitMb ?? 600}MB`,
    temp_directory: spill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  try {
    await writeFiles(connection, folder, options);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(spill, { recursive: true, force: true });
  }
}

/** What the disk refused: no permission, no room, a file in the way. */
function unwritable(error: unknown, out: string): Error | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const refused = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EEXIST'].find((known) => known === code);
  const full = typeof message === 'string' && message.startsWith('IO Error');
  if (!refused && !full) return undefined;
  const what = `cannot be written (${refused ?? 'no room or no permission'})`;
  return inputError('generate_out', what, out, 'give --out a folder on a disk with room that you may write to', error);
}

async function writeFiles(connection: DuckDBConnection, folder: string, options: GenerateChurnOptions): Promise<void> {
  const { customers, seed, hours, formats, log } = options;
  for (const macro of randomMacros(seed)) await connection.run(macro);
  for (const table of [customersSql(customers), costsSql(), shapeSql(hours)]) await connection.run(table);
  for (const [name, sql] of Object.entries(SMALL_FILES)) {
    const format = name.endsWith('.json') ? 'FORMAT json, ARRAY true' : 'FORMAT csv, HEADER true';
    await connection.run(copySql(sql(customers), path.join(folder, name), format));
    log.debug({ file: name }, 'generated');
  }
  // The rows come in the order of the left side of the join; it must not be turned round.
  await connection.run("SET disabled_optimizers = 'join_order,build_side_probe_side'");
  for (const format of formats) await writeHourly(connection, folder, format, options);
}

async function writeHourly(
  connection: DuckDBConnection,
  folder: string,
  format: HourlyFormat,
  options: GenerateChurnOptions,
) {
  const { customers, seed, hours, formats, log, progress } = options;
  const file = path.join(folder, `${HOURLY}.${format}`);
  const rows = customers * hours;
  const before = formats.indexOf(format) * rows;
  const how = {
    parquet: 'FORMAT parquet, COMPRESSION zstd',
    csv: 'FORMAT csv, HEADER true',
    'csv.gz': 'FORMAT csv, HEADER true, COMPRESSION gzip',
  }[format];
  // DuckDB does not count the rows it copies; the file's size tells how far it is.
  const timer = setInterval(() => {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    progress.update(before + Math.min(rows, Math.round(size / BYTES_A_ROW[format])), rows * formats.length, HOURLY);
  }, 500);
  try {
    await connection.run(copySql(hourlySql(customers, seed), file, `${how}, USE_TMP_FILE false`));
  } finally {
    clearInterval(timer);
  }
  progress.update(before + rows, rows * formats.length, HOURLY);
  log.debug({ file: path.basename(file), rows }, 'generated');
}

function copySql(select: string, file: string, how: string): string {
  return `COPY (${select}) TO '${file.replaceAll("'", "''")}' (${how})`;
}

function checkOptions({ customers, seed, hours, formats, out }: GenerateChurnOptions): void {
  const refuse = (what: string, where: string, todo: string) => inputError('generate_options', what, where, todo);
  const whole = (value: number, from: number, to: number) =>
    Number.isSafeInteger(value) && value >= from && value <= to;
  if (!whole(customers, 1, CUSTOMERS_MOST)) {
    throw refuse(`${customers} customers`, '--customers', `give a whole number from 1 to ${CUSTOMERS_MOST}`);
  }
  if (!Number.isSafeInteger(seed)) throw refuse(`seed ${seed}`, '--seed', 'give a whole number');
  if (!whole(hours, 12, HOURS_2024))
    throw refuse(`${hours} hours`, '--hours', `give a whole number from 12 to ${HOURS_2024}`);
  const unknown = formats.find((format) => !HOURLY_FORMATS.includes(format));
  if (unknown !== undefined || formats.length === 0) {
    throw refuse(`format "${unknown ?? ''}"`, '--format', `use ${HOURLY_FORMATS.join(', ')}`);
  }
  if (new Set(formats).size < formats.length) throw refuse('the same format twice', '--format', 'give each once');
  checkOut(out);
}

/** The folder is replaced, so nothing that this did not make may be in it. */
function checkOut(out: string): void {
  if (!existsSync(out)) return;
  const refuse = (what: string) =>
    inputError('generate_options', what, out, 'give --out a new folder, or one of an earlier run');
  if (!statSync(out).isDirectory()) throw refuse('not a folder');
  const own = new Set([...Object.keys(SMALL_FILES), ...HOURLY_FORMATS.map((format) => `${HOURLY}.${format}`)]);
  const foreign = readdirSync(out).find((name) => !own.has(name));
  if (foreign !== undefined) throw refuse(`holds "${foreign}", which is none of the generated files`);
}
