import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AggregateOptions, type AggregateReport, aggregateReadings } from '@pilotlight/modeling';
import * as polars from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runPython, testWithPython } from '../python.ts';
import { assertTidy, readColumns, refused, temporaryFolder, truncate } from './data.ts';

const pl = polars.default;
const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const outPath = at('months.parquet');

const COLUMNS = [
  'customer_id',
  'month',
  'monthly_elec_kwh',
  'monthly_gas_m3',
  'monthly_gas_kwh',
  ...['tier_1_peak', 'tier_2_standard', 'tier_3_offpeak'].flatMap((period) => [
    `elec_kwh_${period}`,
    `gas_m3_${period}`,
    `gas_kwh_${period}`,
  ]),
  'holiday_hours_in_month',
  'readings',
  'negative_elec_readings',
  'negative_gas_readings',
];

type Case = {
  name: string;
  paths: string[];
  options: Omit<AggregateOptions, 'paths' | 'outPath'>;
  rows: Record<string, (string | number | null)[]>;
  report: AggregateReport;
};

test.after(() => assertTidy(folder));

testWithPython('every storage and every mess adds up to what polars says, whatever the threads', async () => {
  const cases = runPython('meter_oracle.py', [], { folder }) as Case[];
  assert.ok(cases.length > 25);
  for (const { name, paths, options, rows, report } of cases) {
    const found = await aggregateReadings({ ...options, paths, outPath, threads: 1 });
    assert.equal(found, report, name);
    const bytes = readFileSync(outPath);
    const months = readColumns(outPath);
    assert.equal(Object.keys(months), COLUMNS);
    for (const column of COLUMNS) agree(`${name}: ${column}`, months[column] ?? [], rows[column] ?? []);
    for (const threads of [2, 5]) {
      assert.equal(await aggregateReadings({ ...options, paths, outPath, threads }), report, name);
      assert.ok(bytes.equals(readFileSync(outPath)), `${name}: other bytes on ${threads} threads`);
    }
  }
});

/** Counts, names and nulls are the same; sums to a billionth. */
function agree(name: string, found: unknown[], expected: (string | number | null)[]): void {
  assert.is(found.length, expected.length, name);
  found.forEach((value, row) => {
    const other = expected[row];
    const gap = typeof value === 'number' && typeof other === 'number' ? Math.abs(value - other) : Number.NaN;
    const isSame = value === other || gap <= 1e-9 * Math.max(1, Math.abs(Number(other)));
    assert.ok(isSame, `${name}, row ${row}: ${value} is not ${other}`);
  });
}

type Row = { customer: string | null; time: string | null; elec: number | null; gas?: number | null };

/** A file of rows; times as `2024-10-01 13:00`. */
function write(name: string, rows: readonly Row[]): string {
  const path = at(name);
  const times = rows.map(({ time }) => (time === null ? null : new Date(`${time.replace(' ', 'T')}:00Z`)));
  pl.DataFrame([
    pl.Series(
      'customer',
      rows.map(({ customer }) => customer),
      pl.Utf8,
    ),
    pl.Series('time', times, pl.Datetime('ms')),
    pl.Series(
      'elec',
      rows.map(({ elec }) => elec),
      pl.Float64,
    ),
    pl.Series(
      'gas',
      rows.map(({ gas = null }) => gas),
      pl.Float64,
    ),
  ]).writeParquet(path, { compression: 'zstd', rowGroupSize: 4 } as never);
  return path;
}

const columns = { customer_id: 'customer', timestamp: 'time', elec_kwh: 'elec', gas_m3: 'gas' };
const base = { columns, lastDay: '2024-12-31', holidays: ['12-25'], outPath };
const day = (date: string, elec = 1): Row[] =>
  Array.from({ length: 24 }, (_, hour) => ({
    customer: 'a',
    time: `${date} ${String(hour).padStart(2, '0')}:00`,
    elec,
    gas: 2,
  }));

