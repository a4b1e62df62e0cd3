import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChurnConfig } from '../../pipelines/churn/config.ts';
import { openModel, scoreRows } from '../../pipelines/churn/modelFolder.ts';
import { splitCustomers } from '../../pipelines/churn/splitCustomers.ts';
import { train } from '../../pipelines/churn/steps/train.ts';
import { hashes, readJson, remove, temporary } from '../folders.ts';
import { AS_OF, contextOf, writeConfig, writeGold } from './goldFixture.ts';

const folder = temporary();
const at = (...parts: string[]) => path.join(folder, ...parts);
test.after(() => remove(folder));

const gold = writeGold(at('gold'));
const config = writeConfig(at('config.json'));

type Options = { gold?: string; config?: string; parameters?: Record<string, string> };

async function trainTo(name: string, options: Options = {}): Promise<string> {
  const inputs = { gold: options.gold ?? gold, config: options.config ?? config };
  await train(contextOf({ inputs, outputs: { model: at(name) }, parameters: options.parameters ?? {} }));
  return at(name);
}

/** The refusal, and nothing but an empty folder behind it. */
async function refused(name: string, code: string, says: string, options: Options): Promise<void> {
  try {
    await trainTo(name, options);
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    assert.is(error.code, code);
    assert.match(error.message, says);
    assert.not.match(error.message, '\n');
    return;
  }
  assert.unreachable(`${name} was not refused`);
}

const column = (file: string, name: string) => pl.readParquet(file).getColumn(name).toArray();

test('the split of the reference customer: 4,020 test rows with 400 churners', () => {
  const customers = Array.from({ length: 20_099 }, (_, i) => ({ customer_id: `C${i}`, churn: Number(i < 2002) }));
  const rule = { seed: 42, testShare: 0.2, folds: 5 };
  const split = splitCustomers(customers, rule, 'table');
  const count = (where: (one: (typeof split)[number]) => boolean) => split.filter(where).length;
  assert.is(split.length, 20_099);
  assert.is(
    count((one) => one.split === 'test'),
    4020,
  );
  assert.is(
    count((one) => one.split === 'test' && one.churn === 1),
    400,
  );
  assert.is(
    count((one) => one.split === 'train'),
    16_079,
  );
  assert.is(
    count((one) => one.split === 'test' && one.fold !== null),
    0,
  );
  for (const churn of [0, 1]) {
    const sizes = [0, 1, 2, 3, 4].map((fold) => count((one) => one.fold === fold && one.churn === churn));
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `fold sizes ${sizes}`);
  }
  assert.equal(splitCustomers(customers.toReversed(), rule, 'table'), split);
  assert.not.equal(splitCustomers(customers, { ...rule, seed: 43 }, 'table'), split);
  const fewer = splitCustomers(customers.slice(0, -200), rule, 'table');
  const place = new Map(split.map((one) => [one.customer_id, one.split]));
  const moved = fewer.filter((one) => place.get(one.customer_id) !== one.split).length;
  assert.ok(moved < 20, `${moved} customers moved between train and test when 200 of 20,099 went`);
});

test('what Train writes, of whom', async () => {
  const model = await trainTo('models');
  assert.equal(readdirSync(model, { recursive: true }).map(String).toSorted(), [
    'comparison.json',
    'importance.json',
    'leakage.json',
    'metadata.json',
    'model.txt',
    'predictions',
    'predictions/out_of_fold.parquet',
    'predictions/test.parquet',
    'profile.json',
    'reference.parquet',
    'split.parquet',
    'tracking',
    'tracking/artifacts.json',
    'tracking/metrics.json',
    'tracking/params.json',
    'tracking/run.jsonl',
    'tracking/tags.json',
  ]);
  const { metadata } = openModel(model);
  assert.is(metadata.experiment, 'E5_full');
  assert.is(metadata.features.length, 56);
  assert.equal(metadata.missing, []);
  const split = pl.readParquet(at('models', 'split.parquet'));
  const idsOf = (name: string) =>
    split
      .filter(pl.col('split').eq(pl.lit(name)))
      .getColumn('customer_id')
      .toArray();
  assert.is(idsOf('test').length, 240);
  assert.equal(column(at('models/predictions/test.parquet'), 'customer_id'), idsOf('test'));
  assert.equal(column(at('models/predictions/out_of_fold.parquet'), 'customer_id'), idsOf('train'));
  const reference = pl.readParquet(at('models', 'reference.parquet'));
  assert.equal(reference.getColumn('customer_id').toArray(), idsOf('train'));
  const names = metadata.features.map(({ name }) => name);
  assert.equal(reference.columns, ['customer_id', 'churn', ...names, 'churn_proba']);
  assert.equal(
    reference.getColumn('churn_proba').toArray(),
    column(at('models/predictions/out_of_fold.parquet'), 'churn_proba'),
  );
});

