import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { openDoor } from '@pilotlight/tables';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadAppConfig } from '../../pipelines/segmentation/config.ts';
import { type GenerateOptions, generateSegmentation } from '../../pipelines/segmentation/generate.ts';
import { checkOf, doorOptions, noProgress, query, quiet, type Row } from '../tables/door.ts';

const ROWS = 20_000;
let dir = '';
test.before(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));
});
test.after(() => fs.rmSync(dir, { recursive: true, force: true }));

const made = new Map<string, Promise<string>>();

/** A data set, made once for the same options. */
function data(options: Partial<GenerateOptions> = {}): Promise<string> {
  const key = JSON.stringify(options);
  const folder = path.join(dir, createHash('md5').update(key).digest('hex'));
  const run = made.get(key) ?? make(folder, options).then(() => folder);
  made.set(key, run);
  return run;
}

function make(out: string, options: Partial<GenerateOptions>): Promise<void> {
  const base = { rows: ROWS, seed: 7, drift: 'none', asOf: '2026-01-06', threads: 2, log: quiet, progress: noProgress };
  return generateSegmentation({ ...base, out, ...options });
}

async function figures(folder: string, source: string, ...select: string[]): Promise<Row> {
  const [row] = await query(`SELECT ${select.join(', ')} FROM '${folder}/${source}/*.parquet'`);
  return row as Row;
}

async function figure(folder: string, source: string, select: string): Promise<number> {
  return Number((await figures(folder, source, `${select} AS x`)).x);
}

const near = (found: unknown, expected: number, within: number, what = '') =>
  assert.ok(Math.abs(Number(found) - expected) <= within, `${what} ${found}, expected ${expected} +- ${within}`);
/** Four standard errors of a share. */
const noise = (share: number, n: number) => 4 * Math.sqrt((share * (1 - share)) / n);