test('a working day, a Saturday and a holiday by hand', async () => {
  // 2024-12-20 is a Friday: 8 peak hours, 8 standard, 8 off-peak.
  const path = write('days.parquet', [...day('2024-12-20'), ...day('2024-12-21', 0.25), ...day('2024-12-25', 0.5)]);
  const report = await aggregateReadings({ ...base, paths: [path] });
  assert.is(report.readings, 72);
  assert.equal(Object.fromEntries(Object.entries(readColumns(outPath)).map(([name, values]) => [name, values[0]])), {
    customer_id: 'a',
    month: '2024-12',
    monthly_elec_kwh: 24 + 6 + 12,
    monthly_gas_m3: 144,
    monthly_gas_kwh: 1584,
    elec_kwh_tier_1_peak: 8,
    gas_m3_tier_1_peak: 16,
    gas_kwh_tier_1_peak: 176,
    elec_kwh_tier_2_standard: 8,
    gas_m3_tier_2_standard: 16,
    gas_kwh_tier_2_standard: 176,
    elec_kwh_tier_3_offpeak: 8 + 6 + 12,
    gas_m3_tier_3_offpeak: 112,
    gas_kwh_tier_3_offpeak: 1232,
    holiday_hours_in_month: 24,
    readings: 72,
    negative_elec_readings: 0,
    negative_gas_readings: 0,
  });
});

test('sums are exact: ten times 0.1 is 1, in any order of rows', async () => {
  const rows = Array.from({ length: 10 }, (_, hour) => ({ customer: 'a', time: `2024-03-02 0${hour}:00`, elec: 0.1 }));
  await aggregateReadings({ ...base, paths: [write('tenths.parquet', rows)] });
  assert.equal(readColumns(outPath).monthly_elec_kwh, [1]);
  assert.equal(readColumns(outPath).monthly_gas_m3, [null]);
  const bytes = readFileSync(outPath);
  await aggregateReadings({ ...base, paths: [write('tenths.parquet', rows.toReversed())] });
  assert.ok(bytes.equals(readFileSync(outPath)));
});

test('the last delivered of two counts, even where it says nothing; the autumn hour keeps the two last', async () => {
  const twice = (time: string, ...elec: (number | null)[]): Row[] =>
    elec.map((value) => ({ customer: 'a', time, elec: value }));
  const paths = [
    write('first.parquet', [...twice('2024-10-27 02:00', 1, 2), ...twice('2024-10-20 02:00', 8)]),
    write('second.parquet', [
      ...twice('2024-10-27 02:00', 4),
      ...twice('2024-10-20 02:00', 16),
      ...twice('2024-11-01 05:00', 3, null),
    ]),
  ];
  const report = await aggregateReadings({ ...base, paths });
  assert.is(report.duplicates, 3);
  const months = readColumns(outPath);
  assert.equal(months.monthly_elec_kwh, [2 + 4 + 16, null]);
  assert.equal(months.readings, [3, 1]);
  await aggregateReadings({ ...base, paths: paths.toReversed() });
  assert.equal(readColumns(outPath).monthly_elec_kwh, [1 + 2 + 8, null]);
});

test('customers are sorted by bytes, and a customer with later readings only is none', async () => {
  const one = (customer: string, time = '2024-05-01 00:00'): Row => ({ customer, time, elec: 1 });
  const rows = [one('b'), one('é'), one(''), one('B'), one('later', '2025-01-01 00:00'), one('a10'), one('a9')];
  const report = await aggregateReadings({ ...base, paths: [write('names.parquet', rows)] });
  assert.equal(readColumns(outPath).customer_id, ['', 'B', 'a10', 'a9', 'b', 'é']);
  assert.is(report.customers, 6);
  assert.is(report.after_as_of, 1);
});

test('progress reaches its end, and a listener that throws or a signal stops the work', async () => {
  const rows = Array.from({ length: 12 }, (_, month) => day(`2024-${String(month + 1).padStart(2, '0')}-05`)).flat();
  const paths = [write('year.parquet', rows)];
  const seen: { done: number; total: number }[] = [];
  await aggregateReadings({ ...base, paths, onProgress: (progress) => seen.push(progress) });
  assert.equal(seen.at(-1), { done: rows.length, total: rows.length });
  assert.ok(seen.every(({ done }, i) => i === 0 || done > (seen[i - 1]?.done ?? 0)));
  rmSync(outPath);
  const rejected = (more: Partial<AggregateOptions>) =>
    aggregateReadings({ ...base, paths, ...more }).then(
      () => assert.unreachable('it went on'),
      (error: Error) => error.message,
    );
  assert.is(await rejected({ signal: AbortSignal.abort(new Error('enough')) }), 'enough');
  assert.not(existsSync(outPath));
  const onProgress = () => {
    throw new Error('no more');
  };
  assert.is(await rejected({ onProgress }), 'no more');
});

