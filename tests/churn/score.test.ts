import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openLocalRegistry } from '@pilotlight/registry';
import { literal } from '@pilotlight/tables';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openModel } from '../../pipelines/churn/modelFolder.ts';
import { NO_REASON, REASONS, THEMES } from '../../pipelines/churn/reasonsTable.ts';
import { expectedLossSql, predictionSql, roundedSql, tierSql } from '../../pipelines/churn/scoring.ts';
import { withSession } from '../../pipelines/churn/scoringSession.ts';
import { score } from '../../pipelines/churn/steps/score.ts';
import { runPython, testWithPython } from '../python.ts';
import { writeGold } from './goldFixture.ts';
import {
  changeJson,
  copyOf,
  readJson,
  refuses,
  registerIn,
  remove,
  runStep,
  temporary,
  trainedRoot,
} from './scoringFixture.ts';

process.env.PILOTLIGHT_LOG_LEVEL = 'silent';

const trained = await trainedRoot();
await registerIn(trained);

const scoreIn = (root: string, parameters: Record<string, string> = {}, out = 'scored') =>
  runStep(root, score, { gold: 'gold', config: 'config.json' }, { scored: out }, parameters);

const readScores = (root: string, out = 'scored') => pl.readParquet(path.join(root, out, 'scores.parquet'));
const readRows = (root: string) => readScores(root).toRecords() as Record<string, unknown>[];

/** A query's values, one a row. */
async function evaluate(sql: string): Promise<unknown[]> {
  const folder = temporary();
  try {
    return await withSession(folder, new AbortController().signal, async (session) =>
      (await session.rows(sql)).map((row) => row.value),
    );
  } finally {
    remove(folder);
  }
}

const TIERS: [probability: number, rounded: number, tier: string][] = [
  [0, 0, 'Low'],
  [0.39994, 0.3999, 'Low'],
  [0.39996, 0.4, 'Medium'],
  [0.4, 0.4, 'Medium'],
  [0.59994, 0.5999, 'Medium'],
  [0.59996, 0.6, 'High'],
  [0.79994, 0.7999, 'High'],
  [0.79996, 0.8, 'Critical'],
  [1, 1, 'Critical'],
];

test('the tier is of the probability as it is written', async () => {
  const bounds = { Low: 0, Medium: 0.4, High: 0.6, Critical: 0.8 } as const;
  const values = TIERS.map(([probability]) => `(${literal(probability)})`).join(', ');
  const rounded = roundedSql('p');
  const query = (value: string) => `SELECT ${value} AS value FROM (VALUES ${values}) t(p)`;
  assert.equal(
    await evaluate(query(rounded)),
    TIERS.map(([, expected]) => expected),
  );
  assert.equal(
    await evaluate(query(tierSql(rounded, bounds))),
    TIERS.map(([, , tier]) => tier),
  );
});

test('expected loss: nothing of a negative margin, unknown of an unknown one', async () => {
  const margins = [10, 7.335, 0, -5, null].map((margin) => `(CAST(${margin ?? 'NULL'} AS DOUBLE))`);
  const query = `SELECT ${expectedLossSql(literal(0.25), 'm')} AS value FROM (VALUES ${margins.join(', ')}) t(m)`;
  assert.equal(await evaluate(query), [2.5, 1.83, 0, 0, null]);
});

test('the prediction is of the exact probability', async () => {
  const query = `SELECT ${predictionSql('p', 0.30004)} AS value FROM (VALUES (CAST(0.30003 AS DOUBLE)), (0.30004)) t(p)`;
  assert.equal(await evaluate(query), [0, 1]);
});

test('every customer of gold is scored once, by customer_id, with a reason', async () => {
  const root = copyOf(trained);
  try {
    await scoreIn(root);
    const scores = readScores(root);
    assert.equal(scores.columns, [
      'customer_id',
      'churn_proba',
      'risk_tier',
      'prediction',
      'expected_monthly_loss',
      'segment',
      'reason_codes',
      'reason_texts',
      'reason_texts_es',
      'model_version',
      'raw_probability',
    ]);
    const gold = pl.readParquet(path.join(root, 'gold/gold_master.parquet'));
    const ids = scores.getColumn('customer_id').toArray();
    assert.equal(ids, [...gold.getColumn('customer_id').toArray()].sort());
    for (const row of readRows(root)) {
      const codes = row.reason_codes as string[];
      assert.ok(codes.length >= 1 && codes.length <= 3);
      assert.is(codes.length, (row.reason_texts as string[]).length);
      assert.is(codes.length, (row.reason_texts_es as string[]).length);
    }
    const summary = readJson(root, 'scored/summary.json');
    const tiers = Object.values(summary.tiers as Record<string, { customers: number }>);
    assert.is(summary.score, 'churn_proba');
    assert.is(
      tiers.reduce((total, tier) => total + tier.customers, 0),
      gold.height,
    );
    assert.is(summary.held_out.rows, openModel(path.join(root, 'models')).metadata.rows.test);
    const losses = scores.getColumn('expected_monthly_loss').toArray() as number[];
    const loss = losses.reduce((total, one) => total + one, 0);
    assert.ok(Math.abs(summary.expected_monthly_loss_eur - loss) < 0.006);
    const csv = readFileSync(path.join(root, 'scored/scores.csv'), 'utf8').trim().split('\n');
    assert.is(csv.length, gold.height + 1);
    const codes = readRows(root)[0]?.reason_codes as string[] | undefined;
    assert.ok(codes && (csv[1] as string).includes(codes.join(';')));
  } finally {
    remove(root);
  }
});

