import { DuckDBInstance } from '@duckdb/node-api';
import { code, head, type Meanings, row } from './columnTable.ts';

export type ParquetColumn = { name: string; type: string };

/** Names and types of the columns of a Parquet file that a run wrote, in its order. */
export async function readColumns(file: string): Promise<ParquetColumn[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  const result = await connection.runAndReadAll(
    `DESCRIBE SELECT * FROM read_parquet('${file}', hive_partitioning = false)`,
  );
  connection.closeSync();
  return result
    .getRowObjects()
    .map((one) => ({ name: String(one.column_name), type: plainType(String(one.column_type)) }));
}

const TYPES: Record<string, string> = {
  VARCHAR: 'string',
  DOUBLE: 'double',
  INTEGER: 'int32',
  BIGINT: 'int64',
  BOOLEAN: 'boolean',
  DATE: 'date',
  'VARCHAR[]': 'list of string',
};

function plainType(type: string): string {
  const plain = TYPES[type];
  if (plain === undefined) throw new Error(`no plain name of the type ${type}`);
  return plain;
}

/** @throws Error for a column without a meaning, and a meaning without a column */
export function parquetTable(columns: readonly ParquetColumn[], meanings: Meanings): string[] {
  const unknown = columns.find(({ name }) => !(name in meanings));
  const gone = Object.keys(meanings).find((name) => !columns.some((column) => column.name === name));
  const fault = unknown?.name ?? gone;
  if (fault !== undefined)
    throw new Error(`${fault} is in the file or in tests/docs/contracts/meanings.ts, and not in both`);
  return [
    ...head('column', 'type', 'what it is'),
    ...columns.map(({ name, type }) => row(code(name), type, meanings[name] ?? '')),
  ];
}
