import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { classifyIntent, openSentiment } from '@pilotlight/text';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type GenerateChurnOptions, generateChurn } from '../../pipelines/churn/generate.ts';
import { noProgress, query, quiet, type Row } from '../tables/door.ts';

/** The published figures are of this many customers; with this many all counts must come out. */
const REFERENCE = { customers: 20_099, hours: 12 };
const SMALL = { customers: 3000, hours: 240 };

let dir = '';
test.before(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));
});
test.after(() => fs.rmSync(dir, { recursive: true, force: true }));

const made = new Map<string, Promise<string>>();

/** A data set, made once for the same options. */
function data(options: Partial<GenerateChurnOptions> = SMALL): Promise<string> {
  const key = JSON.stringify(options);
  const folder = path.join(dir, createHash('md5').update(key).digest('hex'));
  const run = made.get(key) ?? make(folder, options).then(() => folder);
  made.set(key, run);
  return run;
}

function make(out: string, options: Partial<GenerateChurnOptions>): Promise<void> {
  const base = { ...SMALL, seed: 7, formats: ['parquet' as const], threads: 2, log: quiet, progress: noProgress };
  return generateChurn({ ...base, out, ...options });
}

const FILES = {
  label: 'churn_label.csv',
  attributes: 'customer_attributes.csv',
  contracts: 'customer_contracts.csv',
  interactions: 'customer_interactions.json',
  prices: 'price_history.csv',
  costs: 'costs_by_province_month.csv',
  hourly: 'consumption_hourly_2024.parquet',
};

/** Rows of a query in which `{label}`, `{prices}` ... stand for the files of a folder. */
function ask(folder: string, sql: string): Promise<Row[]> {
  return query(sql.replace(/\{(\w+)\}/g, (_, name: keyof typeof FILES) => `'${path.join(folder, FILES[name])}'`));
}

async function one(folder: string, sql: string): Promise<Row> {
  const [row] = await ask(folder, sql);
  return row as Row;
}

/** The value of an aggregate over one file. */
async function figure(folder: string, select: string, from: keyof typeof FILES): Promise<number> {
  return Number((await one(folder, `SELECT ${select} AS x FROM {${from}}`)).x);
}

const near = (found: unknown, expected: number, within: number, what = '') =>
  assert.ok(Math.abs(Number(found) - expected) <= within, `${what}: ${found}, expected ${expected} +- ${within}`);
/** Four standard errors of a share. */
const noise = (share: number, n: number) => 4 * Math.sqrt((share * (1 - share)) / n);

function digest(folder: string): string[] {
  const hash = (name: string) =>
    createHash('sha256')
      .update(fs.readFileSync(path.join(folder, name)))
      .digest('hex');
  return fs
    .readdirSync(folder)
    .sort()
    .map((name) => `${name} ${hash(name)}`);
}

test('exactly seven files, with the columns of the real ones', async () => {
  const folder = await data();
  assert.equal(fs.readdirSync(folder).sort(), Object.values(FILES).sort());
  const columns: Record<keyof typeof FILES, string> = {
    label: 'customer_id churn',
    attributes:
      'customer_id contracted_power_kw is_industrial is_second_residence is_high_competition_province is_urban province_code region sales_channel',
    contracts:
      'customer_id customer_first_activation_date contract_start_date next_renewal_date last_product_change_date',
    interactions: 'customer_id date channel interaction_summary',
    prices:
      'customer_id pricing_date variable_price_tier1_eur_kwh variable_price_tier2_eur_kwh variable_price_tier3_eur_kwh elec_fixed_fee_eur_month elec_fixed_cost_eur_month gas_variable_price_eur_m3 gas_fixed_revenue_eur_year gas_fixed_cost_eur_year',
    costs: 'province month elec_var_cost_eur_kwh gas_var_cost_eur_m3 peaje_elec_eur_kwh',
    hourly: 'customer_id timestamp consumption_elec_kwh consumption_gas_m3',
  };
  for (const [name, expected] of Object.entries(columns)) {
    const described = await ask(folder, `DESCRIBE SELECT * FROM {${name}}`);
    assert.is(described.map((row) => row.column_name).join(' '), expected);
  }
  const types = await ask(folder, 'DESCRIBE SELECT * FROM {hourly}');
  assert.equal(
    types.map((row) => row.column_type),
    ['VARCHAR', 'TIMESTAMP', 'DOUBLE', 'DOUBLE'],
  );
  assert.ok(Array.isArray(JSON.parse(fs.readFileSync(path.join(folder, FILES.interactions), 'utf8'))));
});