test('what cannot be read is refused in one line, and nothing is written', async () => {
  const good = write('good.parquet', day('2024-12-20'));
  rmSync(outPath, { force: true });
  const run = (more: object) => aggregateReadings({ ...base, paths: [good], ...more });
  await refused(() => run({ paths: [] }), 'NO_PATHS');
  await refused(() => run({ paths: [at('absent.parquet')] }), 'NOT_FOUND', 'absent.parquet');
  await refused(() => run({ paths: [truncate(good, at('half.parquet'))] }), 'NOT_PARQUET', 'half.parquet');
  await refused(
    () => run({ columns: { ...columns, gas_m3: 'gass' } }),
    'MISSING_COLUMN',
    "'gass'",
    "did you mean 'gas'?",
  );
  await refused(() => run({ columns: { ...columns, timestamp: 'elec' } }), 'WRONG_TYPE', "'elec'", 'not timestamps');
  await refused(() => run({ columns: { ...columns, elec_kwh: 'time' } }), 'WRONG_TYPE', "'time'", 'not numbers');
  await refused(() => run({ columns: { ...columns, customer_id: 'gas' } }), 'WRONG_TYPE', "'gas'", 'not text');
  const dates = at('dates.parquet');
  pl.DataFrame([
    pl.Series('customer', ['a']),
    pl.Series('time', [new Date()], pl.Date),
    pl.Series('elec', [1]),
  ]).writeParquet(dates);
  await refused(
    () => run({ paths: [dates], columns: { ...columns, gas_m3: undefined } }),
    'WRONG_TYPE',
    "'time'",
    'date32',
  );
  await refused(() => run({ lastDay: '2024-02-30' }), 'BAD_OPTION', '2024-02-30');
  await refused(() => run({ holidays: ['13-01'] }), 'BAD_OPTION', '13-01');
  await refused(() => run({ intervalMinutes: 0 }), 'BAD_OPTION', 'interval');
  await refused(() => run({ threads: -1 }), 'BAD_OPTION', 'threads');
  await refused(() => run({ readingMax: Number.NaN }), 'BAD_OPTION', 'maximum');
  await refused(() => run({ lastDay: '2023-12-31' }), 'NO_ROWS', 'later than 2023-12-31', good);
  await refused(() => run({ paths: [write('none.parquet', [])] }), 'NO_ROWS', 'none.parquet');
  await refused(
    () => run({ paths: [write('times.parquet', [{ customer: 'a', time: null, elec: 1 }])] }),
    'NO_TIMES',
    'times.parquet',
  );
  await refused(
    () => run({ paths: [write('nobody.parquet', [{ customer: null, time: '2024-01-01 00:00', elec: 1 }])] }),
    'NO_ROWS',
    'customer',
  );
  await refused(() => run({ outPath: at('no/months.parquet') }), 'WRITE', 'months.parquet');
  assert.not(existsSync(outPath));
});

test('a damaged page is refused, and what was there stays', async () => {
  const good = write(
    'whole.parquet',
    Array.from({ length: 40 }, (_, i) => day(`2024-0${(i % 9) + 1}-1${i % 5}`, i / 7)).flat(),
  );
  const bytes = readFileSync(good);
  bytes.fill(0x5a, 8, Math.floor(bytes.length / 2));
  const damaged = at('damaged.parquet');
  writeFileSync(damaged, bytes);
  writeFileSync(outPath, 'before');
  await refused(() => aggregateReadings({ ...base, paths: [damaged] }), 'NOT_PARQUET', damaged);
  assert.is(readFileSync(outPath, 'utf8'), 'before');
});

test('a folder is its files by name', async () => {
  mkdirSync(at('folder'));
  write('folder/b.parquet', day('2024-12-20', 3));
  write('folder/a.parquet', day('2024-12-20', 5));
  const report = await aggregateReadings({ ...base, paths: [at('folder')] });
  assert.is(report.duplicates, 24);
  assert.equal(readColumns(outPath).monthly_elec_kwh, [72]);
});

test.run();
