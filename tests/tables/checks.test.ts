import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  CLEAN,
  CLIE,
  checkOf,
  HFAC,
  POLA,
  POLA_HEADER,
  parquet,
  type Row,
  refusal,
  SOURCES,
  through,
  withSource,
} from './door.ts';

const only = (rows: Row[], key: string, value: unknown): Row => rows.find((row) => row[key] === value) as Row;
const polaWith = (...rows: string[]) => ({
  ...CLEAN,
  pola: { 'pola.csv': POLA + rows.map((row) => `${row}\n`).join('') },
});
const clieWith = (...rows: string[]) => ({
  ...CLEAN,
  clie: { 'clie.csv': CLIE + rows.map((row) => `${row}\n`).join('') },
});
const hfacWith = (...rows: string[]) => ({
  ...CLEAN,
  hfac: { 'hfac.csv': HFAC + rows.map((row) => `${row}\n`).join('') },
});

test('clean rows pass: contracts with their customer, invoices newest first', async () => {
  const { report, contracts, invoices } = await through(CLEAN, { split: 'inference' });
  assert.equal(contracts, [
    {
      policy_id: 'P1',
      customer_id: 'C1',
      tarifa: 'RL1',
      capacity: 10.5,
      start_date: '2020-01-01',
      end_date: '2027-01-01',
      has_gas: true,
      target: 0,
      customer_type: 'RESIDENCIAL',
      estrato: 3,
      signup_date: '2020-01-01',
      model_type: 'Domestic',
      split: 'inference',
    },
    {
      policy_id: 'P2',
      customer_id: 'C2',
      tarifa: 'RL4',
      capacity: 900,
      start_date: '2021-05-01',
      end_date: null,
      has_gas: false,
      target: 1,
      customer_type: 'PYME',
      estrato: 6,
      signup_date: '2021-05-01',
      model_type: 'Industrial',
      split: 'inference',
    },
  ]);
  assert.equal(invoices, [
    { policy_id: 'P1', invoice_date: '2025-12-01', amount_eur: 20 },
    { policy_id: 'P1', invoice_date: '2025-11-01', amount_eur: 10 },
    { policy_id: 'P2', invoice_date: '2025-12-01', amount_eur: 300 },
  ]);
  for (const source of Object.values(report.sources)) {
    assert.is(source.rows_kept, source.rows_read);
    assert.ok(source.checks.every((check) => check.count === 0 && check.share === 0 && check.example === null));
  }
  assert.is(report.contracts, 2);
  assert.is(report.invoices, 3);
});

test('a value that is not of its type is null, counted, and shown with its row', async () => {
  const data = polaWith('P3,C1,RL1,12 kW,2020-01-01,,maybe,0', 'P4,C1,RL1,"1,5",31/12/2020,,1,0.5');
  const { report, contracts } = await through(data, { split: 'inference' });
  assert.equal(checkOf(report, 'pola', 'capacity', 'type'), {
    column: 'capacity',
    check: 'type',
    outcome: 'value_null',
    count: 2,
    share: 0.5,
    example: { value: '12 kW', row: 3 },
  });
  assert.equal(checkOf(report, 'pola', 'has_gas', 'type').example, { value: 'maybe', row: 3 });
  assert.equal(checkOf(report, 'pola', 'start_date', 'type').example, { value: '31/12/2020', row: 4 });
  assert.equal(checkOf(report, 'pola', 'target', 'type').example, { value: '0.5', row: 4 }, 'halves are no integers');
  const { capacity, start_date, has_gas, target } = only(contracts, 'policy_id', 'P4');
  assert.equal([capacity, start_date, has_gas, target], [null, null, true, null]);
});

test('dates: a time is cut off, what no calendar has and what trails is refused', async () => {
  const rows = ['2020-02-30', '2020-02-28x', '2020-2-8', '2020-02-28T10:30:00Z', 'infinity', '2020-02-28 23:59:59.9'];
  const data = polaWith(...rows.map((date, i) => `D${i},C1,RL1,1,${date},,t,0`));
  const { report, contracts } = await through(data, { split: 'inference' });
  const dates = rows.map((_, i) => only(contracts, 'policy_id', `D${i}`).start_date);
  assert.equal(dates, [null, null, null, '2020-02-28', null, '2020-02-28']);
  assert.is(checkOf(report, 'pola', 'start_date', 'type').count, 4);
});

