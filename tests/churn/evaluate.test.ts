import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import { openLocalRegistry } from '@pilotlight/registry';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { judge } from '../../pipelines/churn/championCheck.ts';
import type { ChurnConfig } from '../../pipelines/churn/config.ts';
import type { Evaluation } from '../../pipelines/churn/evaluation.ts';
import { evaluate } from '../../pipelines/churn/steps/evaluate.ts';
import { train } from '../../pipelines/churn/steps/train.ts';
import { hashes, readJson, remove, temporary } from '../folders.ts';
import { contextOf, writeConfig, writeGold } from './goldFixture.ts';

const folder = temporary();
const at = (...parts: string[]) => path.join(folder, ...parts);
test.after(() => remove(folder));

const change = (modeling: Partial<ChurnConfig['modeling']>) => (config: ChurnConfig) => {
  Object.assign(config, { modeling: { ...config.modeling, ...modeling } });
};
const promotion = { pr_auc_min: 0.3, tolerance: 0, approval: 'automatic' } as const;

const gold = writeGold(at('gold'));
const config = writeConfig(at('config.json'), change({ promotion }));
const model = at('models');
await train(contextOf({ inputs: { gold, config }, outputs: { model } }));

type Options = { gold?: string; model?: string; config?: string; registry?: string };

async function evaluateTo(name: string, options: Options = {}): Promise<Evaluation> {
  const inputs = { gold, model, config, ...options };
  const parameters = { RegistryUri: options.registry ?? at('no_registry') };
  await evaluate(contextOf({ inputs, outputs: { evaluation: at(name) }, parameters }));
  return readJson(at(name), 'evaluation.json');
}

async function refused(code: string, says: string, options: Options): Promise<void> {
  try {
    await evaluateTo('refused', options);
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    assert.is(error.code, code);
    assert.match(error.message, says);
    return;
  }
  assert.unreachable(`${says}: was not refused`);
}

/** Another model folder like the first, with a file changed or gone. */
function brokenModel(name: string, file: string, content?: string): string {
  cpSync(model, at(name), { recursive: true });
  if (content === undefined) rmSync(at(name, file));
  else writeFileSync(at(name, file), content);
  return at(name);
}

/** A registry whose champion is the model of that folder. */
async function championOf(name: string, artifacts: string): Promise<string> {
  const registry = openLocalRegistry(at(name));
  const sha = 'a'.repeat(64);
  await registry.register({ group: 'churn', artifacts, facts: {}, modelSha256: sha, status: 'approved' });
  return at(name);
}

const first = await evaluateTo('evaluation');

test('what Evaluate writes', () => {
  const names = readdirSync(at('evaluation')).toSorted();
  const pictures = ['calibration', 'confusion', 'histogram', 'importance_contribution', 'importance_gain'];
  const others = ['importance_split', 'lift', 'precision_recall', 'roc'];
  assert.equal(
    names,
    [
      ...[...pictures, ...others].map((name) => `${name}.svg`),
      'evaluation.json',
      'evaluation.txt',
      'report.html',
      'test.parquet',
    ].toSorted(),
  );
  const page = readFileSync(at('evaluation', 'report.html'), 'utf8');
  for (const says of [
    'Gate passed',
    'The texts nearly know the outcome',
    'E2_add_risk',
    'E8_no_sentiment',
    'Subgroups',
  ]) {
    assert.match(page, says);
  }
  assert.is(page.split('<figure>').length - 1, 8);
  assert.not.match(page, /NaN|undefined|Infinity/);
  const text = readFileSync(at('evaluation', 'evaluation.txt'), 'utf8');
  assert.ok(text.startsWith('Churn model E5_full'));
  assert.match(text, /[^\n]\n$/);
});

