import path from 'node:path';
import type { ConsumptionColumns } from './aggregateConsumption.ts';
import { tableError } from './errors.ts';
import type { DataFile } from './findFiles.ts';
import { nearestName } from './nearestName.ts';
import { readHead } from './readHead.ts';
import { readHeader } from './readHeader.ts';
import { checkSameHeader, countParquet, shorten } from './readSource.ts';
import type { Session } from './session.ts';
import { identifier, listLiteral, literal } from './sql.ts';

/** Parquet files and the columns in them, fit to be added up. */
export type TypedReadings = { paths: string[]; columns: ConsumptionColumns };

/** The columns of a file that is made here. */
const MADE = { customer_id: 'customer_id', timestamp: 'timestamp', elec_kwh: 'elec_kwh', gas_m3: 'gas_m3' } as const;

/**
 * Parquet whose times are timestamps goes as it is. CSV, and Parquet with times as text, is typed into a Parquet file below `into`, row by
 * row in the order of delivery: a time that cannot be read is null there, a reading that is no number is NaN.
 *
 * @throws InputError `file_format`, `column_missing`, `column_type`, `parquet_unreadable`, `csv_*`
 */
export async function typeReadings(
  session: Session,
  request: {
    files: readonly DataFile[];
    columns: ConsumptionColumns;
    into: string;
    onProgress: ((percent: number) => void) | undefined;
    signal: AbortSignal;
  },
): Promise<TypedReadings> {
  const { files, columns, into, onProgress, signal } = request;
  const formats = new Set(files.map((file) => file.format));
  const [format] = formats;
  const where = files[0]?.path ?? '';
  if (formats.size !== 1 || (format !== 'csv' && format !== 'parquet')) {
    const todo = 'give .parquet, .csv or .csv.gz files of one format';
    throw tableError('file_format', 'readings are Parquet or CSV', where, todo);
  }
  if (format === 'parquet' && (await isTyped(session, files, columns))) {
    return { paths: files.map((file) => file.path), columns };
  }
  const relation = format === 'parquet' ? parquetSql(files) : await csvSql(files, columns, signal);
  const out = path.join(into, 'readings.parquet');
  await session.watch(
    `COPY (${typedSql(relation, columns)}) TO ${literal(out)} (FORMAT parquet, COMPRESSION snappy)`,
    onProgress,
  );
  const { gas_m3, ...others } = MADE;
  return { paths: [out], columns: columns.gas_m3 === undefined ? others : { ...others, gas_m3 } };
}

async function isTyped(session: Session, files: readonly DataFile[], columns: ConsumptionColumns): Promise<boolean> {
  for (const file of files) await countParquet(session, file);
  const rows = await session.rows(`DESCRIBE SELECT * FROM ${parquetSql(files)}`);
  const types = new Map(rows.map((row) => [String(row.column_name), String(row.column_type)]));
  const where = files[0]?.path ?? '';
  checkNames(columns, [...types.keys()], where);
  const type = types.get(columns.timestamp) ?? '';
  if (type.startsWith('TIMESTAMP')) return true;
  if (type === 'VARCHAR') return false;
  const what = `column "${columns.timestamp}" is ${type}, and readings need a time of day`;
  throw tableError('column_type', what, where, 'deliver timestamps');
}

const parquetSql = (files: readonly DataFile[]): string =>
  `read_parquet(${listLiteral(files.map((file) => file.path))})`;

async function csvSql(files: readonly DataFile[], columns: ConsumptionColumns, signal: AbortSignal): Promise<string> {
  const header = await readHeaders(files, signal);
  checkNames(columns, header, files[0]?.path ?? '');
  const types = header.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ');
  return `read_csv(${listLiteral(files.map((file) => file.path))}, auto_detect = false, header = true, delim = ',', quote = '"',
    columns = {${types}})`;
}

async function readHeaders(files: readonly DataFile[], signal: AbortSignal): Promise<string[]> {
  const [first, ...others] = await Promise.all(
    files.map(async (file) => {
      const { bytes } = await readHead(file, signal);
      return { file, header: readHeader(file, bytes, { delimiter: ',', encoding: 'utf-8' }) };
    }),
  );
  for (const { file, header } of others) checkSameHeader(first?.header ?? [], header, files[0] as DataFile, file);
  return first?.header ?? [];
}

function checkNames(columns: ConsumptionColumns, found: readonly string[], where: string): void {
  for (const [key, name] of Object.entries(columns)) {
    if (name === undefined || found.includes(name)) continue;
    const near = nearestName(name, found);
    const todo = near
      ? `if it is now "${near}", set consumption.columns.${key}`
      : `set consumption.columns.${key} to one of: ${shorten(found)}`;
    throw tableError('column_missing', `column "${name}" is missing`, where, todo);
  }
}

function typedSql(relation: string, columns: ConsumptionColumns): string {
  const number = (name: string) => {
    const raw = identifier(name);
    return `CASE WHEN ${raw} IS NOT NULL THEN coalesce(TRY_CAST(${raw} AS DOUBLE), 'NaN'::DOUBLE) END`;
  };
  const gas = columns.gas_m3 === undefined ? '' : `, ${number(columns.gas_m3)} AS ${MADE.gas_m3}`;
  return `SELECT CAST(${identifier(columns.customer_id)} AS VARCHAR) AS ${MADE.customer_id},
    TRY_CAST(${identifier(columns.timestamp)} AS TIMESTAMP) AS ${MADE.timestamp},
    ${number(columns.elec_kwh)} AS ${MADE.elec_kwh}${gas} FROM ${relation}`;
}
