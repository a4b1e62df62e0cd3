import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { tableError } from './errors.ts';
import { listLiteral } from './sql.ts';

const WATCH_MS = 200;

/** What a query gives, one object a row; BIGINT columns are bigint. */
export type Row = Record<string, unknown>;

/** A DuckDB that reaches the given folders and nothing else, and spills into its work folder. */
export type Session = {
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<Row[]>;
  /** As `run`, telling how far it is, in percent. */
  watch(sql: string, onProgress: ((percent: number) => void) | undefined): Promise<void>;
  close(): Promise<void>;
};

export type SessionOptions = {
  /** Holds the database while the session lasts; both are gone after {@link Session.close}. */
  workFolder: string;
  /** Folders that may be read and written, besides the work folder. */
  folders: readonly string[];
  memoryLimitMb: number;
  threads: number;
  signal: AbortSignal;
};

/**
 * Opens DuckDB with no extension to install or load, no file outside `folders`, and its settings locked, so that the
 * SQL of a configuration can do no more than read its data.
 *
 * @throws InputError `disk_full`, `memory` from any of its queries; the signal's reason when aborted
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { signal } = options;
  const state = path.join(path.resolve(options.workFolder), 'session');
  await rm(state, { recursive: true, force: true });
  await mkdir(path.join(state, 'spill'), { recursive: true });
  const instance = await DuckDBInstance.create(path.join(state, 'door.duckdb'), {
    threads: String(options.threads),
    memory_limit: `${options.memoryLimitMb}MB`,
    temp_directory: path.join(state, 'spill'),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const interrupt = () => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  const session = bindSession(connection, options);
  // A time with a zone must not become a date by the zone of the machine.
  await session.run("SET TimeZone = 'UTC'");
  await session.run('SET enable_progress_bar = true');
  await session.run('SET enable_progress_bar_print = false');
  await session.run(`SET allowed_directories = ${listLiteral([...options.folders, options.workFolder].map(asFolder))}`);
  await session.run('SET enable_external_access = false');
  await session.run('SET lock_configuration = true');
  return {
    ...session,
    async close() {
      signal.removeEventListener('abort', interrupt);
      connection.closeSync();
      instance.closeSync();
      await rm(state, { recursive: true, force: true });
    },
  };
}

function bindSession(connection: DuckDBConnection, options: SessionOptions): Omit<Session, 'close'> {
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    options.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      options.signal.throwIfAborted();
      throw exhaustion(error, options) ?? error;
    }
  };
  return {
    run: (sql) => guarded(async () => void (await connection.run(sql))),
    watch: (sql, onProgress) => guarded(() => watch(connection, sql, onProgress)),
    rows: (sql) => guarded(async () => (await connection.runAndReadAll(sql)).getRowObjectsJS()),
  };
}

async function watch(
  connection: DuckDBConnection,
  sql: string,
  onProgress: ((percent: number) => void) | undefined,
): Promise<void> {
  if (!onProgress) return void (await connection.run(sql));
  const timer = setInterval(() => {
    const { percentage } = connection.progress;
    if (percentage > 0) onProgress(percentage);
  }, WATCH_MS);
  try {
    await connection.run(sql);
  } finally {
    clearInterval(timer);
  }
}

/** What the machine lacks, where that is what the error says. */
function exhaustion(error: unknown, { workFolder, memoryLimitMb }: SessionOptions): Error | undefined {
  const text = error instanceof Error ? error.message : String(error);
  if (/No space left on device|disk quota|max_temp_directory_size/i.test(text)) {
    return tableError('disk_full', 'the disk is full', workFolder, 'free space there, or work on a larger disk', error);
  }
  if (/Out of Memory Error|failed to (allocate|pin)/i.test(text)) {
    const limit = `limit ${memoryLimitMb} MB`;
    return tableError('memory', 'not enough memory to join and sort', limit, 'use a machine with more memory', error);
  }
  return undefined;
}

const asFolder = (folder: string): string => `${path.resolve(folder)}${path.sep}`;
