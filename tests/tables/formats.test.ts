import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { openDoor, type SourceSpec } from '@pilotlight/tables';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CLEAN, CLIE, doorOptions, HFAC, parquet, query, through, withSource, zip } from './door.ts';

const expected = await through(CLEAN);

const hfac = (content: string | Uint8Array, name: string, changes: Partial<SourceSpec> = {}) =>
  through(
    { ...CLEAN, hfac: { [name]: content } },
    { sources: withSource('hfac', { files: { invoices: name }, ...changes }) },
  );
const crlf = HFAC.replaceAll('\n', '\r\n');
const [header = '', ...rows] = HFAC.trimEnd().split('\n');
const quoted = rows.map((row) => row.replace(/^P(\d)/, '"P$1"')).join('\n');

const SAME: [string, () => Promise<{ invoices: unknown[] }>][] = [
  ['gzip', () => hfac(gzipSync(HFAC), 'hfac.csv.gz')],
  [
    'gzip of two members',
    () => hfac(Buffer.concat([gzipSync(HFAC.slice(0, 50)), gzipSync(HFAC.slice(50))]), 'h.csv.gz'),
  ],
  ['zip', () => hfac(zip({ 'in/hfac.csv': HFAC }), 'hfac.zip')],
  ['zip named after what is in it', () => hfac(zip({ 'hfac.csv': HFAC, 'readme.md': 'x' }), 'hfac.csv.zip')],
  ['tabs by the name .tsv', () => hfac(HFAC.replaceAll(',', '\t'), 'hfac.tsv')],
  ['another delimiter', () => hfac(HFAC.replaceAll(',', ';'), 'hfac.txt', { delimiter: ';' })],
  ['CRLF', () => hfac(crlf, 'hfac.csv')],
  ['a byte order mark', () => hfac(`\ufeff${HFAC}`, 'hfac.csv')],
  ['quotes', () => hfac(`"policy_id","invoice_date","amount_eur"\n${quoted}\n`, 'hfac.csv')],
  ['no newline at the end', () => hfac(HFAC.trimEnd(), 'hfac.csv')],
  ['UTF-16', () => hfac(Buffer.from(`\ufeff${HFAC}`, 'utf16le'), 'hfac.csv', { encoding: 'utf-16' })],
  ['columns in another order, one without a name', () => hfac(reordered(), 'hfac.csv')],
  [
    'a folder of parts',
    () =>
      through(
        {
          ...CLEAN,
          hfac: {
            'in/a.csv': `${header}\n${rows[0]}\n`,
            'in/deep/b.csv.gz': gzipSync(`${header}\n${rows[1]}\n${rows[2]}\n`),
          },
        },
        { sources: withSource('hfac', { files: { invoices: 'in' } }) },
      ),
  ],
  [
    'a glob',
    () =>
      through(
        {
          ...CLEAN,
          hfac: { 'h1.csv': `${header}\n${rows[0]}\n`, 'h2.csv': `${header}\n${rows[1]}\n${rows[2]}\n`, 'x.csv': 'no' },
        },
        { sources: withSource('hfac', { files: { invoices: 'h*.csv' } }) },
      ),
  ],
  ['Parquet', async () => hfac(await parquetOf('DATE', 'DOUBLE'), 'hfac.parquet')],
  ['Parquet of other fitting types', async () => hfac(await parquetOf('TIMESTAMP', 'DECIMAL(9, 2)'), 'hfac.parquet')],
  ['Parquet of text', async () => hfac(await parquetOf('VARCHAR', 'VARCHAR'), 'hfac.parquet')],
];

function reordered(): string {
  const lines = HFAC.trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return lines.map(([id, date, amount], i) => `${amount},${i === 0 ? '' : 'x'},${date},${id}\n`).join('');
}

function parquetOf(date: string, amount: string): Promise<Uint8Array> {
  const values = rows
    .map(
      (row) =>
        `(${row
          .split(',')
          .map((cell) => `'${cell}'`)
          .join(', ')})`,
    )
    .join(', ');
  return parquet(
    `SELECT a AS policy_id, b::${date} AS invoice_date, c::${amount} AS amount_eur FROM (VALUES ${values}) v(a, b, c)`,
  );
}

for (const [name, run] of SAME) {
  test(`${name}: the same invoices`, async () => {
    assert.equal((await run()).invoices, expected.invoices);
  });
}

test('latin-1, where it is declared', async () => {
  const { contracts } = await through(
    { ...CLEAN, clie: { 'clie.csv': Buffer.from(CLIE.replace('residencial', 'resid\u00e9ncial'), 'latin1') } },
    { sources: withSource('clie', { encoding: 'latin-1' }) },
  );
  assert.is(contracts[0]?.customer_type, 'RESIDENCIAL');
});

