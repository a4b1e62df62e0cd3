import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import { type AggregateReport, aggregateReadings } from '@pilotlight/modeling';
import { tableError } from './errors.ts';
import { type DataFile, findFiles } from './findFiles.ts';
import { readFault } from './readFault.ts';
import { openSession } from './session.ts';
import { type TypedReadings, typeReadings } from './typeReadings.ts';

export type ConsumptionColumns = {
  customer_id: string;
  timestamp: string;
  elec_kwh: string;
  gas_m3?: string | undefined;
};

export type ConsumptionOptions = {
  /** Hourly files of one format: `.parquet`, `.csv` or `.csv.gz`. */
  files: readonly string[];
  columns?: ConsumptionColumns | undefined;
  /** `YYYY-MM-DD`; readings of later days are left out. */
  asOf: string;
  /** `MM-DD`; all their hours are off-peak. */
  holidays?: readonly string[] | undefined;
  /** Time between two readings of a customer. */
  intervalMinutes?: number | undefined;
  /** A reading above it is invalid. */
  readingMax?: number | undefined;
  /** Gets the Parquet file. */
  out: string;
  /** For what has to be typed first; what is made in it is removed. */
  workFolder: string;
  threads?: number | undefined;
  onProgress?: ((percent: number) => void) | undefined;
  signal: AbortSignal;
};

/** Names of the files, and what `aggregateReadings` of the Rust core counted. */
export type ConsumptionReport = { files: string[] } & AggregateReport;

const DEFAULT_COLUMNS: ConsumptionColumns = {
  customer_id: 'customer_id',
  timestamp: 'timestamp',
  elec_kwh: 'consumption_elec_kwh',
  gas_m3: 'consumption_gas_m3',
};
/** For reading text: what is added up is held by the Rust core, outside of it. */
const MEMORY_MB = 150;

/**
 * Hourly meter readings, any number of them, to one row a customer and month, in bounded memory: Parquet in one pass of the Rust core, CSV
 * typed into Parquet first. Rules and columns: `aggregateReadings`.
 *
 * @throws InputError `file_*`, `column_missing`, `column_type`, `parquet_unreadable`, `csv_*`, `source_unreadable`, `source_empty`,
 *   `time_unreadable`, and those of `aggregateReadings`
 */
export async function aggregateConsumption(options: ConsumptionOptions): Promise<ConsumptionReport> {
  const files = options.files.flatMap((file) => findFiles(path.dirname(path.resolve(file)), path.basename(file)));
  options.signal.throwIfAborted();
  const scratch = path.join(path.resolve(options.workFolder), 'consumption');
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  try {
    const readings = await prepare(files, scratch, options);
    const report = await addUp(readings, options).catch((error: unknown) => {
      throw nothingToAddUp(error, files) ?? error;
    });
    return { files: files.map((file) => path.basename(file.path)), ...report };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function prepare(files: DataFile[], scratch: string, options: ConsumptionOptions): Promise<TypedReadings> {
  const { columns = DEFAULT_COLUMNS, signal } = options;
  const { onTyped: onProgress } = progressOf(options);
  const session = await openSession({
    workFolder: scratch,
    folders: [...files.map((file) => path.dirname(file.path)), scratch],
    memoryLimitMb: MEMORY_MB,
    threads: options.threads ?? availableParallelism(),
    signal,
  });
  try {
    return await typeReadings(session, { files, columns, into: scratch, onProgress, signal });
  } catch (error) {
    throw readFault({ where: files.map((file) => file.path).join(', ') }, error);
  } finally {
    await session.close();
  }
}

/** The core's refusal of readings that cannot be added up, with the files as they were delivered. */
function nothingToAddUp(error: unknown, files: readonly DataFile[]): Error | undefined {
  if (!(error instanceof InputError) || !['NO_ROWS', 'NO_TIMES'].includes(error.code)) return undefined;
  const where = files.map((file) => file.path).join(', ');
  const what = error.message.slice(0, error.message.indexOf(`: ${error.where}`));
  const todo = what.startsWith('every reading is later') ? 'correct the as-of date' : error.todo;
  return tableError(error.code === 'NO_ROWS' ? 'source_empty' : 'time_unreadable', what, where, todo, error);
}

function addUp({ paths, columns }: TypedReadings, options: ConsumptionOptions): Promise<AggregateReport> {
  const { onAdded } = progressOf(options, paths);
  return aggregateReadings({
    paths,
    columns,
    lastDay: options.asOf,
    holidays: options.holidays,
    intervalMinutes: options.intervalMinutes,
    readingMax: options.readingMax,
    threads: options.threads,
    outPath: path.resolve(options.out),
    signal: options.signal,
    onProgress: onAdded,
  });
}

/** What typing takes of the time, where there is something to type. */
const TYPING_PERCENT = 90;

function progressOf({ onProgress, files }: ConsumptionOptions, read: readonly string[] = []) {
  if (!onProgress) return { onTyped: undefined, onAdded: undefined };
  const isTyped = read.some((file) => !files.some((given) => path.resolve(given) === file));
  const before = isTyped ? TYPING_PERCENT : 0;
  return {
    onTyped: (percent: number) => onProgress((percent * TYPING_PERCENT) / 100),
    onAdded: ({ done, total }: { done: number; total: number }) =>
      onProgress(before + ((100 - before) * done) / Math.max(total, 1)),
  };
}
