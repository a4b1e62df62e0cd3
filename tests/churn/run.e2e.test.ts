/** The churn pipeline as a whole: what it leaves, what it does the second time, and what the registry does to it. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pl, { type DataFrame } from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { exists, hashes, readJson, remove, temporary } from '../folders.ts';
import { lastLine, pilotlight } from '../pilotlight.ts';
import { ROOT } from '../python.ts';
import {
  churnArgs,
  differing,
  filesIn,
  generateCustomers,
  readText,
  refused,
  refusedAtOnce,
  STEPS,
  statuses,
  succeed,
  versionsOf,
} from './churnRun.ts';

const CUSTOMERS = 1500;
const work = temporary();
const at = (...parts: string[]) => path.join(work, ...parts);
const [data, out, registry] = [at('data'), at('out'), at('out/registry')];
const run = (...more: string[]) => succeed(...churnArgs(data, out, ...more));
const table = (...parts: string[]) => pl.readParquet(path.join(...parts));
let clean: Record<string, string> = {};

test.before(() => generateCustomers(data, CUSTOMERS, 3));
test.after(() => remove(work));

test('without a champion the pipeline trains, and says where everything is', () => {
  const { stdout, stderr } = run();
  assert.match(stdout, new RegExp(out));
  assert.match(stderr, /training/);
  assert.is(readJson(out, 'run.json').parameters.Mode, 'train');
  assert.is(readJson(out, 'run.json').status, 'succeeded');
  for (const step of STEPS) assert.is(statuses(out)[step], 'succeeded', step);
  clean = hashes(out);
});

test('all outputs of all layers are there', () => {
  const wanted = [
    ...['bronze/customer.parquet', 'bronze/customer_month.parquet', 'bronze/quality.json'],
    ...['silver/customer.parquet', 'silver/customer_month.parquet', 'silver/quality.json'],
    ...['gold/gold_master.parquet', 'gold/features.json', 'gold/quality.json'],
    ...['model.txt', 'metadata.json', 'importance.json', 'reference.parquet', 'profile.json', 'split.parquet'].map(
      (name) => `models/${name}`,
    ),
    ...['models/predictions/out_of_fold.parquet', 'models/predictions/test.parquet'],
    ...['models/comparison.json', 'models/leakage.json', 'models/tracking/metrics.json'],
    ...['evaluation/evaluation.json', 'evaluation/report.html', 'evaluation/precision_recall.svg'],
    ...['registration/registration.json', 'registry/churn/state.json', 'registry/churn/history.jsonl'],
    ...['scored/scores.parquet', 'scored/scores.csv', 'scored/summary.json'],
    ...[
      'recommendations/recommendations.parquet',
      'recommendations/recommendations.csv',
      'recommendations/summary.json',
    ],
    ...['drift_report.json', 'drift_summary.json', 'drift.html', 'drift.txt', 'alerts.json'].map(
      (name) => `monitoring/${name}`,
    ),
  ];
  const found = filesIn(out);
  for (const file of wanted) assert.ok(found.includes(file), file);
  assert.equal(
    found.filter((name) => path.basename(name).startsWith('.')),
    [],
    'no work files are left',
  );
});

test('every table and every JSON can be read, and no number is NaN or infinite', () => {
  for (const name of filesIn(out)) {
    const file = path.join(out, name);
    if (name.endsWith('.json')) assert.not.throws(() => JSON.parse(readText(file)), undefined, name);
    if (name.endsWith('.jsonl')) for (const line of readText(file).trim().split('\n')) JSON.parse(line);
    if (name.endsWith('.csv')) assert.not.match(readText(file), /(^|,)-?(nan|inf|infinity)(,|$)/im, name);
    if (!name.endsWith('.parquet')) continue;
    const frame = table(file);
    assert.ok(frame.height > 0, name);
    for (const column of frame.getColumns().filter((one) => one.dtype.equals(pl.Float64))) {
      const values = column.dropNulls().toArray() as number[];
      assert.ok(values.every(Number.isFinite), `${name} ${column.name}`);
    }
  }
});

const idsOf = (frame: DataFrame) => frame.getColumn('customer_id').toArray() as string[];

test('a customer of the label is a row of every layer, in order', () => {
  const labelled = pl.readCSV(path.join(data, 'churn_label.csv'));
  const ids = [...new Set(idsOf(labelled))].sort();
  assert.is(ids.length, CUSTOMERS);
  for (const file of [
    ...['bronze/customer.parquet', 'silver/customer.parquet', 'gold/gold_master.parquet'],
    ...['scored/scores.parquet', 'recommendations/recommendations.parquet'],
  ]) {
    assert.equal(idsOf(table(out, file)), ids, file);
  }
  for (const layer of ['bronze', 'silver'])
    assert.is(table(out, layer, 'customer_month.parquet').height, 12 * CUSTOMERS, layer);
  for (const summary of ['scored', 'recommendations'])
    assert.is(readJson(out, summary, 'summary.json').rows, CUSTOMERS);
  const { rows } = readJson(out, 'models/metadata.json');
  assert.is(rows.train + rows.test, CUSTOMERS);
  assert.is(table(out, 'models/reference.parquet').height, rows.train);
  assert.is(table(out, 'evaluation/test.parquet').height, rows.test);
  const churn = table(out, 'gold/gold_master.parquet').getColumn('churn').toArray();
  const order = new Map(idsOf(labelled).map((id, i) => [id, labelled.getColumn('churn').get(i)]));
  assert.equal(
    churn,
    ids.map((id) => order.get(id)),
    'labels stay with their customers',
  );
});

/** Lower bounds of the tiers, as the retailer's table has them. */
const TIERS = [
  ['Critical', 0.8],
  ['High', 0.6],
  ['Medium', 0.4],
  ['Low', 0],
] as const;

