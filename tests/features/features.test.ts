import {
  addInvoiceColumns,
  categorizeTenure,
  classifyEstrato,
  handleIncorrientes,
  measureLateness,
  normalizeDatesRelativeToInvoice,
  pivotInvoices,
  quantileThresholds,
  rankRisk,
} from '@pilotlight/features';
import pl, { type DataFrame, type Expr } from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const day = (text: string | null) => (text === null ? null : new Date(text));
const frame = (columns: Record<string, unknown[]>, dates: string[] = []): DataFrame =>
  pl.DataFrame(columns).withColumns(...dates.map((name) => pl.col(name).cast(pl.Date)));
const column = (data: DataFrame, expression: Expr): unknown[] =>
  data.select(expression.alias('x')).getColumn('x').toArray();
/** One contract a row of `rows`; its invoices newest first. */
function statistic(
  rows: (number | null)[][],
  name: 'mean' | 'min' | 'max' | 'std' | 'trend',
  window: number,
): unknown[] {
  const flat = rows.flatMap((row, contract) => row.map((amount, position) => ({ contract, position, amount })));
  const invoices = pl.DataFrame({
    policy_id: flat.map(({ contract }) => `P${contract}`),
    position: flat.map(({ position }) => position),
    amount_eur: pl.Series(
      'amount_eur',
      flat.map(({ amount }) => amount),
      pl.Float64,
    ),
  });
  const contracts = pl.DataFrame({ policy_id: rows.map((_, contract) => `P${contract}`) });
  const addColumns = addInvoiceColumns({
    measures: { amount_eur: 'amount' },
    windows: [window],
    statistics: [name],
  });
  return addColumns(contracts.lazy(), invoices.lazy())
    .collectSync()
    .getColumn(`amount_${name}_last${window}`)
    .toArray();
}

test('mean, min and max leave nulls out and are null when nothing is left', () => {
  const rows = [
    [3, null, 9],
    [null, null, null],
  ];
  assert.equal(statistic(rows, 'mean', 3), [6, null]);
  assert.equal(statistic(rows, 'min', 3), [3, null]);
  assert.equal(statistic(rows, 'max', 3), [9, null]);
});

test('a contract without invoices has no statistics', () => {
  assert.equal(statistic([[], [1]], 'mean', 3), [null, 1]);
});

test('a window looks at the newest invoices only', () => {
  assert.equal(statistic([[1, 2, 30]], 'mean', 2), [1.5]);
});

test('std is that of a sample, null below two values', () => {
  const [two, one] = statistic(
    [
      [2, 4, null],
      [5, null, null],
    ],
    'std',
    3,
  );
  assert.ok(Math.abs((two as number) - Math.SQRT2) < 1e-15);
  assert.is(one, null);
});

test('trend grows towards the newest invoice and skips gaps', () => {
  // Newest first: 10, 20, 40 at times 0, -1, -2: slope -15. With the middle one missing: (10 - 40) / 2.
  assert.equal(
    statistic(
      [
        [10, 20, 40],
        [10, null, 40],
        [10, null, null],
      ],
      'trend',
      3,
    ),
    [-15, -15, null],
  );
});

test('an infinite amount does not become a number', () => {
  assert.is(statistic([[Number.POSITIVE_INFINITY, 1, 2]], 'mean', 3)[0], Number.POSITIVE_INFINITY);
});

test('invoices become positions, newest first, and lateness is the worst open one', async () => {
  const invoices = frame(
    {
      policy_id: ['a', 'a', 'a', 'b'],
      invoice_date: ['2024-03-01', '2024-02-01', '2024-01-01', '2024-02-15'].map(day),
      amount_eur: [10, 20, 40, 5],
      days_late: [11, 40, 90, 30],
      is_open: [true, true, false, false],
    },
    ['invoice_date'],
  );
  const pivot = pivotInvoices({ measures: { amount_eur: 'amount' }, last: 2, latenessLast: 3 });
  const pivoted = await pivot(invoices.lazy()).collect();
  assert.equal(pivoted.drop('last_invoice_date').toRecords(), [
    { policy_id: 'a', invoice_count: 2, overdue_days: 40, open_invoices: 2, amount_m01: 10, amount_m02: 20 },
    { policy_id: 'b', invoice_count: 1, overdue_days: 0, open_invoices: 0, amount_m01: 5, amount_m02: null },
  ]);
});

const lateness = (columns: Record<string, unknown[]>, dates: string[]) =>
  frame(columns, dates)
    .select(...measureLateness(Object.keys(columns), '2024-03-31'))
    .toRecords();