test('a date format other than ISO', async () => {
  const { key, files, columns } = SOURCES.clie;
  const sources = withSource('clie', {
    key,
    files,
    columns: { ...columns, signup_date: { type: 'date', dateFormat: '%d/%m/%Y' } },
  });
  const data = {
    ...CLEAN,
    clie: { 'clie.csv': 'customer_id,customer_type,estrato,signup_date\nC1,PYME,1,31/12/2020\nC2,PYME,1,2020-12-31\n' },
  };
  const { report, contracts } = await through(data, { sources, split: 'inference' });
  assert.is(only(contracts, 'customer_id', 'C1').signup_date, '2020-12-31');
  assert.is(checkOf(report, 'clie', 'signup_date', 'type').count, 1);
});

test('NaN is null and no breach; infinity breaks a declared bound', async () => {
  const data = polaWith(
    'P3,C1,RL1,nan,2020-01-01,,t,0',
    'P4,C1,RL1,inf,2020-01-01,,t,0',
    'P5,C1,RL1,-3,2020-01-01,,t,0',
  );
  const { report, contracts } = await through(data, { split: 'inference' });
  assert.equal(
    ['P3', 'P4', 'P5'].map((id) => only(contracts, 'policy_id', id).capacity),
    [null, null, null],
  );
  assert.is(checkOf(report, 'pola', 'capacity', 'type').count, 0);
  const range = checkOf(report, 'pola', 'capacity', 'range');
  assert.is(range.count, 2);
  assert.equal(range.example, { value: 'inf', row: 4 });
});

test('infinity stays where no bound is declared', async () => {
  const { invoices } = await through(hfacWith('P2,2025-10-01,inf'), { split: 'inference' });
  assert.is(only(invoices, 'invoice_date', '2025-10-01').amount_eur, Number.POSITIVE_INFINITY);
});

test('categories are normalised: blanks, case, accents; empty and unknown are null', async () => {
  const data = clieWith('C3,"  PYM\u00c9 ",1,', 'C4,\u00a0 ,1,', 'C5,EMPRESA,1,', 'C6,NA,1,');
  data.pola = { 'pola.csv': `${POLA_HEADER}${[3, 4, 5, 6].map((i) => `P${i},C${i}, rl1 ,1,,,t,0\n`).join('')}` };
  data.hfac = { 'hfac.csv': 'policy_id,invoice_date,amount_eur\nP3,2025-11-01,10\n' };
  const { report, contracts } = await through(data, { split: 'inference' });
  assert.equal(
    contracts.map((row) => row.customer_type),
    ['PYME', null, null, null],
  );
  assert.equal(
    contracts.map((row) => row.tarifa),
    ['RL1', 'RL1', 'RL1', 'RL1'],
  );
  assert.is(checkOf(report, 'clie', 'customer_type', 'values').count, 1);
  assert.equal(checkOf(report, 'clie', 'customer_type', 'values').example, { value: 'EMPRESA', row: 5 });
});

test('inner white space becomes one blank, and a tarifa of the configuration is normalised too', async () => {
  const { key, files, columns } = SOURCES.clie;
  const sources = withSource('clie', { key, files, columns: { ...columns, customer_type: { type: 'category' } } });
  const data = clieWith('C3,"peque\u00f1a \t  empresa",1,');
  data.pola = { 'pola.csv': `${POLA_HEADER}P3,C3,Tarifa  \u00danica,1,,,t,0\n` };
  data.hfac = { 'hfac.csv': 'policy_id,invoice_date,amount_eur\nP3,2025-11-01,10\n' };
  const modelTypes = { Domestic: { tarifas: ['tarifa \u00fanica'] } };
  const { contracts } = await through(data, { sources, modelTypes, split: 'inference' });
  assert.is(contracts[0]?.customer_type, 'PEQUENA EMPRESA');
  assert.is(contracts[0]?.model_type, 'Domestic');
});

test('keys are trimmed only', async () => {
  const data = polaWith(' p3 ,C1,RL1,1,,,t,0');
  const { contracts } = await through(data, { split: 'inference' });
  assert.ok(only(contracts, 'policy_id', 'p3'));
});

test('a row without its key is dropped', async () => {
  const { report, contracts } = await through(polaWith(' ,C1,RL1,1,,,t,0', 'P4,,RL1,1,,,t,0', 'P5,C1,NA,1,,,t,0'));
  assert.equal(
    contracts.map((row) => row.policy_id),
    ['P1', 'P2'],
  );
  for (const column of ['policy_id', 'customer_id', 'tarifa'])
    assert.is(checkOf(report, 'pola', column, 'null').count, 1);
  assert.is(report.sources.pola.rows_kept, 2);
});