test('the same seed gives the same bytes, whatever the threads; another seed others', async () => {
  const size = { customers: 3000, hours: 60, formats: ['parquet', 'csv', 'csv.gz'] as GenerateChurnOptions['formats'] };
  const first = digest(await data({ ...size, threads: 2 }));
  assert.is(first.length, 9);
  assert.equal(digest(await data({ ...size, threads: 1 })), first);
  const again = path.join(dir, 'again');
  await make(again, { ...size, threads: 2 });
  assert.equal(digest(again), first);
  const other = digest(await data({ ...size, seed: 8 }));
  assert.ok(first.every((line, i) => line !== other[i]));
});

test('the three hourly formats hold the same rows', async () => {
  const folder = await data({ customers: 200, hours: 60, formats: ['parquet', 'csv', 'csv.gz'] });
  const stem = path.join(folder, 'consumption_hourly_2024');
  const sums = ['parquet', 'csv', 'csv.gz'].map(async (format) => {
    const [row] = await query(
      `SELECT count(*) AS n, sum(CAST(consumption_elec_kwh AS DECIMAL(18, 6))) AS elec, count(DISTINCT timestamp) AS hours,
        sum(CAST(consumption_gas_m3 AS DECIMAL(18, 6))) AS gas, min(timestamp) AS first FROM '${stem}.${format}'`,
    );
    return JSON.stringify(row);
  });
  const [parquet, csv, gzip] = await Promise.all(sums);
  assert.is(csv, parquet);
  assert.is(gzip, parquet);
});

test('keys: each customer once in each table, nobody in another who is not in the labels', async () => {
  const folder = await data();
  for (const name of ['label', 'attributes', 'contracts'] as const) {
    const row = await one(folder, `SELECT count(*) AS n, count(DISTINCT customer_id) AS d FROM {${name}}`);
    assert.equal(row, { n: SMALL.customers, d: SMALL.customers });
  }
  for (const name of ['attributes', 'contracts', 'interactions', 'prices', 'hourly'] as const) {
    const lost = `SELECT count(*) AS n FROM {${name}} WHERE customer_id IS NOT NULL AND customer_id NOT IN (SELECT customer_id FROM {label})`;
    assert.is((await one(folder, lost)).n, 0, name);
  }
  const provinces = 'SELECT count(*) AS n FROM {attributes} WHERE province_code NOT IN (SELECT province FROM {costs})';
  assert.is((await one(folder, provinces)).n, 0);
  assert.equal(
    await one(folder, 'SELECT count(*) AS n, count(DISTINCT (province, month)) AS d, min(month) AS a FROM {costs}'),
    { n: 600, d: 600, a: '2024-01' },
  );
});

test('hours: so many a customer, every month among them, each once, in order', async () => {
  const folder = await data();
  const row = await one(
    folder,
    `SELECT count(*) AS n, count(DISTINCT (customer_id, timestamp)) AS d, count(DISTINCT month(timestamp)) AS months,
      max(hour(timestamp)) AS latest, max(day(timestamp)) AS last_day FROM {hourly}`,
  );
  const n = SMALL.customers * SMALL.hours;
  // 240 hours are 20 a month, 21 where rounding adds one.
  assert.equal(row, { n, d: n, months: 12, latest: 20, last_day: 1 });
  const unsorted = `SELECT count(*) AS n FROM (SELECT customer_id || timestamp AS k, lag(k) OVER () AS before FROM {hourly}) WHERE k <= before`;
  assert.is((await one(folder, unsorted)).n, 0);
});

test('a whole year has 8,784 naive local hours, without a clock change', async () => {
  const folder = await data({ customers: 3, hours: 8784 });
  const row = await one(
    folder,
    `SELECT count(*) AS n, count(DISTINCT timestamp) AS hours, CAST(min(timestamp) AS VARCHAR) AS first,
      CAST(max(timestamp) AS VARCHAR) AS last FROM {hourly}`,
  );
  assert.equal(row, { n: 3 * 8784, hours: 8784, first: '2024-01-01 00:00:00', last: '2024-12-31 23:00:00' });
});

