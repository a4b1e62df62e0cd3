import { spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packTarGz } from '@pilotlight/artifacts';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OUTPUT_COLUMNS } from '../../pipelines/segmentation/outputContract.ts';
import { exists, hashes, readJson, remove, temporary } from '../folders.ts';
import { lastLine, pilotlight } from '../pilotlight.ts';
import { ROOT } from '../python.ts';

const CONTRACTS = 4000;
const FAST = ['--set', 'modeling.boosting.rounds=30', '--set', 'modeling.boosting.early_stopping_rounds=10'];
const work = temporary();
const data = path.join(work, 'data');
const out = path.join(work, 'out');
const run = (...more: string[]) => pilotlight('run', 'segmentation', '--data', data, '--out', out, ...FAST, ...more);
let clean: Record<string, string> = {};

test.before(() => {
  const made = pilotlight('generate', 'segmentation', '--rows', String(CONTRACTS), '--seed', '3', '--out', data);
  assert.is(made.code, 0, made.stderr);
});
test.after(() => remove(work));

test('the whole pipeline runs and ends with the summary and its result', () => {
  const { code, stdout, stderr } = run();
  assert.is(code, 0, stderr);
  const lines = stdout.trimEnd().split('\n');
  assert.is(lines.length, 7);
  assert.match(lines[0] as string, /^Summary: .*summary\.html$/);
  assert.ok(exists(lines[0]?.slice('Summary: '.length) as string));
  clean = hashes(out);
});

test('all outputs of the contract are there', () => {
  const wanted = [
    'splits/features.json',
    'splits/quality.json',
    'drift/drift_report.json',
    'drift/drift_summary.json',
    'drift/drift_report.html',
    ...['Domestic', 'Industrial'].flatMap((type) =>
      ['model.tar.gz', 'evaluation.json', 'importance.json', 'roc.svg', 'precision_recall.svg', 'report.html'].map(
        (file) => `models/${type}/${file}`,
      ),
    ),
    'clusters/data_contract.json',
    'benchmark/benchmark.csv',
    'benchmark/benchmark.parquet',
    'report/summary.html',
    'report/summary.json',
    'run.json',
    'metrics-logs/week_2026-W02.txt',
  ];
  for (const file of wanted) assert.ok(exists(out, file), file);
});

test('every contract of a known tarifa is scored once, in the columns of the contract', () => {
  const clusters = pl.scanParquet(path.join(out, 'clusters/execution_date=2026-01-06/*/*.parquet')).collectSync();
  const { sources } = readJson(out, 'splits/quality.json');
  assert.is(clusters.height, sources.pola.rows_kept);
  assert.is(clusters.getColumn('policy_id').nUnique(), clusters.height);
  for (const { name, nullable } of OUTPUT_COLUMNS) {
    assert.ok(clusters.columns.includes(name), name);
    if (!nullable) assert.is(clusters.getColumn(name).nullCount(), 0, name);
  }
  const probability = clusters.getColumn('probability');
  assert.ok(Number(probability.min()) >= 0 && Number(probability.max()) <= 1);
});

test('BENCHMARK adds up to the scored contracts', () => {
  const benchmark = pl.readParquet(path.join(out, 'benchmark/benchmark.parquet'));
  const customers = benchmark.getColumn('customers').sum();
  assert.is(Number(customers), readJson(out, 'report/summary.json').contracts);
  assert.ok(Math.abs(Number(benchmark.getColumn('share').sum()) - 1) < 1e-12);
});

test('quality.json has no more than what came in, and finds the dirt', () => {
  const { sources } = readJson(out, 'splits/quality.json');
  const counts = sources.pola.checks.filter((check: { count: number }) => check.count > 0);
  assert.ok(counts.length > 0);
  assert.ok(sources.hfac.rows_kept < sources.hfac.rows_read);
});

test('the profile written at training time is a baseline of drift', () => {
  const [profile, report] = [path.join(out, 'models/Domestic/profile.json'), path.join(work, 'profile-drift')];
  const rows = path.join(out, 'splits/Domestic/train');
  const paths = ['--reference-path', profile, '--current-path', rows, '--output-path', report];
  const outcome = pilotlight(
    'drift',
    ...paths,
    '--execution-date',
    '2026-01-06',
    '--exclude',
    'policy_id',
    'customer_id',
  );
  assert.is(outcome.code, 0, outcome.stderr);
  const [type] = readJson(report, 'drift_report.json').model_types;
  assert.equal([type.reference_kind, type.features_drifted], ['profile', 0]);
  assert.ok(type.features_measured > 200);
});

test('the same command again skips every step and changes nothing', () => {
  const { code, stderr } = run();
  assert.is(code, 0, stderr);
  const steps = readJson(out, 'run.json').steps.filter(
    (step: { kind: string }) => step.kind !== 'condition' && step.kind !== 'fail',
  );
  for (const step of steps) assert.is(step.status, 'skipped', step.name);
  assert.equal(hashes(out), clean);
});

test('killed in the middle of each step, the same command ends with the same bytes', async () => {
  const other = path.join(work, 'killed');
  const args = ['run', 'segmentation', '--data', data, '--out', other, ...FAST];
  for (const step of ['PreprocessSplit', 'DriftCheck', 'TrainDomestic', 'InferenceReporting']) {
    await killDuring(step, args);
  }
  const { code, stderr } = pilotlight(...args);
  assert.is(code, 0, stderr);
  assert.equal(hashes(other), clean);
  remove(other);
});

