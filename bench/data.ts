import { DuckDBInstance } from '@duckdb/node-api';

/** The Parquet files of a bench; only those of the chosen works are made. */
export type BenchData = { train: string; test: string; consumption: string };

/** Rows of one customer in the meter file: every hour of the leap year 2024. */
export const HOURS = 8784;

/**
 * Two Parquet files of numbers, categories and nulls with a binary label `y` that some of them explain; the second is drawn from
 * a slightly shifted distribution. The same sizes give the same bytes.
 */
export async function makeTables(
  { train, test }: Pick<BenchData, 'train' | 'test'>,
  rows: number,
  columns: number,
  signal: AbortSignal,
): Promise<void> {
  for (const [period, file] of [train, test].entries()) await copyTo(file, tableSql(rows, columns, period), signal);
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
  await copyTo(file, consumptionSql(customers), signal);
}

async function copyTo(file: string, select: string, signal: AbortSignal): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const interrupt = () => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    signal.throwIfAborted();
    const options = '(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 131072)';
    await connection.run(`COPY (${select}) TO '${file.replaceAll("'", "''")}' ${options}`);
  } finally {
    signal.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
  }
}

/**
 * Uniform in [0, 1), the `stream`-th of eight independent draws of a row: the number itself is hashed, because DuckDB's hash of
 * a pair is one hash XOR the other, which ties the draws of a row to each other.
 */
const uniform = (row: string, stream: number) => `((hash(${row} * 8 + ${stream}) >> 11) / 9007199254740992.0)`;
const normal = (row: string, stream: number) =>
  `sqrt(-2 * ln(1 - ${uniform(row, stream)})) * cos(6.283185307179586 * ${uniform(row, stream + 1)})`;

function tableSql(rows: number, columns: number, period: number): string {
  const drawn = (name: string) => `((hash(i, '${name}', ${period}) >> 11) / 9007199254740992.0)`;
  const features = Array.from({ length: columns }, (_, c) => {
    if (c % 10 === 9) return `'K' || CAST(floor(40 * power(${drawn(`c${c}`)}, 2)) AS INTEGER) AS c${c}`;
    const value = `sqrt(-2 * ln(1 - ${drawn(`a${c}`)})) * cos(6.283185307179586 * ${drawn(`b${c}`)}) + ${0.05 * period * (c % 3)}`;
    return `CASE WHEN ${drawn(`n${c}`)} < ${c % 4 === 0 ? 0.1 : 0} THEN NULL ELSE ${value} END AS n${c}`;
  });
  const signal = 'coalesce(n0, 0) + 0.7 * coalesce(n1, 0) * coalesce(n2, 0) - 2';
  return `SELECT *, CAST(${drawn('y')} < 1 / (1 + exp(-(${signal}))) AS INTEGER) AS y
    FROM (SELECT i, ${features.join(', ')} FROM (SELECT range AS i FROM range(${rows}))) ORDER BY i`;
}

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
