/** What the reference system got wrong, a test each: the table "Traps: do not copy" of the churn contract. And: nothing later than the as-of date enters. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { calibrate, logOdds } from '@pilotlight/evaluation';
import pl, { type DataFrame } from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ChurnConfig, loadChurnConfig } from '../../pipelines/churn/config.ts';
import { churn as definition } from '../../pipelines/churn/definition.ts';
import { checkFeatures } from '../../pipelines/churn/experiments.ts';
import { FEATURES } from '../../pipelines/churn/featureCatalogue.ts';
import { generateChurn } from '../../pipelines/churn/generate.ts';
import { findLeakage } from '../../pipelines/churn/leakage.ts';
import { openModel, scoreRows } from '../../pipelines/churn/modelFolder.ts';
import { bronze } from '../../pipelines/churn/steps/bronze.ts';
import { evaluate } from '../../pipelines/churn/steps/evaluate.ts';
import { gold } from '../../pipelines/churn/steps/gold.ts';
import { register } from '../../pipelines/churn/steps/register.ts';
import { score } from '../../pipelines/churn/steps/score.ts';
import { silver } from '../../pipelines/churn/steps/silver.ts';
import { train } from '../../pipelines/churn/steps/train.ts';
import { exists, readJson, remove, temporary } from '../folders.ts';
import { noProgress, query, quiet } from '../tables/door.ts';
import { AS_OF, contextOf, writeConfig, writeGold } from './goldFixture.ts';
import { run, stepArguments } from './knock.ts';
import { contentsOf, type RawTables, type Row, rowOf, writeRaw } from './rawFiles.ts';

const folder = temporary();
const at = (...parts: string[]) => path.join(folder, ...parts);
test.after(() => remove(folder));

const METER = 'consumption_hourly_2024';
const promoteFrom = (pr_auc_min: number) => (config: ChurnConfig) => {
  const promotion = { ...config.modeling.promotion, pr_auc_min };
  Object.assign(config, { modeling: { ...config.modeling, promotion } });
};
const [open, closed] = [0, 0.99].map((gate) => writeConfig(at(`gate_${gate}.json`), promoteFrom(gate))) as [
  string,
  string,
];

/** Bronze, Silver and Gold of raw files; their folders are below `name`. */
async function makeLayers(
  name: string,
  raw: string,
  options: { asOf?: string; config?: string } = {},
): Promise<string> {
  const { asOf = AS_OF, config } = options;
  const given: Record<string, string> = config === undefined ? {} : { config };
  const parameters = { AsOf: asOf };
  const folders = { bronze: at(name, 'bronze'), silver: at(name, 'silver'), gold: at(name, 'gold') };
  await bronze(contextOf({ inputs: { raw, ...given }, outputs: { bronze: folders.bronze }, parameters }));
  await silver(
    contextOf({ inputs: { bronze: folders.bronze, ...given }, outputs: { silver: folders.silver }, parameters }),
  );
  await gold(contextOf({ inputs: { silver: folders.silver, ...given }, outputs: { gold: folders.gold }, parameters }));
  return at(name);
}

const goldOf = (layers: string): DataFrame => pl.readParquet(path.join(layers, 'gold', 'gold_master.parquet'));
const monthsOf = (layers: string, layer = 'silver'): DataFrame =>
  pl.readParquet(path.join(layers, layer, 'customer_month.parquet'));
const of = (frame: DataFrame, customer: string, month?: string): Record<string, unknown> => {
  const own = frame.filter(pl.col('customer_id').eq(pl.lit(customer)));
  const rows = (month === undefined ? own : own.filter(pl.col('month').eq(pl.lit(month)))).toRecords();
  assert.is(rows.length, 1, `${customer} ${month}`);
  return rows[0] as Record<string, unknown>;
};
const near = (found: unknown, expected: number): void =>
  assert.ok(Math.abs((found as number) - expected) < 1e-12, `${found} is not ${expected}`);

