import type { DataFormat } from './kindOf.ts';
import { ParquetRows } from './parquetRows.ts';
import { TextRows } from './textRows.ts';
import type { RowCounter } from './uncountable.ts';

/** What counts the rows of a data file while it goes by. */
export const countRows = (format: DataFormat): RowCounter =>
  format === 'parquet' ? new ParquetRows() : new TextRows();