/** Runs the command and kills it and its steps, without a chance to tidy up, as soon as the step has started. */
function killDuring(step: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(ROOT, 'pipelines/cli.ts'), ...args], {
      cwd: ROOT,
      detached: true,
      env: { ...process.env, PILOTLIGHT_LOG_FORMAT: 'json' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.on('data', (chunk) => {
      text += chunk;
      if (new RegExp(`"step":"${step}","msg":"started"`).test(text)) setTimeout(() => killGroup(child.pid), 150);
    });
    child.on('exit', (code) =>
      code === null ? resolve() : reject(new Error(`ended with ${code} before ${step}:\n${text}`)),
    );
  });
}

function killGroup(pid: number | undefined): void {
  try {
    process.kill(-(pid as number), 'SIGKILL');
  } catch {
    // It has ended by itself: the exit handler tells.
  }
}

test('new rows without labels are scored with the models; categories never seen are counted', () => {
  const next = path.join(work, 'next');
  pilotlight('generate', 'segmentation', '--rows', '1500', '--seed', '4', '--drift', 'category', '--out', next);
  const scored = path.join(work, 'scored');
  const models = path.join(out, 'models');
  const { code, stderr } = pilotlight('score', 'segmentation', '--models', models, '--data', next, '--out', scored);
  assert.is(code, 0, stderr);
  const summary = readJson(scored, 'report/summary.json');
  assert.ok(summary.contracts > 1400);
  assert.ok(summary.unseen_categories.Domestic.channel.rows > 0, JSON.stringify(summary.unseen_categories));
  const rows = pl.scanParquet(path.join(scored, 'clusters/execution_date=2026-01-06/*/*.parquet')).collectSync();
  assert.is(rows.getColumn('target').nullCount(), rows.height);
});

test('drift against a baseline is found, and stops the run with 3 when asked', () => {
  const next = path.join(work, 'drifted');
  pilotlight('generate', 'segmentation', '--rows', '3000', '--seed', '5', '--drift', 'all', '--out', next);
  const target = path.join(work, 'drifted-out');
  const { code, stderr } = pilotlight(
    ...['run', 'segmentation', '--data', next, '--out', target, '--baseline', out, '--fail-on-drift', ...FAST],
  );
  assert.is(code, 3, stderr);
  const summary = readJson(target, 'drift/drift_summary.json');
  assert.is(summary.overall_drift, true);
  assert.ok(summary.features_drifted > 0);
  assert.is.not(summary.prediction_drift, 'NOT_MEASURED');
  assert.not.ok(exists(target, 'models'));
});

test('without a baseline the drift report says that it was skipped', () => {
  assert.is(readJson(out, 'drift/drift_summary.json').status, 'skipped');
});

test('BENCHMARK is compared with that of an earlier run', () => {
  const target = path.join(work, 'compared');
  const { code, stderr } = pilotlight(
    ...['run', 'segmentation', '--data', data, '--out', target, '--previous', out, ...FAST],
  );
  assert.is(code, 0, stderr);
  const benchmark = pl.readParquet(path.join(target, 'benchmark/benchmark.parquet'));
  const changes = benchmark.getColumn('customers_change').toArray();
  assert.ok(changes.length > 0 && changes.every((change) => Number(change) === 0));
});

const refused = (expected: RegExp, ...args: string[]) => {
  const outcome = pilotlight(...args);
  assert.is(outcome.code, 2, outcome.stderr);
  assert.match(lastLine(outcome), expected);
  assert.not.match(outcome.stderr, /\n\s+at /);
};

test('a model archive that would write outside its folder is refused', async () => {
  const models = path.join(work, 'evil');
  cpSync(path.join(out, 'models'), models, { recursive: true });
  await packTarGz(path.join(models, 'Domestic/model.tar.gz'), [{ name: 'model.txt', content: 'tree' }]);
  const { gunzipSync, gzipSync } = await import('node:zlib');
  const tar = gunzipSync(readFileSync(path.join(models, 'Domestic/model.tar.gz')));
  writeFileSync(path.join(models, 'Domestic/model.tar.gz'), gzipSync(renameMember(tar, '../evil.txt')));
  const args = ['score', 'segmentation', '--models', models, '--data', data, '--out', path.join(work, 'evil-out')];
  refused(/\.\.\/evil\.txt/, ...args);
  assert.not.ok(exists(work, 'evil.txt'));
});

/** The first member of a tar under another name, its checksum made right. */
function renameMember(tar: Buffer, name: string): Buffer {
  const copy = Buffer.from(tar);
  copy.fill(0, 0, 100).write(name, 0);
  copy.fill(' ', 148, 156);
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return copy;
}

test('what cannot be used is one line and exit 2', () => {
  const target = path.join(work, 'refused');
  refused(
    /no such file or folder: .*nowhere/,
    'run',
    'segmentation',
    '--data',
    path.join(work, 'nowhere'),
    '--out',
    target,
  );
  refused(/no such configuration/, 'run', 'segmentation', '--data', data, '--out', target, '--config', 'no.yaml');
  refused(
    /"yesterday" is no date/,
    'run',
    'segmentation',
    '--data',
    data,
    '--out',
    target,
    '--execution-date',
    'yesterday',
  );
  refused(/unknown parameter: .*Nope/, 'run', 'segmentation', '--data', data, '--out', target, '--param', 'Nope=1');
  refused(
    /num_leavs/,
    'run',
    'segmentation',
    '--data',
    data,
    '--out',
    target,
    '--set',
    'modeling.boosting.params.num_leavs=3',
  );
});

test('one class only is refused with the model type', () => {
  const target = path.join(work, 'one-class');
  const sql = '--set=columns.sources.pola.columns.target={sql: "0", type: integer, min: 0, max: 1}';
  refused(
    /one class|both classes|only 0|class/i,
    'run',
    'segmentation',
    '--data',
    data,
    '--out',
    target,
    sql,
    '--set',
    'columns.sources.pola.columns.target.from=null',
  );
});

test.run();