test('of rows with one key the first in the file stays', async () => {
  const data = polaWith('P1,C2,RL2,99,2022-01-01,,f,1');
  data.clie = { 'clie.csv': `${CLIE}C1,PYME,5,2024-01-01\n` };
  data.hfac = { 'hfac.csv': `${HFAC}P1,2025-12-01,77\nP1,2025-12-01,78\n` };
  const { report, contracts, invoices } = await through(data);
  assert.is(only(contracts, 'policy_id', 'P1').capacity, 10.5);
  assert.is(only(contracts, 'policy_id', 'P1').estrato, 3);
  assert.equal(
    invoices.filter((row) => row.policy_id === 'P1').map((row) => row.amount_eur),
    [20, 10],
  );
  assert.equal(checkOf(report, 'pola', 'policy_id', 'duplicate').example, { value: 'P1', row: 3 });
  assert.equal(checkOf(report, 'clie', 'customer_id', 'duplicate').example, { value: 'C1', row: 3 });
  const invoice = checkOf(report, 'hfac', 'policy_id+invoice_date', 'duplicate');
  assert.is(invoice.count, 2);
  assert.equal(invoice.example, { value: 'P1 2025-12-01', row: 4 });
});

test('the first stays over files in order of their names, in Parquet too', async () => {
  const part = (amount: number) =>
    parquet(`SELECT 'P1' AS policy_id, DATE '2025-12-01' AS invoice_date, ${amount}.0 AS amount_eur`);
  const data = {
    ...CLEAN,
    hfac: { 'parts/b.parquet': await part(2), 'parts/a.parquet': await part(1), 'parts/_x.parquet': 'no' },
  };
  const { report, invoices } = await through(data, { sources: withSource('hfac', { files: { parts: 'parts' } }) });
  assert.equal(
    invoices.map((row) => row.amount_eur),
    [1],
  );
  assert.equal(report.sources.hfac.files, ['parts/a.parquet', 'parts/b.parquet']);
});

test('dates in the future: an invoice goes, a beginning becomes null', async () => {
  const data = polaWith('P3,C3,RL1,1,2026-01-07,2025-01-01,t,0', 'P4,C1,RL1,1,2026-01-06,,t,0');
  data.clie = { 'clie.csv': `${CLIE}C3,PYME,1,2027-01-01\n` };
  data.hfac = { 'hfac.csv': `${HFAC}P2,2026-01-06,1\nP2,2026-01-07,2\n` };
  const { report, contracts, invoices } = await through(data);
  assert.is(only(contracts, 'policy_id', 'P3').start_date, null);
  assert.is(only(contracts, 'policy_id', 'P3').signup_date, null);
  assert.is(only(contracts, 'policy_id', 'P3').end_date, '2025-01-01', 'a beginning in the future reverses nothing');
  assert.is(only(contracts, 'policy_id', 'P4').start_date, '2026-01-06', 'the day itself is not the future');
  assert.equal(
    invoices.filter((row) => row.policy_id === 'P2').map((row) => row.amount_eur),
    [1, 300],
  );
  assert.equal(checkOf(report, 'pola', 'start_date', 'future').example, { value: '2026-01-07', row: 3 });
  assert.is(checkOf(report, 'clie', 'signup_date', 'future').count, 1);
  assert.equal(checkOf(report, 'hfac', 'invoice_date', 'future').example, { value: 'P2 2026-01-07', row: 5 });
  assert.is(checkOf(report, 'pola', 'end_date', 'reversed').count, 0);
});

test('an end before its beginning becomes null', async () => {
  const { report, contracts } = await through(
    polaWith('P3,C1,RL1,1,2024-05-02,2024-05-01,t,0', 'P4,C1,RL1,1,2024-05-02,2024-05-02,t,0'),
  );
  assert.is(only(contracts, 'policy_id', 'P3').end_date, null);
  assert.is(only(contracts, 'policy_id', 'P3').start_date, '2024-05-02');
  assert.is(only(contracts, 'policy_id', 'P4').end_date, '2024-05-02');
  assert.is(checkOf(report, 'pola', 'end_date', 'reversed').count, 1);
});