type Oracle = { predictions: number[]; contributions: number[][]; features: string[] };

testWithPython("probabilities and reasons equal those of LightGBM's own package", async () => {
  const root = copyOf(trained);
  try {
    await scoreIn(root);
    const data = path.join(root, 'gold/gold_master.parquet');
    const model = path.join(root, 'models/model.txt');
    const oracle = runPython('boosting_oracle.py', [], { task: 'predict', model, data }) as Oracle;
    const { calibration, threshold } = openModel(path.join(root, 'models')).metadata;
    if (calibration.method !== 'sigmoid') throw new Error('the fixture is calibrated by a sigmoid');
    const ids = pl.readParquet(data).getColumn('customer_id').toArray() as string[];
    const rows = new Map(
      readScores(root)
        .toRecords()
        .map((row) => [row.customer_id as string, row]),
    );
    for (const [i, id] of ids.entries()) {
      const row = rows.get(id) as Record<string, unknown>;
      const raw = oracle.predictions[i] as number;
      const logit = Math.log(raw / (1 - raw));
      const exact = 1 / (1 + Math.exp(-(calibration.slope * logit + calibration.intercept)));
      assert.ok(Math.abs((row.raw_probability as number) - raw) < 1e-12);
      assert.ok(Math.abs((row.churn_proba as number) - exact) <= 0.5e-4 + 1e-9);
      assert.is(row.prediction, Number(exact >= threshold));
      assert.equal(themesOf(row.reason_codes as string[]), strongestThemes(oracle, i), id);
    }
  } finally {
    remove(root);
  }
});

const THEME_OF = new Map([
  ...Object.entries(THEMES).map(([theme, { code }]) => [code, theme] as const),
  ...Object.values(REASONS).flatMap(({ theme, wordings }) => wordings.map(({ code }) => [code, theme] as const)),
]);
const themesOf = (codes: readonly string[]) => codes.map((code) => THEME_OF.get(code) ?? code);

/** The three themes with the largest sums above zero. */
function strongestThemes({ contributions, features }: Oracle, row: number): string[] {
  const sums = new Map<string, number>();
  for (const [column, name] of features.entries()) {
    const theme = REASONS[name]?.theme as string;
    sums.set(theme, (sums.get(theme) ?? 0) + ((contributions[row] as number[])[column] as number));
  }
  const pushing = [...sums].filter(([, sum]) => sum > 0).sort(([, a], [, b]) => b - a);
  return pushing.length === 0 ? [NO_REASON.code] : pushing.slice(0, 3).map(([theme]) => theme);
}

test('the same inputs give the same bytes, whatever the order of gold', async () => {
  const root = copyOf(trained);
  try {
    await scoreIn(root, {}, 'a');
    await scoreIn(root, {}, 'b');
    const gold = path.join(root, 'gold/gold_master.parquet');
    pl.readParquet(gold).sort('months_to_renewal').writeParquet(gold, { compression: 'zstd' });
    await scoreIn(root, {}, 'c');
    for (const name of ['scores.parquet', 'scores.csv', 'summary.json']) {
      const bytes = readFileSync(path.join(root, 'a', name));
      assert.ok(bytes.equals(readFileSync(path.join(root, 'b', name))), name);
      assert.ok(bytes.equals(readFileSync(path.join(root, 'c', name))), `${name}, of gold in another order`);
    }
  } finally {
    remove(root);
  }
});

