import { InputError } from '@pilotlight/errors';

/** Codes of this package's {@link InputError}s. */
export type TableFault =
  | 'file_missing'
  | 'file_empty'
  | 'file_format'
  | 'path_outside'
  | 'gzip_unreadable'
  | 'zip_unreadable'
  | 'zip_too_large'
  | 'zip_path'
  | 'csv_delimiter'
  | 'csv_encoding'
  | 'csv_row'
  | 'csv_header'
  | 'parquet_unreadable'
  | 'json_unreadable'
  | 'time_unreadable'
  | 'source_unreadable'
  | 'source_empty'
  | 'column_missing'
  | 'column_type'
  | 'column_spec'
  | 'sql_invalid'
  | 'query_missing'
  | 'breach_share'
  | 'disk_full'
  | 'memory';

export function tableError(code: TableFault, what: string, where: string, todo: string, cause?: unknown): InputError {
  return new InputError({ code, what, where, todo, cause });
}

/** Whether DuckDB itself complains: not an abort, nor what {@link InputError} already says. */
export function isComplaint(error: unknown): error is Error {
  return error instanceof Error && error.name !== 'InputError' && /^[A-Z][\w ]* Error: /.test(error.message);
}

/** The first line of what DuckDB says, without its error class. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? '').replace(/^[A-Z][A-Za-z]*(?: [A-Z][A-Za-z]*)* Error: /, '').trim();
}
