import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lastLine, pilotlight } from '../pilotlight.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pilotlight-'));
const [before, after, report] = ['before.parquet', 'after.parquet', 'report'].map((name) =>
  path.join(folder, name),
) as [string, string, string];
const rows = Array.from({ length: 400 }, (_, i) => i);
test.before(() => {
  pl.DataFrame({ x: rows, only_before: rows }).writeParquet(before);
  pl.DataFrame({ x: rows.map((i) => i + 350) }).writeParquet(after);
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

const drift = (reference: string, current: string, ...more: string[]) =>
  pilotlight(
    ...['drift', '--reference-path', reference, '--current-path', current, '--output-path', report],
    ...['--execution-date', '2026-01-06', ...more],
  );

test('two plain files: a report in four forms, and the text on the terminal', () => {
  mkdirSync(report);
  writeFileSync(path.join(report, 'mine.txt'), 'stays');
  const { code, stdout, stderr } = drift(before, after, '--model-type', 'both');
  assert.is(code, 0, stderr);
  for (const file of ['drift_report.json', 'drift_report.html', 'drift_summary.json', 'drift_all.txt', 'mine.txt']) {
    assert.ok(existsSync(path.join(report, file)), file);
  }
  assert.match(stdout, /HIGH/);
  assert.match(stdout, /only in the reference/);
});

test('--fail-on-drift is 3, --fail-on-unmeasurable 4, and the report is there all the same', () => {
  rmSync(report, { recursive: true });
  assert.is(drift(before, after, '--fail-on-drift').code, 3);
  assert.ok(existsSync(path.join(report, 'drift_report.html')));
  assert.is(drift(before, before, '--fail-on-drift').code, 0);
  assert.is(drift(before, after, '--fail-on-unmeasurable').code, 4);
  assert.is(drift(before, before, '--fail-on-unmeasurable').code, 0);
});

test('--json prints one object, and the thresholds count', () => {
  const { stdout } = drift(before, after, '--json', '--columns', 'x', '--drift-threshold', '50', '--ks-pvalue', '0.01');
  const summary = JSON.parse(stdout);
  assert.equal([summary.features_analyzed, summary.severity_moderate, summary.drift_threshold], [1, 1, 50]);
});

test('folders with model types are compared type by type', () => {
  const make = (side: string, shift: number) => {
    for (const type of ['Domestic', 'Industrial']) {
      mkdirSync(path.join(folder, side, type), { recursive: true });
      pl.DataFrame({ x: rows.map((i) => i + shift) }).writeParquet(path.join(folder, side, type, 'a.parquet'));
    }
  };
  make('then', 0);
  make('now', 300);
  const both = drift(path.join(folder, 'then'), path.join(folder, 'now'), '--json');
  assert.is(JSON.parse(both.stdout).model_types, 2);
  const one = drift(path.join(folder, 'then'), path.join(folder, 'now'), '--model-type', 'Domestic', '--json');
  assert.is(JSON.parse(one.stdout).model_types, 1);
  const mixed = drift(path.join(folder, 'then'), after);
  assert.is(mixed.code, 2);
});

test('bad arguments and files are one line and 2', () => {
  const cases: [string[], RegExp][] = [
    [[before, path.join(folder, 'none.parquet')], /no such file or folder: .*none\.parquet: correct --current-path/],
    [[before, after, '--execution-date', '2026-02-30'], /"2026-02-30" is no date/],
    [[before, after, '--drift-threshold', '-1'], /above 0/],
    [[before, after, '--model-type', 'Rural'], /both, Domestic, Industrial/],
    [[before, after, '--columns', 'y'], /no column "y"/],
    [[before, after, '--zero-rule', 'maybe'], /replace, floor, add, none/],
  ];
  for (const [[reference, current, ...more], expected] of cases) {
    const outcome = drift(reference as string, current as string, ...more);
    assert.is(outcome.code, 2, outcome.stderr);
    assert.match(lastLine(outcome), expected);
    assert.is(outcome.stderr.trimEnd().split('\n').length, 1, outcome.stderr);
  }
});

test('the same comparison gives the same bytes', () => {
  drift(before, after);
  const first = readFileSync(path.join(report, 'drift_report.json'), 'utf8');
  drift(before, after);
  assert.is(readFileSync(path.join(report, 'drift_report.json'), 'utf8'), first);
});

test.run();
