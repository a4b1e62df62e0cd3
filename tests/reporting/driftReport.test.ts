import { InputError } from '@pilotlight/errors';
import {
  BINS_LISTED_MAX,
  buildDriftReport,
  type DriftReport,
  DriftReportSchema,
  parseDriftReport,
  renderDriftHtml,
  renderDriftText,
  summarizeDrift,
} from '@pilotlight/reporting';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bin, column, driftTable, input, unmeasured } from './cases.ts';

const none = (count: number) => Array.from({ length: count }, (_, i) => column(`n${i}`, 0.01, 'NONE'));
const predicted = (severity: 'HIGH' | 'MODERATE') =>
  driftTable([column('probability', severity === 'HIGH' ? 0.3 : 0.2, severity)]);

/** Whatever is built has to be valid JSON that the schema takes back, and render without NaN. */
async function assertSound(report: DriftReport): Promise<void> {
  const text = JSON.stringify(report);
  assert.equal(DriftReportSchema.parse(JSON.parse(text)), report);
  const rendered = [
    await renderDriftHtml(report),
    ...Object.values(renderDriftText(report)),
    JSON.stringify(summarizeDrift(report)),
  ];
  for (const part of rendered) assert.not.match(part, /NaN|undefined|Infinity|\[object/);
}

test('exactly 10 % of the measured features drifted: no flag; more: flag, and why', async () => {
  const at = buildDriftReport(input({ Domestic: driftTable([column('x', 0.3, 'HIGH'), ...none(9)]) }));
  assert.is(at.overall_drift, false);
  assert.is(at.status, 'no_drift');
  assert.match(at.reason, '1 of 10 measured features drifted (10.0 %, not more than 10.0 %)');
  const above = buildDriftReport(input({ Domestic: driftTable([column('x', 0.12, 'LOW'), ...none(8)]) }));
  assert.is(above.overall_drift, true);
  assert.is(above.status, 'drift');
  assert.match(above.reason, 'Domestic: 1 of 9 measured features drifted (11.1 %, more than 10.0 %)');
  await assertSound(above);
});

test('features that are not measurable count neither way', () => {
  const columns = [
    column('x', 0.3, 'HIGH'),
    ...none(9),
    ...['a', 'b', 'c'].map((name) => unmeasured(name, 'type changed')),
  ];
  const [type] = buildDriftReport(input({ Domestic: driftTable(columns) })).model_types;
  assert.is(type?.overall_drift, false);
  assert.is(type?.features_analyzed, 13);
  assert.is(type?.features_not_measurable, 3);
  assert.is(type?.drifted_share, 0.1);
});

test('a severity on a column that is not measurable is not believed', () => {
  const odd = { ...unmeasured('a', 'no usable rows'), severity: 'HIGH' as const, psi: 3 };
  const [type] = buildDriftReport(input({ Domestic: driftTable([odd]) })).model_types;
  assert.is(type?.features_drifted, 0);
  assert.is(type?.features[0]?.severity, null);
  assert.is(type?.features[0]?.psi, null);
});

test('prediction drift: HIGH raises the flag alone, MODERATE does not', async () => {
  const table = driftTable(none(5));
  const high = buildDriftReport(input({ Domestic: table }, { predictions: { Domestic: predicted('HIGH') } }));
  assert.is(high.overall_drift, true);
  assert.match(high.reason, 'prediction drift is HIGH (PSI 0.3000)');
  const moderate = buildDriftReport(input({ Domestic: table }, { predictions: { Domestic: predicted('MODERATE') } }));
  assert.is(moderate.overall_drift, false);
  assert.is(summarizeDrift(moderate).prediction_drift, 'MODERATE');
  await assertSound(high);
});

test('one drifting model type raises the overall flag, however many features the other has', () => {
  const tables = { Domestic: driftTable(none(99)), Industrial: driftTable([column('x', 0.3, 'HIGH')]) };
  const report = buildDriftReport(input(tables));
  const summary = summarizeDrift(report);
  assert.is(summary.overall_drift, true);
  assert.is(summary.drifted_share, 0.01);
  assert.is(summary.drifted_share_max, 1);
  assert.is(summary.top_feature, 'x');
  assert.is(summary.top_feature_model_type, 'Industrial');
  assert.match(summary.reason, /Domestic: 0 of 99 .*Industrial: 1 of 1 /);
});

test('nothing measurable is not "no drift"', async () => {
  const report = buildDriftReport(input({ Domestic: driftTable([unmeasured('a', 'only in the reference')]) }));
  assert.is(report.status, 'not_measurable');
  assert.is(report.overall_drift, false);
  assert.match(report.reason, 'no feature could be measured');
  const summary = summarizeDrift(report);
  assert.is(summary.psi_max, null);
  assert.is(summary.drifted_share, null);
  assert.is(summary.top_feature, null);
  assert.match(renderDriftText(report).Domestic ?? '', /a {8}categorical {2}only in the reference/);
  await assertSound(report);
});

test('a table without columns, and sides without rows', async () => {
  const report = buildDriftReport(input({ Domestic: driftTable([], { referenceRows: 0, currentRows: 0 }) }));
  assert.is(report.status, 'not_measurable');
  await assertSound(report);
});

test('no baseline: skipped, and every file says so', async () => {
  const report = buildDriftReport(input({}, { referenceDescription: null, currentDescription: null }));
  assert.is(report.status, 'skipped');
  assert.is(report.overall_drift, false);
  assert.match(report.reason, 'no baseline');
  assert.match(renderDriftText(report).skipped ?? '', 'no baseline');
  assert.match(await renderDriftHtml(report), 'no baseline');
  await assertSound(report);
});

test('an infinite PSI is null and a flag in JSON, "infinite" for people, and first among all', async () => {
  const gone = column('gone', Number.POSITIVE_INFINITY, 'HIGH', {
    bins: [bin('a', 1, 0, Number.POSITIVE_INFINITY), bin('b', 0, 1, 0.5)],
  });
  const table = driftTable([column('x', 9.5, 'HIGH'), gone], { zeroRule: { kind: 'none' } });
  const report = buildDriftReport(input({ Domestic: table }));
  const feature = report.model_types[0]?.features[1];
  assert.is(feature?.psi, null);
  assert.is(feature?.psi_infinite, true);
  assert.equal(
    feature?.bins.map((one) => [one.contribution, one.contribution_infinite]),
    [
      [null, true],
      [0.5, false],
    ],
  );
  assert.is(report.model_types[0]?.top_features[0]?.name, 'gone');
  assert.is(summarizeDrift(report).psi_max_infinite, true);
  assert.match(renderDriftText(report).Domestic ?? '', /gone +numeric +infinite/);
  await assertSound(report);
});

test('NaN is refused', () => {
  assert.throws(() => buildDriftReport(input({ Domestic: driftTable([column('x', Number.NaN, 'NONE')]) })), /psi/);
  const bins = [bin('a', Number.NaN, 1, 0)];
  assert.throws(() => buildDriftReport(input({ Domestic: driftTable([column('x', 0, 'NONE', { bins })]) })), /share/);
});

test('a wrong date is refused', () => {
  assert.throws(() => buildDriftReport(input({}, { executionDate: '2026-02-30' })), /execution_date/);
});

test('the size does not grow with categories: the bins that contribute least are summed', () => {
  const bins = Array.from({ length: 5000 }, (_, i) => bin(`c${i}`, 1 / 5000, 1 / 5000, i === 4321 ? 1 : 1e-4));
  const unseenCategories = Array.from({ length: 3000 }, (_, i) => `u${i}`);
  const [type] = buildDriftReport(
    input({ Domestic: driftTable([column('id', 1.4999, 'HIGH', { bins, unseenCategories })]) }),
  ).model_types;
  const feature = type?.features[0];
  assert.is(feature?.bins.length, BINS_LISTED_MAX);
  assert.ok(feature?.bins.some((one) => one.label === 'c4321'));
  assert.is(feature?.bins_summed, 5000 - BINS_LISTED_MAX + 1);
  const total = (value: (one: DriftBin) => number) => (feature?.bins ?? []).reduce((sum, one) => sum + value(one), 0);
  assert.ok(Math.abs(total((one) => one.contribution ?? 0) - 1.4999) < 1e-9);
  assert.ok(Math.abs(total((one) => one.reference_share) - 1) < 1e-9);
  assert.is(feature?.unseen_categories_count, 3000);
  assert.is(feature?.unseen_categories.length, 20);
});

type DriftBin = DriftReport['model_types'][number]['features'][number]['bins'][number];

test('top 10 by PSI, equal ones by name; severities are counted', () => {
  const columns = [...none(12), column('b', 0.5, 'HIGH'), column('a', 0.5, 'HIGH'), column('m', 0.2, 'MODERATE')];
  const [type] = buildDriftReport(input({ Domestic: driftTable(columns) })).model_types;
  assert.is(type?.top_features.length, 10);
  assert.equal(
    type?.top_features.slice(0, 3).map((feature) => feature.name),
    ['a', 'b', 'm'],
  );
  assert.equal(type?.severity_counts, { HIGH: 2, MODERATE: 1, LOW: 0, NONE: 12 });
  assert.equal(
    type?.features.map((feature) => feature.name),
    columns.map((one) => one.name),
    'features stay in table order',
  );
});

test('hostile names are escaped on the page and harmless in the text', async () => {
  const evil = '<script>alert(1)</script>\n\u001b[31m';
  const columns = [
    column(evil, 0.5, 'HIGH', { unseenCategories: [evil], bins: [bin(evil, 1, 1, 0)] }),
    unmeasured(evil, evil),
  ];
  const report = buildDriftReport(input({ Domestic: driftTable(columns) }, { referenceDescription: evil }));
  const page = await renderDriftHtml(report);
  assert.not.match(page, '<script');
  assert.match(page, '&lt;script&gt;alert(1)&lt;/script&gt;');
  assert.not.match(renderDriftText(report).Domestic ?? '', '\u001b');
});

test('the page holds all that the report has to say', async () => {
  const columns = [
    column('amount', 0.31, 'HIGH'),
    column('channel', 0.15, 'MODERATE', {
      kind: 'categorical',
      ks: null,
      chiSquared: { statistic: 30.07, df: 2, p: 2.96e-7 },
      p: 2.96e-7,
      unseenCategories: ['WEB'],
      pooledCategories: 7,
    }),
    ...none(3),
    unmeasured('region', 'only in the reference'),
  ];
  const report = buildDriftReport(
    input({ Domestic: driftTable(columns) }, { predictions: { Domestic: predicted('MODERATE') } }),
  );
  const page = await renderDriftHtml(report);
  for (const part of [
    '2 of 5 measured features drifted (40.0 %, more than 10.0 %)',
    'customers before 2015: 1,000 rows, raw rows (KS exact)',
    'customers from 2015 on: 2,000 rows',
    'a share of 0 counts as 0.0001',
    'PSI above 0.25',
    'D 0.2500',
    'chi2 30.07 (df 2)',
    '3.0e-7',
    'Not in the reference: WEB.',
    '7 rare categories pooled.',
    'only in the reference',
    'By chance',
    'Contribution to PSI',
    'Severity MODERATE',
  ]) {
    assert.ok(page.includes(part), part);
  }
  assert.is(page.match(/<svg /g)?.length, 4, 'top 10, prediction, and one for each of the two drifted features');
  assert.is(page, await renderDriftHtml(report), 'the same bytes again');
  assert.not.match(
    page.replaceAll('http://www.w3.org/2000/svg', '').replaceAll('http://www.w3.org/1999/xlink', ''),
    /https?:/,
  );
});

test('the error of a KS from a profile stands beside it', () => {
  const ks = { d: 0.25, dErrorMax: 0.01, p: 0.03125 };
  const table = driftTable([column('x', 0.3, 'HIGH', { ks })], { referenceKind: 'profile' });
  const text = renderDriftText(buildDriftReport(input({ Domestic: table }))).Domestic ?? '';
  assert.match(text, 'D 0.2500 +- 0.01');
  assert.match(text, 'a profile: KS from bins, with its error');
});

test('a written report is read back; other files are refused, naming the file and the field', () => {
  const report = buildDriftReport(input({ Domestic: driftTable(none(2)) }));
  assert.equal(parseDriftReport(JSON.stringify(report), 'a.json'), report);
  const wrong: [string, RegExp][] = [
    ['{', /is not JSON: a\.json: give a /],
    ['{}', /is no drift report: .*: a\.json: /],
    [JSON.stringify({ ...report, schema_version: 2 }), /schema_version/],
    [JSON.stringify({ ...report, more: 1 }), /more/],
  ];
  for (const [text, message] of wrong) {
    assert.throws(
      () => parseDriftReport(text, 'a.json'),
      (error: unknown) => error instanceof InputError && !error.message.includes('\n') && message.test(error.message),
    );
  }
});

test('the layout of the text', () => {
  const table = driftTable([
    column('amount', 0.3, 'HIGH'),
    column('tenure', 0.0125, 'NONE'),
    unmeasured('region', 'type changed'),
  ]);
  assert.is(renderDriftText(buildDriftReport(input({ Domestic: table }))).Domestic, LAYOUT);
});

const LAYOUT = `DRIFT REPORT: Domestic, 2026-01-06
==================================

Result             DRIFT
Why                1 of 2 measured features drifted (50.0 %, more than 10.0 %); predictions were not compared
Reference          customers before 2015 (1,000 rows; raw rows: KS exact)
Current            customers from 2015 on (2,000 rows)
Features analysed  3
Drifted            1 (50.0 % of the measured)
Not measurable     1
Severity           HIGH 1, MODERATE 0, LOW 0, NONE 1

TOP 10 BY PSI
-------------
Feature  Kind        PSI  By chance  Statistic       p       q  Severity
-------  -------  ------  ---------  ---------  ------  ------  --------
amount   numeric  0.3000     0.0123   D 0.2500  0.0313  0.0625  HIGH
tenure   numeric  0.0125     0.0123   D 0.2500  0.0313  0.0625  NONE

PREDICTION DRIFT
----------------
not compared: there is no baseline model to predict with

DRIFTED FEATURES, BIN BY BIN
----------------------------
amount (HIGH)
Bin    Reference  Current  Contribution
-----  ---------  -------  ------------
<= 10    50.00 %  25.00 %        0.0750
> 10     50.00 %  75.00 %        0.2250

NOT MEASURABLE
--------------
Feature  Kind         Why
-------  -----------  ------------
region   categorical  type changed

THRESHOLDS
----------
HIGH          PSI above 0.25
MODERATE      PSI 0.1 to 0.25, and p below 0.05
LOW           PSI 0.1 to 0.25, and p not below 0.05
NONE          PSI below 0.1
Drifted       a feature of severity LOW, MODERATE or HIGH
Overall flag  more than 10.0 % of the measured features drifted, or prediction drift is HIGH
Zero rule     a share of 0 counts as 0.0001

COLUMNS
-------
PSI: sum over bins of (current share - reference share) * ln(current share / reference share).
By chance: the PSI that two samples of these sizes from one population exceed once in a thousand times.
Statistic: Kolmogorov-Smirnov distance D of numbers, chi-squared of categories.
p: chance of such a difference without drift. With many rows it is near 0 for any difference, however small: read PSI first.
q: p adjusted for the number of features tested (Benjamini-Hochberg).
`;

test.run();