test('a query over several files, and expressions over its columns', async () => {
  const data = {
    ...CLEAN,
    hfac: { 'bills.csv': 'id,day\nP1,01/12/2025\nP2,01/12/2025\n', 'sums.csv': 'id,cents\nP1,2000\n' },
  };
  const sources = withSource('hfac', {
    files: { bills: 'bills.csv', sums: 'sums.csv' },
    query:
      'WITH s AS (SELECT id, cents::DOUBLE / 100 AS eur FROM sums) SELECT bills.id, day, eur FROM bills LEFT JOIN s USING (id);',
    columns: {
      policy_id: { from: 'id', type: 'string' },
      invoice_date: { from: 'day', type: 'date', dateFormat: '%d/%m/%Y' },
      amount_eur: { sql: 'eur * 2 -- doubled', type: 'number' },
    },
  });
  const { invoices, report } = await through(data, { sources });
  assert.equal(invoices, [
    { policy_id: 'P1', invoice_date: '2025-12-01', amount_eur: 40 },
    { policy_id: 'P2', invoice_date: '2025-12-01', amount_eur: null },
  ]);
  assert.equal(report.sources.hfac.files, ['bills.csv', 'sums.csv']);
});

test('after a query the duplicate whose values sort first stays', async () => {
  const data = { ...CLEAN, hfac: { 'hfac.csv': `${header}\nP1,2025-12-01,9\nP1,2025-12-01,3\n` } };
  const sources = withSource('hfac', { query: 'FROM invoices' });
  assert.equal(
    (await through(data, { sources })).invoices.map((row) => row.amount_eur),
    [3],
  );
});

test('names with quotes and blanks in columns and files', async () => {
  const data = { ...CLEAN, clie: { "cl'ie 1.csv": `"id ""x""",customer_type,estrato,signup_date\nC1,PYME,2,\n` } };
  const columns = { customer_id: { from: 'id "x"', type: 'string' as const }, estrato: { type: 'integer' as const } };
  const { contracts } = await through(data, {
    sources: withSource('clie', { files: { "it's": "cl'ie 1.csv" }, columns }),
  });
  assert.is(contracts[0]?.estrato, 2);
});

test('the same bytes again, with other threads and memory, in several partitions', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));
  try {
    const contracts = Array.from(
      { length: 4000 },
      (_, i) => `P${i},C${i % 3000},RL${1 + (i % 2)},${i % 97},2020-01-01,,t,${i % 3 === 0 ? 1 : 0}`,
    );
    const invoices = contracts.flatMap((_, i) => [1, 2, 3, 4].map((m) => `P${i},2025-0${m}-01,${(i * m) % 1013}`));
    const options = doorOptions(
      folder,
      {
        clie: {
          'clie.csv': `${CLIE}${Array.from({ length: 3000 }, (_, i) => `C${i},PYME,${1 + (i % 6)},2020-01-01`).join('\n')}\n`,
        },
        pola: {
          'pola.csv': `policy_id,customer_id,tarifa,capacity,start_date,end_date,has_gas,target\n${contracts.join('\n')}\n`,
        },
        hfac: { 'hfac.csv': `policy_id,invoice_date,amount_eur\n${invoices.join('\n')}\n` },
      },
      { partitions: 5, invoicesLast: 3, cvFolds: 3 },
    );
    await openDoor(options);
    const first = digest(options.out);
    await openDoor({ ...options, threads: 1 });
    assert.equal(digest(options.out), first);
    await openDoor({ ...options, threads: 4, memoryLimitMb: 200 });
    assert.equal(digest(options.out), first);
    assert.equal([...first.keys()].filter((name) => name.startsWith('contracts')).length, 5);
    await checkPartitions(options.out);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

/** Every contract stands once, its invoices in the same partition, sorted, the newest three. */
async function checkPartitions(out: string): Promise<void> {
  const [all] = await query(`SELECT count(*) AS n, count(DISTINCT policy_id) AS ids FROM '${out}/contracts/*.parquet'`);
  assert.equal(all, { n: 4000, ids: 4000 });
  for (let part = 0; part < 5; part += 1) {
    const name = `00${part}.parquet`;
    const ids = (await query(`SELECT policy_id FROM '${out}/contracts/${name}'`)).map((row) => String(row.policy_id));
    assert.ok(ids.length > 500, `${ids.length} contracts in ${name}`);
    assert.equal(ids, [...ids].sort());
    const invoices = await query(`SELECT policy_id, invoice_date FROM '${out}/invoices/${name}'`);
    const newest = ids.flatMap((id) => ['2025-04-01', '2025-03-01', '2025-02-01'].map((date) => `${id} ${date}`));
    assert.equal(
      invoices.map((row) => `${row.policy_id} ${row.invoice_date}`),
      newest,
    );
  }
}

function digest(folder: string): Map<string, string> {
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const plain = files.filter((name) => fs.statSync(path.join(folder, name)).isFile());
  return new Map(
    plain.map((name) => [
      name,
      createHash('sha256')
        .update(fs.readFileSync(path.join(folder, name)))
        .digest('hex'),
    ]),
  );
}

test.run();