/** Hand-computed customers among the plain ones. */
function setTraps(tables: RawTables): void {
  const months = (table: 'price_history' | typeof METER, customer: string, set: (month: string) => Row) => {
    for (const row of tables[table].filter(({ customer_id }) => customer_id === customer)) {
      Object.assign(row, set(String(row.pricing_date ?? row.timestamp).slice(0, 7)));
    }
  };
  // C01 has a price in five months, and reads 0 in the others: nobody needs a price there
  const prices: Record<string, number> = {
    '2024-01': 0.2,
    '2024-04': 0.22,
    '2024-07': 0.22,
    '2024-10': 0.25,
    '2024-12': 0.25,
  };
  months('price_history', 'C01', (month) => ({ variable_price_tier1_eur_kwh: prices[month] ?? 0 }));
  months(METER, 'C01', (month) => ({ consumption_elec_kwh: month in prices ? 10 : 0 }));
  // C04 burns no gas in May; its revenue is missing then, and in June
  months(METER, 'C04', (month) => ({ consumption_gas_m3: month === '2024-05' ? 0 : 5 }));
  months('price_history', 'C04', (month) => ({
    gas_fixed_revenue_eur_year: ['2024-05', '2024-06'].includes(month) ? 0 : 60,
  }));
  rowOf(tables.customer_contracts, 'C05').next_renewal_date = null;
  months(METER, 'C08', () => ({ consumption_elec_kwh: 0 }));
}

const layers = await makeLayers('traps', writeRaw(at('raw'), setTraps));

