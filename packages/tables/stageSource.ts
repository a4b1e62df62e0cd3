import { canRead, castSql, cleanSql, columnFaults, rawSql } from './castColumn.ts';
import { isNullable } from './checkSpec.ts';
import { firstLine, isComplaint, tableError } from './errors.ts';
import { readFault } from './readFault.ts';
import { type RawSource, ROW } from './readSource.ts';
import type { Session } from './session.ts';
import { identifier, literal } from './sql.ts';
import type { CheckReport, ColumnSpec, SourceSpec } from './types.ts';

/** For each row the raw values that broke a check, by the check's position; null for a row that broke none. */
const BROKEN = '__broken';

/** A source's rows, cast and checked column by column, in the session's database or in partitioned Parquet. */
export type Staged = { source: RawSource; spec: SourceSpec; relation: string; rowsRead: number; checks: CheckReport[] };

/**
 * Reads a source once: casts every declared column, checks types, ranges, values and nulls.
 *
 * @param into where the rows go; `partition` splits them by that column's hash. Null-checked rows are still among them:
 *   {@link keptSql} leaves them out
 * @throws InputError `column_type`, `sql_invalid`, `csv_row`, `csv_encoding`, `source_empty` and others of reading
 */
export async function stageSource(
  session: Session,
  source: RawSource,
  spec: SourceSpec,
  into: { table: string } | { folder: string; partition: string; partitions: number },
): Promise<Staged> {
  const columns = await describeColumns(session, source, spec);
  const { sql, faults } = stageSql(source, columns);
  try {
    if ('table' in into) await session.run(`CREATE TABLE ${identifier(into.table)} AS ${sql}`);
    else await session.run(partitionSql(sql, into));
  } catch (error) {
    throw readFault(source, error);
  }
  const relation =
    'table' in into
      ? identifier(into.table)
      : `read_parquet(${literal(`${into.folder}/**/*.parquet`)}, hive_partitioning = false)`;
  const [counted] = await session.rows(`SELECT count(*) AS rows FROM ${relation}`);
  const rowsRead = Number(counted?.rows);
  if (rowsRead === 0) {
    throw tableError('source_empty', 'no rows, only a header', source.where, 'deliver it with its rows');
  }
  const checks = await countBroken(session, { relation, rowsRead, faults, ordered: source.ordered });
  return { source, spec, relation, rowsRead, checks };
}

/** SQL that holds for the rows that lack none of the columns they need. */
export function keptSql({ source, spec }: Pick<Staged, 'source' | 'spec'>): string {
  const needed = Object.keys(spec.columns).filter((name) => !isNullable(source.name, spec, name));
  return needed.map((name) => `${identifier(name)} IS NOT NULL`).join(' AND ');
}

type Described = { name: string; column: ColumnSpec & { nullable: boolean; duckdbType: string }; raw: string };
type Fault = Pick<CheckReport, 'column' | 'check' | 'outcome'> & { sql: string; raw: string };

/** Binds every column's expression alone, so that what is wrong can be named, and takes its type. */
async function describeColumns(session: Session, source: RawSource, spec: SourceSpec): Promise<Described[]> {
  const described: Described[] = [];
  for (const [name, column] of Object.entries(spec.columns)) {
    const raw = rawSql(name, column);
    const key = `columns.sources.${source.name}.columns.${name}`;
    const type = await expressionType(session, { source, raw, where: column.sql === undefined ? key : `${key}.sql` });
    if (!canRead(column.type, type)) {
      const what = `column "${column.from ?? name}" is ${type}, and ${key} declares ${column.type}`;
      throw tableError('column_type', what, source.where, 'declare what it is, or convert it by `sql`');
    }
    described.push({
      name,
      raw,
      column: { ...column, nullable: isNullable(source.name, spec, name), duckdbType: type },
    });
  }
  return described;
}

async function expressionType(
  session: Session,
  { source, raw, where }: { source: RawSource; raw: string; where: string },
): Promise<string> {
  try {
    const rows = await session.rows(`DESCRIBE SELECT ${raw} AS value FROM ${identifier(source.view)}`);
    return String(rows[0]?.column_type);
  } catch (error) {
    if (!isComplaint(error)) throw error;
    throw tableError('sql_invalid', `the expression is refused (${firstLine(error)})`, where, 'correct it', error);
  }
}

/** Three layers, so that each value is computed once: raw values, casts, clean values with what was broken. */
function stageSql(source: RawSource, columns: Described[]): { sql: string; faults: Fault[] } {
  const row = source.ordered ? identifier(ROW) : '0';
  const raws = columns.map(({ raw }, i) => `${raw} AS r${i}`);
  const casts = columns.map(({ column }, i) => `r${i}, ${castSql(`r${i}`, column.duckdbType, column)} AS c${i}`);
  const cleans = columns.map(({ name, column }, i) => `${cleanSql(`c${i}`, column)} AS ${identifier(name)}`);
  const faults = columns.flatMap(({ name, column }, i) =>
    columnFaults(`r${i}`, `c${i}`, column).map((fault) => ({ ...fault, column: name, raw: `r${i}` })),
  );
  const sql = `
    SELECT __row, ${[...cleans, `${brokenSql(faults)} AS ${BROKEN}`].join(', ')}
    FROM (SELECT __row, ${casts.join(', ')}
      FROM (SELECT ${row} AS __row, ${raws.join(', ')} FROM ${identifier(source.view)}))`;
  return { sql, faults };
}

/** Built only for rows with a fault: nearly all rows pay for the comparisons alone. */
function brokenSql(faults: Fault[]): string {
  if (faults.length === 0) return 'CAST(NULL AS VARCHAR[])';
  const any = faults.map(({ sql }) => `coalesce(${sql}, false)`).join(' OR ');
  const values = faults.map(({ sql, raw }) => `CASE WHEN ${sql} THEN coalesce(CAST(${raw} AS VARCHAR), '') END`);
  return `CASE WHEN ${any} THEN [${values.join(', ')}] END`;
}

function partitionSql(sql: string, into: { folder: string; partition: string; partitions: number }): string {
  const part = `CAST(hash(${identifier(into.partition)}) % ${into.partitions} AS INTEGER) AS __part`;
  return `COPY (SELECT *, ${part} FROM (${sql})) TO ${literal(into.folder)}
    (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (__part))`;
}

type Count = { relation: string; rowsRead: number; faults: Fault[]; ordered: boolean };

async function countBroken(session: Session, { relation, rowsRead, faults, ordered }: Count): Promise<CheckReport[]> {
  const rows = await session.rows(`
    SELECT fault, count(*) AS count, min(__row) AS first, min_by(value, (__row, value)) AS example
    FROM (SELECT __row, unnest(${BROKEN}) AS value, generate_subscripts(${BROKEN}, 1) AS fault
      FROM ${relation} WHERE ${BROKEN} IS NOT NULL)
    WHERE value IS NOT NULL GROUP BY fault`);
  const counts = new Map(rows.map((row) => [Number(row.fault), row]));
  return faults.map(({ column, check, outcome }, i) => {
    const found = counts.get(i + 1);
    const count = Number(found?.count ?? 0);
    const row = ordered ? rowNumber(found?.first) : null;
    const example = found ? { value: String(found.example), row } : null;
    return { column, check, outcome, count, share: count / rowsRead, example };
  });
}

/** Counted from 1; null over several Parquet files, whose rows are numbered file by file. */
export function rowNumber(row: unknown): number | null {
  const position = Number(row);
  return position < 2 ** 40 ? position + 1 : null;
}
