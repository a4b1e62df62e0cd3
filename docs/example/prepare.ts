/**
 * A public CSV file to Parquet, in three parts by time: the first 60 % to train on, the next 10 % to stop on, the last 30 % as the
 * data of a later time.
 *
 *     node docs/example/prepare.ts --csv elec.csv --out out/elec2
 */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';

const PARTS = { train: [0, 0.6], valid: [0.6, 0.7], later: [0.7, 1] } as const;

const { values } = parseArgs({ options: { csv: { type: 'string' }, out: { type: 'string' } } });
const { csv, out } = values;
if (csv === undefined || out === undefined || !existsSync(csv)) {
  process.stderr.write(`prepare: no such file: ${csv ?? '--csv'}: give --csv FILE and --out FOLDER\n`);
  process.exit(2);
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

mkdirSync(out, { recursive: true });
const database = await (await DuckDBInstance.create()).connect();
await database.run(`CREATE TABLE rows AS SELECT *, row_number() OVER () - 1 AS row FROM read_csv(${quoted(csv)})`);
const [[count] = []] = (await database.runAndReadAll('SELECT count(*)::INTEGER FROM rows')).getRows();
for (const [name, [from, to]] of Object.entries(PARTS)) {
  const file = path.join(out, `${name}.parquet`);
  const [first, end] = [from, to].map((share) => Math.floor(share * Number(count))) as [number, number];
  await database.run(
    `COPY (SELECT * EXCLUDE (row) FROM rows WHERE row >= ${first} AND row < ${end} ORDER BY row) TO ${quoted(file)}`,
  );
  process.stdout.write(`${file}: ${end - first} rows\n`);
}