test('fewer hours carry the same consumption a month', async () => {
  const sum = async (hours: number) =>
    figure(await data({ customers: 300, hours }), 'sum(greatest(consumption_elec_kwh, 0))', 'hourly');
  const [few, many] = [await sum(240), await sum(2400)];
  near(few / many, 1, 0.05, 'ratio of sums');
});

const PEOPLE = `(SELECT *, CASE WHEN is_industrial = 0 THEN 'Residential' WHEN contracted_power_kw <= 10 THEN 'SME' ELSE 'Corporate' END AS segment,
    date_diff('day', DATE '2024-12-31', next_renewal_date) AS days, date_diff('day', customer_first_activation_date, DATE '2024-12-31') / 30.44 AS tenure,
    CASE lower(trim(coalesce(sales_channel, 'unknown'))) WHEN 'presencial_comercial' THEN 'in person' WHEN 'comparador' THEN 'comparison'
      WHEN 'oficina' THEN 'office' WHEN 'telemarketing' THEN 'telemarketing' WHEN 'web_propia' THEN 'website'
      WHEN 'desconocido' THEN 'unknown' WHEN 'unknown' THEN 'unknown' ELSE 'unmapped' END AS channel
  FROM {label} JOIN {attributes} USING (customer_id) JOIN {contracts} USING (customer_id))`;

test('counts at the reference size: leavers, segments, homes, renewals', async () => {
  const folder = await data(REFERENCE);
  const count = (condition: string) => `count(*) FILTER (WHERE ${condition})`;
  const row = await one(
    folder,
    `SELECT sum(churn) AS churn, ${count("segment = 'Residential'")} AS res, ${count("segment = 'SME'")} AS sme, ${count("segment = 'Corporate'")} AS corp,
      sum(is_second_residence) AS second, sum(is_high_competition_province) AS competition, ${count('days <= 0')} AS expired,
      ${count('days BETWEEN 1 AND 90')} AS near, ${count('days BETWEEN 91 AND 180')} AS mid, ${count('days BETWEEN 181 AND 365')} AS far,
      CAST(min(next_renewal_date) AS VARCHAR) AS first, CAST(max(next_renewal_date) AS VARCHAR) AS last,
      ${count('last_product_change_date IS NULL')} AS unchanged FROM ${PEOPLE}`,
  );
  assert.is(row.churn, 2002);
  assert.equal([row.res, row.sme, row.corp, row.second], [18_090, 1832, 177, 402]);
  near(row.competition, 6083, 2, 'high competition');
  for (const [name, expected] of Object.entries({ expired: 581, near: 4244, mid: 9212, far: 6062, unchanged: 6095 })) {
    near(row[name], expected, 1, name);
  }
  assert.equal([row.first, row.last], ['2024-12-02', '2025-10-25']);
});

/** Published: group, condition, customers, churn in percent, outside and inside 3 months of renewal. */
const GROUPS: [string, number, number, number?, number?][] = [
  ["segment = 'Residential'", 18_090, 10.1, 6.1, 25.1],
  ["segment = 'SME'", 1832, 8.8, 5.4, 21.2],
  ["segment = 'Corporate'", 177, 10.2],
  ["channel = 'in person'", 9158, 12.5, 7.8, 29.2],
  ["channel = 'unknown'", 5267, 7.7, 4.6, 19.9],
  ["channel = 'comparison'", 2597, 6.1, 3.1, 17.9],
  ["channel = 'office'", 1836, 10.5, 6.1, 26.4],
  ["channel = 'telemarketing'", 1218, 8.5, 5.2, 20.5],
  ["channel = 'website'", 23, 4.4],
  ['tenure <= 6', 1604, 13.4, 7.8, 32.1],
  ['tenure > 6 AND tenure <= 12', 1596, 13.0, 7.8, 30.4],
  ['tenure > 12 AND tenure <= 24', 2963, 12.6, 7.4, 30.4],
  ['tenure > 24 AND tenure <= 60', 6779, 11.4, 7.1, 26.9],
  ['tenure > 60', 7157, 6.1, 3.7, 16.1],
  ['days <= 0', 581, 10.8],
  ['days BETWEEN 1 AND 90', 4244, 24.7],
  ['days BETWEEN 91 AND 180', 9212, 8.1],
  ['days > 180', 6062, 2.3],
  ['is_high_competition_province = 1', 6083, 14.2, 9.2, 30.7],
  ['is_high_competition_province = 0', 14_016, 8.1, 4.7, 21.7],
];

