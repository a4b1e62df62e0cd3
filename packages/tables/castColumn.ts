import { identifier, listLiteral, literal } from './sql.ts';
import type { CheckName, CheckOutcome, ColumnSpec, ColumnType } from './types.ts';

/** DuckDB's types that a declared type can be read from; text is always tried. */
const READABLE: Record<ColumnType, RegExp> = {
  string: /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|UUID|ENUM.*|DATE)$/,
  category: /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|UUID|ENUM.*|DATE|BOOLEAN)$/,
  integer: /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*)$/,
  number: /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*)$/,
  boolean: /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|BOOLEAN)$/,
  date: /^(DATE|TIMESTAMP.*)$/,
};

const DUCKDB_TYPES: Record<ColumnType, string> = {
  string: 'VARCHAR',
  category: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
};

const TRUE_WORDS = ['true', 't', 'yes', 'y', 'si', 's\u00ed', 's', '1'];
const FALSE_WORDS = ['false', 'f', 'no', 'n', '0'];
/** What is trimmed: ASCII white space and the no-break space. */
const WHITE = "(' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160))";
const TIME = '[ T]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?(Z|[+-]\\d{2}:?\\d{2})?';

/** Whether a raw column of this DuckDB type can be of the declared type at all. */
export function canRead(declared: ColumnType, duckdbType: string): boolean {
  return duckdbType === 'VARCHAR' || READABLE[declared].test(duckdbType);
}

/**
 * SQL that casts one raw value: null where it cannot. NaN stays, for {@link columnFaults} to tell from a failed cast.
 *
 * Text is trimmed before any cast and null when empty. `integer`: 3.0 is 3, 3.5 is not. `number`: infinities are
 * numbers. `boolean`: true/false, t/f, yes/no, y/n, si/no, 1/0. `date`: year, month and day, a time after them is cut
 * off.
 */
export function castSql(raw: string, duckdbType: string, column: ColumnSpec): string {
  const text = duckdbType === 'VARCHAR' ? raw : `CAST(${raw} AS VARCHAR)`;
  if (column.type === 'category') return normalizeSql(text);
  if (column.type === 'string') return `nullif(trim(${text}, ${WHITE}), '')`;
  if (column.type === 'boolean' && duckdbType !== 'BOOLEAN') return booleanSql(text);
  if (column.type === 'date') return duckdbType === 'VARCHAR' ? dateSql(raw, column.dateFormat) : finiteDate(raw);
  const cast = `TRY_CAST(${raw} AS ${DUCKDB_TYPES[column.type]})`;
  if (column.type === 'integer') return `CASE WHEN TRY_CAST(${raw} AS DOUBLE) = ${cast} THEN ${cast} END`;
  return cast;
}

/** Trimmed, inner white space to one blank, upper case, no accents; null when empty. */
export function normalizeSql(text: string): string {
  const blanks = `regexp_replace(trim(${text}, ${WHITE}), '[\\s\\x{a0}]+', ' ', 'g')`;
  return `nullif(strip_accents(upper(${blanks})), '')`;
}

export type ColumnFault = { check: CheckName; outcome: CheckOutcome; sql: string };

/**
 * What can be wrong with a column's value, and SQL that tells when it is.
 *
 * @param raw SQL of the raw value
 * @param cast SQL of the value that {@link castSql} gave
 */
export function columnFaults(
  raw: string,
  cast: string,
  column: ColumnSpec & { nullable: boolean; duckdbType: string },
): ColumnFault[] {
  const faults: ColumnFault[] = [];
  const add = (check: CheckName, outcome: CheckOutcome, sql: string) => void faults.push({ check, outcome, sql });
  if (column.type !== 'string' && column.type !== 'category') {
    const given = column.duckdbType === 'VARCHAR' ? hasText(raw) : 'true';
    add('type', 'value_null', `CASE WHEN ${cast} IS NULL AND ${raw} IS NOT NULL THEN ${given} ELSE false END`);
  }
  if (isBounded(column)) add('range', 'value_null', outOfRange(cast, column));
  if (column.values) add('values', 'value_null', notAllowed(cast, column.values));
  if (!column.nullable) add('null', 'row_dropped', `(${cleanSql(cast, column)}) IS NULL`);
  return faults;
}

/** The value that stays: null where it is NaN, out of range or not allowed. */
export function cleanSql(cast: string, column: ColumnSpec): string {
  const bad: string[] = [];
  if (column.type === 'number') bad.push(`isnan(${cast})`);
  if (isBounded(column)) bad.push(outOfRange(cast, column));
  if (column.values) bad.push(notAllowed(cast, column.values));
  return bad.length === 0 ? cast : `CASE WHEN ${bad.join(' OR ')} THEN NULL ELSE ${cast} END`;
}

const isBounded = (column: ColumnSpec): boolean => column.min !== undefined || column.max !== undefined;

function outOfRange(cast: string, { type, min, max }: ColumnSpec): string {
  const broken = [
    ...(min === undefined ? [] : [`${cast} < ${literal(min)}`]),
    ...(max === undefined ? [] : [`${cast} > ${literal(max)}`]),
    ...(type === 'number' ? [`isinf(${cast})`] : []),
  ];
  const outside = `(${broken.join(' OR ')})`;
  return type === 'number' ? `(${outside} AND NOT isnan(${cast}))` : outside;
}

function notAllowed(cast: string, values: readonly string[]): string {
  const allowed = values.map((value) => normalizeSql(literal(value)));
  return `(${cast} IS NOT NULL AND ${cast} NOT IN (${allowed.join(', ')}))`;
}

const hasText = (raw: string): string => `trim(${raw}, ${WHITE}) <> ''`;

function booleanSql(text: string): string {
  const word = `lower(trim(${text}, ${WHITE}))`;
  const among = (words: string[]) => `list_contains(${listLiteral(words)}, ${word})`;
  return `CASE WHEN ${among(TRUE_WORDS)} THEN true WHEN ${among(FALSE_WORDS)} THEN false END`;
}

/** DuckDB's own cast lets trailing characters pass. */
function dateSql(raw: string, format: string | undefined): string {
  const text = `trim(${raw}, ${WHITE})`;
  if (format !== undefined) return finiteDate(`CAST(try_strptime(${text}, ${literal(format)}) AS DATE)`);
  const day = `left(${text}, 10)`;
  const date = `TRY_CAST(${day} AS DATE)`;
  const rest = `(length(${text}) = 10 OR regexp_full_match(substr(${text}, 11), ${literal(TIME)}))`;
  return `CASE WHEN CAST(${date} AS VARCHAR) = ${day} AND ${rest} THEN ${date} END`;
}

function finiteDate(value: string): string {
  const date = `TRY_CAST(${value} AS DATE)`;
  return `CASE WHEN isfinite(${date}) THEN ${date} END`;
}

/** SQL of a raw column: its own expression, or its name. */
export function rawSql(name: string, column: ColumnSpec): string {
  return column.sql === undefined ? identifier(column.from ?? name) : `(${column.sql}\n)`;
}
