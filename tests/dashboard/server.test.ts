/** Each question of the dashboard, against figures that are counted here from the same files. */
import path from 'node:path';
import * as api from '@pilotlight/dashboard';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { remove, temporary } from '../folders.ts';
import { CUSTOMERS, makeChurnRun, makeSegmentationRun } from './fixtures.ts';
import { type Served, serve } from './served.ts';

const work = temporary();
const [old, churn, contracts] = ['churn-old', 'churn', 'contracts'].map((name) => path.join(work, name)) as [
  string,
  string,
  string,
];
let served: Served;
type Scored = {
  customer_id: string;
  churn_proba: number;
  risk_tier: string;
  segment: string;
  expected_monthly_loss: number;
};
let scores: Scored[] = [];
const get = async (url: string) => (await served.get(`/api/v1/${url}`)).body;

test.before(async () => {
  makeChurnRun(old, { run_id: 'old', as_of: '2024-11-30', started: '2025-12-05T06:00:00.000Z', shift: 0.5 });
  makeChurnRun(churn, { run_id: 'new' });
  makeSegmentationRun(contracts);
  served = await serve({ folders: [old, churn, contracts] });
  scores = pl.readParquet(path.join(churn, 'scored/scores.parquet')).toRecords() as Scored[];
});
test.after(async () => {
  await served.close();
  remove(work);
});

const SCHEMAS = {
  overview: api.Overview,
  explorer: api.Explorer,
  performance: api.Performance,
  drift: api.Drift,
  customers: api.Customers,
  recommendations: api.Recommendations,
  status: api.Status,
};
for (const model of api.MODELS) {
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    test(`${model}/${name} keeps the contract, with no key that it does not name`, async () => {
      const answer = await get(`${model}/${name}`);
      assert.equal(schema.parse(answer), answer);
    });
  }
}

test('the overview counts tiers, money and runs as the files do', async () => {
  const { kpis, tiers, scores: bins, run } = await get('churn/overview');
  const of = (key: string) => kpis.find((one: { key: string }) => one.key === key)?.value;
  const count = (tier: string) => scores.filter(({ risk_tier }) => risk_tier === tier).length;
  assert.is(run.run_id, 'new');
  assert.is(of('scored'), CUSTOMERS);
  assert.is(of('critical'), count('Critical'));
  assert.ok(Math.abs(of('at_risk_share') - (count('Critical') + count('High')) / CUSTOMERS) < 1e-12);
  const loss = scores.reduce((sum, { expected_monthly_loss }) => sum + expected_monthly_loss, 0);
  assert.ok(Math.abs(of('expected_monthly_loss_eur') - loss) < 1e-6);
  assert.is(of('pr_auc'), 0.75);
  assert.is(of('runs_completed'), 2);
  assert.equal(
    tiers.map((one: { tier: string; customers: number }) => [one.tier, one.customers]),
    ['Low', 'Medium', 'High', 'Critical'].map((tier) => [tier, count(tier)]),
  );
  const inFirst = scores.filter(({ churn_proba }) => churn_proba < 0.05).length;
  assert.is(bins[0].customers, inFirst);
  assert.is(
    bins.reduce((sum: number, one: { customers: number }) => sum + one.customers, 0),
    CUSTOMERS,
  );
});

const wanted = (keep: (one: Scored) => boolean) =>
  scores
    .filter(keep)
    .sort((a, b) => b.churn_proba - a.churn_proba || (a.customer_id < b.customer_id ? -1 : 1))
    .map(({ customer_id }) => customer_id);
const idsOf = (answer: { rows: { id: string }[] }) => answer.rows.map(({ id }) => id);

