import { gzipSync } from 'node:zlib';
import type { CheckReport, SourceReport, SourceSpec, StageOptions } from '@pilotlight/tables';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parquet } from './door.ts';
import { CUSTOMERS, refusal, SPECS, type Staged, stage } from './staging.ts';

const customers = (rows: string) => ({ 'customers.csv': `id,power,since,is_urban\n${rows}` });
const idsOf = ({ rows }: Staged): unknown[] => (rows.customers ?? []).map(({ id }) => id);

function checkOf(report: SourceReport | undefined, column: string, check: string): CheckReport {
  const found = report?.checks.find((one) => one.column === column && one.check === check);
  if (!found) throw new Error(`no check ${check} of ${column}`);
  return found;
}

test('declared columns, cast', async () => {
  const { rows, reports } = await stage({});
  assert.equal(rows.customers, [
    { id: 'C1', power: 3.5, since: '2020-01-01', is_urban: true },
    { id: 'C2', power: 10, since: '2021-05-01', is_urban: false },
  ]);
  assert.ok(Object.values(reports).every(({ checks }) => checks.every(({ count }) => count === 0)));
});

test('of rows with the same key the first stays, and the others are counted', async () => {
  const { rows, reports } = await stage(customers('C1,1,,\nC2,2,,\nC1,3,,\nC1,4,,\n'));
  assert.equal(
    rows.customers?.map(({ id, power }) => [id, power]),
    [
      ['C1', 1],
      ['C2', 2],
    ],
  );
  const { count, share, example } = checkOf(reports.customers, 'id', 'duplicate');
  assert.equal([count, share, example], [2, 0.5, { value: 'C1', row: 3 }]);
  assert.equal([reports.customers?.rows_read, reports.customers?.rows_kept], [4, 2]);
});

test('a repeating source keeps all rows of a key', async () => {
  const { rows, reports } = await stage({});
  assert.is(rows.notes?.length, 2);
  assert.not.ok(reports.notes?.checks.some(({ check }) => check === 'duplicate'));
  const once = await stage({}, { repeating: [] });
  assert.equal(
    once.rows.notes?.map(({ text }) => text),
    ['a'],
  );
});

test('values that break a check are null, rows without key go; all counted with their first example', async () => {
  const { rows, reports } = await stage(
    customers('C1,abc,2024-02-30,maybe\nC2,-1,soon,1\n,5,,\nC3,inf,,\nC4,NaN,NA,\nC5,101,2024-02-29,\n'),
  );
  assert.equal(rows.customers, [
    { id: 'C1', power: null, since: null, is_urban: null },
    { id: 'C2', power: null, since: null, is_urban: true },
    { id: 'C3', power: null, since: null, is_urban: null },
    { id: 'C4', power: null, since: null, is_urban: null },
    { id: 'C5', power: null, since: '2024-02-29', is_urban: null },
  ]);
  const of = (column: string, check: string) => {
    const { count, outcome, example } = checkOf(reports.customers, column, check);
    return [count, outcome, example?.value, example?.row];
  };
  assert.equal(of('power', 'type'), [1, 'value_null', 'abc', 1]);
  assert.equal(of('power', 'range'), [3, 'value_null', '-1', 2]);
  assert.equal(of('since', 'type'), [2, 'value_null', '2024-02-30', 1]);
  assert.equal(of('is_urban', 'type'), [1, 'value_null', 'maybe', 1]);
  assert.equal(of('id', 'null'), [1, 'row_dropped', '', 3]);
});

test('too many of them stop the work: the worst is named with column, example, share and threshold', async () => {
  const dirty = customers('C1,1,,\nC2,-2,,\nC3,3,,\nC4,-4,,\nC4,5,,\n');
  assert.is((await stage(dirty, { breachShareMax: 0.4 })).rows.customers?.length, 4);
  const { code, line } = await refusal(dirty, { breachShareMax: 0.39 });
  assert.is(code, 'breach_share');
  assert.is(
    line,
    '2 of 5 rows (40 %) break check "range" of customers column "power", first "-2" in row 2: customers.csv: correct the data or columns.sources.customers.columns, or raise columns.breach_share_max (0.39)',
  );
  const twice = await refusal(customers('C1,1,,\nC1,1,,\nC1,1,,\n'), { breachShareMax: 0.5 });
  assert.match(
    twice.line,
    /^2 of 3 rows \(66\.7 %\) break check "duplicate" of customers column "id", first "C1" in row 2: /,
  );
});

