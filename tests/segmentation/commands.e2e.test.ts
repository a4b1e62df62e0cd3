/** Each command alone, as a user types it, and what it says of bad input. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readJson, remove, temporary } from '../folders.ts';
import { lastLine, pilotlight } from '../pilotlight.ts';

const work = temporary();
const csv = path.join(work, 'csv');
const table = path.join(work, 'train.parquet');
test.after(() => remove(work));
test.before(() => {
  const made = pilotlight('generate', 'segmentation', '--rows', '1200', '--seed', '9', '--format', 'csv', '--out', csv);
  assert.is(made.code, 0, made.stderr);
  const rows = Array.from({ length: 600 }, (_, i) => i);
  pl.DataFrame({
    y: rows.map((i) => (i % 7 < 2 ? 1 : 0)),
    x: rows.map((i) => (i % 7) + (i % 3) / 10),
    kind: rows.map((i) => (i % 7 < 3 ? 'near' : 'far')),
  }).writeParquet(table);
});

function refused(expected: RegExp, ...args: string[]): void {
  const outcome = pilotlight(...args);
  assert.is(outcome.code, 2, outcome.stderr);
  assert.is(outcome.stdout, '');
  assert.match(lastLine(outcome), expected);
  assert.not.match(outcome.stderr, /\n\s+at |panicked/);
}

test('train and predict on any Parquet, text columns as categories', () => {
  const [params, model, out] = ['p.json', 'model.txt', 'p.parquet'].map((name) => path.join(work, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(params, '{"objective": "binary", "metric": "auc", "num_leaves": 7, "min_data_in_leaf": 5}');
  const options = ['--target', 'y', '--params', params, '--rounds', '20', '--out', model];
  const trained = pilotlight('train', '--data', table, '--valid', table, ...options, '--json');
  assert.is(trained.code, 0, trained.stderr);
  const { trainRows, features, categories } = JSON.parse(trained.stdout);
  assert.equal([trainRows, features, categories], [600, ['x', 'kind'], { kind: ['far', 'near'] }]);
  const predicted = pilotlight('predict', '--model', model, '--data', table, '--keep', 'y', '--out', out);
  assert.is(predicted.code, 0, predicted.stderr);
  assert.equal(pl.readParquet(out).columns, ['y', 'probability']);
  assert.is(pl.readParquet(out).height, 600);
});

test('train and predict refuse what they cannot use, and write nothing', () => {
  const out = path.join(work, 'never.txt');
  const train = ['train', '--data', table, '--target', 'y', '--out', out];
  refused(/no such column.*'z'/, 'train', '--data', table, '--target', 'z', '--out', out);
  refused(/no such file or folder: .*none\.parquet/, 'train', '--data', 'none.parquet', '--target', 'y', '--out', out);
  writeFileSync(path.join(work, 'bad.json'), '{"num_leavs": 3}');
  refused(/num_leavs.*num_leaves/, ...train, '--params', path.join(work, 'bad.json'));
  writeFileSync(path.join(work, 'bad.json'), '{');
  refused(/not readable as JSON/, ...train, '--params', path.join(work, 'bad.json'));
  writeFileSync(path.join(work, 'bad.json'), '{"a": {"b": 1}}');
  refused(/"a" is no text, number or true\/false/, ...train, '--params', path.join(work, 'bad.json'));
  refused(/whole number/, ...train, '--rounds', '0');
  writeFileSync(path.join(work, 'no-model.txt'), 'tree\n');
  refused(/no-model\.txt/, 'predict', '--model', path.join(work, 'no-model.txt'), '--data', table, '--out', out);
  assert.not.ok(existsSync(out));
});

test('one step alone, from Parquet folders to a report', () => {
  const report = path.join(work, 'report');
  const folder = path.join(work, 'rows');
  mkdirSync(folder);
  cpSync(table, path.join(folder, 'a.parquet'));
  const io = ['--input', `current=${folder}`, '--input', `reference=${folder}`, '--output', `report=${report}`];
  const { code, stderr } = pilotlight('step', 'segmentation', 'DriftCheck', ...io, '--param', 'DriftThreshold=0.25');
  assert.is(code, 0, stderr);
  const summary = readJson(report, 'drift_summary.json');
  assert.equal([summary.status, summary.features_measured, summary.features_drifted], ['no_drift', 3, 0]);
});

test('a step says what it lacks', () => {
  refused(/no pipeline "seg"/, 'step', 'seg', 'DriftCheck');
  refused(/no step Drift: pipeline segmentation: use one of PreprocessSplit/, 'step', 'segmentation', 'Drift');
  refused(/missing output report/, 'step', 'segmentation', 'DriftCheck');
  const output = ['--output', `report=${path.join(work, 'r')}`];
  refused(/input "current" is missing/, 'step', 'segmentation', 'DriftCheck', ...output);
  refused(/no such input current/, 'step', 'segmentation', 'DriftCheck', ...output, '--input', 'current=nowhere');
  const input = ['--input', `current=${work}`];
  refused(
    /DriftThreshold/,
    'step',
    'segmentation',
    'DriftCheck',
    ...output,
    ...input,
    '--param',
    'DriftThreshold=high',
  );
});

test('unknown commands and options are refused, help is not', () => {
  assert.is(pilotlight('nonsense').code, 2);
  assert.is(pilotlight('run', 'segmentation', '--dta', 'x').code, 2);
  const help = pilotlight('--help');
  assert.is(help.code, 0);
  for (const name of ['demo', 'run', 'score', 'step', 'drift', 'train', 'predict', 'generate', 'config']) {
    assert.match(help.stdout, new RegExp(`^  ${name} `, 'm'));
    assert.is(pilotlight(name, '--help').code, 0, name);
  }
});

/** A copy of the raw files with one of them changed, run to its refusal. */
function withChanged(source: string, change: (file: string) => void, expected: RegExp): void {
  const data = path.join(work, 'changed');
  const out = path.join(work, 'changed-out');
  rmSync(data, { recursive: true, force: true });
  cpSync(csv, data, { recursive: true });
  change(path.join(data, source, readdirSync(path.join(data, source))[0] as string));
  refused(expected, 'run', 'segmentation', '--data', data, '--out', out);
  assert.not.ok(existsSync(path.join(out, 'splits')), 'nothing half-written');
  rmSync(out, { recursive: true, force: true });
}