test('customers are filtered, sorted and paged', async () => {
  const all = wanted(() => true);
  assert.equal(idsOf(await get('churn/customers?page_size=30')), all.slice(0, 30));
  assert.equal(idsOf(await get('churn/customers?page_size=30&page=4')), all.slice(90, 120));
  assert.equal(idsOf(await get('churn/customers?page_size=30&page=14')), all.slice(390));
  assert.equal(idsOf(await get('churn/customers?page_size=30&page=99')), []);
  const reversed = all.toReversed();
  assert.equal(idsOf(await get('churn/customers?order=asc&page_size=30&page=2')), reversed.slice(30, 60));
  assert.equal(idsOf(await get('churn/customers?order=asc&page_size=30&page=14')), reversed.slice(390));
});

test('filters narrow together; a value that nobody has leaves nobody', async () => {
  const keep = (one: Scored) =>
    ['High', 'Critical'].includes(one.risk_tier) && one.segment === 'SME' && one.churn_proba <= 0.9;
  const answer = await get('churn/customers?tier=High,Critical&segment=SME&probability_max=0.9&page_size=500');
  assert.equal(idsOf(answer), wanted(keep));
  assert.is(answer.total, answer.rows.length);
  assert.ok(answer.total > 0);
  assert.is((await get("churn/customers?tier=High'--")).total, 0);
  assert.equal(answer.choices.tier, ['Low', 'Medium', 'High', 'Critical']);
});

test('by loss: the largest first', async () => {
  const { rows } = await get('churn/customers?sort=expected_monthly_loss&page_size=5');
  const losses = scores.map((one) => one.expected_monthly_loss).sort((a, b) => b - a);
  assert.equal(
    rows.map((row: Scored) => row.expected_monthly_loss),
    losses.slice(0, 5),
  );
});

test('one customer: profile, months in order, both runs, reasons in both languages, recommendation', async () => {
  const answer = await get('churn/customers/C00007');
  assert.equal(api.Customer.parse(answer), answer);
  assert.equal(
    answer.months.map(({ month }: { month: string }) => month),
    ['2024-01', '2024-02'],
  );
  assert.is(answer.months[0].electricity_kwh, 7.5);
  assert.equal(
    answer.probability_history.map(({ run_id }: { run_id: string }) => run_id),
    ['old', 'new'],
  );
  const mine = scores.find(({ customer_id }) => customer_id === 'C00007');
  assert.is(answer.probability_history[1].probability, mine?.churn_proba);
  assert.equal(answer.reasons, [{ code: 'PRICE_RISE', en: 'price rose 8 %', es: 'el precio subió un 8 %' }]);
  assert.is(answer.recommendation.expected_yearly_loss, 12 * (mine?.expected_monthly_loss ?? Number.NaN));
  assert.is(answer.contributions, null);
  assert.match(answer.contributions_reason, /model/);
});

test('a contract: the other contracts of its customer, months, and its group', async () => {
  const answer = await get('segmentation/customers/P0000002');
  assert.equal(api.Customer.parse(answer), answer);
  assert.equal(
    answer.others.map(({ id }: { id: string }) => id),
    ['P0000003'],
  );
  assert.equal(
    answer.months.map(({ month, amount_eur }: Record<string, unknown>) => [month, amount_eur]),
    [
      ['m02', 3],
      ['m01', 2],
    ],
  );
});

test('explorer: rates by group, and what is missing is named', async () => {
  const { panels, missing, rows } = await get('churn/explorer');
  assert.is(rows, CUSTOMERS);
  const gold = pl.readParquet(path.join(churn, 'gold/gold_master.parquet')).toRecords() as Record<string, unknown>[];
  const expired = gold.filter((row) => row.renewal_bucket === '0-3m');
  const panel = panels.find(({ key }: { key: string }) => key === 'renewal_bucket');
  assert.equal(
    panel.rows.map(({ name }: { name: string }) => name),
    ['0-3m', '3-6m', '6-12m', 'expired'],
  );
  assert.is(panel.rows[0].customers, expired.length);
  const rate = expired.filter(({ churn: left }) => left === 1).length / expired.length;
  assert.ok(Math.abs(panel.rows[0].observed_rate - rate) < 1e-12);
  assert.ok(missing.some(({ key }: { key: string }) => key === 'sentiment'));
  const map = (await get('segmentation/explorer')).panels.find(({ key }: { key: string }) => key === 'risk_by_tenure');
  assert.equal(map.y_order, ['MUY BAJO', 'BAJO', 'MEDIO', 'ALTO', 'MUY ALTO']);
});