test('CSV, gzip, Parquet: the same rows', async () => {
  const expected = (await stage({})).rows;
  const none = (file: Record<string, string | Uint8Array>, pattern: string) =>
    stage(file, { sources: { ...SPECS, customers: { ...SPECS.customers, files: { customers: pattern } } } });
  assert.equal((await none({ 'c.csv.gz': gzipSync(CUSTOMERS) }, 'c.csv.gz')).rows, expected);
  const bytes = await parquet(
    `SELECT * FROM (VALUES ('C1', 3.5, DATE '2020-01-01', true), ('C2', 10, DATE '2021-05-01', false)) t(id, power, since, is_urban)`,
  );
  assert.equal((await none({ 'c.parquet': bytes }, 'c.parquet')).rows, expected);
  const marked = `\ufeff${CUSTOMERS.replaceAll('\n', '\r\n')}`;
  assert.equal((await none({ 'c.csv': marked }, 'c.csv')).rows, expected);
});

test('Parquet columns in another order, others beside them, ids as whole numbers', async () => {
  const sources = { ...SPECS, customers: { ...SPECS.customers, files: { customers: 'c.parquet' } } };
  const bytes = await parquet(
    `SELECT 'x' AS r0, true AS is_urban, NULL::DATE AS since, 'y' AS c0, 7 AS id, 2.5 AS power, 1 AS __part`,
  );
  const { rows } = await stage({ 'c.parquet': bytes }, { sources });
  assert.equal(rows.customers, [{ id: '7', power: 2.5, since: null, is_urban: true }]);
});

test('rows keep the position that they have in the files', async () => {
  const many = Array.from({ length: 50_000 }, (_, i) => `C${i},${i % 100},,`);
  const found = idsOf(await stage(customers(`${many.join('\n')}\n`)));
  assert.equal(
    found,
    many.map((row) => row.split(',')[0]),
  );
});

test('what work gives comes back; what it throws goes through, and nothing is left', async () => {
  const boom = new Error('boom');
  const changes: Partial<StageOptions> = {
    onSource: () => {
      throw boom;
    },
  };
  const thrown = await stage({}, changes).then(
    () => null,
    (error: unknown) => error,
  );
  assert.is(thrown, boom);
});

test('tells of every source when it is done', async () => {
  const seen: unknown[] = [];
  await stage({}, { onSource: (name, done, total) => void seen.push([name, done, total]) });
  assert.equal(seen, [
    ['customers', 1, 2],
    ['notes', 2, 2],
  ]);
});

test('stops when it is told to, and leaves nothing', async () => {
  const controller = new AbortController();
  controller.abort(new Error('enough'));
  const early = await stage({}, { signal: controller.signal }).then(() => 'done', String);
  assert.match(early, /enough/);
  const later = new AbortController();
  const onSource = () => later.abort(new Error('enough'));
  assert.match(await stage({}, { signal: later.signal, onSource }).then(() => 'done', String), /enough/);
});

const withColumns = (columns: SourceSpec['columns']): Partial<StageOptions> => ({
  sources: { ...SPECS, customers: { ...SPECS.customers, columns: { ...SPECS.customers.columns, ...columns } } },
});

const REFUSED: [
  name: string,
  files: Record<string, string>,
  changes: Partial<StageOptions>,
  code: string,
  line: RegExp,
][] = [
  [
    '0 bytes',
    { 'customers.csv': '' },
    {},
    'file_empty',
    /^the file is empty \(0 bytes\): customers\.csv: deliver it again$/,
  ],
  [
    'only a header',
    customers(''),
    {},
    'source_empty',
    /^no rows, only a header: customers\.csv: deliver it with its rows$/,
  ],
  [
    'a renamed column',
    { 'customers.csv': CUSTOMERS.replace('is_urban', 'isurban') },
    {},
    'column_missing',
    /^column "is_urban" is missing: customers\.csv: if it is now "isurban", set columns\.sources\.customers\.columns\.is_urban\.from$/,
  ],
  [
    'a missing column',
    {},
    withColumns({ score: { type: 'number' } }),
    'column_missing',
    /^column "score" is missing: customers\.csv: set .*score\.from to one of: id, power, since, is_urban$/,
  ],
  ['semicolons', { 'customers.csv': CUSTOMERS.replaceAll(',', ';') }, {}, 'csv_delimiter', /set `delimiter: ";"`$/],
  [
    'a value too many',
    customers('C1,1,,,9\n'),
    {},
    'csv_row',
    /^a row has 5 columns where the header has 4: .*customers\.csv line 2: /,
  ],
  [
    'an open quote',
    customers('"C1,1,,\n'),
    {},
    'csv_row',
    /^a quote is opened and not closed: .*customers\.csv line 2: /,
  ],
  [
    'a file that is not there',
    {},
    { sources: { ...SPECS, prices: { ...SPECS.customers, files: { prices: 'prices.*' } } } },
    'file_missing',
    /^no data file matches "prices\.\*": data: correct the pattern or the folder$/,
  ],
];

for (const [name, files, changes, code, line] of REFUSED) {
  test(`refused: ${name}`, async () => {
    const found = await refusal(files, changes);
    assert.match(found.line, line);
    assert.is(found.code, code);
  });
}

test.run();