test('the same gold gives the same bytes', async () => {
  await trainTo('again');
  assert.equal(hashes(at('again')), hashes(at('models')));
});

test('nothing of the test rows reaches the model, its calibration or its threshold', async () => {
  const split = pl.readParquet(at('models', 'split.parquet'));
  const tested = new Set(
    split
      .filter(pl.col('split').eq(pl.lit('test')))
      .getColumn('customer_id')
      .toArray(),
  );
  const changed = writeGold(at('gold_changed'), {
    change: (row) =>
      tested.has(row.customer_id ?? '')
        ? { ...row, months_to_renewal: -50, sentiment_label: 'negative', std_margin: 9e9 }
        : row,
  });
  const model = await trainTo('models_changed', { gold: changed });
  const [before, after] = [openModel(at('models')).metadata, openModel(model).metadata];
  assert.not.equal(after.data_fingerprint, before.data_fingerprint);
  assert.equal({ ...after, data_fingerprint: '' }, { ...before, data_fingerprint: '' });
  for (const file of ['model.txt', 'reference.parquet', 'profile.json', 'predictions/out_of_fold.parquet']) {
    assert.ok(readFileSync(at('models', file)).equals(readFileSync(at('models_changed', file))), file);
  }
  assert.not.equal(
    column(at('models/predictions/test.parquet'), 'churn_proba'),
    column(at('models_changed/predictions/test.parquet'), 'churn_proba'),
  );
});

test('customers whose churn is unknown are in neither part', async () => {
  const some = writeGold(at('gold_unknown'), { change: (row, i) => (i % 10 === 0 ? { ...row, churn: null } : row) });
  await trainTo('models_unknown', { gold: some });
  const ids = column(at('models_unknown/split.parquet'), 'customer_id') as string[];
  assert.is(ids.length, 1080);
  assert.not.ok(ids.some((id) => Number(id.slice(1)) % 10 === 0));
});

test('levels that nearly are the outcome are warned of', async () => {
  const { warnings, rules } = readJson(at('models'), 'leakage.json');
  assert.equal(rules, { high: { rows_min: 50, rate_min: 0.95 }, low: { rows_min: 1000, rate_max: 0.002 } });
  const levels = warnings.map((one: { feature: string; level: unknown }) => `${one.feature}=${one.level}`);
  assert.equal(levels, ['sentiment_label=negative', 'is_negative_sentiment=1']);
  const reference = pl.readParquet(at('models', 'reference.parquet'));
  const negative = reference.filter(pl.col('sentiment_label').eq(pl.lit('negative'))).getColumn('churn');
  assert.is(warnings[0].rows, negative.length);
  assert.is(warnings[0].churners, negative.sum());
  assert.ok(warnings.every((one: { from_text: boolean }) => one.from_text));
});

test('an experiment by name; those beside it on the same folds', async () => {
  await trainTo('models_e2', { parameters: { Experiment: 'E2_add_risk' } });
  const { metadata } = openModel(at('models_e2'));
  assert.is(metadata.features.length, 36);
  const { experiments } = readJson(at('models_e2'), 'comparison.json');
  const shown = experiments.map((one: Record<string, unknown>) => [one.experiment, one.role, one.features]);
  assert.equal(shown, [
    ['E2_add_risk', 'trained', 36],
    ['E8_no_sentiment', 'beside', 53],
  ]);
  const beside = readJson(at('models'), 'comparison.json').experiments;
  assert.equal(beside[1], { ...experiments[0], role: 'beside' });
  assert.is(metadata.metrics.out_of_fold.pr_auc, experiments[0].pr_auc);
});

