import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { drawnTable } from './columns.ts';

/** Parts of a table: one file a shard, and what is read in parallel is written in parallel. */
export const PARTS = 16;
/** Rows of one customer in the meter file: every hour of the leap year 2024. */
export const HOURS = 8784;
/** Of a value of a table on disk, as measured; for the check of the free disk. */
const BYTES_PER_VALUE = 3.4;

export type TableSize = { rows: number; columns: number };

/** The files of a table, in reading order. */
export function partsOf(folder: string): string[] {
  return Array.from({ length: PARTS }, (_, part) => path.join(folder, `part-${String(part).padStart(2, '0')}.parquet`));
}

/** What a table of this size takes on disk, a little more than it is. */
export function tableBytes({ rows, columns }: TableSize): number {
  return Math.ceil(1.1 * BYTES_PER_VALUE * rows * columns + 2e6);
}

/**
 * A table as a folder of {@link PARTS} Parquet files: row number `i`, features of the types of a real table (see `drawnTable`) and a
 * binary label `y` that some of them explain. Period 1 is drawn from slightly shifted distributions. Rows are streamed: memory does
 * not grow with them. The same size gives the same bytes.
 */
export async function makeTable(folder: string, size: TableSize, period: 0 | 1, signal: AbortSignal): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const waiting = partsOf(folder).map((file, part) => ({ file, part }));
  const edge = (part: number) => Math.floor((size.rows * part) / PARTS);
  await withDuckDb(folder, signal, async (connect) => {
    const worker = async () => {
      const connection = await connect();
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        signal.throwIfAborted();
        await copyTo(connection, next.file, drawnTable(edge(next.part), edge(next.part + 1), size.columns, period));
      }
    };
    // DuckDB numbers rows on one thread, so parts are what keeps two busy. Both have ended before their connections are closed: a
    // connection that is closed under a query never comes back.
    const ended = await Promise.allSettled([worker(), worker()]);
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  });
}

/**
 * The churn system's hourly meter file of 2024, sorted by customer and hour: `customer_id` (`C00001`), `timestamp` (naive local
 * hour), `consumption_elec_kwh` and `consumption_gas_m3` (doubles, never null). The same size gives the same bytes.
 *
 * Electricity: the customers' levels are log-normal (sigma 1.6) with a Pareto tail, their hours exponential around a daily wave;
 * 2 % of the customers have none; .26 % of the other rows are negative, .90 kWh on average. Gas: 16 % of the customers, outside
 * of July to September; .08 % of these rows are negative, so that most rows of the file are 0.
 */
export async function makeConsumption(file: string, customers: number, signal: AbortSignal): Promise<void> {
  await withDuckDb(path.dirname(file), signal, async (connect) => {
    await copyTo(await connect(), file, consumptionSql(customers));
  });
}

async function withDuckDb(
  folder: string,
  signal: AbortSignal,
  work: (connect: () => Promise<DuckDBConnection>) => Promise<void>,
): Promise<void> {
  const options = { memory_limit: '3GB', temp_directory: path.join(folder, '.spill') };
  const instance = await DuckDBInstance.create(':memory:', options);
  const connections: DuckDBConnection[] = [];
  const interrupt = () => {
    for (const connection of connections) connection.interrupt();
  };
  const connect = async () => {
    const connection = await instance.connect();
    connections.push(connection);
    return connection;
  };
  signal.addEventListener('abort', interrupt);
  try {
    signal.throwIfAborted();
    await work(connect);
  } finally {
    signal.removeEventListener('abort', interrupt);
    for (const connection of connections) connection.closeSync();
    instance.closeSync();
  }
}

async function copyTo(connection: DuckDBConnection, file: string, select: string): Promise<void> {
  const options = '(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 131072)';
  await connection.run(`COPY (${select}) TO '${file.replaceAll("'", "''")}' ${options}`);
}

/**
 * Uniform in [0, 1), the `stream`-th of eight independent draws of a row: the number itself is hashed, because DuckDB's hash of
 * a pair is one hash XOR the other, which ties the draws of a row to each other.
 */
const uniform = (row: string, stream: number) => `((hash(${row} * 8 + ${stream}) >> 11) / 9007199254740992.0)`;
const normal = (row: string, stream: number) =>
  `sqrt(-2 * ln(1 - ${uniform(row, stream)})) * cos(6.283185307179586 * ${uniform(row, stream + 1)})`;

function consumptionSql(customers: number): string {
  const start_us = Date.UTC(2024, 0, 1) * 1000;
  const wave = '1 + .6 * sin(6.283185307179586 * (i % 24 - 8) / 24)';
  return `WITH customer AS (
      SELECT c, format('C{:05d}', c + 1) AS customer_id,
        CASE WHEN ${uniform('c', 0)} < .02 THEN 0
          ELSE .1 * exp(1.6 * (${normal('c', 1)})) / power(1 - ${uniform('c', 3)}, .45) END AS elec_level,
        CASE WHEN ${uniform('c', 4)} < .16 THEN .3 * exp(1.2 * (${normal('c', 5)})) ELSE 0 END AS gas_level
      FROM (SELECT range AS c FROM range(${customers}))),
    hour AS (
      SELECT i, i // ${HOURS} AS c, make_timestamp(${start_us} + (i % ${HOURS}) * 3600000000) AS timestamp
      FROM (SELECT range AS i FROM range(${customers * HOURS})))
    SELECT customer_id, timestamp,
      CASE WHEN elec_level = 0 THEN 0
        WHEN ${uniform('i', 0)} < .0026 THEN .9 * ln(1 - ${uniform('i', 1)})
        ELSE elec_level * (${wave}) * -ln(1 - ${uniform('i', 1)}) END AS consumption_elec_kwh,
      CASE WHEN gas_level = 0 OR month(timestamp) BETWEEN 7 AND 9 THEN 0
        WHEN ${uniform('i', 2)} < .0008 THEN -.014
        ELSE gas_level * -ln(1 - ${uniform('i', 3)}) END AS consumption_gas_m3
    FROM hour JOIN customer USING (c)`;
}