test('churn by segment, channel, tenure, renewal, competition, outside and inside the renewal window', async () => {
  const folder = await data(REFERENCE);
  for (const [condition, customers, churn, outside, inside] of GROUPS) {
    const row = await one(
      folder,
      `SELECT count(*) AS n, 100 * avg(churn) AS churn, 100 * avg(churn) FILTER (WHERE days NOT BETWEEN 0 AND 90) AS outside,
        100 * avg(churn) FILTER (WHERE days BETWEEN 0 AND 90) AS inside FROM ${PEOPLE} WHERE ${condition}`,
    );
    near(row.n, customers, Math.max(3, 0.005 * customers), `${condition}: customers`);
    // The published rates are one draw and these another, of different window sizes; half a point for the formula's own error.
    const within = (rate: number, n: number) => 0.5 + 100 * Math.SQRT2 * noise(rate / 100, n);
    near(row.churn, churn, within(churn, customers), `${condition}: churn`);
    if (outside !== undefined) near(row.outside, outside, within(outside, 0.76 * customers), `${condition}: outside`);
    if (inside !== undefined) near(row.inside, inside, within(inside, 0.21 * customers), `${condition}: inside`);
  }
});

test('the marginals scale to other numbers of customers', async () => {
  const folder = await data();
  const row = await one(
    folder,
    `SELECT 100 * avg(churn) AS churn, count(*) FILTER (WHERE segment = 'SME') AS sme, count(*) FILTER (WHERE days BETWEEN 1 AND 90) AS near,
      100 * avg(churn) FILTER (WHERE days BETWEEN 1 AND 90) AS inside FROM ${PEOPLE}`,
  );
  near(row.churn, 9.96, 0.02, 'churn');
  near(row.sme, (1832 / 20_099) * SMALL.customers, 1, 'SME');
  near(row.near, (4244 / 20_099) * SMALL.customers, 1, 'near renewal');
  near(row.inside, 24.7, 100 * noise(0.247, 633), 'churn near renewal');
});

for (const customers of [1, 2, 7, 23]) {
  test(`${customers} customers make whole files`, async () => {
    const folder = await data({ customers, hours: 12 });
    assert.is(await figure(folder, 'count(*)', 'label'), customers);
    assert.is(await figure(folder, 'count(*)', 'hourly'), customers * 12);
    assert.ok(Array.isArray(JSON.parse(fs.readFileSync(path.join(folder, FILES.interactions), 'utf8'))));
  });
}

test('contracts: none ends before it starts or begins before the first activation', async () => {
  const row = await one(
    await data(REFERENCE),
    `SELECT count(*) FILTER (WHERE next_renewal_date <= contract_start_date) AS reversed,
      count(*) FILTER (WHERE contract_start_date < customer_first_activation_date) AS early,
      count(*) FILTER (WHERE last_product_change_date NOT BETWEEN customer_first_activation_date AND DATE '2024-12-31') AS change,
      max(date_diff('day', customer_first_activation_date, DATE '2024-12-31')) / 30.44 AS most FROM {contracts}`,
  );
  assert.equal([row.reversed, row.early, row.change], [0, 0, 0]);
  near(row.most, 182, 1, 'longest tenure');
});

test('power by segment', async () => {
  const folder = await data(REFERENCE);
  const power = (segment: string) =>
    one(
      folder,
      `SELECT min(contracted_power_kw) AS a, quantile_cont(contracted_power_kw, [0.25, 0.5, 0.75]) AS q, max(contracted_power_kw) AS z,
        avg(contracted_power_kw) AS mean FROM ${PEOPLE} WHERE segment = '${segment}'`,
    );
  const homes = await power('Residential');
  assert.equal([homes.a, homes.z], [2.3, 10.35]);
  near(homes.mean, 5.12, 0.1, 'mean of homes');
  const small = await power('SME');
  assert.equal([small.a, small.z], [10, 10]);
  const large = await power('Corporate');
  assert.equal([large.a, large.z], [15, 150]);
  near(large.mean, 56.4, 12, 'mean of corporates');
});

