import { DuckDBInstance } from '@duckdb/node-api';

export type BenchData = { train: string; test: string; rows: number; columns: number };

/**
 * Two Parquet files of numbers, categories and nulls with a binary label `y` that some of them explain; the second is drawn from
 * a slightly shifted distribution. The same sizes give the same bytes.
 */
export async function makeData(folder: string, rows: number, columns: number): Promise<BenchData> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const files = { train: `${folder}/train.parquet`, test: `${folder}/test.parquet` };
  for (const [index, file] of Object.values(files).entries()) {
    const select = selectSql(rows, columns, index);
    await connection.run(`COPY (${select}) TO '${file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 131072)`);
  }
  connection.closeSync();
  return { ...files, rows, columns };
}

function selectSql(rows: number, columns: number, period: number): string {
  const uniform = (name: string) => `((hash(i, '${name}', ${period}) >> 11) / 9007199254740992.0)`;
  const features = Array.from({ length: columns }, (_, c) => {
    if (c % 10 === 9) return `'K' || CAST(floor(40 * power(${uniform(`c${c}`)}, 2)) AS INTEGER) AS c${c}`;
    const value = `sqrt(-2 * ln(1 - ${uniform(`a${c}`)})) * cos(6.283185307179586 * ${uniform(`b${c}`)}) + ${0.05 * period * (c % 3)}`;
    return `CASE WHEN ${uniform(`n${c}`)} < ${c % 4 === 0 ? 0.1 : 0} THEN NULL ELSE ${value} END AS n${c}`;
  });
  const signal = 'coalesce(n0, 0) + 0.7 * coalesce(n1, 0) * coalesce(n2, 0) - 2';
  return `SELECT *, CAST(${uniform('y')} < 1 / (1 + exp(-(${signal}))) AS INTEGER) AS y
    FROM (SELECT i, ${features.join(', ')} FROM (SELECT range AS i FROM range(${rows}))) ORDER BY i`;
}
