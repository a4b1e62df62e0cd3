import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { aggregateConsumption, type ConsumptionOptions, type ConsumptionReport, PERIODS } from '@pilotlight/tables';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { random } from '../evaluation/cases.ts';
import { query } from './door.ts';

type Reading = { customer: string | null; time: string; elec: string | number | null; gas?: string | number | null };
type Month = Record<string, string | number | null>;
type Done = { report: ConsumptionReport; months: Month[]; bytes: Buffer };
type Changes = Partial<ConsumptionOptions> & { hasGas?: boolean };

const FORMATS = ['csv', 'csv.gz', 'parquet'] as const;
type Format = (typeof FORMATS)[number];

/** Far from UTC, so that it shows where the machine's zone is looked at. */
process.env.TZ = 'America/New_York';

const HOLIDAYS = ['01-01', '05-01'];
const temporary = () => fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));

const csvOf = (readings: readonly Reading[]): string =>
  ['customer_id,timestamp,consumption_elec_kwh,consumption_gas_m3']
    .concat(
      readings.map(({ customer, time, elec, gas = 0 }) =>
        [customer, time, elec, gas].map((one) => one ?? '').join(','),
      ),
    )
    .join('\n')
    .concat('\n');

async function write(file: string, readings: readonly Reading[], format: Format): Promise<string> {
  if (format === 'csv') fs.writeFileSync(file, csvOf(readings));
  if (format === 'csv.gz') fs.writeFileSync(file, gzipSync(csvOf(readings)));
  if (format === 'parquet') {
    fs.writeFileSync(`${file}.csv`, csvOf(readings));
    await query(`COPY (SELECT customer_id, TRY_CAST(timestamp AS TIMESTAMP) AS timestamp,
      TRY_CAST(consumption_elec_kwh AS DOUBLE) AS consumption_elec_kwh, TRY_CAST(consumption_gas_m3 AS DOUBLE) AS consumption_gas_m3
      FROM read_csv('${file}.csv', all_varchar = true)) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
    fs.rmSync(`${file}.csv`);
  }
  return file;
}

/** Adds readings up, from a file of the format; what is left of the work folder must be nothing. */
async function addUp(readings: readonly Reading[], format: Format, changes: Changes = {}): Promise<Done> {
  return inFolder(async (folder) =>
    addUpFile(folder, await write(path.join(folder, `in.${format}`), readings, format), changes),
  );
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = temporary();
  try {
    return await work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function addUpFile(folder: string, file: string, { hasGas = true, ...changes }: Changes = {}): Promise<Done> {
  const [out, workFolder] = [path.join(folder, 'months.parquet'), path.join(folder, 'work')];
  fs.mkdirSync(workFolder);
  const gas = hasGas ? { gas_m3: 'consumption_gas_m3' } : {};
  const columns = { customer_id: 'customer_id', timestamp: 'timestamp', elec_kwh: 'consumption_elec_kwh', ...gas };
  const options = { files: [file], columns, asOf: '2024-12-31', holidays: HOLIDAYS, out, workFolder };
  try {
    const report = await aggregateConsumption({ ...options, signal: new AbortController().signal, ...changes });
    return { report, months: (await query(`FROM '${out}'`)) as Month[], bytes: fs.readFileSync(out) };
  } catch (error) {
    assert.not.ok(fs.existsSync(out), 'nothing half-written');
    throw error;
  } finally {
    assert.equal(fs.readdirSync(workFolder), [], 'the work folder is left empty');
  }
}

async function refusal(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    assert.is((error as Error).name, 'InputError', (error as Error).stack ?? '');
    assert.not.match((error as Error).message, /\n/);
    return (error as Error).message;
  }
  throw new Error('it was not refused');
}

const close = (found: unknown, expected: number | null, what: string): void => {
  if (expected === null) assert.is(found, null, what);
  else
    assert.ok(
      Math.abs((found as number) - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
      `${what}: ${found} is not ${expected}`,
    );
};

/** The contract's period of a local time, as 1 to 3. */
function periodOf(time: Date): 1 | 2 | 3 {
  const [hour, weekday] = [time.getUTCHours(), time.getUTCDay()];
  if (weekday === 0 || weekday === 6 || HOLIDAYS.includes(time.toISOString().slice(5, 10))) return 3;
  if ((hour >= 10 && hour <= 13) || (hour >= 18 && hour <= 21)) return 1;
  return hour < 8 ? 3 : 2;
}

const utc = (time: string): Date => new Date(`${time.replace(' ', 'T')}Z`);

/** The same months, row by row: of readings of one time the last counts, of the hour that October has twice the last two. */
function naive(
  readings: readonly Reading[],
): Map<string, { elec: number[]; gas: number[]; readings: number; negative: number; holiday: number }> {
  const last = new Map<string, Reading[]>();
  for (const reading of readings) {
    const { customer, time } = reading;
    if (customer === null || Number.isNaN(utc(time).getTime()) || time >= '2025') continue;
    const key = `${customer}|${time}`;
    const keep = time.startsWith('2024-10-27 02:') ? 2 : 1;
    last.set(key, [...(last.get(key) ?? []), reading].slice(-keep));
  }
  const months: ReturnType<typeof naive> = new Map();
  for (const { customer, time, elec, gas = 0 } of [...last.values()].flat()) {
    const key = `${customer} ${time.slice(0, 7)}`;
    const month = months.get(key) ?? { elec: [0, 0, 0], gas: [0, 0, 0], readings: 0, negative: 0, holiday: 0 };
    months.set(key, month);
    const period = periodOf(utc(time)) - 1;
    month.elec[period] = (month.elec[period] as number) + Math.max(0, Number(elec));
    month.gas[period] = (month.gas[period] as number) + Math.max(0, Number(gas));
    month.readings += 1;
    month.negative += Number(Number(elec) < 0);
    month.holiday += Number(HOLIDAYS.includes(time.slice(5, 10)));
  }
  return months;
}

const two = (value: number): string => String(value).padStart(2, '0');
const hoursOf = (day: string): string[] => Array.from({ length: 24 }, (_, hour) => `${day} ${two(hour)}:00:00`);

/** Six customers' whole months about both clock changes and two holidays, with gaps, duplicates and negatives. */
function messy(): Reading[] {
  const next = random(5);
  const days = ['01-01', '01-02', '03-30', '03-31', '04-30', '05-01', '10-26', '10-27', '12-31'];
  const readings = ['A', 'B', 'C', 'D', 'E', 'F'].flatMap((customer) =>
    days.flatMap((day) =>
      hoursOf(`2024-${day}`).flatMap((time): Reading[] => {
        if (time === '2024-03-31 02:00:00' || next() < 0.05) return [];
        const reading = () => ({
          customer,
          time,
          elec: Math.round((next() - 0.05) * 1e4) / 1e3,
          gas: Math.round(next() * 100) / 10,
        });
        const isTwice = time === '2024-10-27 02:00:00' || next() < 0.03;
        return isTwice ? [reading(), reading()] : [reading()];
      }),
    ),
  );
  return [...readings, { customer: 'A', time: '2025-01-01 00:00:00', elec: 99 }];
}

for (const format of FORMATS) {
  test(`${format}: the sums of a second implementation`, async () => {
    const readings = messy();
    const { report, months } = await addUp(readings, format);
    const expected = naive(readings);
    assert.equal(
      months.map(({ customer_id, month }) => `${customer_id} ${month}`),
      [...expected.keys()].sort(),
    );
    for (const row of months) {
      const key = `${row.customer_id} ${row.month}`;
      const { elec, gas, ...counts } = expected.get(key) as NonNullable<ReturnType<typeof expected.get>>;
      PERIODS.forEach((period, i) => {
        close(row[`elec_kwh_${period}`], elec[i] as number, `${key} ${period}`);
        close(row[`gas_m3_${period}`], gas[i] as number, `${key} gas ${period}`);
        close(row[`gas_kwh_${period}`], 11 * (gas[i] as number), `${key} gas kWh ${period}`);
      });
      const sum = (values: number[]) => values.reduce((all, one) => all + one, 0);
      close(row.monthly_elec_kwh, sum(elec), key);
      close(row.monthly_gas_m3, sum(gas), key);
      close(row.monthly_gas_kwh, 11 * sum(gas), key);
      assert.equal(
        [row.readings, row.negative_elec_readings, row.holiday_hours_in_month],
        [counts.readings, counts.negative, counts.holiday],
        key,
      );
    }
    const kept = [...expected.values()].reduce((all, one) => all + one.readings, 0);
    assert.is(report.readings, kept);
    assert.is(report.after_as_of, 1);
    assert.is(report.duplicates, readings.length - 1 - kept);
    assert.ok(report.duplicates > 20);
    assert.equal([report.customers, report.customer_months], [6, expected.size]);
  });

  test(`${format}: the tariff period of every hour of a working day, a Saturday and a holiday`, async () => {
    const days = { W: '2024-02-06', S: '2024-02-10', H: '2024-05-01' };
    const readings = Object.entries(days).flatMap(([customer, day]) =>
      hoursOf(day).map((time, hour) => ({ customer, time, elec: 2 ** hour / 1024 })),
    );
    const { months } = await addUp(readings, format);
    const bits = (hours: number[]) => hours.reduce((all, hour) => all + 2 ** hour / 1024, 0);
    const all = Array.from({ length: 24 }, (_, hour) => hour);
    const expected: Record<string, number[][]> = {
      H: [[], [], all],
      S: [[], [], all],
      W: [
        [10, 11, 12, 13, 18, 19, 20, 21],
        [8, 9, 14, 15, 16, 17, 22, 23],
        [0, 1, 2, 3, 4, 5, 6, 7],
      ],
    };
    for (const row of months) {
      const hours = expected[String(row.customer_id)] as number[][];
      // a multiple of 1/1024 is rounded to billionths
      for (const [i, period] of PERIODS.entries()) {
        const gap = Math.abs((row[`elec_kwh_${period}`] as number) - bits(hours[i] as number[]));
        assert.ok(gap < 1e-8, `${row.customer_id} ${period}`);
      }
    }
    assert.equal(
      months.map(({ holiday_hours_in_month: hours }) => hours),
      [24, 0, 0],
    );
  });

  test(`${format}: the hour that spring does not have, and the one that autumn has twice`, async () => {
    const time = '2024-10-27 02:00:00';
    const elec = [1, 2, 4];
    const readings = [
      ...hoursOf('2024-03-31')
        .filter((one) => !one.includes(' 02:'))
        .map((one) => ({ customer: 'A', time: one, elec: 1 })),
      ...hoursOf('2024-10-27')
        .filter((one) => !one.includes(' 02:'))
        .flatMap((one) => ['A', 'B'].map((customer) => ({ customer, time: one, elec: 1 }))),
      { customer: 'A', time, elec: 1 },
      { customer: 'A', time, elec: 1 },
      ...elec.map((one) => ({ customer: 'B', time, elec: one })),
    ];
    const { months, report } = await addUp(readings, format);
    const shown = months.map(({ customer_id, month, readings: count, monthly_elec_kwh }) => [
      customer_id,
      month,
      count,
      monthly_elec_kwh,
    ]);
    // of B's three the last two count
    assert.equal(shown, [
      ['A', '2024-03', 23, 23],
      ['A', '2024-10', 25, 25],
      ['B', '2024-10', 25, 23 + 2 + 4],
    ]);
    assert.is(report.duplicates, 1);
  });

  test(`${format}: of a duplicate hour the last delivered counts, wherever it stands`, async () => {
    const plain = hoursOf('2024-06-05').map((time) => ({ customer: 'A', time, elec: 1 }));
    const again = (elec: number) => ({ customer: 'A', time: '2024-06-05 07:00:00', elec });
    // one hour is missing as well, so that the count of readings tells nothing
    const gap = plain.filter(({ time }) => !time.includes(' 15:'));
    const { months, report } = await addUp([again(50), ...gap, again(70)], format);
    assert.equal([months[0]?.readings, months[0]?.monthly_elec_kwh], [23, 22 + 70]);
    assert.is(report.duplicates, 2);
    const identical = await addUp([...plain, ...plain], format);
    assert.equal([identical.months[0]?.monthly_elec_kwh, identical.report.duplicates], [24, 24]);
  });

  test(`${format}: readings without a customer, a time, or of later days are left out and counted`, async () => {
    const { months, report } = await addUp(
      [
        { customer: 'A', time: '2024-09-30 23:00:00', elec: 1 },
        { customer: null, time: '2024-09-30 23:00:00', elec: 1 },
        { customer: 'A', time: 'NaT', elec: 1 },
        { customer: 'A', time: '', elec: 1 },
        { customer: 'A', time: '2024-10-01 00:00:00', elec: 1 },
        { customer: 'B', time: '2031-01-01 00:00:00', elec: 1 },
      ],
      format,
      { asOf: '2024-09-30' },
    );
    assert.equal([report.readings, report.without_customer, report.without_time, report.after_as_of], [1, 1, 2, 2]);
    assert.equal(
      months.map(({ customer_id, month }) => [customer_id, month]),
      [['A', '2024-09']],
    );
  });

  test(`${format}: infinite, absurd and missing readings are missing, negative ones 0`, async () => {
    const values = ['inf', '-inf', 'NaN', '1e300', 1_000_001, 1_000_000, -3, null];
    const readings = values.map((elec, i) => ({ customer: `C${i}`, time: '2024-02-06 12:00:00', elec }));
    const { months, report } = await addUp(readings, format);
    assert.equal(
      months.map(({ monthly_elec_kwh: kwh }) => kwh),
      [null, null, null, null, null, 1_000_000, 0, null],
    );
    assert.equal([report.invalid_elec, report.negative_elec, report.readings], [5, 1, 8]);
    assert.equal(
      months.map(({ negative_elec_readings: count }) => count),
      [0, 0, 0, 0, 0, 0, 1, 0],
    );
    const capped = await addUp(readings, format, { readingMax: 10 });
    assert.is(capped.report.invalid_elec, 6);
  });

  test(`${format}: without gas its sums are missing`, async () => {
    const { months } = await addUp([{ customer: 'A', time: '2024-02-06 12:00:00', elec: 2, gas: 5 }], format, {
      hasGas: false,
    });
    assert.equal(
      [months[0]?.monthly_elec_kwh, months[0]?.monthly_gas_m3, months[0]?.gas_kwh_tier_1_peak],
      [2, null, null],
    );
  });

  test(`${format}: quarters of an hour`, async () => {
    const quarters = ['00', '15', '30', '45'].map((minute) => ({
      customer: 'A',
      time: `2024-02-06 12:${minute}:00`,
      elec: 0.25,
    }));
    for (const intervalMinutes of [15, 60]) {
      const { months, report } = await addUp([...quarters, quarters[1] as Reading], format, { intervalMinutes });
      assert.equal(
        [months[0]?.readings, months[0]?.monthly_elec_kwh, report.duplicates],
        [4, 1, 1],
        String(intervalMinutes),
      );
    }
  });

  test(`${format}: the same bytes whatever the threads`, async () => {
    const [one, two] = await Promise.all([1, 2].map((threads) => addUp(messy(), format, { threads })));
    assert.ok(one?.bytes.equals(two?.bytes as Buffer));
  });

  test(`${format}: nothing to add up is refused`, async () => {
    const late = [{ customer: 'A', time: '2024-02-06 12:00:00', elec: 1 }];
    assert.match(
      await refusal(() => addUp(late, format, { asOf: '2023-12-31' })),
      /2023-12-31.*: .*in\.[a-z.]+: correct the as-of date/,
    );
    const timeless = [{ customer: 'A', time: 'soon', elec: 1 }];
    assert.match(await refusal(() => addUp(timeless, format)), /no time can be read in 1 rows?: .*in\./);
    assert.match(await refusal(() => addUp([], format)), /no (readings|rows).*: .*in\./);
  });

  test(`${format}: stops when it is told to`, async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await inFolder(async (folder) => {
      const file = await write(path.join(folder, `in.${format}`), messy(), format);
      const reason = await addUpFile(folder, file, { signal: controller.signal }).then(() => 'done', String);
      assert.match(reason, /enough|abort|stop/i);
      assert.not.ok(fs.existsSync(path.join(folder, 'months.parquet')));
    });
  });
}

test('the three formats give the same months', async () => {
  const [csv, gzip, parquet] = await Promise.all(FORMATS.map((format) => addUp(messy(), format)));
  assert.equal(gzip?.months, csv?.months);
  assert.equal(parquet?.months, csv?.months);
});

test('Parquet in any order of columns, others beside them, ids and readings of any type that holds them', async () => {
  const expected = (await addUp(messy(), 'parquet')).months;
  const time = 'timestamp';
  const selects: Record<string, string> = {
    others: `7 AS e, 'x' AS time, consumption_gas_m3, ${time}, 'y' AS customer, customer_id, consumption_elec_kwh, 3 AS "g"`,
    zoned: `* REPLACE (${time} AT TIME ZONE 'UTC' AS ${time})`,
    nanoseconds: `* REPLACE (${time}::TIMESTAMP_NS AS ${time})`,
    seconds: `* REPLACE (${time}::TIMESTAMP_S AS ${time})`,
  };
  for (const [name, select] of Object.entries(selects)) {
    const { months } = await addUpSelected(select);
    assert.equal(months, expected, name);
  }
  const whole = await addUpSelected('* REPLACE (ascii(customer_id) AS customer_id)');
  assert.equal(
    whole.months.map(({ customer_id: id }) => id),
    expected.map(({ customer_id: id }) => String(String(id).charCodeAt(0))),
  );
  const narrow = await addUpSelected('* REPLACE (consumption_elec_kwh::INTEGER AS consumption_elec_kwh)');
  assert.ok(Number.isInteger(narrow.months[0]?.monthly_elec_kwh));
});

/** The messy readings as Parquet, selected as asked. */
function addUpSelected(select: string, changes: Changes = {}): Promise<Done> {
  return inFolder(async (folder) => {
    const file = await write(path.join(folder, 'all.parquet'), messy(), 'parquet');
    await query(`COPY (SELECT ${select} FROM '${file}') TO '${folder}/in.parquet' (FORMAT parquet)`);
    return addUpFile(folder, path.join(folder, 'in.parquet'), changes);
  });
}

test('a folder of parts is one delivery', async () => {
  for (const format of ['csv', 'parquet'] as const) {
    await inFolder(async (folder) => {
      const parts = path.join(folder, `in.${format}`);
      fs.mkdirSync(parts);
      const readings = messy();
      const third = Math.ceil(readings.length / 3);
      for (const i of [0, 1, 2])
        await write(path.join(parts, `part-${i}.${format}`), readings.slice(i * third, (i + 1) * third), format);
      const { months, report } = await addUpFile(folder, parts);
      assert.equal(months, (await addUp(readings, format)).months, format);
      assert.is(report.files.length, 3);
    });
  }
});

test('parts whose columns stand in another order are refused: they are read by position', async () => {
  await inFolder(async (folder) => {
    const parts = path.join(folder, 'in.csv');
    fs.mkdirSync(parts);
    const rows = csvOf([{ customer: 'A', time: '2024-02-06 12:00:00', elec: 1 }]);
    fs.writeFileSync(path.join(parts, 'a.csv'), rows);
    fs.writeFileSync(
      path.join(parts, 'b.csv'),
      rows.replace('consumption_elec_kwh,consumption_gas_m3', 'consumption_gas_m3,consumption_elec_kwh'),
    );
    assert.match(
      await refusal(() => addUpFile(folder, parts)),
      /^the header differs from that of in\.csv\/a\.csv: .*b\.csv: /,
    );
  });
});

test('bad files are one line', async () => {
  const cases: [string, string | Uint8Array, RegExp][] = [
    ['in.csv', '', /^the file is empty \(0 bytes\): .*in\.csv: deliver it again$/],
    [
      'in.csv',
      csvOf(messy()).replaceAll(',', ';'),
      /^column "customer_id" is missing: .*in\.csv: .*customer_id;timestamp/,
    ],
    [
      'in.csv',
      csvOf(messy()).replace('timestamp', 'time_stamp'),
      /^column "timestamp" is missing: .*: if it is now "time_stamp", set/,
    ],
    [
      'in.csv',
      `${csvOf(messy())}A,2024-01-01 00:00:00\n`,
      /^a row has 2 columns where the header has 4: .*in\.csv line \d+: correct the row/,
    ],
    [
      'in.csv.gz',
      gzipSync(csvOf(messy())).subarray(0, 400),
      /^the gzip is broken \(.*\): .*in\.csv\.gz: deliver it again$/,
    ],
    ['in.parquet', csvOf(messy()), /parquet.*: .*in\.parquet: /i],
    ['in.json', '[]', /^readings are Parquet or CSV: .*in\.json: /],
  ];
  for (const [name, content, says] of cases) {
    await inFolder(async (folder) => {
      fs.writeFileSync(path.join(folder, name), content);
      assert.match(await refusal(() => addUpFile(folder, path.join(folder, name))), says);
      assert.equal(fs.readdirSync(folder).sort(), [name, 'work']);
    });
  }
});

test('a column that is not there is refused with the name that was meant', async () => {
  const message = await refusal(() => addUpSelected('* RENAME (consumption_gas_m3 AS consumption_gas_M3)'));
  assert.match(message, /"?consumption_gas_m3"?.*in\.parquet.*"consumption_gas_M3"/);
});

test('progress never goes back', async () => {
  const seen: number[] = [];
  await addUp(messy(), 'parquet', { onProgress: (percent) => void seen.push(percent) });
  assert.equal(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  assert.ok(seen.every((percent) => percent >= 0 && percent <= 100));
});

test.run();