test('saved = evaluated: the scores are those of the folder, of test customers alone', () => {
  const mine = pl.readParquet(at('evaluation', 'test.parquet'));
  const saved = pl.readParquet(path.join(model, 'predictions', 'test.parquet'));
  for (const name of ['customer_id', 'churn', 'raw_probability', 'churn_proba']) {
    assert.equal(mine.getColumn(name).toArray(), saved.getColumn(name).toArray(), name);
  }
  assert.is(first.n_test, 240);
  assert.is(first.n_train, 960);
  assert.is(first.rows, 240);
  assert.equal(first.features, first.requested);
});

test('the same input gives the same bytes', async () => {
  await evaluateTo('again');
  assert.equal(hashes(at('again')), hashes(at('evaluation')));
});

test('a first model has the minimum to pass', async () => {
  assert.is(first.champion, null);
  assert.is(first.gate.passed, true);
  assert.match(first.gate.reasons[0] as string, 'no champion to beat');
  const strict = writeConfig(at('strict.json'), change({ promotion: { ...promotion, pr_auc_min: 0.99 } }));
  const { gate } = await evaluateTo('strict', { config: strict });
  assert.is(gate.passed, false);
  assert.match(gate.reasons[0] as string, 'misses the minimum 0.99');
});

test('the champion is measured on the same rows', async () => {
  const same = await evaluateTo('same', { registry: await championOf('registry_same', model) });
  assert.equal(same.champion, {
    version: 1,
    experiment: 'E5_full',
    pr_auc: first.pr_auc,
    roc_auc: first.roc_auc,
    test_rows_trained_on: 0,
    reason: null,
  });
  assert.is(same.gate.passed, true);
});

test('a champion of another split has seen test customers, and that is said', async () => {
  const other = writeConfig(at('seed.json'), change({ promotion, seed: 7 }));
  await train(contextOf({ inputs: { gold, config: other }, outputs: { model: at('models_seed') } }));
  const { champion, gate } = await evaluateTo('seen', {
    registry: await championOf('registry_seed', at('models_seed')),
  });
  const trained = pl.readParquet(at('models_seed', 'split.parquet')).filter(pl.col('split').eq(pl.lit('train')));
  const ids = new Set(trained.getColumn('customer_id').toArray());
  const test = pl.readParquet(at('evaluation', 'test.parquet')).getColumn('customer_id').toArray();
  assert.is(champion?.test_rows_trained_on, test.filter((id) => ids.has(id)).length);
  assert.ok((champion?.test_rows_trained_on ?? 0) > 150);
  assert.match(gate.reasons.at(-1) as string, `trained on ${champion?.test_rows_trained_on} of the test customers`);
});

test('a worse model does not take the place of a better one', async () => {
  const inputs = { gold, config };
  const outputs = { model: at('models_e2') };
  await train(contextOf({ inputs, outputs, parameters: { Experiment: 'E2_add_risk' } }));
  const lax = writeConfig(at('lax.json'), change({ promotion: { ...promotion, pr_auc_min: 0 } }));
  const options = { model: at('models_e2'), config: lax, registry: await championOf('registry_best', model) };
  const { gate, champion, pr_auc } = await evaluateTo('worse', options);
  assert.ok((champion?.pr_auc ?? 0) > (pr_auc ?? 1));
  assert.is(gate.passed, false);
  assert.match(gate.reasons[0] as string, 'worse');
});

test('a champion that cannot be scored on these rows is not beaten by default', async () => {
  const poor = at('gold_poor');
  cpSync(gold, poor, { recursive: true });
  const table = path.join(poor, 'gold_master.parquet');
  pl.readParquet(table).drop('sentiment_label').writeParquet(table, { compression: 'zstd' });
  const facts = readJson(poor, 'features.json');
  const features = facts.features.filter((one: { name: string }) => one.name !== 'sentiment_label');
  writeFileSync(path.join(poor, 'features.json'), JSON.stringify({ ...facts, features }));
  const textFree = writeConfig(at('text_free.json'), (all) => {
    change({ promotion: { ...promotion, pr_auc_min: 0 } })(all);
    Object.assign(all, { features: { ...all.features, champion: 'E2_add_risk', beside: [] } });
  });
  await train(contextOf({ inputs: { gold: poor, config: textFree }, outputs: { model: at('models_poor') } }));
  const options = { gold: poor, model: at('models_poor'), config: textFree };
  const { gate, champion } = await evaluateTo('poor', {
    ...options,
    registry: await championOf('registry_rich', model),
  });
  assert.is(gate.passed, false);
  assert.is(champion?.pr_auc, null);
  assert.match(gate.reasons[0] as string, 'champion version 1 cannot be compared');
  assert.match(gate.reasons[0] as string, 'sentiment_label');
});

