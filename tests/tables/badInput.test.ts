import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CLEAN, CLIE, type Data, HFAC, parquet, refusal, SOURCES, through, withSource, zip } from './door.ts';

const clie = (content: string | Uint8Array, name = 'clie.csv'): Data => ({ ...CLEAN, clie: { [name]: content } });
const clieFile = (file: string) => ({ sources: withSource('clie', { files: { customers: file } }) });

type Case = [name: string, code: string, line: RegExp, () => Promise<{ code: string; line: string }>];

const CASES: Case[] = [
  [
    'a missing file, with the name that was meant',
    'file_missing',
    /^no such file or folder: clie\/clie\.csv: there is "CLIE_.csv": correct the name$/,
    () => refusal(clie(CLIE, 'CLIE_.csv')),
  ],
  [
    'a missing folder',
    'file_missing',
    /^no such folder: .*: correct the path of the data$/,
    () => refusal({ ...CLEAN, clie: {} }),
  ],
  [
    'a folder without data files',
    'file_missing',
    /^no data file in the folder: clie\/parts: put files there/,
    () => refusal(clie('x', 'parts/readme.md'), clieFile('parts')),
  ],
  [
    'a pattern that nothing matches',
    'file_missing',
    /^no data file matches "clie_\*\.csv": clie: /,
    () => refusal(clie(CLIE), clieFile('clie_*.csv')),
  ],
  [
    'a file outside the data folder',
    'path_outside',
    /^a file outside the data folder: \.\.\/hfac\/hfac\.csv: /,
    () => refusal(CLEAN, clieFile('../hfac/hfac.csv')),
  ],
  [
    'an unknown kind of file',
    'file_format',
    /^unknown kind of file: clie\/clie\.xlsx: give one that ends in \.csv/,
    () => refusal(clie(CLIE, 'clie.xlsx'), clieFile('clie.xlsx')),
  ],
  [
    'CSV and Parquet in one folder',
    'file_format',
    /^files of several formats: clie\/p\/a\.csv, clie\/p\/b\.parquet: /,
    () => refusal({ ...CLEAN, clie: { 'p/a.csv': CLIE, 'p/b.parquet': 'x' } }, clieFile('p')),
  ],
  ['an empty file', 'file_empty', /^the file is empty \(0 bytes\): clie\/clie\.csv: /, () => refusal(clie(''))],
  [
    'a header only',
    'source_empty',
    /^no rows, only a header: clie\/clie\.csv: /,
    () => refusal(clie(CLIE.split('\n')[0] as string)),
  ],
  [
    'a wrong delimiter, naming the right one',
    'csv_delimiter',
    /^only one column found, "customer_id;customer_type;estrato;signup_date", with delimiter ",": clie\/clie\.csv: set `delimiter: ";"`$/,
    () => refusal(clie(CLIE.replaceAll(',', ';'))),
  ],
  [
    'a wrong delimiter below a query',
    'csv_delimiter',
    /clie\/clie\.csv: set `delimiter: ";"`$/,
    () =>
      refusal(clie(CLIE.replaceAll(',', ';')), {
        sources: withSource('clie', { query: 'SELECT * FROM customers WHERE estrato IS NOT NULL' }),
      }),
  ],
  [
    'tabs where commas are expected',
    'csv_delimiter',
    /set `delimiter: "\\t"`$/,
    () => refusal(clie(CLIE.replaceAll(',', '\t'))),
  ],
  [
    'a wrong encoding in a row',
    'csv_encoding',
    /^a row is not UTF-8: clie\/clie\.csv line 4: set `encoding: latin-1` \(or utf-16\)$/,
    () => refusal(clie(Buffer.from(`${CLIE}C3,peque\u00f1a,1,\n`, 'latin1'))),
  ],
  [
    'a wrong encoding in the header',
    'csv_encoding',
    /^line 1 is not UTF-8: clie\/clie\.csv: set `encoding: latin-1`/,
    () => refusal(clie(Buffer.from(CLIE.replace('estrato', 'a\u00f1o'), 'latin1'))),
  ],
  [
    'UTF-16 that is not declared',
    'csv_encoding',
    /^the file is UTF-16, not utf-8: clie\/clie\.csv: set `encoding: utf-16`$/,
    () => refusal(clie(Buffer.from(`\ufeff${CLIE}`, 'utf16le'))),
  ],
  [
    'an unknown encoding',
    'csv_encoding',
    /^unknown encoding: ebcdic: use utf-8, latin-1 or utf-16$/,
    () => refusal(CLEAN, { sources: withSource('clie', { encoding: 'ebcdic' }) }),
  ],
  [
    'a row with a column too few',
    'csv_row',
    /^a row has 3 columns where the header has 4: clie\/clie\.csv line 4: /,
    () => refusal(clie(`${CLIE}C3,PYME,1\nC4,PYME,1,\n`)),
  ],
  [
    'a row with a column too many',
    'csv_row',
    /^a row has 5 columns where the header has 4: clie\/clie\.csv line 4: /,
    () => refusal(clie(`${CLIE}C3,PYME,1,,x\nC4,PYME,1,\n`)),
  ],
  [
    'a quote that never closes',
    'csv_row',
    /clie\/clie\.csv line 4: /,
    () => refusal(clie(`${CLIE}C3,"PYME,1,\nC4,PYME,1,\n`)),
  ],
  [
    'files of one folder with other columns',
    'csv_header',
    /^the header differs from that of p\/a\.csv: clie\/p\/b\.csv: /,
    () =>
      refusal({ ...CLEAN, clie: { 'p/a.csv': CLIE, 'p/b.csv': CLIE.replace('estrato', 'stratum') } }, clieFile('p')),
  ],
  [
    'a header of nothing',
    'csv_header',
    /^the first line has no column names: clie\/clie\.csv: /,
    () => refusal(clie(`\n${CLIE}`)),
  ],
  [
    'a column renamed',
    'column_missing',
    /^column "estrato" is missing: clie\/clie\.csv: if it is now "Estrato", set columns\.sources\.clie\.columns\.estrato\.from$/,
    () => refusal(clie(CLIE.replace('estrato', 'Estrato'))),
  ],
  [
    'a column missing',
    'column_missing',
    /^column "amount_eur" is missing: hfac\/hfac\.csv: set columns\.sources\.hfac\.columns\.amount_eur\.from to one of: policy_id, invoice_date, z$/,
    () => refusal({ ...CLEAN, hfac: { 'hfac.csv': HFAC.replace('amount_eur', 'z') } }),
  ],
  [
    'a truncated gzip',
    'gzip_unreadable',
    /^the gzip is broken \(unexpected end of file\): clie\/clie\.csv\.gz: deliver it again$/,
    () => refusal(clie(gzipSync(CLIE.repeat(3)).subarray(0, -12), 'clie.csv.gz'), clieFile('clie.csv.gz')),
  ],
  [
    'a gzip that is none',
    'gzip_unreadable',
    /^the gzip is broken/,
    () => refusal(clie(CLIE, 'clie.csv.gz'), clieFile('clie.csv.gz')),
  ],
  [
    'a truncated Parquet',
    'parquet_unreadable',
    /^the Parquet file is broken or cut short \(.*\): clie\/clie\.parquet: deliver it again$/,
    async () => {
      const whole = await parquet("SELECT 'C' || range AS customer_id FROM range(5000)");
      return refusal(clie(whole.subarray(0, whole.length / 2), 'clie.parquet'), clieFile('clie.parquet'));
    },
  ],
  [
    'a Parquet with a broken page',
    'source_unreadable',
    /^rows cannot be read \(.*\): clie\/clie\.parquet: /,
    async () => {
      const select =
        "uuid()::VARCHAR AS customer_id, uuid()::VARCHAR AS customer_type, 1 AS estrato, DATE '2020-01-01' AS signup_date";
      const whole = Buffer.from(await parquet(`SELECT ${select} FROM range(5000)`));
      whole.fill(0xff, 4, 4000);
      return refusal(clie(whole, 'clie.parquet'), clieFile('clie.parquet'));
    },
  ],
  [
    'a Parquet column of another type',
    'column_type',
    /^column "signup_date" is DOUBLE, and columns\.sources\.clie\.columns\.signup_date declares date: clie\/clie\.parquet: /,
    async () => {
      const select = "'C1' AS customer_id, 'PYME' AS customer_type, 1 AS estrato, 2020.5::DOUBLE AS signup_date";
      return refusal(clie(await parquet(`SELECT ${select}`), 'clie.parquet'), clieFile('clie.parquet'));
    },
  ],
  [
    'a zip cut short',
    'zip_unreadable',
    /^the zip cannot be unpacked \(.*\): clie\/clie\.zip: deliver it again$/,
    () => refusal(clie(zip({ 'clie.csv': CLIE }).subarray(0, 60), 'clie.zip'), clieFile('clie.zip')),
  ],
  [
    'a zip with a wrong checksum',
    'zip_unreadable',
    /checksum/,
    () => refusal(clie(zip({ 'clie.csv': CLIE }, { crc: 1 }), 'clie.zip'), clieFile('clie.zip')),
  ],
  [
    'a zip that unpacks to more than it says',
    'zip_unreadable',
    /too many bytes/,
    () => refusal(clie(zip({ 'clie.csv': CLIE.repeat(99) }, { size: 10 }), 'clie.zip'), clieFile('clie.zip')),
  ],
  [
    'a zip larger than the disk',
    'zip_too_large',
    /^the zip unpacks to over \d+ MB, and \d+ MB are allowed: clie\/clie\.zip: /,
    () => {
      const members = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`${i}.csv`, 'x']));
      return refusal(clie(zip(members, { size: 0xfffffff0 }), 'clie.zip'), clieFile('clie.zip'));
    },
  ],
  [
    'a zip with a member outside its folder',
    'zip_path',
    /^the zip has a member outside its folder/,
    () => refusal(clie(zip({ '../../evil.csv': CLIE }), 'clie.zip'), clieFile('clie.zip')),
  ],
  [
    'a zip without data',
    'file_missing',
    /^no data file in the zip: clie\/clie\.zip: /,
    () => refusal(clie(zip({ 'README.md': 'x', '__MACOSX/clie.csv': CLIE }), 'clie.zip'), clieFile('clie.zip')),
  ],
  [
    'several files and no query',
    'query_missing',
    /^2 named files and no query: columns\.sources\.clie\.query: /,
    () => refusal(CLEAN, { sources: withSource('clie', { files: { a: 'clie.csv', b: 'clie.csv' } }) }),
  ],
  [
    'a query that DuckDB refuses',
    'sql_invalid',
    /^the query is refused \(.*nowhere.*\): columns\.sources\.clie\.query: correct it$/,
    () => refusal(CLEAN, { sources: withSource('clie', { query: 'SELECT * FROM nowhere' }) }),
  ],
  [
    'a query that would read another file',
    'sql_invalid',
    /^the query is refused \(.*disabled by configuration.*\): /,
    () => refusal(CLEAN, { sources: withSource('clie', { query: "SELECT * FROM read_text('/etc/hostname')" }) }),
  ],
  [
    'a query that would do more than read',
    'sql_invalid',
    /^the query is refused/,
    () =>
      refusal(CLEAN, { sources: withSource('clie', { query: 'FROM customers); DROP VIEW clie_file_customers; --' }) }),
  ],
  [
    'an expression that DuckDB refuses',
    'sql_invalid',
    /^the expression is refused \(.*estratto.*\): columns\.sources\.clie\.columns\.estrato\.sql: correct it$/,
    () => {
      const columns = { ...SOURCES.clie.columns, estrato: { sql: 'estratto + 1', type: 'integer' as const } };
      return refusal(CLEAN, { sources: withSource('clie', { columns }) });
    },
  ],
  [
    'an expression that fails on a row',
    'source_unreadable',
    /^rows cannot be read \(.*\): clie\/clie\.csv: /,
    () => {
      const columns = {
        ...SOURCES.clie.columns,
        estrato: { sql: 'CAST(customer_type AS INTEGER)', type: 'integer' as const },
      };
      return refusal(CLEAN, { sources: withSource('clie', { columns }) });
    },
  ],
  [
    'too little memory',
    'memory',
    /^not enough memory to join and sort: limit 1 MB: use a machine with more memory$/,
    () => refusal(CLEAN, { memoryLimitMb: 1 }),
  ],
  [
    'one name in CLIE and POLA',
    'column_spec',
    /^POLA has a column of this name too: columns\.sources\.clie\.columns\.capacity: rename one of them$/,
    () => {
      const columns = { ...SOURCES.clie.columns, capacity: { from: 'estrato', type: 'number' as const } };
      return refusal(CLEAN, { sources: withSource('clie', { columns }) });
    },
  ],
  [
    'a key of the wrong type',
    'column_spec',
    /^this column must be declared, of type string: columns\.sources\.pola\.columns\.policy_id: /,
    () => {
      const columns = { ...SOURCES.pola.columns, policy_id: { type: 'integer' as const } };
      return refusal(CLEAN, { sources: withSource('pola', { columns }) });
    },
  ],
  [
    'bounds on a text',
    'column_spec',
    /^min and max on a column of type category: columns\.sources\.clie\.columns\.customer_type: /,
    () => {
      const columns = { ...SOURCES.clie.columns, customer_type: { type: 'category' as const, min: 1 } };
      return refusal(CLEAN, { sources: withSource('clie', { columns }) });
    },
  ],
  [
    'a tarifa of two model types',
    'column_spec',
    /^"RL1" is Domestic's too: modeling\.model_types\.Industrial\.tarifas: /,
    () => refusal(CLEAN, { modelTypes: { Domestic: { tarifas: ['RL1'] }, Industrial: { tarifas: ['RL1'] } } }),
  ],
];

for (const [name, code, line, run] of CASES) {
  test(name, async () => {
    const found = await run();
    assert.is(found.code, code, found.line);
    assert.match(found.line, line);
  });
}

for (const label of ['before', 'customers', 'invoices', 'join']) {
  test(`an abort stops the door and leaves nothing: ${label}`, async () => {
    const abort = new AbortController();
    const stop = (at?: string) => at === label && abort.abort(new Error('stop'));
    const progress = { update: (_done: number, _total: number, at?: string) => void stop(at), end() {} };
    stop('before');
    try {
      await through(CLEAN, { signal: abort.signal, progress });
      assert.unreachable('the door went on');
    } catch (error) {
      assert.is((error as Error).message, 'stop');
    }
  });
}

test.run();