test('a missing margin has no loss, is counted, and a category never seen is named', async () => {
  const root = copyOf(trained);
  try {
    const change = (row: Record<string, string | number | null>, i: number) =>
      i === 0 ? { ...row, avg_monthly_margin: null, segment: 'Farm' } : row;
    writeGold(path.join(root, 'gold'), { customers: 50, change });
    await scoreIn(root);
    const [first] = readRows(root);
    assert.is(first?.expected_monthly_loss, null);
    const summary = readJson(root, 'scored/summary.json');
    assert.is(summary.margin_missing, 1);
    assert.equal(summary.unseen_categories.segment, { rows: 1, examples: ['Farm'] });
  } finally {
    remove(root);
  }
});

test('a version is asked for by number while it waits, and not once it was rejected', async () => {
  const root = copyOf(trained);
  try {
    const registry = openLocalRegistry(path.join(root, 'registry'));
    const champion = await registry.champion('churn');
    await registry.register({
      group: 'churn',
      artifacts: champion?.folder as string,
      facts: { note: 'a challenger' },
      modelSha256: champion?.modelSha256 as string,
    });
    await scoreIn(root, { ModelVersion: '2' });
    assert.is(readJson(root, 'scored/summary.json').model_version, 2);
    await registry.reject({ group: 'churn', version: 2, by: 'gate', reason: 'pr_auc 0.28 misses the minimum 0.7' });
    await refuses(() => scoreIn(root, { ModelVersion: '2' }), /version 2 was rejected: pr_auc 0.28 misses/);
    await refuses(() => scoreIn(root, { ModelVersion: 'best' }), /"best" is no model version/);
    await refuses(() => scoreIn(root, { ModelVersion: '7' }), /there is no version 7/);
    await scoreIn(root);
    assert.is(readJson(root, 'scored/summary.json').model_version, 1);
  } finally {
    remove(root);
  }
});

test('without a champion it says why, and what to do', async () => {
  const root = copyOf(trained);
  try {
    remove(path.join(root, 'registry'));
    await refuses(() => scoreIn(root), /nothing is registered in the group churn.*--mode train/);
    changeJson<{ gate: object }>(path.join(root, 'evaluation/evaluation.json'), (one) => {
      one.gate = { passed: false, reasons: ['pr_auc 0.28 misses the minimum 0.7'] };
    });
    await registerIn(root);
    await refuses(
      () => scoreIn(root),
      /no champion.*version 1 was rejected: pr_auc 0.28 misses the minimum 0.7.*pilotlight registry approve.*--force.*pr_auc_min/,
    );
    remove(path.join(root, 'registry'));
    changeJson<{ gate: object }>(path.join(root, 'evaluation/evaluation.json'), (one) => {
      one.gate = { passed: true, reasons: [] };
    });
    changeJson<{ modeling: { promotion: object } }>(path.join(root, 'config.json'), ({ modeling }) => {
      Object.assign(modeling.promotion, { approval: 'manual' });
    });
    await registerIn(root);
    await refuses(() => scoreIn(root), /version 1 waits for approval.*pilotlight registry approve/);
  } finally {
    remove(root);
  }
});

test('refuses gold that lacks features of the model, and lists all', async () => {
  const root = copyOf(trained);
  try {
    changeJson<{ features: { name: string; kind: string }[] }>(path.join(root, 'gold/features.json'), (gold) => {
      gold.features = gold.features
        .filter(({ name }) => name !== 'std_margin' && name !== 'customer_intent')
        .map((one) => (one.name === 'tenure_months' ? { ...one, kind: 'categorical' } : one));
    });
    await refuses(
      () => scoreIn(root),
      /features that gold lacks: tenure_months \(categorical, the model takes it as numeric\), std_margin, customer_intent/,
    );
  } finally {
    remove(root);
  }
});

test('refuses gold of another date, empty gold, a customer twice, damaged registries', async () => {
  const root = copyOf(trained);
  const gold = path.join(root, 'gold/gold_master.parquet');
  try {
    await refuses(() => scoreIn(root, { AsOf: '2025-01-31' }), /made for 2024-12-31, and this run is for 2025-01-31/);
    const rows = pl.readParquet(gold);
    rows.head(0).writeParquet(gold);
    await refuses(() => scoreIn(root), /no customer in gold/);
    pl.concat([rows, rows.head(2)]).writeParquet(gold);
    await refuses(() => scoreIn(root), /2 rows repeat a customer/);
    rows.writeParquet(gold);
    writeFileSync(path.join(root, 'registry/churn/versions/1/artifacts/model.txt'), 'tree');
    await refuses(() => scoreIn(root), /model\.txt.*restore it from a copy/);
    writeFileSync(path.join(root, 'registry/churn/state.json'), '{');
    await refuses(() => scoreIn(root), /is not JSON.*state\.json/);
    assert.not.ok(existsSync(path.join(root, 'scored/scores.parquet')), 'nothing was written');
  } finally {
    remove(root);
  }
});

test.after(() => remove(trained));
test.run();
