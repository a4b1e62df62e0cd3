import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { literal } from '@pilotlight/tables';
import { inputError } from '../stepInputs.ts';

/** What a query gives; whole numbers as numbers. */
export type Row = Record<string, unknown>;

export type Session = {
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<Row[]>;
  /** Writes a query's rows as Parquet, in their order. */
  writeParquet(query: string, file: string): Promise<void>;
  writeCsv(query: string, file: string): Promise<void>;
};

const MEMORY_LIMIT = '2GB';
const ROWS_A_GROUP = 100_000;

/**
 * Lends a DuckDB that spills into `workFolder` and is gone afterwards.
 *
 * One thread: sums of floats and row groups come in one order, so the same rows give the same bytes.
 *
 * @throws InputError `parquet_unreadable`, `disk_full`, `memory`; the signal's reason when aborted
 */
export async function withSession<T>(
  workFolder: string,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const spill = path.join(workFolder, 'spill');
  mkdirSync(spill, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: MEMORY_LIMIT,
    temp_directory: spill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const interrupt = () => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  const run = async (sql: string) => {
    await connection.run(sql);
    signal.throwIfAborted();
  };
  try {
    return await work({
      run,
      rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS().map(asNumbers),
      writeParquet: (query, file) =>
        run(`COPY (${query}) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROWS_A_GROUP})`),
      writeCsv: (query, file) => run(`COPY (${query}) TO ${literal(file)} (FORMAT csv, HEADER)`),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw explained(error) ?? error;
  } finally {
    signal.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
    rmSync(spill, { recursive: true, force: true });
  }
}

/** What the engine says of a file that it cannot read, or of the machine; undefined where the fault is ours. */
function explained(error: unknown): Error | undefined {
  const text = error instanceof Error ? error.message : String(error);
  const file = /'([^']+\.parquet)'/.exec(text)?.[1] ?? 'its Parquet files';
  if (/No space left on device|disk quota|max_temp_directory_size/i.test(text)) {
    return inputError('disk_full', 'the disk is full', 'the output folder', 'free space there', error);
  }
  if (/Out of Memory Error/i.test(text)) {
    return inputError('memory', 'not enough memory', `limit ${MEMORY_LIMIT}`, 'use a machine with more memory', error);
  }
  if (/magic bytes|too small to be a Parquet file|No files found|TProtocolException|ZSTD|corrupt/i.test(text)) {
    return inputError(
      'parquet_unreadable',
      'no Parquet that can be read',
      file,
      'run the step that wrote it again',
      error,
    );
  }
  return undefined;
}

function asNumbers(row: Row): Row {
  const entries = Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]);
  return Object.fromEntries(entries);
}
