import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { NotAvailable, oneLine } from './notAvailable.ts';

/** A value as JSON has it: whole numbers as numbers, dates as YYYY-MM-DD, what is not finite as null. */
export type Cell = string | number | boolean | null | Cell[] | { [key: string]: Cell };
export type Row = Record<string, Cell>;
export type Parameter = string | number | boolean | null;

/** Questions to Parquet files. Values are bound, never part of the text. */
export type Database = {
  /** All rows. `patient`: no visitor waits for it, so it has half an hour. */
  rows(sql: string, parameters?: readonly Parameter[], options?: { patient?: boolean }): Promise<Row[]>;
  /** Row by row, for what is too long to hold. */
  stream(sql: string, parameters?: readonly Parameter[]): AsyncGenerator<Row[]>;
  close(): void;
};

export type DatabaseOptions = {
  /** Folders that may be read. */
  folders: readonly string[];
  /** For the index of customers and what does not fit in memory; what is below `database` in it is ours. */
  scratch: string;
  memoryLimitMb: number;
  threads: number;
  /** Of one question, in seconds. */
  limit_s: number;
};

/** For the index of customers: no visitor waits for it. */
const PATIENT_S = 1800;

/** The question took too long: the same one later, or a narrower one, may do. */
export class TooSlow extends Error {
  override readonly name = 'TooSlow';
}

/**
 * Opens DuckDB on a database of its own in the scratch folder, with no extension to load and no file outside of `folders`. Each
 * question has a connection of its own, so that one that is given up does not touch others.
 *
 * A file that is corrupt or lacks a column is {@link NotAvailable}; a question over the limit is {@link TooSlow}.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const state = path.join(options.scratch, 'database');
  rmSync(state, { recursive: true, force: true });
  mkdirSync(path.join(state, 'spill'), { recursive: true });
  const instance = await DuckDBInstance.create(path.join(state, 'pages.duckdb'), {
    threads: String(options.threads),
    memory_limit: `${options.memoryLimitMb}MB`,
    temp_directory: path.join(state, 'spill'),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const allowed = [...options.folders, options.scratch].map((folder) => `'${quoted(path.resolve(folder))}/'`);
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run(`SET allowed_directories = [${allowed.join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  connection.closeSync();
  return {
    rows: (sql, parameters = [], { patient = false } = {}) =>
      ask(instance, patient ? PATIENT_S : options.limit_s, async (one) => {
        const reader = await one.runAndReadAll(sql, bound(parameters));
        return reader.getRowObjectsJS().map(plainRow);
      }),
    stream: (sql, parameters = []) => stream(instance, options, sql, parameters),
    close() {
      instance.closeSync();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

async function ask<T>(
  instance: DuckDBInstance,
  limit_s: number,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = await instance.connect();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    connection.interrupt();
  }, limit_s * 1000);
  try {
    return await work(connection);
  } catch (error) {
    throw explain(error, late, limit_s);
  } finally {
    clearTimeout(timer);
    connection.closeSync();
  }
}

async function* stream(
  instance: DuckDBInstance,
  { limit_s }: DatabaseOptions,
  sql: string,
  parameters: readonly Parameter[],
): AsyncGenerator<Row[]> {
  const connection = await instance.connect();
  try {
    const result = await connection.stream(sql, bound(parameters));
    for await (const rows of result.yieldRowObjectJs()) yield rows.map(plainRow);
  } catch (error) {
    throw explain(error, false, limit_s);
  } finally {
    connection.closeSync();
  }
}

function explain(error: unknown, late: boolean, limit_s: number): Error {
  if (late) return new TooSlow(`no answer in ${limit_s} s`);
  const text = oneLine(error instanceof Error ? error.message : String(error));
  if (error instanceof NotAvailable) return error;
  return new NotAvailable(`the results cannot be read: ${text}`, 'run the pipeline again', { cause: error });
}

const bound = (parameters: readonly Parameter[]) => parameters as unknown as DuckDBValue[];
const quoted = (value: string) => value.replaceAll("'", "''");

/** A list of files as a SQL relation. Paths are ours, never a visitor's. */
export function parquet(files: readonly string[], more = ''): string {
  const names = files.map((file) => `'${quoted(file)}'`).join(', ');
  return `read_parquet([${names}]${more})`;
}

/** A column's name as SQL. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function plainRow(row: Record<string, unknown>): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof Date) return value.toISOString().replace(/T00:00:00\.000Z$/, '');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object') return plainRow(value as Record<string, unknown>);
  return String(value);
}