test('channels: raw codes, some in odd spelling, some null, a code that nobody knows', async () => {
  const row = await one(
    await data(REFERENCE),
    `SELECT avg(CAST(sales_channel <> trim(lower(sales_channel)) AS INTEGER)) AS odd, count(*) FILTER (WHERE sales_channel IS NULL) AS nulls,
      count(*) FILTER (WHERE trim(lower(sales_channel)) NOT IN ('presencial_comercial', 'comparador', 'oficina', 'telemarketing', 'web_propia', 'desconocido', 'unknown')) AS unmapped
    FROM {attributes}`,
  );
  near(row.odd, 0.03, noise(0.03, REFERENCE.customers), 'odd');
  near(row.nulls, 53, 29, 'null');
  assert.ok(Number(row.unmapped) >= 1 && Number(row.unmapped) <= 12, `${row.unmapped} unmapped`);
});

test('prices: rows, months missing, rows without a customer, zeros', async () => {
  const folder = await data(REFERENCE);
  const row = await one(
    folder,
    `SELECT count(*) AS n, count(*) FILTER (WHERE customer_id IS NULL) AS lost,
      count(DISTINCT (customer_id, month(pricing_date))) FILTER (WHERE customer_id IS NOT NULL) AS keys,
      avg(CAST(variable_price_tier1_eur_kwh = 0 AS INTEGER)) AS zero FROM {prices}`,
  );
  near(row.n, 241_237, 50, 'rows');
  assert.is(row.lost, 252);
  assert.is(row.keys, Number(row.n) - 252);
  near(row.zero, 0.006, noise(0.006, 241_237), 'zero prices');
  const months = await one(
    folder,
    `SELECT min(n) AS least, max(n) AS most, sum(12 - n) AS missing FROM (SELECT count(*) AS n FROM {prices}
      WHERE customer_id IS NOT NULL GROUP BY customer_id)`,
  );
  assert.equal([months.least, months.most], [7, 12]);
  near(months.missing, 203, 50, 'missing');
});

test('prices and costs have the published quantiles', async () => {
  const folder = await data(REFERENCE);
  const row = await one(
    folder,
    `WITH cost AS (SELECT province, avg(elec_var_cost_eur_kwh) AS elec, avg(gas_var_cost_eur_m3) AS gas FROM {costs} GROUP BY province),
      price AS (SELECT customer_id, first(p ORDER BY pricing_date) AS a, last(p ORDER BY pricing_date) AS z
        FROM (SELECT *, nullif(variable_price_tier1_eur_kwh, 0) AS p FROM {prices}) WHERE p IS NOT NULL GROUP BY customer_id)
    SELECT quantile_cont(z / a - 1, 0.25) AS trend25, quantile_cont(z / a - 1, 0.5) AS trend50, quantile_cont(z / a - 1, 0.75) AS trend75,
      quantile_cont(z - elec, 0.25) AS spread25, quantile_cont(z - elec, 0.5) AS spread50, quantile_cont(z - elec, 0.75) AS spread75,
      quantile_cont(elec, 0.5) AS elec50, quantile_cont(gas, 0.5) AS gas50, avg(CAST(z > a AS INTEGER)) AS up, max(z / a - 1) AS most
    FROM price JOIN {attributes} USING (customer_id) JOIN cost ON province = province_code`,
  );
  near(row.trend25, -0.021, 0.006, 'trend p25');
  near(row.trend50, 0.026, 0.006, 'trend p50');
  near(row.trend75, 0.073, 0.006, 'trend p75');
  near(row.up, 0.64, 0.03, 'share up');
  assert.ok(Number(row.most) > 100, `the absurd trend: ${row.most}`);
  near(row.spread25, 0.05, 0.003, 'spread p25');
  near(row.spread50, 0.071, 0.003, 'spread p50');
  near(row.spread75, 0.086, 0.003, 'spread p75');
  near(row.elec50, 0.0775, 0.0005, 'electricity cost');
  near(row.gas50, 0.768, 0.01, 'gas cost');
});

