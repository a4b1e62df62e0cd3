/** A name as a quoted SQL identifier; every identifier in this package goes through here. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A value as a SQL literal; every value in this package goes through here. Numbers are doubles, never decimals. */
export function literal(value: string | number | null): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`no SQL literal for ${value}`);
    return `CAST('${value}' AS DOUBLE)`;
  }
  if (value.includes('\0')) throw new RangeError('no SQL literal for a text with a NUL');
  return `'${value.replaceAll("'", "''")}'`;
}

/** A list of texts as a SQL list literal. */
export function listLiteral(values: readonly string[]): string {
  return `[${values.map(literal).join(', ')}]`;
}

/** `YYYY-MM-DD` as a SQL date. */
export function dateLiteral(date: string): string {
  return `CAST(${literal(date)} AS DATE)`;
}

/** Names as a SQL column list. */
export function columnList(names: readonly string[]): string {
  return names.map(identifier).join(', ');
}
