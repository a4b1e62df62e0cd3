/** What a hostile delivery gets to hear, through the real command: one line, exit 2, nothing written; or what is counted and goes on. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import pl, { type DataFrame } from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChurnConfig } from '../../pipelines/churn/config.ts';
import { exists, readJson, remove, temporary } from '../folders.ts';
import { parquet } from '../tables/door.ts';
import { AS_OF, writeConfig } from './goldFixture.ts';
import { type Attempt, knockAll, type Outcome, run, stepArguments } from './knock.ts';
import { csv, FILES, type OtherFiles, priceOf, type RawTables, type Row, rawTables, rowOf } from './rawFiles.ts';

const folder = temporary();
const at = (...parts: string[]) => path.join(folder, ...parts);
test.after(() => remove(folder));

type Writable<T> = { -readonly [K in keyof T]: T[K] };
const METER = 'consumption_hourly_2024';
const meter = (suffix: string, content: string | Uint8Array): OtherFiles => ({
  [`${METER}.csv`]: null,
  [`${METER}.${suffix}`]: content,
});
const texts = (content: string): OtherFiles => ({ 'customer_interactions.json': content });
const readings = csv(rawTables()[METER]);
writeFileSync(at('readings.csv'), readings);
/** The readings as Parquet, their columns chosen as asked. */
const parquetOf = (select: string): Promise<Uint8Array> => parquet(`${select} FROM read_csv('${at('readings.csv')}')`);
const whole = await parquetOf('SELECT *');
const zipped = gzipSync(readings);

const times = (count: number, row: (i: number) => Row): Row[] => Array.from({ length: count }, (_, i) => row(i));
const nobody = (customer_id: string | null) => ({
  ...{ customer_id, date: '2024-06-10', channel: 'Phone', interaction_summary: 'Cancel.' },
});

function setAll(rows: Row[], values: (i: number, row: Row) => Row): void {
  for (const [i, row] of rows.entries()) Object.assign(row, values(i, row));
}

/** Runs the whole pipeline, training with few trees, on what the attempt wrote. */
const train = (...sets: string[]): NonNullable<Attempt['command']> => {
  return ({ raw, out }) => [
    ...['run', 'churn', '--data', raw, '--out', out, '--as-of', AS_OF, '--mode', 'train'],
    ...['modeling.boosting.rounds=5', ...sets].flatMap((set) => ['--set', set]),
  ];
};

type Refusal = Attempt & { says: RegExp };