test('consumption: the published tail, gas users and their nine months', async () => {
  const row = await one(
    await data(REFERENCE),
    `WITH month AS (SELECT customer_id, month(timestamp) AS m, sum(greatest(consumption_elec_kwh, 0)) AS kwh,
        sum(greatest(consumption_gas_m3, 0)) AS m3 FROM {hourly} GROUP BY ALL),
      person AS (SELECT customer_id, avg(kwh) AS kwh, sum(m3) AS m3, count(*) FILTER (WHERE m3 > 0) AS gas_months FROM month GROUP BY customer_id)
    SELECT avg(kwh) AS mean, quantile_cont(kwh, 0.25) AS p25, quantile_cont(kwh, 0.5) AS p50, quantile_cont(kwh, 0.75) AS p75, quantile_cont(kwh, 0.99) AS p99,
      count(*) FILTER (WHERE m3 > 0) AS gas, count(*) FILTER (WHERE m3 > 0 AND kwh > 0) AS dual, max(gas_months) AS months,
      (SELECT count(*) FROM month WHERE kwh > 0) AS elec_months, (SELECT count(*) FROM month WHERE m3 > 0) AS gas_months FROM person`,
  );
  near(Number(row.mean) / 1142, 1, 0.08, 'mean');
  near(Number(row.p25) / 34, 1, 0.12, 'p25');
  near(Number(row.p50) / 90, 1, 0.08, 'p50');
  near(Number(row.p75) / 294, 1, 0.08, 'p75');
  near(Number(row.p99) / 23_042, 1, 0.08, 'p99');
  assert.is(row.months, 9);
  near(row.gas, 3632, 2, 'gas');
  near(row.dual, 3602, 2, 'dual');
  near(Number(row.elec_months) / 235_601, 1, 0.005, 'months with electricity');
  near(Number(row.gas_months) / 32_671, 1, 0.01, 'months with gas');
});

test('negative readings: their shares and sizes, from a quarter of the meters', async () => {
  const row = await one(
    await data(),
    `SELECT avg(CAST(consumption_elec_kwh < 0 AS INTEGER)) AS elec, avg(consumption_elec_kwh) FILTER (WHERE consumption_elec_kwh < 0) AS kwh,
      avg(CAST(consumption_gas_m3 < 0 AS INTEGER)) AS gas, min(consumption_gas_m3) AS least,
      count(DISTINCT customer_id) FILTER (WHERE consumption_elec_kwh < 0) AS meters FROM {hourly}`,
  );
  const n = SMALL.customers * SMALL.hours;
  near(row.elec, 0.002_59, noise(0.002_59, n) + 0.0001, 'electricity');
  near(row.kwh, -0.9, (4 * 0.9) / Math.sqrt(0.002_59 * n), 'mean');
  near(row.gas, 0.000_11, noise(0.000_11, n), 'gas');
  assert.ok(Number(row.least) >= -0.23);
  near(row.meters, (0.25 * (1 - (1 - 0.0106) ** 240) * SMALL.customers * 19_900) / 20_099, 100, 'faulty meters');
});

/** Published: customers and churn in percent, by intent and sentiment. */
const TEXTS: Record<string, Record<'negative' | 'neutral' | 'positive', [number, number]>> = {
  'Contract Renewal': { negative: [113, 97.4], neutral: [2316, 13.4], positive: [2707, 0.04] },
  'Complaint / Escalation': { negative: [544, 100], neutral: [49, 77.6], positive: [2, 0] },
  'Pricing Offers': { negative: [7, 100], neutral: [136, 28.7], positive: [87, 0] },
  'Account / Service Inquiry': { negative: [4, 100], neutral: [135, 5.9], positive: [79, 0] },
  'Billing / Payment': { negative: [0, 0], neutral: [35, 14.3], positive: [71, 0] },
  'Plan / Product Inquiry': { negative: [1, 0], neutral: [51, 19.6], positive: [44, 0] },
  'Cancellation / Switch': { negative: [10, 100], neutral: [18, 72.2], positive: [11, 0] },
};