test('performance, drift and recommendations show what the files say', async () => {
  const performance = await get('churn/performance');
  assert.equal(performance.confusion, { tp: 28, fp: 12, fn: 12, tn: 348 });
  assert.equal(
    performance.history.map(({ run_id }: { run_id: string }) => run_id),
    ['old', 'new'],
  );
  const drift = await get('churn/drift');
  assert.equal(
    drift.features.map(({ name }: { name: string }) => name),
    ['moved', 'calm'],
  );
  assert.is(drift.detail.feature.name, 'moved');
  assert.is(drift.detail.bins[1].current_share, 0.8);
  assert.is(drift.detail.history.length, 2);
  assert.is((await get('churn/drift?feature=calm')).detail.feature.statistic, 0.005);
  const low = scores.filter(({ risk_tier }) => risk_tier === 'Low').length;
  const advice = await get('churn/recommendations?decision=offer');
  assert.is(advice.total, CUSTOMERS - low);
  assert.is(advice.totals.cost_eur, 24 * (CUSTOMERS - low));
  assert.equal(
    advice.guardrails.map(({ code, customers }: Record<string, unknown>) => [code, customers]),
    [
      ['low_tier', low],
      ['no_consent', null],
    ],
  );
});

test('status: every run with its steps, by state', async () => {
  const status = await get('churn/status');
  assert.equal(
    status.runs.map(({ run_id }: { run_id: string }) => run_id),
    ['new', 'old'],
  );
  assert.is(status.runs[0].duration_s, 60);
  assert.is(status.runs[0].steps[1].duration_s, 2);
  assert.is((await get('churn/status?status=failed')).total, 0);
});

test('the run is chosen by its id', async () => {
  assert.is((await get('churn/overview?run=old')).run.run_id, 'old');
  assert.is((await served.get('/api/v1/churn/overview?run=none')).status, 404);
});

test('the CSV has every row of the filter, in its order, and no formula', async () => {
  const { text, headers } = await served.get('/api/v1/churn/customers.csv?tier=High');
  const lines = text.trimEnd().split('\r\n');
  assert.equal(
    lines.slice(1).map((line) => line.split(',')[0]),
    wanted(({ risk_tier }) => risk_tier === 'High'),
  );
  assert.match(String(headers['content-type']), /text\/csv/);
  assert.match(String(headers['content-disposition']), /customers-churn-2024-12-31\.csv/);
});

test('bad queries are refused with one line that names the key', async () => {
  for (const [url, named] of [
    ['churn/customers?page=0', /page/],
    ['churn/customers?page_size=501', /page_size/],
    ['churn/customers?probability_min=2', /probability_min/],
    ['churn/customers?sort=segment', /sort/],
    ['churn/customers?drop=1', /drop/],
    ['churn/overview?run=../x', /run/],
  ] as const) {
    const { status, body } = await served.get(`/api/v1/${url}`);
    assert.is(status, 400, url);
    assert.match(body.error.message, named, url);
    assert.equal(api.ApiError.parse(body), body);
  }
});

test('what does not exist is 404: model, customer, part, feature', async () => {
  for (const url of [
    'none/overview',
    'churn/customers/C9',
    'churn/performance?part=x',
    'churn/drift?feature=x',
    'churn/x',
  ])
    assert.is((await served.get(`/api/v1/${url}`)).status, 404, url);
});

test('a browser that has the answer is told so; another query is another answer', async () => {
  const first = await served.get('/api/v1/churn/overview');
  const tag = String(first.headers.etag);
  const again = await served.get('/api/v1/churn/overview', { 'if-none-match': tag });
  assert.is(again.status, 304);
  assert.is(again.text, '');
  assert.is((await served.get('/api/v1/churn/status', { 'if-none-match': tag })).status, 200);
});

test.run();