function digest(folder: string): string[] {
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return files
    .filter((name) => fs.statSync(path.join(folder, name)).isFile())
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(fs.readFileSync(path.join(folder, name)))
          .digest('hex')}`,
    );
}

test('the same seed gives the same bytes, whatever the threads; another seed others', async () => {
  const first = digest(await data({ rows: 3000 }));
  assert.is(first.length, 3);
  assert.equal(digest(await data({ rows: 3000, threads: 1 })), first);
  assert.equal(digest(await data({ rows: 3000, threads: 4 })), first);
  const other = digest(await data({ rows: 3000, seed: 8 }));
  assert.ok(first.every((line, i) => line !== other[i]));
});

test('two seeds are independent of one another', async () => {
  const [one, two] = [await data({ rows: 3000 }), await data({ rows: 3000, seed: 8 })];
  const [row] = await query(`
    SELECT corr(ln(a.contracted_capacity), ln(b.contracted_capacity)) AS r, corr(a.target, b.target) AS t
    FROM '${one}/pola/*.parquet' a JOIN '${two}/pola/*.parquet' b USING (policy_id)`);
  near(row?.r, 0, 4 / Math.sqrt(3000), 'correlation of capacities');
  near(row?.t, 0, 4 / Math.sqrt(3000), 'correlation of targets');
});

test('rows: so many contracts, customers with several, at most twelve invoices', async () => {
  const folder = await data();
  assert.is(await figure(folder, 'pola', 'count(DISTINCT policy_id)'), ROWS);
  assert.is(await figure(folder, 'clie', 'count(DISTINCT customer_id)'), ROWS * 0.92);
  const [most] = await query(
    `SELECT max(n) AS n FROM (SELECT count(DISTINCT policy_id) AS n FROM '${folder}/pola/*.parquet' GROUP BY customer_id)`,
  );
  assert.ok(Number(most?.n) >= 2);
  const [invoices] = await query(`
    SELECT max(n) AS most, avg(n) AS mean FROM (SELECT policy_id, count(DISTINCT invoice_date) AS n
      FROM '${folder}/hfac/*.parquet' WHERE invoice_date <= DATE '2026-01-06' GROUP BY policy_id)`);
  assert.is(invoices?.most, 12);
  assert.ok(Number(invoices?.mean) > 10);
});

test('base rate, mix, nulls and dirt are as stated', async () => {
  const folder = await data();
  const share = async (source: string, broken: string, expected: number, n = ROWS) =>
    near(await figure(folder, source, `avg(CAST(${broken} AS INTEGER))`), expected, noise(expected, n), broken);
  near(await figure(folder, 'pola', 'avg(target)'), 0.104, 0.012, 'base rate');
  await share('pola', "tarifa IN ('RL4', 'RLTB5', 'RLTB6')", 0.078);
  await share('pola', 'target IS NULL', 0.01);
  await share('pola', 'channel IS NULL', 0.03);
  await share('pola', "tarifa = 'RLX'", 0.0005);
  await share('pola', 'coalesce(end_date < start_date, false)', 0.002);
  await share('pola', "customer_id >= 'C9'", 0.001);
  await share('pola', "start_date > DATE '2026-01-06'", 0.0005);
  await share('clie', 'estrato IS NULL', 0.06);
  await share('clie', 'estrato NOT BETWEEN 1 AND 6', 0.002);
  await share('clie', "signup_date > DATE '2026-01-06'", 0.001);
  await share(
    'clie',
    "customer_type NOT IN ('RESIDENCIAL', 'COMUNIDAD DE PROPIETARIOS', 'PYME', 'EMPRESA')",
    0.08,
    ROWS / 2,
  );
  const invoices = 200_000;
  await share('hfac', "starts_with(policy_id, 'X')", 0.001, invoices);
  await share('hfac', 'consumption IS NULL', 0.005, invoices);
  await share('hfac', 'consumption < 0', 0.0005, invoices);
  await share('hfac', "invoice_date > DATE '2026-01-06'", 0.0005, invoices);
  near(await figure(folder, 'pola', 'count(*) - count(DISTINCT policy_id)'), ROWS * 0.001, 18, 'contracts twice');
});

test('consumption has a heavy tail and a winter', async () => {
  const folder = await data();
  const { mean, median } = await figures(folder, 'hfac', 'avg(consumption) AS mean', 'median(consumption) AS median');
  assert.ok(Number(mean) > 5 * Number(median), `mean ${mean}, median ${median}`);
  const month = (m: number) => figure(folder, 'hfac', `median(consumption) FILTER (WHERE month(invoice_date) = ${m})`);
  const [january, july] = [await month(1), await month(7)];
  assert.ok(january > 1.5 * july, `January ${january}, July ${july}`);
});

test('an amount is what its parts give', async () => {
  const net = 'consumption * (price_energy + price_network) + price_fixed + price_meter - discount_eur';
  const worst = `max(abs(amount_eur - (${net} + tax_eur))) FILTER (WHERE consumption >= 0)`;
  assert.ok((await figure(await data(), 'hfac', worst)) < 0.0051);
});

test('payments: some late, some open, none after the day of the data', async () => {
  const folder = await data();
  near(await figure(folder, 'hfac', 'avg(CAST(paid_date > due_date AS INTEGER))'), 0.14, 0.05, 'late');
  assert.ok(
    (await figure(folder, 'hfac', "count(*) FILTER (WHERE paid_date IS NULL AND due_date < DATE '2026-01-06')")) > 500,
  );
  assert.is(await figure(folder, 'hfac', "count(*) FILTER (WHERE paid_date > DATE '2026-01-06')"), 0);
  assert.is(await figure(folder, 'hfac', 'count(*) FILTER (WHERE paid_date < due_date - 20)'), 0);
});

test('the label has a signal: late payers default more, old customers less', async () => {
  const folder = await data();
  const [row] = await query(`
    WITH lateness AS (SELECT policy_id, avg(greatest(0, paid_date - due_date)) AS late FROM '${folder}/hfac/*.parquet' GROUP BY 1)
    SELECT avg(target) FILTER (WHERE late > 10) AS late, avg(target) FILTER (WHERE late < 1) AS prompt,
      avg(target) FILTER (WHERE start_date > DATE '2025-07-01') AS young,
      avg(target) FILTER (WHERE start_date < DATE '2018-01-01') AS old
    FROM '${folder}/pola/*.parquet' JOIN lateness USING (policy_id)`);
  assert.ok(Number(row?.late) > 2.5 * Number(row?.prompt), JSON.stringify(row));
  assert.ok(Number(row?.young) > 1.5 * Number(row?.old), JSON.stringify(row));
});

/** What is measured of a period, and by what factor or to what value each kind of drift moves it; others stay. */
const MEASURES: [string, string, string, string[], 'times' | 'is', number, number][] = [
  ['consumption', 'hfac', 'median(consumption)', ['mean'], 'times', 1.5, 0.05],
  ['energy price', 'hfac', 'median(price_energy)', ['price'], 'times', 1.3, 0.02],
  ['web', 'pola', "avg(CAST(upper(trim(channel)) = 'WEB' AS INTEGER))", ['mix'], 'is', 0.36, 0.05],
  ['industrial', 'pola', "avg(CAST(tarifa LIKE 'RL%4' OR tarifa LIKE 'RLTB%' AS INTEGER))", ['mix'], 'is', 0.12, 0.015],
  ['estrato null', 'clie', 'avg(CAST(estrato IS NULL AS INTEGER))', ['missing'], 'is', 0.25, 0.02],
  ['channel null', 'pola', 'avg(CAST(channel IS NULL AS INTEGER))', ['missing'], 'is', 0.15, 0.02],
  ['consumption null', 'hfac', 'avg(CAST(consumption IS NULL AS INTEGER))', ['missing'], 'is', 0.1, 0.01],
  [
    'new channel',
    'pola',
    "avg(CAST(coalesce(channel, '') ILIKE '%agr_gador%' AS INTEGER))",
    ['category'],
    'is',
    0.078,
    0.01,
  ],
];

for (const kind of ['none', 'mean', 'price', 'mix', 'missing', 'category', 'all']) {
  test(`drift "${kind}" moves what it says and nothing else`, async () => {
    const [before, after] = [await data(), await data({ seed: 8, drift: kind })];
    for (const [name, source, sql, kinds, how, size, within] of MEASURES) {
      const [old, now] = [await figure(before, source, sql), await figure(after, source, sql)];
      const moves = kinds.includes(kind) || kind === 'all';
      if (moves && kind === 'all' && name !== 'new channel' && name !== 'estrato null') {
        assert.ok(Math.abs(now - old) > 0.05 * old, `${name} ${old} -> ${now}`);
      } else if (moves) near(how === 'times' ? now / old : now, size, within, name);
      else if (!(kind === 'mix' && name === 'consumption')) near(now, old, 0.06 * old + 0.01, `${name} stays:`);
    }
  });
}

test('CSV: the same rows as text, with text among the numbers', async () => {
  const folder = await data({ rows: 3000, format: 'csv' });
  const [pola] = await query(`SELECT count(*) AS n FROM read_csv('${folder}/pola/*.csv', all_varchar = true)`);
  const [same] = await query(`SELECT count(*) AS n FROM '${await data({ rows: 3000 })}/pola/*.parquet'`);
  assert.equal(pola, same);
  const [text] = await query(`
    SELECT avg(CAST(consumption = 'N/D' AS INTEGER)) AS share FROM read_csv('${folder}/hfac/*.csv', all_varchar = true)`);
  near(text?.share, 0.001, noise(0.001, 30_000), 'N/D');
});

for (const format of ['parquet', 'csv'] as const) {
  test(`the built-in configuration takes it: ${format}`, async () => {
    const folder = await data({ rows: 3000, ...(format === 'csv' ? { format } : {}) });
    const { columns, modeling, execution_date } = loadAppConfig({}).value;
    const report = await openDoor({
      ...doorOptions(path.join(dir, `door-${format}`), { clie: {}, pola: {}, hfac: {} }, {}),
      sources: columns.sources,
      dataFolders: { clie: `${folder}/clie`, pola: `${folder}/pola`, hfac: `${folder}/hfac` },
      asOf: execution_date as string,
      modelTypes: modeling.model_types,
      nullValues: columns.null_values,
      breachShareMax: columns.breach_share_max,
    });
    near(report.contracts, 3000, 10, 'contracts');
    near(report.invoices, 32_500, 1500, 'invoices');
    const text = checkOf(report, 'hfac', 'consumption', 'type');
    assert.ok(format === 'csv' ? text.example?.value === 'N/D' : text.count === 0, JSON.stringify(text));
    assert.ok(checkOf(report, 'hfac', 'policy_id', 'orphan').count > 0);
  });
}

test('fewer invoices where asked', async () => {
  const folder = await data({ rows: 500, invoices: 3 });
  const [row] = await query(`
    SELECT max(n) AS n FROM (SELECT count(DISTINCT invoice_date) AS n FROM '${folder}/hfac/*.parquet' GROUP BY policy_id)`);
  assert.is(row?.n, 3);
});

for (const [name, options] of Object.entries({
  'no rows': { rows: 0 },
  'half a row': { rows: 1.5 },
  'an unknown kind of drift': { drift: 'sideways' },
  'an unknown format': { format: 'xlsx' as 'csv' },
  'no invoices': { invoices: 0 },
})) {
  test(`refused: ${name}`, async () => {
    const out = path.join(dir, 'refused');
    try {
      await make(out, options);
    } catch (error) {
      assert.is((error as { code?: string }).code, 'generate_options', String(error));
      assert.not(fs.existsSync(out));
      return;
    }
    assert.unreachable('it was not refused');
  });
}

test.run();