test('imbalance and calibration as configured', async () => {
  const plain = writeConfig(at('plain.json'), (all) => change(all, { calibration: 'none', imbalance: 'balanced' }));
  await trainTo('models_plain', { config: plain });
  const { metadata } = openModel(at('models_plain'));
  assert.equal(metadata.calibration, { method: 'none' });
  assert.is(metadata.parameters.is_unbalance, true);
  assert.not.ok('is_unbalance' in openModel(at('models')).metadata.parameters);
  const rows = pl.readParquet(at('models_plain/predictions/test.parquet'));
  const [raw, score] = ['raw_probability', 'churn_proba'].map((name) => rows.getColumn(name).toArray() as number[]);
  assert.ok(raw?.every((value, i) => Math.abs(value - (score?.[i] as number)) < 1e-14));
});

test('the folder scores whoever has the features, labelled or not', async () => {
  const model = openModel(at('models'));
  const out = at('scored.parquet');
  const { rows } = await scoreRows(model, path.join(gold, 'gold_master.parquet'), out);
  assert.is(rows, 1200);
  const scored = pl.readParquet(out);
  assert.equal(scored.columns, ['customer_id', 'raw_probability', 'churn_proba']);
  const written = pl.readParquet(at('models/predictions/test.parquet')).select('customer_id', 'churn_proba');
  const both = written.join(scored, { on: 'customer_id', how: 'inner', suffix: '_again' });
  assert.is(both.height, 240);
  assert.equal(both.getColumn('churn_proba').toArray(), both.getColumn('churn_proba_again').toArray());
});

function change(config: ChurnConfig, modeling: Partial<ChurnConfig['modeling']>): void {
  Object.assign(config, { modeling: { ...config.modeling, ...modeling } });
}

test('bad input is one line', async () => {
  const small = (name: string, edit: Parameters<typeof writeGold>[1]) =>
    writeGold(at(name), { customers: 300, ...edit });
  const one = small('one_class', { change: (row) => ({ ...row, churn: 0 }) });
  await refused('r1', 'labels_one_class', '300 labelled customers, 0 of them churners', { gold: one });
  const none = small('no_labels', { change: (row) => ({ ...row, churn: null }) });
  await refused('r2', 'labels_one_class', '0 labelled customers', { gold: none });
  const few = small('few', { change: (row, i) => ({ ...row, churn: Number(i < 4) }) });
  await refused('r3', 'too_few_rows', '4 churners: too few for 5 folds', { gold: few });
  const empty = small('empty', { change: (row) => ({ ...row, tenure_months: null, customer_intent: null }) });
  await refused('r4', 'feature_empty', 'no labelled customer has a value: tenure_months, customer_intent', {
    gold: empty,
  });
  const twice = small('twice', {
    change: (row, i) => ({ ...row, customer_id: i === 1 ? 'C00000' : (row.customer_id ?? null) }),
  });
  await refused('r5', 'gold_invalid', 'a customer_id stands there twice', { gold: twice });
  const two = small('two', { change: (row, i) => ({ ...row, churn: i === 7 ? 2 : (row.churn ?? null) }) });
  await refused('r6', 'gold_invalid', 'churn of C00007 is 2', { gold: two });
  await refused('r7', 'input_missing', 'nowhere', { gold: at('nowhere') });
  await refused('r8', 'gold_missing', 'gold_master.parquet', { gold: folder });
  await refused('r9', 'gold_date', `made for ${AS_OF}, and this run is for 2025-01-31`, {
    parameters: { AsOf: '2025-01-31' },
  });
  await refused('r10', 'experiment_unknown', 'no experiment "E9"', { parameters: { Experiment: 'E9' } });
  const broken = small('broken', {});
  writeFileSync(path.join(broken, 'gold_master.parquet'), 'PAR1');
  await refused('r11', 'gold_invalid', 'cannot be read', { gold: broken });
  const versioned = small('versioned', {});
  const facts = readJson(versioned, 'features.json');
  writeFileSync(path.join(versioned, 'features.json'), JSON.stringify({ ...facts, schema_version: 2 }));
  await refused('r12', 'gold_invalid', 'not a features.json of this version', { gold: versioned });
});

test('a folder that is no model is refused in one line', () => {
  const code = (wanted: string) => (error: unknown) => error instanceof InputError && error.code === wanted;
  assert.throws(() => openModel(at('nowhere')), code('model_missing'));
  writeFileSync(at('gold', 'model.txt'), '');
  assert.throws(() => openModel(gold), code('model_missing'));
  writeFileSync(at('gold', 'metadata.json'), '{"schema_version": 2}');
  assert.throws(() => openModel(gold), code('model_invalid'));
});

test.run();