test('orphans: the contract stays without a customer, the invoice goes', async () => {
  const data = polaWith('P3,C9,RL1,1,,,t,0');
  data.hfac = { 'hfac.csv': `${HFAC}P9,2025-12-01,9\n` };
  const { report, contracts, invoices } = await through(data);
  assert.is(only(contracts, 'policy_id', 'P3').customer_id, 'C9');
  assert.is(only(contracts, 'policy_id', 'P3').customer_type, null);
  assert.is(invoices.length, 3);
  assert.equal(checkOf(report, 'pola', 'customer_id', 'orphan').example, { value: 'C9', row: 3 });
  assert.is(checkOf(report, 'pola', 'customer_id', 'orphan').outcome, 'kept');
  assert.equal(checkOf(report, 'hfac', 'policy_id', 'orphan').example, { value: 'P9 2025-12-01', row: 4 });
});

test('a tarifa of no model type: the contract goes, and its invoices are no orphans', async () => {
  const data = polaWith('P3,C1,RLX,1,,,t,0');
  data.hfac = { 'hfac.csv': `${HFAC}P3,2025-12-01,9\n` };
  const { report, contracts, invoices } = await through(data);
  assert.equal(
    contracts.map((row) => row.policy_id),
    ['P1', 'P2'],
  );
  assert.is(invoices.length, 3);
  assert.equal(checkOf(report, 'pola', 'tarifa', 'model_type').example, { value: 'RLX', row: 3 });
  assert.is(checkOf(report, 'hfac', 'policy_id', 'orphan').count, 0);
  assert.is(checkOf(report, 'hfac', 'policy_id', 'model_type').count, 1);
});

test('an invoice counts for the first check that it breaks', async () => {
  const { report } = await through(hfacWith('P9,2027-01-01,1', 'P9,2027-01-01,2'));
  assert.is(checkOf(report, 'hfac', 'policy_id+invoice_date', 'duplicate').count, 1);
  assert.is(checkOf(report, 'hfac', 'invoice_date', 'future').count, 1);
  assert.is(checkOf(report, 'hfac', 'policy_id', 'orphan').count, 0);
});

test('only the newest invoices of a contract are written', async () => {
  const { report, invoices } = await through(CLEAN, { invoicesLast: 1 });
  assert.equal(
    invoices.map((row) => [row.policy_id, row.amount_eur]),
    [
      ['P1', 20],
      ['P2', 300],
    ],
  );
  assert.is(report.sources.hfac.rows_kept, 3);
  assert.is(report.invoices, 2);
});

test('columns of the raw files that are not declared are ignored', async () => {
  const data = { ...CLEAN, hfac: { 'hfac.csv': 'extra,policy_id,invoice_date,amount_eur\nz,P1,2025-11-01,10\n' } };
  assert.equal(Object.keys((await through(data)).invoices[0] as Row), ['policy_id', 'invoice_date', 'amount_eur']);
});

test('null values are compared as cells stand', async () => {
  const { report, contracts } = await through(polaWith('P3,C1,RL1,N/A,,,t,0', 'P4,C1,RL1,NA,,,t,0'), {
    split: 'inference',
  });
  assert.equal(
    ['P3', 'P4'].map((id) => only(contracts, 'policy_id', id).capacity),
    [null, null],
  );
  assert.is(checkOf(report, 'pola', 'capacity', 'type').count, 1);
});

test('a check broken too often stops the door and names everything', async () => {
  const data = polaWith('P3,C1,RL1,-1,,,t,0', 'P4,C1,RL1,-2,,,t,0');
  const { code, line } = await refusal(data, { breachShareMax: 0.49 });
  assert.is(code, 'breach_share');
  assert.is(
    line,
    '2 of 4 rows (50 %) break check "range" of pola column "capacity", first "-1" in row 3: pola/pola.csv: ' +
      'correct the data or columns.sources.pola.columns, or raise columns.breach_share_max (0.49)',
  );
  await through(data, { breachShareMax: 0.5 });
});

test('invoices stop the door too, after the partitions are written', async () => {
  const { code, line } = await refusal(hfacWith('P9,2025-12-01,9'), { breachShareMax: 0.2 });
  assert.is(code, 'breach_share');
  assert.match(
    line,
    /^1 of 4 rows \(25 %\) break check "orphan" of hfac column "policy_id", first "P9 2025-12-01" in row 4/,
  );
});

test.run();