test('probabilities have 4 decimals, tiers follow the table of bounds, losses follow the margin', () => {
  const margins = table(out, 'gold/gold_master.parquet').select('customer_id', 'avg_monthly_margin');
  const scores = table(out, 'scored/scores.parquet').join(margins, { on: 'customer_id', how: 'left' });
  const exact = pl.col('churn_proba').mul(pl.col('avg_monthly_margin').clip(0, 1e12));
  const rows = scores.withColumn(exact.alias('exact_loss')).toRecords();
  for (const row of rows) {
    const { customer_id, churn_proba: p, expected_monthly_loss: loss, exact_loss } = row as Record<string, number>;
    assert.ok(p !== undefined && p >= 0 && p <= 1, `${customer_id}: ${p}`);
    assert.is(Number(p.toFixed(4)), p, `${customer_id}: ${p}`);
    assert.is(row.risk_tier, TIERS.find(([, bound]) => p >= bound)?.[0], `${customer_id}: ${p}`);
    assert.is(Number(loss?.toFixed(2)), loss, `${customer_id}: ${loss}`);
    assert.ok(
      Math.abs((loss as number) - (exact_loss as number)) < 0.005 + 1e-9,
      `${customer_id}: ${loss} ${exact_loss}`,
    );
    assert.is(row.model_version, 1);
  }
  assert.ok(new Set(rows.map((row) => row.risk_tier)).size > 1, 'not all customers are alike');
  const { tiers, expected_monthly_loss_eur: total } = readJson(out, 'scored/summary.json');
  for (const [tier] of TIERS) {
    assert.is(tiers[tier].customers, rows.filter((row) => row.risk_tier === tier).length, tier);
  }
  const sum = rows.reduce((all, row) => all + Number(row.expected_monthly_loss), 0);
  assert.ok(Math.abs(total - sum) < 0.01);
});

test('features requested are features made, and none of them is the outcome', () => {
  const { experiment, features, requested, missing } = readJson(out, 'models/metadata.json');
  const names = features.map(({ name }: { name: string }) => name);
  assert.is(experiment, 'E5_full');
  assert.equal([requested.length, missing], [56, []]);
  assert.equal(names.toSorted(), requested.toSorted());
  const gold = table(out, 'gold/gold_master.parquet');
  for (const name of names) assert.ok(gold.columns.includes(name), name);
  for (const name of ['churn', 'customer_id', 'avg_monthly_margin', 'total_margin_2024', 'sentiment_neg']) {
    assert.not.ok(names.includes(name), name);
  }
  const { carried, absent_tiers } = readJson(out, 'gold/features.json');
  assert.equal([carried.includes('avg_monthly_margin'), absent_tiers], [true, []]);
});