test('texts, read by the rules and the word lists, give the published table of intent, sentiment and churn', async () => {
  const folder = await data(REFERENCE);
  const rows = await ask(
    folder,
    'SELECT interaction_summary AS text, churn FROM {interactions} JOIN {label} USING (customer_id)',
  );
  assert.is(rows.length, 6420);
  const texts = rows.map((row) => String(row.text));
  const sentiments = await (await openSentiment({ log: quiet })).score(texts);
  const found = new Map<string, { customers: number; leavers: number }>();
  for (const [i, text] of texts.entries()) {
    const key = `${classifyIntent(text)}: ${sentiments[i]?.label}`;
    const cell = found.get(key) ?? { customers: 0, leavers: 0 };
    found.set(key, { customers: cell.customers + 1, leavers: cell.leavers + Number(rows[i]?.churn) });
  }
  for (const [intent, cells] of Object.entries(TEXTS)) {
    for (const [sentiment, [customers, churn]] of Object.entries(cells)) {
      const { customers: n, leavers } = found.get(`${intent}: ${sentiment}`) ?? { customers: 0, leavers: 0 };
      near(n, customers, 1, `${intent} ${sentiment}`);
      near(leavers, (churn / 100) * customers, 1, `${intent} ${sentiment}, leavers`);
    }
  }
});

test('texts: half notes, half prose; dates of autumn 2024; days to the renewal as written', async () => {
  const folder = await data(REFERENCE);
  const row = await one(
    folder,
    `SELECT avg(CAST(length(interaction_summary) < 80 AS INTEGER)) AS notes, avg(CAST(length(interaction_summary) > 175 AS INTEGER)) AS prose,
      CAST(min(date) AS VARCHAR) AS first, CAST(max(date) AS VARCHAR) AS last, count(DISTINCT interaction_summary) AS texts FROM {interactions}`,
  );
  near(row.notes, 0.49, 0.05, 'notes');
  near(row.prose, 0.49, 0.05, 'prose');
  assert.equal([row.first, row.last], ['2024-09-01', '2024-11-30']);
  assert.ok(Number(row.texts) > 500, `${row.texts} different texts`);
  const wrong = `SELECT count(*) FILTER (WHERE said <> '') AS n, count(*) FILTER (WHERE said <> '' AND TRY_CAST(said AS INTEGER) <> date_diff('day', date, next_renewal_date)) AS wrong
    FROM (SELECT *, regexp_extract(interaction_summary, '(\\d+) days', 1) AS said FROM {interactions} JOIN {contracts} USING (customer_id))`;
  const days = await one(folder, wrong);
  assert.ok(Number(days.n) > 100);
  assert.is(days.wrong, 0);
});

for (const [name, options] of Object.entries({
  'no customers': { customers: 0 },
  'half a customer': { customers: 1.5 },
  'too many customers': { customers: 1_000_001 },
  'half a seed': { seed: 0.5 },
  'too few hours for every month': { hours: 11 },
  'more hours than the year has': { hours: 8785 },
  'an unknown format': { formats: ['xlsx' as 'csv'] },
  'no format': { formats: [] },
  'a format twice': { formats: ['csv' as const, 'csv' as const] },
})) {
  test(`refused: ${name}`, async () => {
    const out = path.join(dir, 'refused');
    await refused(out, options, 'generate_options');
    assert.not(fs.existsSync(out));
  });
}

async function refused(out: string, options: Partial<GenerateChurnOptions>, code: string): Promise<void> {
  try {
    await make(out, options);
  } catch (error) {
    assert.is((error as { code?: string }).code, code, String(error));
    return;
  }
  assert.unreachable('it was not refused');
}

test('refused: a folder that holds something else, a file in the way; both stay', async () => {
  const out = path.join(dir, 'occupied');
  fs.mkdirSync(out);
  const file = path.join(out, 'thesis.txt');
  fs.writeFileSync(file, 'years of work');
  await refused(out, {}, 'generate_options');
  await refused(file, {}, 'generate_options');
  await refused(path.join(file, 'below'), {}, 'generate_out');
  assert.is(fs.readFileSync(file, 'utf8'), 'years of work');
});

test('an earlier run is replaced as a whole', async () => {
  const out = path.join(dir, 'replaced');
  await make(out, { customers: 5, hours: 12, formats: ['csv'] });
  await make(out, { customers: 6, hours: 12 });
  assert.equal(fs.readdirSync(out).sort(), Object.values(FILES).sort());
  assert.is(await figure(out, 'count(*)', 'label'), 6);
});

test.run();