const edit = (change: (text: string) => string) => (file: string) =>
  writeFileSync(file, change(readFileSync(file, 'utf8')));

test('raw files that cannot be used: one line that names file, column and what to do', () => {
  withChanged('clie', (file) => rmSync(file), /clie/);
  withChanged('clie', (file) => truncateSync(file, 0), /empty|no header/i);
  withChanged(
    'clie',
    edit((text) => `${text.split('\n')[0]}\n`),
    /no rows|header only|only a header/i,
  );
  withChanged(
    'pola',
    edit((text) => text.replaceAll(',', ';')),
    /delimiter/,
  );
  withChanged(
    'pola',
    (file) => writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from([0x50, 0xff, 0xfe, 0x0a])])),
    /utf-8|encoding|columns|fields/i,
  );
  withChanged(
    'hfac',
    edit((text) => text.replace('invoice_date', 'invoice_dte')),
    /invoice_date.*invoice_dte/,
  );
  withChanged(
    'hfac',
    edit((text) => text.replaceAll(/-\d\d,/g, '-xx,')),
    /invoice_date/,
  );
  withChanged(
    'pola',
    edit((text) => `${text}${text.split('\n').slice(1).join('\n')}`),
    /"duplicate" of pola column "policy_id".*correct the data/,
  );
});

test('a column of infinite values does not stop the run, and JSON stays JSON', () => {
  const data = path.join(work, 'infinite');
  cpSync(csv, data, { recursive: true });
  const file = path.join(data, 'pola', readdirSync(path.join(data, 'pola'))[0] as string);
  const frame = pl.readCSV(file, { inferSchemaLength: null });
  const changed = frame.withColumn(pl.lit('inf').alias('deposit_eur'));
  changed.writeCSV(file);
  const out = path.join(work, 'infinite-out');
  const sets = [
    '--set',
    'columns.sources.pola.columns.deposit_eur={type: number}',
    '--set',
    'modeling.boosting.rounds=5',
  ];
  const clear = ['--set', 'columns.sources.pola.columns.deposit_eur.min=null'];
  const { code, stderr } = pilotlight('run', 'segmentation', '--data', data, '--out', out, ...sets, ...clear);
  assert.is(code, 0, stderr);
  const dropped = readJson(out, 'splits/features.json').model_types.Domestic.dropped;
  assert.ok(
    dropped.some((one: { name: string; reason: string }) => one.name === 'deposit_eur' && one.reason === 'constant'),
  );
});

test.run();