const CHAMPION = { version: 3, experiment: 'E5_full', roc_auc: 0.9, test_rows_trained_on: 0, reason: null };
for (const [name, candidate, champion, passed] of [
  ['first, at the minimum', 0.7, null, true],
  ['first, below the minimum', 0.6999, null, false],
  ['as good as the champion', 0.75, { ...CHAMPION, pr_auc: 0.75 }, true],
  ['better', 0.76, { ...CHAMPION, pr_auc: 0.75 }, true],
  ['worse within the tolerance', 0.745, { ...CHAMPION, pr_auc: 0.75 }, true],
  ['worse', 0.74, { ...CHAMPION, pr_auc: 0.75 }, false],
  ['better than a bad champion, below the minimum', 0.6, { ...CHAMPION, pr_auc: 0.5 }, false],
  ['champion unknown', 0.9, { ...CHAMPION, pr_auc: null, reason: 'no column x' }, false],
  ['candidate unknown', null, null, false],
] as const) {
  test(`gate: ${name}`, () => {
    const gate = judge(candidate, champion, { pr_auc_min: 0.7, tolerance: 0.005, approval: 'automatic' });
    assert.is(gate.passed, passed);
    assert.ok(gate.reasons.length > 0);
  });
}

test('a group without a class has no curve figures, with the reason', async () => {
  const stayers = writeGold(at('gold_stayers'), {
    change: (row) =>
      row.churn === 0 && Number(row.months_to_renewal) > 6
        ? { ...row, segment: 'Corporate' }
        : { ...row, segment: 'SME' },
  });
  await train(contextOf({ inputs: { gold: stayers, config }, outputs: { model: at('models_stayers') } }));
  const { subgroups } = await evaluateTo('stayers', { gold: stayers, model: at('models_stayers') });
  const group = subgroups.find(({ value }) => value === 'Corporate');
  assert.is(group?.churners, 0);
  assert.equal([group?.pr_auc, group?.roc_auc, group?.recall], [null, null, null]);
  assert.equal([group?.reasons.pr_auc, group?.reasons.recall], ['no positives', 'no positives']);
  assert.is(subgroups.find(({ value }) => value === 'SME')?.reasons.pr_auc, undefined);
});

test('bad input is one line', async () => {
  await refused('gold_mismatch', 'trained on another gold', { gold: writeGold(at('other'), { customers: 900 }) });
  await refused('model_missing', 'metadata.json', { model: brokenModel('m1', 'metadata.json') });
  await refused('model_missing', 'model.txt', { model: brokenModel('m2', 'model.txt') });
  await refused('model_invalid', 'of this version', {
    model: brokenModel('m3', 'metadata.json', '{"schema_version":9}'),
  });
  await refused('model_invalid', 'split.parquet', { model: brokenModel('m4', 'split.parquet') });
  await refused('model_invalid', 'comparison.json', { model: brokenModel('m5', 'comparison.json', '{') });
  await refused('BAD_MODEL', 'model.txt', { model: brokenModel('m6', 'model.txt', 'no trees') });
  const grouped = writeConfig(at('grouped.json'), change({ subgroups: ['segment', 'planet'] }));
  await refused('subgroup_missing', 'gold has no column planet', { config: grouped });
  await refused('input_missing', 'no such file', { model: at('nowhere') });
});

test.run();