test('lateness from due and paid dates', () => {
  const rows = lateness(
    {
      due_date: ['2024-03-01', '2024-03-01', '2024-03-01', '2024-04-10', null].map(day),
      paid_date: ['2024-03-11', null, '2024-02-20', null, null].map(day),
    },
    ['due_date', 'paid_date'],
  );
  assert.equal(rows, [
    { days_late: 10, is_open: false },
    { days_late: 30, is_open: true },
    { days_late: 0, is_open: false },
    { days_late: 0, is_open: false },
    { days_late: null, is_open: false },
  ]);
});

test('a payment after the execution date has not happened yet', () => {
  const rows = lateness({ due_date: [day('2024-03-01')], paid_date: [day('2024-04-05')] }, ['due_date', 'paid_date']);
  assert.equal(rows, [{ days_late: 30, is_open: true }]);
});

test("the source's own lateness goes first, and late is open where payments are unknown", () => {
  assert.equal(lateness({ days_late: [0, 60, null] }, []), [
    { days_late: 0, is_open: false },
    { days_late: 60, is_open: true },
    { days_late: null, is_open: false },
  ]);
});

test('without any date nothing is late', () => {
  assert.equal(lateness({ policy_id: ['a'] }, []), [{ days_late: null, is_open: false }]);
});

test('dates become days from the newest invoice, or from the execution date', () => {
  const data = frame(
    { start_date: ['2024-01-01', '2023-12-31', null].map(day), last_invoice_date: ['2024-01-31', null, null].map(day) },
    ['start_date', 'last_invoice_date'],
  );
  const [expression] = normalizeDatesRelativeToInvoice(['start_date'], '2024-01-01', 'relative');
  assert.equal(column(data, expression as Expr), [-30, -1, null]);
});

test('the cyclical date strategy is refused with the reason', () => {
  assert.throws(
    () => normalizeDatesRelativeToInvoice([], '2024-01-01', 'cyclical'),
    /"cyclical" is not supported: modeling\.date_strategy: use "relative"/,
  );
});

test('the first reason that holds is given', () => {
  const data = pl.DataFrame({
    overdue_days: [61, 60, 0, 0, 0],
    open_invoices: [3, 3, 2, 0, 0],
    last_invoice_days: [10, 10, 10, 121, null],
  });
  const rules = { last_invoices: 12, overdue_days_max: 60, open_invoices_min: 3, window_days: 120 };
  assert.equal(column(data, handleIncorrientes(rules)), ['overdue', 'open_invoices', null, 'no_invoice', 'no_invoice']);
});

test('tenure: the borders belong to the lower band', () => {
  const exec = '2024-12-31';
  const before = (days: number) => new Date(Date.parse(exec) - days * 86_400_000);
  // 12 months are 365.25 days, 36 are 1095.75.
  const data = frame({ start_date: [before(365), before(366), before(1095), before(1096), null] }, ['start_date']);
  const [months, name, rank] = categorizeTenure(exec, [{ name: 'Mid', months_max: 36 }, { name: 'Old' }]);
  assert.equal(column(data, name as Expr), ['Cliente Nuevo', 'Mid', 'Mid', 'Old', 'Desconocido']);
  assert.equal(column(data, rank as Expr), [1, 2, 2, 3, 0]);
  assert.ok(Math.abs((column(data, months as Expr)[0] as number) - 365 / 30.4375) < 1e-12);
});

test('estrato classes', () => {
  const data = pl.DataFrame({ estrato: [1, 2, 3, 4, 5, 6, null, 7] });
  assert.equal(column(data, classifyEstrato()), [
    'BAJO',
    'BAJO',
    'MEDIO',
    'MEDIO',
    'ALTO',
    'ALTO',
    'DESCONOCIDO',
    'DESCONOCIDO',
  ]);
});

test('quantile thresholds interpolate as numpy does', () => {
  // numpy.quantile([1, 2, 4, 8], [.2, .4, .6, .8])
  const thresholds = quantileThresholds(pl.DataFrame({ p: [8, 1, 4, 2] }), 'p', 5);
  for (const [i, expected] of [1.6, 2.4, 3.6, 5.6].entries()) {
    assert.ok(Math.abs((thresholds[i] as number) - expected) < 1e-12);
  }
  assert.equal(quantileThresholds(pl.DataFrame({ p: [] as number[] }), 'p', 5), []);
});

test('a probability on a threshold belongs to the lower rank; incorrientes have none', () => {
  const data = pl.DataFrame({ probability: [0.1, 0.2, 0.3, 0.3], incorriente_reason: [null, null, null, 'overdue'] });
  assert.equal(column(data, rankRisk([0.1, 0.25])), [1, 2, 3, null]);
});

test.run();