/** Action, share of the monthly margin at most, timing: the retailer's policy. */
const POLICY: Record<string, [string, number, string]> = {
  Low: ['no_offer', 0, '60_90_days'],
  Medium: ['offer_small', 0.05, '30_60_days'],
  High: ['offer_medium', 0.15, 'immediate'],
  Critical: ['offer_large', 0.25, 'immediate'],
};

const listOf = (value: unknown) => value as string[];

test('recommendations keep to the policy of the tier and to the guardrails', () => {
  const margins = table(out, 'gold/gold_master.parquet').select('customer_id', 'avg_monthly_margin');
  const scores = table(out, 'scored/scores.parquet').select('customer_id', 'churn_proba', 'expected_monthly_loss');
  const rows = table(out, 'recommendations/recommendations.parquet')
    .join(margins, { on: 'customer_id', how: 'left' })
    .join(scores, { on: 'customer_id', how: 'left' })
    .toRecords();
  for (const row of rows) {
    const [action, share, timing] = POLICY[row.risk_tier as string] as [string, number, string];
    const [margin, offer] = [Number(row.avg_monthly_margin), Number(row.offer_eur_month)];
    assert.is(row.risk_score, row.churn_proba);
    assert.is(row.expected_margin_impact, row.expected_monthly_loss);
    assert.ok(listOf(row.reason_codes).length > 0, String(row.customer_id));
    if (row.decision === 'offer') {
      assert.equal([row.action, row.timing_window], [action, timing], String(row.customer_id));
      assert.ok(
        margin >= 0 && offer > 0 && offer <= share * margin + 1e-9,
        `${row.customer_id}: ${offer} of ${margin}`,
      );
      assert.equal(row.guardrails, []);
    } else {
      assert.equal([row.action, offer], ['no_offer', 0], String(row.customer_id));
      assert.ok(listOf(row.guardrails).length > 0, String(row.customer_id));
    }
    if (margin < 0 || row.risk_tier === 'Low') assert.is(row.decision, 'no_offer', String(row.customer_id));
  }
  const offers = rows.filter((row) => row.decision === 'offer').length;
  assert.ok(offers > 0);
  assert.is(readJson(out, 'recommendations/summary.json').decisions.offer, offers);
});

test('the model is the champion, and drift has its training rows as reference from now on', () => {
  const registration = readJson(out, 'registration/registration.json');
  assert.equal(
    [registration.version, registration.status, registration.champion_version, registration.group],
    [1, 'approved', 1, 'churn'],
  );
  assert.equal(versionsOf(registry).champion, 1);
  const artifacts = path.join(registry, 'churn/versions/1/artifacts');
  assert.is(readText(artifacts, 'model.txt'), readText(out, 'models/model.txt'));
  assert.is(readText(artifacts, 'evaluation/evaluation.json'), readText(out, 'evaluation/evaluation.json'));
  assert.is(readJson(out, 'monitoring/drift_summary.json').status, 'reference_saved');
  assert.equal(readJson(out, 'monitoring/alerts.json'), []);
});

test('the same training again skips every step and changes no byte', () => {
  const [state, history] = [readText(registry, 'churn/state.json'), readText(registry, 'churn/history.jsonl')];
  run('--mode', 'train');
  for (const step of STEPS) assert.is(statuses(out)[step], 'skipped', step);
  assert.equal(differing(hashes(out), clean), []);
  assert.equal([readText(registry, 'churn/state.json'), readText(registry, 'churn/history.jsonl')], [state, history]);
});