test('as-of is required: no default, no clock', async () => {
  assert.not.ok('default' in definition.parameters.AsOf);
  const command = await run(['run', 'churn', '--data', at('raw'), '--out', at('never')]);
  assert.is(command.code, 2);
  assert.match(command.stderr, /--as-of <date>' not specified/);
  assert.not.ok(exists(at('never')));
  const steps = definition.steps.flatMap((step) =>
    step.kind === 'processing' || step.kind === 'training' ? [step] : [],
  );
  assert.is(steps.length, 9);
  for (const step of steps) assert.ok((step.parameters as readonly string[]).includes('AsOf'), step.name);
});

for (const step of ['Bronze', 'Silver', 'Gold', 'Train', 'Evaluate', 'Register', 'Score', 'Recommend', 'DriftCheck']) {
  test(`as-of is required by the command of ${step}`, async () => {
    const { inputs, outputs } = definition.steps.find(({ name }) => name === step) as {
      inputs: Record<string, unknown>;
      outputs: Record<string, unknown>;
    };
    const places: Record<string, string> = { raw: at('raw'), gold: table, model, evaluation: at('evaluation') };
    const given = Object.keys(inputs).filter((name) => name !== 'config');
    const args = stepArguments(
      step,
      Object.fromEntries(given.map((name) => [name, places[name] ?? at('traps', name)])),
      Object.fromEntries(Object.keys(outputs).map((name) => [name, at('never', name)])),
    );
    for (const name of given) mkdirSync(places[name] ?? at('traps', name), { recursive: true });
    const { code, stderr } = await run(args.slice(0, -2));
    assert.is(code, 2, stderr);
    assert.match(stderr, /error: .*AsOf/, stderr);
    assert.not.match(stderr, /\n\s+at /);
  });
}

test('missing prices stay missing in trend, volatility and update count', () => {
  const { elec_price_trend_12m: trend, elec_price_volatility_12m: volatility, ...row } = of(goldOf(layers), 'C01');
  near(trend, (0.25 - 0.2) / 0.2);
  assert.is(row.price_update_count, 2, 'to 0.22, to 0.25');
  // the mean of .2 .22 .22 .25 .25 is .228; squares of the distances .000784 + 2 x .000064 + 2 x .000484 over 4
  near(volatility, Math.sqrt(0.00188 / 4));
  near(row.elec_price_vs_province_cost_spread, 0.25 - 0.08);
  assert.is(row.is_price_increase, 1);
  assert.is(row.gas_price_trend_12m, null);
  const march = of(monthsOf(layers), 'C01', '2024-03');
  assert.is(march.variable_price_tier1_eur_kwh, null);
  near(march.total_margin, 6 - 4);
});

test('fixed revenue of gas is imputed only where gas is used', () => {
  const fee = (customer: string, month: string) => of(monthsOf(layers), customer, month).gas_fixed_revenue_eur_year;
  assert.equal([fee('C04', '2024-04'), fee('C04', '2024-05'), fee('C04', '2024-06')], [60, null, 60]);
  const electric = monthsOf(layers).filter(pl.col('monthly_gas_m3').eq(0));
  assert.ok(electric.height > 300);
  assert.is(electric.getColumn('gas_fixed_revenue').sum(), 0);
  // 10 kWh at 0.2 - 0.08 - 0.04, a fee of 6 and fixed costs of 4
  near(of(goldOf(layers), 'C06').avg_monthly_margin, 10 * 0.08 + 6 - 4);
});

test('a missing renewal stays missing: never due today', () => {
  const { months_to_renewal, renewal_bucket, is_within_3m_of_renewal, is_expired_contract } = of(goldOf(layers), 'C05');
  assert.equal([months_to_renewal, renewal_bucket], [null, null]);
  assert.equal([is_within_3m_of_renewal, is_expired_contract], [0, 0]);
  assert.equal(Object.keys(loadChurnConfig({}).value.features.fills).sort(), [
    'customer_intent',
    'last_interaction_days_ago',
    'months_since_last_change',
    'sentiment_label',
  ]);
});

test('one is_dual_fuel: both fuels were used', () => {
  const table = goldOf(layers);
  const fuels = (customer: string) => {
    const { is_dual_fuel, portfolio_type } = of(table, customer);
    return [is_dual_fuel, portfolio_type];
  };
  assert.equal(fuels('C04'), [1, 'Residential_DualFuel']);
  assert.equal(fuels('C08'), [0, 'Residential_SingleFuel']);
  assert.equal(fuels('C06'), [0, 'Residential_SingleFuel']);
  assert.is(table.getColumn('is_dual_fuel').sum(), 9, 'every fourth of 40 has gas, one of them nothing else');
  const named = table.columns.filter((name) => /dual|fuel/.test(name));
  assert.equal(named.sort(), ['dual_fuel_x_competition', 'dual_fuel_x_intent', 'dual_fuel_x_renewal', 'is_dual_fuel']);
});

test('unknown names are errors, and all known ones are made', () => {
  const { value: config } = loadChurnConfig({});
  const wrong = ['days_since_last_interaction', 'lifecycle_string', 'market_string', 'behavioral_string'];
  for (const name of wrong) {
    assert.not.ok(name in FEATURES);
    const tiers = { ...config.features.tiers, '2a': [...(config.features.tiers['2a'] ?? []), name] };
    const fills = { ...config.features.fills, [name]: 0 };
    const says = (error: Error) => error.message.startsWith(`no such features: ${name}: `);
    assert.throws(() => checkFeatures({ ...config, features: { ...config.features, tiers } }), says);
    assert.throws(() => checkFeatures({ ...config, features: { ...config.features, fills } }), says);
  }
  const made = new Set(readJson(layers, 'gold', 'features.json').features.map(({ name }: { name: string }) => name));
  const requested = Object.values(config.features.experiments).flatMap((tiers) =>
    tiers.flatMap((tier) => config.features.tiers[tier] ?? []),
  );
  assert.equal(
    [...new Set(requested)].filter((name) => !made.has(name)),
    [],
  );
  assert.is(made.size, 64);
});

// The model part, on a gold table of its own.
const table = writeGold(at('gold'));
const model = at('models');
const registry = at('registry');
const group = { RegistryUri: registry, ModelGroup: 'churn' };

type Trained = { model: string; registration: { version: number; status: string; champion_version: number | null } };

async function trainAndRegister(
  name: string,
  config: string,
  parameters: Record<string, string> = group,
): Promise<Trained> {
  const folders = {
    model: at(`${name}models`),
    evaluation: at(`${name}evaluation`),
    registration: at(`${name}registration`),
  };
  const inputs = { gold: table, config };
  await train(contextOf({ inputs, outputs: { model: folders.model } }));
  await evaluate(
    contextOf({ inputs: { ...inputs, model: folders.model }, outputs: { evaluation: folders.evaluation }, parameters }),
  );
  await register(
    contextOf({
      inputs: { config, model: folders.model, evaluation: folders.evaluation },
      outputs: { registration: folders.registration },
      parameters,
    }),
  );
  return { model: folders.model, registration: readJson(folders.registration, 'registration.json') };
}

const scoreTo = (name: string, parameters: Record<string, string>): Promise<void> =>
  score(contextOf({ inputs: { gold: table, config: open }, outputs: { scored: at(name) }, parameters }));

const first = await trainAndRegister('', open);

test('text-free E2, E8 and E5 stand side by side in every report', () => {
  const shown = (experiments: Record<string, unknown>[]) =>
    experiments.map(({ experiment, features, text_features }) => [experiment, features, (text_features as number) > 0]);
  const expected = [
    ['E5_full', 56, true],
    ['E2_add_risk', 36, false],
    ['E8_no_sentiment', 53, true],
  ];
  assert.equal(shown(readJson(model, 'comparison.json').experiments), expected);
  assert.equal(shown(readJson(at('evaluation'), 'evaluation.json').beside), expected);
  for (const file of ['evaluation.txt', 'report.html']) {
    const page = readFileSync(at('evaluation', file), 'utf8');
    for (const [experiment] of expected) assert.match(page, String(experiment), file);
  }
});

test('leakage is a matter of levels, not of the AUC of one feature', () => {
  const rates = { high: { rows_min: 50, rate_min: 0.95 }, low: { rows_min: 1000, rate_max: 0.002 } };
  const levels = [
    // 50 customers at 0.96: warned; 49 at 1: too few; 1,000 with 2 churners: warned; 999 with none: too few
    { level: 'fifty', rows: 50, churners: 48 },
    { level: 'few', rows: 49, churners: 49 },
    { level: 'thousand', rows: 1000, churners: 2 },
    { level: 'nearly', rows: 999, churners: 0 },
    { level: 'plain', rows: 2000, churners: 900 },
  ];
  const rows = levels.flatMap(({ level, rows: count, churners }) =>
    Array.from({ length: count }, (_, i) => ({
      level,
      churn: Number(i < churners),
      perfect: Number(i < churners) + i / 1e6,
    })),
  );
  const file = at('levels.parquet');
  pl.DataFrame(rows).writeParquet(file);
  const features = [
    { name: 'level', kind: 'categorical' },
    { name: 'perfect', kind: 'numeric' },
  ] as const;
  const found = findLeakage(file, [...features], rates).map(({ feature, level, rule }) => [feature, level, rule]);
  assert.equal(found, [
    ['level', 'fifty', 'high'],
    ['level', 'thousand', 'low'],
  ]);
  // the feature that warns in the trained model ranks far below .95: a bound on its AUC sees nothing
  const warned = readJson(model, 'leakage.json').warnings.map(({ feature }: { feature: string }) => feature);
  assert.ok(warned.includes('is_negative_sentiment'));
  const trained = pl.readParquet(path.join(model, 'reference.parquet'));
  const rate = (churn: number) => {
    const some = trained.filter(pl.col('churn').eq(churn)).getColumn('is_negative_sentiment');
    return some.sum() / some.length;
  };
  const auc = (1 + rate(1) - rate(0)) / 2;
  assert.ok(auc > 0.6 && auc < 0.95, `AUC ${auc}`);
});

test('threshold and calibration are out of fold', () => {
  const { calibration, threshold } = openModel(model).metadata;
  const frame = pl.readParquet(path.join(model, 'predictions', 'out_of_fold.parquet'));
  const numbers = (name: string) => frame.getColumn(name).cast(pl.Float64).toTypedArray() as Float64Array;
  const [raw, scored, churn] = [numbers('raw_probability'), numbers('churn_proba'), numbers('churn')];
  assert.equal(calibrate(calibration, logOdds(raw)), scored);
  // the best of all thresholds, by trying each
  const tried = [...new Set(scored)].map((bound) => {
    const called = churn.filter((_, i) => (scored[i] as number) >= bound);
    const hits = called.reduce((sum, one) => sum + one, 0);
    return { bound, precision: hits / called.length, recall: hits / churn.reduce((sum, one) => sum + one, 0) };
  });
  const best = Math.max(...tried.filter(({ recall }) => recall >= 0.7).map(({ precision }) => precision));
  assert.is(tried.find(({ bound }) => bound === threshold)?.precision, best);
  // the slope of the loss is 0 at the fitted sigmoid, on these rows and on no others
  const positives = churn.reduce((sum, one) => sum + one, 0);
  const targets = churn.map((one) =>
    one === 1 ? (positives + 1) / (positives + 2) : 1 / (churn.length - positives + 2),
  );
  const odds = logOdds(raw);
  const slope = (value: (i: number) => number) =>
    targets.reduce((sum, target, i) => sum + ((scored[i] as number) - target) * value(i), 0);
  near(slope(() => 1) / churn.length, 0);
  near(slope((i) => odds[i] as number) / churn.length, 0);
});

test('the saved model is the evaluated one, and its output names its score', async () => {
  const saved = pl.readParquet(path.join(model, 'predictions', 'test.parquet'));
  const again = at('again.parquet');
  await scoreRows(openModel(model), path.join(table, 'gold_master.parquet'), again);
  const joined = saved.join(pl.readParquet(again), { on: 'customer_id', how: 'inner', suffix: '_again' });
  assert.is(joined.height, saved.height);
  assert.equal(joined.getColumn('churn_proba').toArray(), joined.getColumn('churn_proba_again').toArray());
  const evaluated = pl.readParquet(at('evaluation', 'test.parquet'));
  assert.equal(evaluated.getColumn('churn_proba').toArray(), saved.getColumn('churn_proba').toArray());
  const { score: name, threshold } = readJson(at('evaluation'), 'evaluation.json');
  assert.is(name, 'churn_proba');
  assert.is(threshold, openModel(model).metadata.threshold);
});

test('a rejected model does not score: the champion before it does', async () => {
  assert.equal([first.registration.status, first.registration.champion_version], ['approved', 1]);
  const second = await trainAndRegister('second_', closed);
  assert.equal([second.registration.status, second.registration.champion_version], ['rejected', 1]);
  await scoreTo('scored', group);
  assert.is(readJson(at('scored'), 'summary.json').model_version, 1);
  const refused = await scoreTo('scored_by_2', { ...group, ModelVersion: '2' }).catch((error: Error) => error.message);
  assert.match(String(refused), /version 2 was rejected: .*0\.99/);
});

test('a rejected first model leaves nobody to score, and that is said', async () => {
  const alone = { RegistryUri: at('registry_alone'), ModelGroup: 'churn' };
  const { registration } = await trainAndRegister('alone_', closed, alone);
  assert.equal([registration.status, registration.champion_version], ['rejected', null]);
  const refused = await scoreTo('scored_alone', alone).catch((error: Error) => error.message);
  assert.match(
    String(refused),
    /^no champion in the group churn: version 1 was rejected: .* misses the minimum 0\.99: /,
  );
  assert.not.ok(exists(at('scored_alone', 'scores.parquet')));
});

test('tier counts are of held-out customers', () => {
  const split = pl.readParquet(path.join(model, 'split.parquet'));
  const tested = split.filter(pl.col('split').eq(pl.lit('test'))).height;
  const sum = (tiers: { rows?: number; customers?: number }[]) =>
    tiers.reduce((all, one) => all + (one.rows ?? one.customers ?? 0), 0);
  const { tiers, n_test } = readJson(at('evaluation'), 'evaluation.json');
  assert.equal([n_test, sum(tiers)], [tested, tested]);
  const { held_out, rows } = readJson(at('scored'), 'summary.json');
  assert.is(rows, 1200);
  assert.equal([held_out.rows, sum(Object.values(held_out.tiers))], [tested, tested]);
});

test('the drift reference are out-of-fold scores of training customers', () => {
  const kept = at('registry');
  const reference = pl.readParquet(path.join(model, 'reference.parquet'));
  const held = pl.readParquet(path.join(model, 'predictions', 'out_of_fold.parquet'));
  for (const name of ['customer_id', 'churn_proba']) {
    assert.equal(reference.getColumn(name).toArray(), held.getColumn(name).toArray(), name);
  }
  assert.ok(Object.keys(contentsOf(kept)).some((name) => name.endsWith('reference.parquet')));
  const fitted = at('fitted.parquet');
  return scoreRows(openModel(model), path.join(model, 'reference.parquet'), fitted).then(() => {
    const scores = pl.readParquet(fitted).getColumn('churn_proba').toArray();
    assert.not.equal(
      scores,
      reference.getColumn('churn_proba').toArray(),
      "the model's own scores of rows that it knows",
    );
  });
});

test('the model is trained on what is requested, and on no other column', () => {
  const { features, requested } = openModel(model).metadata;
  const { tiers, experiments } = loadChurnConfig({}).value.features;
  const asked = (experiments.E5_full ?? []).flatMap((tier) => tiers[tier] ?? []);
  assert.equal(requested, asked);
  assert.equal(
    features.map(({ name }) => name),
    asked,
  );
  const never = [
    'avg_monthly_margin',
    'total_margin_2024',
    'sentiment_neg',
    'sentiment_neu',
    'sentiment_pos',
    'contracted_power_kw',
    'is_urban',
    'province_code',
    'customer_id',
    'churn',
  ];
  const named =
    /^feature_names=(.*)$/m.exec(readFileSync(path.join(model, 'model.txt'), 'utf8'))?.[1]?.split(' ') ?? [];
  assert.equal(named, asked);
  assert.equal(
    asked.filter((name) => never.includes(name)),
    [],
  );
});

test('the fills of scoring are those of training: the same gold in both modes', async () => {
  const sets = ['modeling.folds=2', 'modeling.boosting.rounds=10', 'modeling.promotion.pr_auc_min=0'];
  const args = (out: string, mode: string) => [
    ...['run', 'churn', '--data', at('raw'), '--out', at(out), '--as-of', AS_OF, '--mode', mode],
    ...['--registry', at('registry_modes'), ...sets.flatMap((set) => ['--set', set])],
  ];
  for (const mode of ['train', 'score']) {
    const { code, stderr } = await run(args(`mode_${mode}`, mode));
    assert.is(code, 0, stderr);
  }
  assert.equal(contentsOf(at('mode_score', 'gold')), contentsOf(at('mode_train', 'gold')));
  const silent = goldOf(at('mode_score')).filter(pl.col('has_interaction').eq(0));
  assert.is(silent.height, 20);
  for (const name of ['customer_intent', 'sentiment_label']) {
    assert.equal([...new Set(silent.getColumn(name).toArray())], ['no_interaction']);
  }
  assert.equal([...new Set(silent.getColumn('last_interaction_days_ago').toArray())], [9999]);
  assert.equal(readJson(at('mode_score'), 'scored', 'summary.json').unseen_categories, {});
  assert.not.ok(exists(at('mode_score', 'models')));
  assert.equal(
    contentsOf(at('mode_score', 'scored'))['scores.parquet'],
    contentsOf(at('mode_train', 'scored'))['scores.parquet'],
  );
});

const PAST = '2024-09-30';

/** The generated files again, with every value later than the date changed, and rows of later days added. */
async function shiftFuture(from: string, to: string, date: string): Promise<void> {
  mkdirSync(to);
  const text = (name: string, select: string) => query(`COPY (${select}) TO '${to}/${name}' (FORMAT csv, HEADER true)`);
  const csv = (name: string) => `read_csv('${from}/${name}', all_varchar = true)`;
  await text('churn_label.csv', `FROM ${csv('churn_label.csv')}`);
  await text('customer_attributes.csv', `FROM ${csv('customer_attributes.csv')}`);
  const later = (name: string) => `CASE WHEN ${name} > '${date}' THEN '2031-12-24' ELSE ${name} END AS ${name}`;
  const dates = ['customer_first_activation_date', 'contract_start_date', 'last_product_change_date'];
  await text(
    'customer_contracts.csv',
    `SELECT * REPLACE (${dates.map(later).join(', ')}) FROM ${csv('customer_contracts.csv')}`,
  );
  const prices = [
    'variable_price_tier1_eur_kwh',
    'elec_fixed_fee_eur_month',
    'gas_variable_price_eur_m3',
    'gas_fixed_revenue_eur_year',
  ];
  const wild = prices.map((name) => `CASE WHEN pricing_date > '${date}' THEN '777.5' ELSE ${name} END AS ${name}`);
  await text(
    'price_history.csv',
    `SELECT * REPLACE (${wild.join(', ')}) FROM ${csv('price_history.csv')}
     UNION ALL SELECT * REPLACE ('2025-03-01' AS pricing_date) FROM ${csv('price_history.csv')} WHERE pricing_date = '2024-03-01'`,
  );
  await text(
    'costs_by_province_month.csv',
    `SELECT * REPLACE (CASE WHEN month > '${date}' THEN '99' ELSE elec_var_cost_eur_kwh END AS elec_var_cost_eur_kwh)
     FROM ${csv('costs_by_province_month.csv')}`,
  );
  const texts = JSON.parse(readFileSync(path.join(from, 'customer_interactions.json'), 'utf8')) as Row[];
  const changed = texts.map((row) =>
    String(row.date) > date ? { ...row, interaction_summary: 'CANCEL! Furious complaint.' } : row,
  );
  const added = texts
    .slice(0, 60)
    .map((row) => ({ ...row, date: '2024-10-02', interaction_summary: 'Very happy, thank you.' }));
  writeFileSync(path.join(to, 'customer_interactions.json'), JSON.stringify([...added, ...changed, ...added]));
  const meter = `'${from}/${METER}.parquet'`;
  await query(`COPY (
    SELECT * REPLACE (CASE WHEN timestamp >= DATE '${date}' + 1 THEN 54321.5 ELSE consumption_elec_kwh END AS consumption_elec_kwh)
    FROM ${meter} UNION ALL SELECT * REPLACE (timestamp + INTERVAL 1 YEAR AS timestamp) FROM ${meter}
  ) TO '${to}/${METER}.parquet' (FORMAT parquet)`);
}

test('nothing later than the as-of date enters', async () => {
  const [real, shifted, past] = [at('real'), at('shifted'), at('past')];
  await generateChurn({
    customers: 400,
    seed: 3,
    hours: 24,
    out: real,
    formats: ['parquet'],
    log: quiet,
    progress: noProgress,
  });
  await shiftFuture(real, shifted, PAST);
  assert.not.equal(contentsOf(shifted), contentsOf(real));
  const before = await makeLayers('before', real, { asOf: PAST });
  const after = await makeLayers('after', shifted, { asOf: PAST });
  assert.equal(contentsOf(path.join(after, 'gold')), contentsOf(path.join(before, 'gold')));
  assert.equal(contentsOf(path.join(after, 'silver')), contentsOf(path.join(before, 'silver')));
  const found = goldOf(before);
  assert.is(found.height, 400);
  assert.ok(found.getColumn('has_interaction').sum() > 0, 'some had written by then');
  assert.is(found.getColumn('active_months_count').max(), 9);
  // a day more, and the same changes are seen
  await shiftFuture(real, past, '2024-09-02');
  const other = await makeLayers('other', past, { asOf: PAST });
  assert.not.equal(contentsOf(path.join(other, 'gold')), contentsOf(path.join(before, 'gold')));
});

test.run();