/** Bronze alone. */
const DELIVERIES: Record<string, Refusal> = {
  'JSON that is not an array': {
    files: texts('{"customer_id": "C02"}'),
    says: /^not a JSON array of objects \(.*\): raw\/customer_interactions\.json: deliver it as \[/,
  },
  'broken JSON': {
    files: texts('[{"customer_id": "C02", "date": "2024-06-10"'),
    says: /^not a JSON array of objects \(Malformed JSON.*\): raw\/customer_interactions\.json: deliver it as \[/,
  },
  'JSON of strings': {
    files: texts('["C02", "C04"]'),
    says: /^not a JSON array of objects \(items that are none: 2 of 2\): raw\/customer_interactions\.json: /,
  },
  'JSON of objects and a string': {
    files: texts('[{"customer_id": "C02", "date": null, "channel": null, "interaction_summary": "x"}, "C04"]'),
    says: /^not a JSON array of objects \(items that are none: 1 of 2\): raw\/customer_interactions\.json: /,
  },
  'too many interactions without a customer': {
    change: ({ customer_interactions: rows }) => rows.push(...times(5, () => nobody(null))),
    says: /^5 of 25 rows \(20 %\) break check "null" of customer_interactions column "customer_id".*row 21: raw\/cust.*: correct/,
  },
  'too many readings of unknown customers': {
    change: ({ [METER]: rows }) => rows.push(...times(20, (i) => ({ ...(rows[i] as Row), customer_id: `X${i}` }))),
    says: /^20 of 500 rows of consumption are of customers that the label file does not have: allowed: 0\.02 .*: deliver/,
  },
  'readings of another customer base': {
    change: ({ [METER]: rows }) => setAll(rows, (_, row) => ({ customer_id: `Z${row.customer_id}` })),
    says: /^480 of 480 rows of consumption are of customers that the label file does not have: /,
  },
  'a Parquet without a column': {
    files: meter('parquet', await parquetOf('SELECT customer_id, timestamp, consumption_elec_kwh')),
    says: /"?consumption_gas_m3"?.*consumption_hourly_2024\.parquet/,
  },
  'a Parquet with a renamed column': {
    files: meter('parquet', await parquetOf('SELECT * RENAME (consumption_elec_kwh AS consumption_elec_kw)')),
    says: /"?consumption_elec_kwh"?.*consumption_hourly_2024\.parquet.*"consumption_elec_kw"/,
  },
  'a CSV with a renamed column': {
    change: (tables) => {
      tables[METER] = tables[METER].map(({ timestamp = null, ...row }) => ({ ...row, time_stamp: timestamp }));
    },
    says: /^column "timestamp" is missing: raw\/cons.*\.csv: if it is now "time_stamp", set consumption\.columns\.timestamp$/,
  },
  'a CSV with semicolons': {
    files: meter('csv', readings.replaceAll(',', ';')),
    says: /^column "customer_id" is missing: raw\/consumption_hourly_2024\.csv: .*customer_id;timestamp/,
  },
  'a CSV row with a value too many': {
    files: meter('csv', `${readings}C01,2024-05-05 10:00:00,1,0,7\n`),
    says: /^a row has 5 columns where the header has 4: .*consumption_hourly_2024\.csv line 482: correct the row/,
  },
  'a truncated gzip': {
    files: meter('csv.gz', zipped.subarray(0, zipped.length - 200)),
    says: /^the gzip is broken \(.*\): raw\/consumption_hourly_2024\.csv\.gz: deliver it again$/,
  },
  'a truncated Parquet': {
    files: meter('parquet', whole.subarray(0, whole.length - 300)),
    says: /parquet.*: raw\/consumption_hourly_2024\.parquet: /i,
  },
  'a CSV that is called Parquet': {
    files: meter('parquet', readings),
    says: /parquet.*: raw\/consumption_hourly_2024\.parquet: /i,
  },
  'an empty Parquet': {
    files: meter('parquet', ''),
    says: /^the file is empty \(0 bytes\): raw\/consumption_hourly_2024\.parquet: deliver it again$/,
  },
  'a Parquet without rows': {
    files: meter('parquet', await parquet(`FROM read_csv('${at('readings.csv')}') WHERE false`)),
    says: /^(no readings|there are no rows|no rows).*: raw\/consumption_hourly_2024\.parquet: /,
  },
  'no consumption file': {
    files: { [`${METER}.csv`]: null },
    says: /^none of consumption_hourly_2024\.parquet, .*: raw: deliver one, .* declare its features absent$/,
  },
  'no price file': { files: { 'price_history.csv': null }, says: /^no data file matches "price_history\.\*": raw: / },
  'a folder instead of the readings': {
    files: { [`${METER}.csv`]: null },
    prepare: (raw) => mkdirSync(path.join(raw, `${METER}.parquet`)),
    says: /^no data file in the folder: raw\/consumption_hourly_2024\.parquet: put files there/,
  },
  'a folder instead of the labels': {
    files: { 'churn_label.csv': null },
    prepare: (raw) => mkdirSync(path.join(raw, 'churn_label.csv')),
    says: /^no data file matches "churn_label\.\*": raw: correct/,
  },
  'no readable time': {
    change: ({ [METER]: rows }) => setAll(rows, () => ({ timestamp: 'soon' })),
    says: /^no time can be read in 480 rows: raw\/consumption_hourly_2024\.csv: deliver times as .*2024-12-31 23:00:00$/,
  },
  'an infinite cost': {
    change: ({ price_history: rows }) => Object.assign(rows[5] as Row, { elec_fixed_cost_eur_month: 'inf' }),
    says: /^bronze column "elec_fixed_cost_eur_month" of customer_month has the value Infinity in 1 rows: allowed: finite/,
  },
  'an as-of date that is none': {
    asOf: '9999-99-99',
    says: /^"9999-99-99" is no date: --param AsOf: write YYYY-MM-DD$/,
  },
  'an as-of date before all data': {
    asOf: '1999-01-01',
    says: /1999-01-01.*: raw\/consumption_hourly_2024\.csv: correct the as-of date$/,
  },
  'too many duplicate labels': {
    change: ({ churn_label: rows }) => rows.push(...times(3, (i) => ({ ...(rows[i] as Row) }))),
    says: /^3 of 43 rows \(6\.98 %\) break check "duplicate" of churn_label column "customer_id", first "C01" in row 41: /,
  },
  'churn 2': {
    change: ({ churn_label: rows }) => Object.assign(rows[6] as Row, { churn: 2 }),
    says: /^1 of 40 rows \(2\.5 %\) break check "range" of churn_label column "churn", first "2" in row 7: raw\/churn_label\.csv: /,
  },
  'negative prices': {
    change: ({ price_history: rows }) => setAll(rows, () => ({ variable_price_tier2_eur_kwh: -0.1 })),
    says: /^480 of 480 rows \(100 %\) break check "range" of price_history column "variable_price_tier2_eur_kwh", first "-0\.1"/,
  },
  'a raw column that is nearly empty': {
    change: ({ customer_contracts: rows }) =>
      setAll(rows, (i) => ({ last_product_change_date: i < 4 ? '2024-03-01' : null })),
    says: /^raw column "last_product_change_date" of customer_contracts is null in 90 % of rows: allowed: 80 % \(quality\.null_share_max\.raw\): /,
  },
  'a bronze column that is mostly empty': {
    change: ({ customer_attributes: rows }) => setAll(rows, (i) => ({ region: i < 24 ? null : 'Madrid' })),
    says: /^bronze column "region" of customer is null in 60 % of rows: allowed: 50 % \(quality\.null_share_max\.bronze\): /,
  },
  ...everyFile('0 bytes', () => '', /^the file is empty \(0 bytes\): raw\/FILE: deliver it again$/),
  ...everyFile(
    'only a header',
    headerOf,
    /^no (rows|readings), (only a header|an empty array): raw\/FILE: deliver it with its rows$/,
  ),
};

function everyFile(name: string, content: (table: keyof RawTables) => string, says: RegExp): Record<string, Refusal> {
  return Object.fromEntries(
    (Object.keys(FILES) as (keyof RawTables)[]).map((table) => [
      `${FILES[table]} of ${name}`,
      { files: { [FILES[table]]: content(table) }, says: new RegExp(says.source.replace('FILE', FILES[table])) },
    ]),
  );
}

function headerOf(table: keyof RawTables): string {
  return table === 'customer_interactions' ? '[]' : `${Object.keys(rawTables()[table][0] as Row).join(',')}\n`;
}

/** The whole pipeline; `made` are the layers that were ready before. */
const RUNS: Record<string, Refusal & { made: string[] }> = {
  'a silver column that is too empty': {
    change: ({ customer_attributes: rows }) => setAll(rows, (i) => ({ region: i < 16 ? null : 'Madrid' })),
    command: train(),
    says: /^silver column "region" of customer is null in 40 % of rows: allowed: 30 % \(quality\.null_share_max\.silver\): /,
    made: ['bronze'],
  },
  'a gold column that is too empty': {
    change: ({ customer_contracts: rows }) => setAll(rows, (i) => ({ next_renewal_date: i < 8 ? null : '2025-06-30' })),
    command: train(),
    says: /^gold column "months_to_renewal" of gold_master is null in 20 % of rows: allowed: 10 % \(quality\.null_share_max\.gold\): /,
    made: ['bronze', 'silver'],
  },
  'a gold value out of its range': {
    change: ({ customer_contracts: rows }) => Object.assign(rows[0] as Row, { next_renewal_date: '2099-01-01' }),
    command: train(),
    says: /^gold column "months_to_renewal" has the value 887\.9: allowed: -240 to 240 \(quality\.ranges\.months_to_renewal\): /,
    made: ['bronze', 'silver'],
  },
  'labels of one class': {
    change: ({ churn_label: rows }) => setAll(rows, () => ({ churn: 0 })),
    command: train(),
    says: /^40 labelled customers, 0 of them churners: .*: give both those who left and those who stayed$/,
    made: ['bronze', 'silver', 'gold'],
  },
  'fewer churners than folds': {
    change: ({ churn_label: rows }) => setAll(rows, (i) => ({ churn: Number(i < 4) })),
    command: train(),
    says: /^4 churners: too few for 5 folds and a test share of 0\.2: .*: give more customers, or set modeling\.folds/,
    made: ['bronze', 'silver', 'gold'],
  },
};

/** Before any step: the output folder is not even made. */
const COMMANDS: Record<string, Refusal> = {
  'a misspelt feature': {
    command: train('features.tiers.1a=[months_to_renewall, segment, is_dual_feul]'),
    says: /^no such features: months_to_renewall, is_dual_feul: features: correct the names$/,
  },
  'an unknown champion experiment': {
    command: train('features.champion=E55_full', 'features.beside=[E2_add_risk, E9]'),
    says: /^no such experiments: E55_full, E9: features\.champion, features\.beside: name them in experiments$/,
  },
  'an unknown tier': {
    command: train('features.experiments.E5_full=[1a, mp_cor]'),
    says: /^no such tiers: mp_cor: features\.experiments: name them in tiers$/,
  },
  'an unknown experiment': {
    command: (folders) => [...train()(folders), '--experiment', 'E99'],
    says: /E99.*: use (one of )?E0_baseline, .*E8_no_sentiment$/,
  },
  'a source absent without a word': {
    command: train('columns.sources.customer_interactions=null'),
    says: /absent: .*has_interaction, customer_intent, .*sentiment_label, .*is_price_sensitive.*: add .*features\.absent$/,
  },
  'the raw folder as output': {
    command: ({ raw }) => train()({ raw, out: raw }),
    says: /^the run would write into its own input: raw: correct --out$/,
  },
  'a date that is none': {
    command: ({ raw, out }) => ['run', 'churn', '--data', raw, '--out', out, '--as-of', 'today'],
    says: /^"today" is no date: --as-of: write YYYY-MM-DD$/,
  },
};

const outcomes = await knockAll(folder, { ...DELIVERIES, ...RUNS, ...COMMANDS });
const outcomeOf = (name: string): Outcome => outcomes[name] as Outcome;

/** One line: what, where, what to do. */
function isRefused({ code, stdout, stderr, errors, rawChanged }: Outcome, says: RegExp): void {
  assert.is(code, 2, stderr);
  assert.is(errors.length, 1, stderr);
  assert.ok(says.test(errors[0] as string), `${errors[0]} does not match ${says}`);
  assert.ok((errors[0] as string).split(': ').length >= 3, errors[0]);
  assert.not.match(stderr, /\n\s+at |panicked|Error:/);
  assert.is(stdout, '');
  assert.not.ok(rawChanged, 'a raw file was changed');
}

for (const [name, { says }] of Object.entries({ ...DELIVERIES, ...COMMANDS })) {
  test(`refused: ${name}`, () => {
    isRefused(outcomeOf(name), says);
    assert.equal(outcomeOf(name).left, []);
  });
}

for (const [name, { says, made }] of Object.entries(RUNS)) {
  test(`stopped: ${name}`, () => {
    const outcome = outcomeOf(name);
    isRefused({ ...outcome, stdout: '' }, says);
    const stands = readdirSync(outcome.out).filter((one) => !['.pilotlight', 'registry', 'run.json'].includes(one));
    assert.equal(stands.sort(), made.toSorted(), 'layers of steps that ended well, and no others');
    assert.equal(readdirSync(path.join(outcome.out, '.pilotlight', 'work')), []);
    assert.is(readJson(outcome.out, 'run.json').status, 'failed');
  });
}

/** Everything that is counted and goes on, in one delivery. */
function soil(tables: RawTables): void {
  const { churn_label: labels, customer_contracts: contracts, customer_attributes: attributes } = tables;
  labels.push({ customer_id: 'C01', churn: 1 });
  rowOf(labels, 'C03').churn = 2;
  rowOf(contracts, 'C05').next_renewal_date = '2023-06-30';
  rowOf(attributes, 'C03').province_code = 50;
  rowOf(attributes, 'C11').sales_channel = ' FAX ';
  rowOf(attributes, 'C13').sales_channel = null;
  rowOf(attributes, 'C15').sales_channel = ' COMPARADOR';
  soilTexts(tables);
  soilPrices(tables);
  soilReadings(tables);
}

function soilTexts({ customer_interactions: rows }: RawTables): void {
  const text = (customer_id: string, date: string | null, interaction_summary: string) =>
    rows.push({ customer_id, date, channel: 'Email', interaction_summary });
  rows.unshift(nobody(null));
  rows.push(nobody('X1'));
  text('C02', '2024-09-01', 'She wants to cancel.');
  text('C02', '2024-02-01', 'Asked for plan options.');
  text('C04', '2025-01-02', 'Cancel at once!');
}

function soilPrices(tables: RawTables): void {
  const price = (customer: string, month: string): Row =>
    tables.price_history.find((row) => row.customer_id === customer && row.pricing_date === `${month}-01`) as Row;
  price('C01', '2024-04').variable_price_tier1_eur_kwh = 0.3;
  price('C01', '2024-07').variable_price_tier1_eur_kwh = 0.5;
  price('C02', '2024-03').variable_price_tier1_eur_kwh = 0.25;
  price('C19', '2024-06').variable_price_tier1_eur_kwh = -0.2;
  const gaps = ['C01 2024-05', 'C01 2024-06', 'C02 2024-01', 'C02 2024-02'];
  tables.price_history = tables.price_history.filter(
    (row) => !gaps.includes(`${row.customer_id} ${String(row.pricing_date).slice(0, 7)}`),
  );
  tables.price_history.push(
    { ...priceOf('C21', '2024-10-15'), variable_price_tier1_eur_kwh: 0.4 },
    priceOf('', '2024-10-01'),
  );
}

function soilReadings({ [METER]: rows }: RawTables): void {
  const read = (customer_id: string | null, timestamp: string, consumption_elec_kwh: number | string) =>
    rows.push({ customer_id, timestamp, consumption_elec_kwh, consumption_gas_m3: 0 });
  const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
  for (const hour of hours.filter((one) => one !== '02')) read('C07', `2024-03-31 ${hour}:00:00`, 1);
  for (const hour of ['02', ...hours]) read('C07', `2024-10-27 ${hour}:00:00`, 1);
  read('C09', '2024-02-03 12:00:00', 30);
  for (const i of [1, 2, 3]) read('X1', `2024-05-0${i} 10:00:00`, 1);
  read('C13', 'NaT', 1);
  read('C13', '2024-13-45 00:00:00', 1);
  read(null, '2024-05-05 10:00:00', 1);
  read('C13', '2025-01-01 00:00:00', 1);
  const wrong: Record<string, string | number> = {
    '01': 'inf',
    '04': 'NaN',
    '05': 2_000_000,
    '06': 'abc',
    '07': '-inf',
    '09': -2.5,
  };
  for (const row of rows.filter(({ customer_id }) => customer_id === 'C17')) {
    const value = wrong[String(row.timestamp).slice(5, 7)];
    if (value !== undefined) row.consumption_elec_kwh = value;
  }
}

const lenient = writeConfig(at('lenient.json'), (config) => {
  (config.columns as Writable<ChurnConfig['columns']>).breach_share_max = 0.2;
});

const intIds = (tables: RawTables) => {
  for (const row of Object.values(tables).flat())
    if (row.customer_id !== undefined) row.customer_id = Number(String(row.customer_id).slice(1));
};
const accepted = await knockAll(at('accepted'), {
  clean: {},
  dirty: { change: soil, config: lenient },
  'next year': { asOf: '2026-01-01' },
  'other columns': {
    files: meter(
      'parquet',
      await parquetOf(
        `SELECT 'x' AS time, consumption_gas_m3, 7 AS e, timestamp, 'y' AS customer, consumption_elec_kwh, customer_id`,
      ),
    ),
  },
  'other columns in CSV': {
    change: (tables) => {
      tables[METER] = tables[METER].map((row) => ({
        time: 'x',
        consumption_gas_m3: row.consumption_gas_m3 ?? null,
        e: 7,
        ...row,
      }));
    },
  },
  'text times': {
    files: meter('parquet', await parquetOf('SELECT * REPLACE (CAST(timestamp AS VARCHAR) AS timestamp)')),
  },
  'whole ids': {
    change: intIds,
    files: meter(
      'parquet',
      await parquetOf('SELECT * REPLACE (CAST(substr(customer_id, 2) AS INTEGER) AS customer_id)'),
    ),
  },
  gzip: { files: meter('csv.gz', zipped) },
});

const months = ({ out }: Outcome): DataFrame => pl.readParquet(path.join(out, 'customer_month.parquet'));
const rowsOf = (frame: DataFrame): unknown[][] => frame.rows();
const isDone = ({ code, stderr, rawChanged }: Outcome): void => {
  assert.is(code, 0, stderr);
  assert.not.ok(rawChanged, 'a raw file was changed');
};

test('a Parquet with its columns in another order and with others beside them, of any name', () => {
  for (const name of ['other columns', 'other columns in CSV', 'gzip'] as const) {
    isDone(accepted[name]);
    assert.equal(rowsOf(months(accepted[name])), rowsOf(months(accepted.clean)), name);
  }
});

test('a Parquet with times as text is read as it says, or refused', () => {
  const outcome = accepted['text times'];
  if (outcome.code === 0) assert.equal(rowsOf(months(outcome)), rowsOf(months(accepted.clean)));
  else isRefused(outcome, /"?timestamp"?.*consumption_hourly_2024\.parquet.*(text|utf8|varchar|TIMESTAMP)/i);
});

test('a Parquet with customer ids as whole numbers', () => {
  isDone(accepted['whole ids']);
  const found = months(accepted['whole ids']);
  assert.equal(
    [...new Set(found.getColumn('customer_id').toArray())].sort(),
    Array.from({ length: 40 }, (_, i) => `${i + 1}`).sort(),
  );
  const sum = (frame: DataFrame) => frame.getColumn('monthly_elec_kwh').sum();
  assert.is(sum(found), 40 * 12 * 10);
  assert.is(sum(found), sum(months(accepted.clean)));
});

test('an as-of date after all data', () => {
  isDone(accepted['next year']);
  assert.equal(rowsOf(months(accepted['next year'])), rowsOf(months(accepted.clean)));
});

const layer = (name: string) => at('dirty', name);
const steps = {
  Silver: await run(
    stepArguments('Silver', { bronze: accepted.dirty.out }, { silver: layer('silver') }, { config: lenient }),
  ),
  Gold: await run(stepArguments('Gold', { silver: layer('silver') }, { gold: layer('gold') }, { config: lenient })),
};
const silver = () => pl.readParquet(path.join(layer('silver'), 'customer_month.parquet'));
const silverCustomers = () => pl.readParquet(path.join(layer('silver'), 'customer.parquet'));
const gold = () => pl.readParquet(path.join(layer('gold'), 'gold_master.parquet'));
const quality = () => readJson(accepted.dirty.out, 'quality.json');

type Check = { source?: string; column: string; check: string; count: number };
const counted = (source: string, column: string, check: string): number | undefined =>
  quality().sources[source].checks.find((one: Check) => one.column === column && one.check === check)?.count;
const ruled = (source: string, check: string, column = 'customer_id'): number | undefined =>
  quality().checks.find((one: Check) => one.source === source && one.column === column && one.check === check)?.count;
const of = (frame: DataFrame, customer: string, month?: string): Record<string, unknown> => {
  const own = frame.filter(pl.col('customer_id').eq(pl.lit(customer)));
  const rows = (month === undefined ? own : own.filter(pl.col('month').eq(pl.lit(month)))).toRecords();
  assert.is(rows.length, 1, `${customer} ${month}`);
  return rows[0] as Record<string, unknown>;
};

test('a dirty delivery goes on', () => {
  isDone(accepted.dirty);
  for (const [name, { code, stderr }] of Object.entries(steps)) assert.is(code, 0, `${name}: ${stderr}`);
  assert.is(gold().height, 40);
});

test('interactions without a customer, of an unknown one, of the future, before the latest: dropped and counted', () => {
  assert.is(counted('customer_interactions', 'customer_id', 'null'), 1);
  assert.is(ruled('customer_interactions', 'orphan'), 1);
  assert.is(ruled('customer_interactions', 'future', 'interaction_date'), 1);
  assert.is(ruled('customer_interactions', 'duplicate'), 2);
  assert.is(of(gold(), 'C02').customer_intent, 'Cancellation / Switch');
  assert.is(of(gold(), 'C04').customer_intent, 'Contract Renewal');
});

test('months missing in prices are imputed where there is consumption in the tier', () => {
  assert.is(quality().gaps.months_without_price, 4);
  const price = (customer: string, month: string, tier = 1) =>
    of(silver(), customer, month)[`variable_price_tier${tier}_eur_kwh`];
  assert.equal([price('C01', '2024-05'), price('C01', '2024-06')], [0.3, 0.3]);
  assert.is(price('C02', '2024-01'), 0.25);
  assert.is(price('C02', '2024-02'), null, 'a Saturday has no peak hour');
  assert.is(price('C02', '2024-02', 3), 0.2);
});

test('a negative price is missing, and counted', () => {
  assert.is(counted('price_history', 'variable_price_tier1_eur_kwh', 'range'), 1);
  assert.is(of(months(accepted.dirty), 'C19', '2024-06').variable_price_tier1_eur_kwh, null);
  assert.is(of(silver(), 'C19', '2024-06').variable_price_tier1_eur_kwh, 0.2);
});

test('a price row without customer is dropped; of two in a month the last delivered counts; both counted', () => {
  assert.is(counted('price_history', 'customer_id', 'null'), 1);
  assert.is(ruled('price_history', 'duplicate', 'pricing_date'), 1);
  assert.is(of(months(accepted.dirty), 'C21', '2024-10').variable_price_tier1_eur_kwh, 0.4);
});

test('a province without costs', () => {
  assert.is(quality().gaps.months_without_costs, 12);
  assert.is(of(gold(), 'C03').province_avg_elec_cost_2024, null);
  // 10 kWh at 0.2 and 6 of fee, less 4 of fixed cost; in the four months whose hour is off-peak too
  assert.ok(Math.abs((of(gold(), 'C03').avg_monthly_margin as number) - 4) < 1e-12);
  assert.ok(Math.abs((of(gold(), 'C06').avg_monthly_margin as number) - 2.8) < 1e-12);
});

test('a contract that ends before it starts has no renewal', () => {
  assert.is(ruled('customer_contracts', 'reversed', 'next_renewal_date'), 1);
  assert.is(of(gold(), 'C05').months_to_renewal, null);
  assert.is(of(gold(), 'C05').renewal_bucket, null);
  assert.is(of(gold(), 'C06').renewal_bucket, '3-6m');
});

test('readings at the clock change: the hour that is missing, and the one that comes twice', () => {
  const [march, october] = ['2024-03', '2024-10'].map((month) => of(months(accepted.dirty), 'C07', month));
  assert.equal([march?.readings, march?.monthly_elec_kwh, march?.elec_kwh_tier_3_offpeak], [24, 33, 33]);
  assert.equal([october?.readings, october?.monthly_elec_kwh], [26, 35]);
  assert.equal([october?.elec_kwh_tier_1_peak, october?.elec_kwh_tier_3_offpeak], [10, 25]);
});

test('of a duplicate hour the last delivered counts', () => {
  assert.is(quality().consumption.duplicates, 1);
  const { readings: count, monthly_elec_kwh: kwh } = of(months(accepted.dirty), 'C09', '2024-02');
  assert.equal([count, kwh], [1, 30]);
});

test('readings of an unknown customer, without one, without a time, of the future: left out and counted', () => {
  const { consumption } = quality();
  assert.is(ruled('consumption', 'orphan'), 3);
  assert.equal([consumption.without_customer, consumption.without_time, consumption.after_as_of], [1, 2, 1]);
  assert.is(months(accepted.dirty).filter(pl.col('customer_id').eq(pl.lit('X1'))).height, 0);
  assert.is(of(months(accepted.dirty), 'C13', '2024-05').monthly_elec_kwh, 10);
});

test('infinite, absurd and unreadable readings are missing, negative ones 0; all counted', () => {
  const { consumption } = quality();
  assert.equal([consumption.invalid_elec, consumption.negative_elec], [5, 1]);
  for (const month of ['01', '04', '05', '06', '07']) {
    assert.is(of(months(accepted.dirty), 'C17', `2024-${month}`).monthly_elec_kwh, null, month);
  }
  const { monthly_elec_kwh: kwh, had_negative_consumption: had } = of(months(accepted.dirty), 'C17', '2024-09');
  assert.equal([kwh, had], [0, 1]);
  assert.is(of(gold(), 'C17').total_elec_kwh_2024, 60);
});

test('an unknown channel is kept, warned of and reported', () => {
  const channel = (customer: string) => of(silverCustomers(), customer).sales_channel;
  assert.equal([channel('C11'), channel('C13'), channel('C15')], ['fax', 'Unknown', 'Comparison Website']);
  assert.match(steps.Silver.stderr, /sales channels without a name: kept as they are/);
  assert.equal(readJson(layer('silver'), 'quality.json').channels_unmapped, { fax: 1 });
  assert.is(of(gold(), 'C11').sales_channel, 'fax');
});

test('a duplicate label counts once, the first; churn 2 is unknown', () => {
  assert.is(counted('churn_label', 'customer_id', 'duplicate'), 1);
  assert.is(counted('churn_label', 'churn', 'range'), 1);
  assert.equal([of(gold(), 'C01').churn, of(gold(), 'C03').churn], [0, null]);
});

test('a layer of another as-of date, or another layer, is no input', async () => {
  const other = await run(
    stepArguments('Gold', { silver: layer('silver') }, { gold: at('other') }, { asOf: '2024-09-30' }),
  );
  assert.is(other.code, 2);
  assert.match(
    other.stderr,
    /error: made for 2024-12-31, and this run is for 2024-09-30: .*quality\.json: run Silver again/,
  );
  const mixed = await run(stepArguments('Gold', { silver: accepted.clean.out }, { gold: at('other') }));
  assert.is(mixed.code, 2);
  assert.match(mixed.stderr, /error: not of silver: .*quality\.json: give the folder that Silver wrote/);
  assert.not.ok(exists(at('other')));
});

test('an output folder that cannot be written', async () => {
  const closed = at('closed');
  mkdirSync(closed);
  for (const parent of [folder, accepted.clean.raw]) chmodSync(parent, 0o755);
  chmodSync(closed, 0o555);
  // The superuser writes anywhere.
  const as = process.getuid?.() === 0 ? { uid: 65_534 } : {};
  const { code, stderr } = await run(train()({ raw: accepted.clean.raw, out: path.join(closed, 'out') }), as);
  assert.is(code, 2, stderr);
  assert.match(stderr, /^pilotlight: [^\n]*closed[^\n]*\n$/);
  assert.equal(readdirSync(closed), []);
});

test('an output folder of another pipeline', async () => {
  const out = at('taken');
  mkdirSync(path.join(out, '.pilotlight'), { recursive: true });
  const owner = path.join(out, '.pilotlight', 'owner.json');
  writeFileSync(owner, JSON.stringify({ schema_version: 1, pipeline: 'segmentation' }));
  mkdirSync(path.join(out, 'gold'));
  writeFileSync(path.join(out, 'gold', 'mine.txt'), 'mine');
  const { code, stderr } = await run(train()({ raw: accepted.clean.raw, out }));
  assert.is(code, 2, stderr);
  assert.match(stderr, /the output folder holds a run of the pipeline segmentation: .*taken: choose another folder/);
  assert.is(readFileSync(path.join(out, 'gold', 'mine.txt'), 'utf8'), 'mine');
});

test.run();