test('--fresh makes the same bytes; meanwhile a second run on the folder says so and stops', async () => {
  const args = churnArgs(data, out, '--mode', 'train', '--fresh');
  const child = spawn(process.execPath, [path.join(ROOT, 'pipelines/cli.ts'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  for (let waited_ms = 0; !exists(out, '.pilotlight/lock') && waited_ms < 20_000; waited_ms += 20) await sleep(20);
  const second = pilotlight(...churnArgs(data, out, '--mode', 'train'));
  assert.is(second.code, 2, second.stderr);
  assert.match(
    lastLine(second),
    new RegExp(`process ${child.pid} on \\S+ is running in this output folder: ${out}: wait for it`),
  );
  assert.is(await ended, 0, said);
  for (const step of STEPS) assert.is(statuses(out)[step], 'succeeded', step);
  assert.equal(differing(hashes(out), clean), []);
});

test('a model that is there is not registered again: not by --fresh, not by a run elsewhere', () => {
  const other = at('other');
  succeed(...churnArgs(data, other, '--mode', 'train', '--registry', registry));
  assert.is(readJson(other, 'registration/registration.json').version, 1);
  assert.equal([versionsOf(registry).champion, versionsOf(registry).versions.length], [1, 1]);
  const elsewhere = Object.entries(clean).filter(([name]) => !name.startsWith('registry/'));
  assert.equal(differing(hashes(other), Object.fromEntries(elsewhere)), []);
});

const SCORED = /^(scored|recommendations)\//;
const scoredIn = (folder: string) =>
  Object.fromEntries(Object.entries(hashes(folder)).filter(([name]) => SCORED.test(name)));
const scoredOnce = () => Object.fromEntries(Object.entries(clean).filter(([name]) => SCORED.test(name)));

test('scoring gives the scores of the training run, here and elsewhere', () => {
  run('--mode', 'score');
  const left = { Train: 'not_run', Evaluate: 'not_run', Register: 'not_run' };
  assert.equal(statuses(out), {
    ...{ Bronze: 'skipped', Silver: 'skipped', Gold: 'skipped', TrainOrScore: 'succeeded', ...left },
    ...{ Score: 'succeeded', Recommend: 'succeeded', DriftCheck: 'succeeded' },
  });
  assert.equal(differing(scoredIn(out), scoredOnce()), []);
  assert.is.not(readJson(out, 'monitoring/drift_summary.json').status, 'reference_saved');
  const other = at('scored');
  succeed(...churnArgs(data, other, '--mode', 'score', '--registry', registry));
  assert.equal(differing(scoredIn(other), scoredOnce()), []);
  assert.not.ok(exists(other, 'models'));
  assert.not.ok(exists(other, 'registry'));
});

test('with a champion the pipeline scores', () => {
  const { stderr } = succeed(...churnArgs(data, at('scored'), '--registry', registry));
  assert.match(stderr, /scoring with version 1/);
  for (const step of ['Bronze', 'Score', 'Recommend', 'DriftCheck'])
    assert.is(statuses(at('scored'))[step], 'skipped', step);
});

test('newer customers who are others: drift is found, alerts are there, and the run ends well', () => {
  const [newer, scored] = [at('newer'), at('newer-out')];
  generateCustomers(newer, 1000, 4);
  raisePrices(path.join(newer, 'price_history.csv'));
  succeed(...churnArgs(newer, scored, '--mode', 'score', '--registry', registry));
  const summary = readJson(scored, 'monitoring/drift_summary.json');
  assert.equal([summary.status, summary.drift_detected, summary.metrics.DriftDetected], ['drift', true, 1]);
  assert.is(summary.metrics.FeaturesDrifted, summary.features_drifted);
  assert.equal(
    [summary.reference_rows, summary.current_rows],
    [readJson(out, 'models/metadata.json').rows.train, 1000],
  );
  const { model_types } = readJson(scored, 'monitoring/drift_report.json');
  const drifted = model_types[0].features.filter((one: { drifted: boolean }) => one.drifted);
  assert.ok(drifted.some(({ name }: { name: string }) => name === 'elec_price_vs_province_cost_spread'));
  const alerts = readJson(scored, 'monitoring/alerts.json');
  assert.ok(
    alerts.some(({ cause }: { cause: string }) => cause === 'feature_drift'),
    JSON.stringify(alerts),
  );
  assert.is(table(scored, 'scored/scores.parquet').height, 1000);
});

/** Half again as dear from the first month on: what a customer pays and brings is no longer what it was. */
function raisePrices(file: string): void {
  const prices = pl.readCSV(file, { inferSchemaLength: null });
  const tiers = prices.columns.filter((name) => name.startsWith('variable_price_tier'));
  prices.withColumns(...tiers.map((name) => pl.col(name).cast(pl.Float64).mul(1.5))).writeCSV(file);
}

test('scoring without a champion is refused at once, and makes no folder', () => {
  const target = at('refused');
  const score = churnArgs(data, target, '--mode', 'score');
  refusedAtOnce(/no model to score with: .*refused\/registry: train one first \(--mode train\)/, ...score);
  refusedAtOnce(/there is no version 7: group churn/, ...score, '--registry', registry, '--model-version', '7');
  assert.not.ok(existsSync(target));
});

test('a worse model is kept and rejected: the champion scores', () => {
  const worse = at('worse');
  succeed(...churnArgs(data, worse, '--mode', 'train', '--experiment', 'E7_market_only', '--registry', registry));
  const registration = readJson(worse, 'registration/registration.json');
  assert.equal([registration.version, registration.status, registration.champion_version], [2, 'rejected', 1]);
  assert.equal(
    versionsOf(registry).versions.map(({ status }) => status),
    ['approved', 'rejected'],
  );
  assert.equal(
    differing(scoredIn(worse), scoredOnce()),
    [],
    'it is the same customers, and the same model that scored them',
  );
  const { champion, gate } = readJson(worse, 'evaluation/evaluation.json');
  const { pr_auc } = readJson(out, 'evaluation/evaluation.json');
  assert.equal([champion.version, gate.passed], [1, false]);
  assert.ok(Math.abs(champion.pr_auc - pr_auc) < 1e-12, 'on the same rows the champion is as good as it was');
});

test('the registry decides who scores: approve, reject, and back', () => {
  const decide = (...more: string[]) => pilotlight('registry', ...more, '--registry', registry, '--reason', 'a trial');
  const scores = at('scored/scored/scores.parquet');
  const score = () => succeed(...churnArgs(data, at('scored'), '--registry', registry));
  refused(
    /version 2 is rejected: .*approve another version, or this one by force/,
    ...['registry', 'approve', '--registry', registry, '--model-version', '2', '--reason', 'a trial'],
  );
  refused(/version 2 was rejected/, ...churnArgs(data, at('scored'), '--registry', registry, '--model-version', '2'));
  assert.is(decide('approve', '--model-version', '2', '--force').code, 0);
  assert.match(succeed('registry', 'champion', '--registry', registry).stdout, /churn version 2/);
  score();
  assert.equal([...new Set(table(scores).getColumn('model_version').toArray())], [2]);
  assert.is.not(scoredIn(at('scored'))['scored/scores.parquet'], scoredOnce()['scored/scores.parquet']);
  assert.is(decide('reject', '--model-version', '2', '--replacement', '1').code, 0);
  score();
  assert.equal(differing(scoredIn(at('scored')), scoredOnce()), []);
  assert.is(decide('reject', '--model-version', '1', '--force').code, 0);
  const none = churnArgs(data, at('scored'), '--mode', 'score', '--registry', registry);
  refusedAtOnce(/no champion in the group churn: .*rejected.*approve it/, ...none);
  const history = readText(registry, 'churn/history.jsonl').trim().split('\n');
  assert.equal(
    history.map((line) => JSON.parse(line).action),
    ['register', 'register', 'approve', 'reject', 'reject'],
  );
});

test('raw data that were cut while the outputs stand are refused, and the outputs of before are gone', () => {
  const cut = at('cut');
  cpSync(data, cut, { recursive: true });
  remove(path.join(cut, 'customer_contracts.csv'));
  refused(/customer_contracts/, ...churnArgs(cut, at('scored'), '--mode', 'train'));
  assert.not.ok(exists(at('scored'), 'scored'), 'scores of other customers would look like these');
});

test.run();
