import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLogger, createProgress } from '@pilotlight/logging';
import { literal } from '@pilotlight/tables';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ChurnConfig, loadChurnConfig } from '../../pipelines/churn/config.ts';
import { recommendationsSql } from '../../pipelines/churn/recommendation.ts';
import { type Row, withSession } from '../../pipelines/churn/scoringSession.ts';
import { recommend } from '../../pipelines/churn/steps/recommend.ts';

process.env.PILOTLIGHT_LOG_LEVEL = 'silent';

type Recommending = ChurnConfig['recommending'];
const AS_OF = '2024-12-31';
const { recommending: RULES } = loadChurnConfig({}).value;

/** A scored customer; what is not given is that of a customer who gets an offer. */
type Customer = {
  id?: string;
  p?: number;
  tier?: string;
  margin?: number | null;
  consent?: number | null;
  contact?: string | null;
  channel?: string;
};

const temporary = (): string => mkdtempSync(path.join(tmpdir(), 'pilotlight-'));

/** The records of the customers by the rules. */
async function recommendAll(
  customers: readonly Customer[],
  rules: Partial<Recommending> = {},
  checked: { hasConsent?: boolean; hasLastContact?: boolean } = {},
): Promise<Row[]> {
  const values = customers.map(({ id = 'C1', p = 0.85, tier = 'Critical', margin = 20, ...one }) => {
    const { consent = 1, contact = null, channel = 'Office' } = one;
    const cells = [id, p, tier, margin, consent, contact, channel].map(literal);
    return `(${cells.join(', ')})`;
  });
  const recommending = { ...RULES, ...rules };
  const guardrails = { hasConsent: true, hasLastContact: true, coolOffDays: recommending.cool_off_days, asOf: AS_OF };
  const folder = temporary();
  try {
    return await withSession(folder, new AbortController().signal, async (session) => {
      await session.run(`
        CREATE TABLE customers AS SELECT customer_id, churn_proba, risk_tier, CAST(margin AS DOUBLE) AS margin,
          CAST(consent AS DOUBLE) AS marketing_consent, CAST(contact AS DATE) AS last_contact_date, sales_channel,
          'SME' AS segment, 1.5 AS expected_monthly_loss, ['A'] AS reason_codes, ['a'] AS reason_texts,
          ['a'] AS reason_texts_es, 1 AS model_version
        FROM (VALUES ${values.join(', ')})
          t(customer_id, churn_proba, risk_tier, margin, consent, contact, sales_channel)`);
      return session.rows(recommendationsSql({ recommending, guardrails: { ...guardrails, ...checked } }));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** DuckDB's lists come as objects with `items`. */
const items = (value: unknown): unknown[] => (Array.isArray(value) ? value : (value as { items: unknown[] }).items);
const first = (rows: readonly Row[]): Row => rows[0] as Row;

test('offer and value of each tier, by hand', async () => {
  // Medium: o = 0.05 x 40 = 2. 0.5 x 0.3 x (40 x 32 - 2 x 12) - 20 - 0.5 x 2 x 12 = 0.15 x 1256 - 32 = 156.4
  // High: o = 0.15 x 40 = 6. 0.7 x 0.3 x (1280 - 72) - 20 - 0.3 x 72 = 253.68 - 41.6 = 212.08
  // Critical: o = 0.25 x 40 = 10. 0.9 x 0.3 x (1280 - 120) - 20 - 0.1 x 120 = 313.2 - 32 = 281.2
  const rows = await recommendAll([
    { id: 'C1', p: 0.1, tier: 'Low', margin: 40 },
    { id: 'C2', p: 0.5, tier: 'Medium', margin: 40 },
    { id: 'C3', p: 0.7, tier: 'High', margin: 40 },
    { id: 'C4', p: 0.9, tier: 'Critical', margin: 40 },
  ]);
  const fields = ['decision', 'action', 'offer_eur_month', 'expected_value_eur', 'timing_window', 'offer_cost_eur'];
  assert.equal(
    rows.map((row) => fields.map((field) => row[field])),
    [
      ['no_offer', 'no_offer', 0, 0, '60_90_days', 0],
      ['offer', 'offer_small', 2, 156.4, '30_60_days', 44],
      ['offer', 'offer_medium', 6, 212.08, 'immediate', 92],
      ['offer', 'offer_large', 10, 281.2, 'immediate', 140],
    ],
  );
});

test('without an offer, contact pays from a probability of 9 % on: 20 EUR against 7 x 32', async () => {
  const rules = {
    actions: { ...RULES.actions, Medium: { ...RULES.actions.Medium, offer_share: 0 } },
    acceptance: { ...RULES.acceptance, Medium: 1 },
  };
  // Break-even at 20 / 224 = 0.0893.
  const [below, above] = await recommendAll(
    [
      { id: 'C1', p: 0.0892, tier: 'Medium', margin: 7 },
      { id: 'C2', p: 0.0894, tier: 'Medium', margin: 7 },
    ],
    rules,
  );
  assert.equal(items(below?.guardrails), ['not_worth_it']);
  assert.is(above?.decision, 'offer');
});

const CASES: [name: string, customer: Customer, fired: string[]][] = [
  ['nothing in the way', {}, []],
  ['no margin known', { margin: null }, ['missing_margin']],
  ['negative margin', { margin: -0.01 }, ['negative_margin']],
  ['margin of zero: nothing to win', { margin: 0 }, ['not_worth_it']],
  ['no consent', { consent: 0 }, ['no_consent']],
  ['consent unknown', { consent: null }, ['no_consent']],
  ['contact of the same day', { contact: '2024-12-31' }, ['cool_off']],
  ['contact 29 days ago', { contact: '2024-12-02' }, ['cool_off']],
  ['contact 30 days ago', { contact: '2024-12-01' }, []],
  ['contact dated after the as-of date', { contact: '2025-02-01' }, ['cool_off']],
  ['low tier', { p: 0.2, tier: 'Low' }, ['low_tier']],
  ['not worth it', { margin: 2.5 }, ['not_worth_it']],
  [
    'all at once, in order',
    { margin: -5, consent: 0, contact: '2024-12-30', p: 0.1, tier: 'Low' },
    ['negative_margin', 'no_consent', 'cool_off', 'low_tier'],
  ],
];

for (const [name, customer, fired] of CASES) {
  test(`guardrails: ${name}`, async () => {
    const row = first(await recommendAll([customer]));
    assert.equal(items(row.guardrails), fired);
    const isOffer = fired.length === 0;
    assert.is(row.decision, isOffer ? 'offer' : 'no_offer');
    assert.is(row.action, isOffer ? 'offer_large' : 'no_offer');
    assert.is(row.channel, isOffer ? 'office' : 'none');
    assert.is(Number(row.offer_eur_month) > 0, isOffer);
    assert.is(row.timing_window, isOffer ? 'immediate' : '60_90_days');
  });
}

test('guardrails that gold has no column for do not fire', async () => {
  const unknown = { hasConsent: false, hasLastContact: false };
  const row = first(await recommendAll([{ consent: null, contact: '2024-12-31' }], {}, unknown));
  assert.equal(items(row.guardrails), []);
});

test('an offer is never above its cap, and whole cents', async () => {
  const margins = [19.99, 20, 33.33, 0.07, 1234.567, 21.4];
  const rows = await recommendAll(
    margins.map((margin, i) => ({ id: `C${i}`, tier: 'High', p: 0.75, margin })),
    { contact_cost_eur: 0, margin_months: 1000 },
  );
  const offers = rows.map((row) => Number(row.offer_eur_month));
  assert.equal(offers, [2.99, 3, 4.99, 0.01, 185.18, 3.21]);
  for (const [i, offer] of offers.entries()) assert.ok(offer <= 0.15 * (margins[i] as number) + 1e-9);
});

test('one offer a customer: the second row of one is named', async () => {
  const rows = await recommendAll([{ id: 'C1', p: 0.85 }, { id: 'C1', p: 0.9 }, { id: 'C2' }]);
  assert.equal(
    rows.map((row) => [row.customer_id, row.risk_score, row.decision, items(row.guardrails)]),
    [
      ['C1', 0.9, 'offer', []],
      ['C1', 0.85, 'no_offer', ['already_offered']],
      ['C2', 0.85, 'offer', []],
    ],
  );
});

test('the budget goes to the best value per EUR, ties by customer_id, to the cent', async () => {
  // Critical with margin 40 costs 10 x 12 + 20 = 140; with margin 20, 5 x 12 + 20 = 80 and is worth less per EUR.
  const customers = [
    { id: 'C4', margin: 20, p: 0.9 },
    { id: 'C3', margin: 40, p: 0.9 },
    { id: 'C2', margin: 40, p: 0.9 },
    { id: 'C1', margin: -1, p: 0.9 },
  ];
  const decisions = async (budget_eur: number) =>
    (await recommendAll(customers, { budget_eur })).map((row) => [row.customer_id, ...items(row.guardrails)].join(' '));
  const negative = 'C1 negative_margin';
  assert.equal(await decisions(360), [negative, 'C2', 'C3', 'C4']);
  assert.equal(await decisions(359.99), [negative, 'C2', 'C3', 'C4 budget_cap']);
  assert.equal(await decisions(279.99), [negative, 'C2', 'C3 budget_cap', 'C4 budget_cap']);
  assert.equal(await decisions(0), [negative, 'C2 budget_cap', 'C3 budget_cap', 'C4 budget_cap']);
});

test('the channel follows the sales channel', async () => {
  const rows = await recommendAll([
    { id: 'C1', channel: 'Comparison Website' },
    { id: 'C2', channel: 'Unknown' },
  ]);
  assert.equal(
    rows.map((row) => row.channel),
    ['email', 'telephone'],
  );
});

type Table = { ids?: string[]; scoredIds?: string[]; carried?: Record<string, unknown[]>; asOf?: string };

/** The folders of a run as Gold and Score leave them. */
function runFolder({ ids = ['C1', 'C2', 'C3'], scoredIds = ids, carried = {}, asOf = AS_OF }: Table = {}): string {
  const root = temporary();
  for (const name of ['gold', 'scored', 'out']) mkdirSync(path.join(root, name));
  const gold = pl.DataFrame({
    customer_id: ids,
    segment: ids.map(() => 'SME'),
    sales_channel: ids.map(() => 'Office'),
    avg_monthly_margin: ids.map((_, i) => [40, -2, 30][i % 3]),
    ...carried,
  });
  gold.writeParquet(path.join(root, 'gold/gold_master.parquet'));
  const features = [{ name: 'segment', kind: 'categorical', tier: '1a' }];
  const facts = { schema_version: 1, as_of: AS_OF, text_scorer: null, features, carried: [] };
  writeFileSync(
    path.join(root, 'gold/features.json'),
    JSON.stringify({ ...facts, absent_tiers: [], absent_features: [] }),
  );
  pl.DataFrame({
    customer_id: scoredIds,
    churn_proba: scoredIds.map((_, i) => [0.9, 0.7, 0.1][i % 3]),
    risk_tier: scoredIds.map((_, i) => ['Critical', 'High', 'Low'][i % 3]),
    expected_monthly_loss: scoredIds.map((_, i) => [36, 0, 3][i % 3]),
    segment: scoredIds.map(() => 'SME'),
    reason_codes: scoredIds.map(() => ['COMPLAINT', 'RENEWAL_SOON']),
    reason_texts: scoredIds.map(() => ['complained', 'renews']),
    reason_texts_es: scoredIds.map(() => ['se quejó', 'se renueva']),
    model_version: scoredIds.map(() => 1),
  }).writeParquet(path.join(root, 'scored/scores.parquet'));
  const tier = { customers: 1, share: 0.33 };
  const tiers = { Low: tier, Medium: tier, High: tier, Critical: tier };
  writeFileSync(
    path.join(root, 'scored/summary.json'),
    JSON.stringify({
      schema_version: 1,
      score: 'churn_proba',
      as_of: asOf,
      group: 'churn',
      model_version: 1,
      experiment: 'E5_full',
      model_as_of: AS_OF,
      threshold: 0.5,
      rows: scoredIds.length,
      predicted_churners: 1,
      tiers,
      held_out: null,
      expected_monthly_loss_eur: 39,
      margin_missing: 0,
      reasons: {},
      text_scorer: null,
      model_text_scorer: null,
      unseen_categories: {},
    }),
  );
  return root;
}

async function runStep(root: string, out = 'out'): Promise<void> {
  mkdirSync(path.join(root, out), { recursive: true });
  const log = createLogger();
  await recommend({
    inputs: { gold: path.join(root, 'gold'), scored: path.join(root, 'scored') },
    outputs: { recommendations: path.join(root, out) },
    parameters: { AsOf: AS_OF },
    log,
    progress: createProgress(log, 'Recommend'),
    signal: new AbortController().signal,
    run: { run_id: 'test', execution_date: AS_OF },
  });
}

test('the step writes one record a customer, the CSV and a summary that adds up', async () => {
  const root = runFolder();
  try {
    await runStep(root);
    const rows = pl.readParquet(path.join(root, 'out/recommendations.parquet')).toRecords();
    assert.equal(
      rows.map((row) => [row.customer_id, row.decision, row.guardrails]),
      [
        ['C1', 'offer', []],
        ['C2', 'no_offer', ['negative_margin']],
        ['C3', 'no_offer', ['low_tier']],
      ],
    );
    assert.equal(rows[0]?.reason_codes, ['COMPLAINT', 'RENEWAL_SOON']);
    const csv = readFileSync(path.join(root, 'out/recommendations.csv'), 'utf8').trim().split('\n');
    assert.is(csv.length, 4);
    assert.match(csv[1] as string, 'COMPLAINT;RENEWAL_SOON');
    const summary = JSON.parse(readFileSync(path.join(root, 'out/summary.json'), 'utf8'));
    assert.equal(summary.decisions, { offer: 1, no_offer: 2 });
    assert.equal(summary.actions, { no_offer: 2, offer_small: 0, offer_medium: 0, offer_large: 1 });
    assert.is(summary.guardrails.no_consent, 'not_checked');
    assert.is(summary.guardrails.cool_off, 'not_checked');
    assert.is(summary.guardrails.budget_cap, 'not_checked');
    assert.is(summary.guardrails.negative_margin, 1);
    assert.is(summary.expected_value_eur, 281.2);
    assert.is(summary.offers_cost_eur, 140);
    assert.is(summary.expected_monthly_loss_eur, 39);
    assert.not.ok(existsSync(path.join(root, 'out/.work')));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('the same inputs give the same bytes', async () => {
  const root = runFolder();
  try {
    await runStep(root, 'a');
    await runStep(root, 'b');
    for (const name of ['recommendations.parquet', 'recommendations.csv', 'summary.json']) {
      assert.ok(readFileSync(path.join(root, 'a', name)).equals(readFileSync(path.join(root, 'b', name))), name);
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('consent and last contact are read from gold where it carries them', async () => {
  const carried = { marketing_consent: [1, 1, 0], last_contact_date: ['2024-12-20', null, null] };
  const root = runFolder({ carried });
  try {
    await runStep(root);
    const rows = pl.readParquet(path.join(root, 'out/recommendations.parquet')).toRecords();
    assert.equal(
      rows.map((row) => row.guardrails),
      [['cool_off'], ['negative_margin'], ['no_consent', 'low_tier']],
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

const REFUSALS: [name: string, table: Table, message: RegExp][] = [
  ['scores that lack customers', { scoredIds: ['C1', 'C2'] }, /1 customers of gold have no score \(C3\)/],
  ['scores of other customers', { scoredIds: ['C1', 'C2', 'C3', 'C9'] }, /1 scored customers are not in gold \(C9\)/],
  ['scores of another date', { asOf: '2024-11-30' }, /scored for 2024-11-30, and this run is for 2024-12-31/],
  ['a customer twice in gold', { ids: ['C1', 'C1', 'C2'], scoredIds: ['C1', 'C2'] }, /1 rows repeat a customer/],
  ['empty gold', { ids: [], scoredIds: [] }, /no customer in gold/],
];

for (const [name, table, message] of REFUSALS) {
  test(`refuses ${name}, and leaves nothing behind`, async () => {
    const root = runFolder(table);
    try {
      await runStep(root);
      assert.unreachable('it went on');
    } catch (error) {
      assert.is((error as Error).name, 'InputError', String(error));
      assert.match((error as Error).message, message);
      assert.not.ok(existsSync(path.join(root, 'out/recommendations.parquet')));
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
}

test('refuses scores that are no Parquet, or lack a column', async () => {
  const root = runFolder();
  const scores = path.join(root, 'scored/scores.parquet');
  const messageOf = async () => {
    try {
      await runStep(root);
    } catch (error) {
      assert.is((error as Error).name, 'InputError', String(error));
      return (error as Error).message;
    }
    return 'it went on';
  };
  try {
    pl.readParquet(scores).drop('reason_texts', 'segment').writeParquet(scores);
    assert.match(await messageOf(), /no column segment, reason_texts: .*scores\.parquet: run Score again/);
    writeFileSync(scores, '');
    assert.match(await messageOf(), /no Parquet that can be read: .*scores\.parquet/);
    writeFileSync(scores, 'PAR1 and then nothing that is Parquet, PAR0');
    assert.match(await messageOf(), /no Parquet that can be read: .*scores\.parquet/);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test.run();
