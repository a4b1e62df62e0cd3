import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DriftReportSchema } from '@pilotlight/reporting';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RegistrationSchema } from '../../pipelines/churn/registration.ts';
import { ScoresSummarySchema } from '../../pipelines/churn/scoringSummary.ts';
import { AppConfigSchema, loadAppConfig } from '../../pipelines/segmentation/config.ts';
import { OUTPUT_COLUMNS } from '../../pipelines/segmentation/outputContract.ts';
import { readJson, remove, temporary } from '../folders.ts';
import { pilotlight } from '../pilotlight.ts';
import { ROOT } from '../python.ts';
import { SEGMENTATION_KNOWN } from './contracts/meanings.ts';
import { contractPages } from './contracts/pages.ts';
import { readColumns } from './contracts/parquetTable.ts';
import {
  DriftSummarySchema,
  EvaluationSchema,
  MonitoringSummarySchema,
  RecommendationSummarySchema,
} from './contracts/summarySchemas.ts';

const UPDATE = process.env.UPDATE_DOCS === '1';
const FOLDER = path.join(ROOT, 'docs/contracts');

const work = temporary();
test.after(() => remove(work));
const runs = { segmentation: path.join(work, 'segmentation'), churn: path.join(work, 'churn') };

test('both systems run', () => {
  for (const [system, rows] of [
    ['segmentation', '1000'],
    ['churn', '1000'],
  ] as const) {
    const { code, stderr } = pilotlight('demo', system, '--rows', rows, '--out', runs[system]);
    assert.is(code, 0, stderr.slice(-2000));
  }
});

test('the contracts say what the schemas say', async () => {
  const pages = await contractPages(runs);
  if (UPDATE) mkdirSync(FOLDER, { recursive: true });
  for (const [name, text] of Object.entries(pages)) {
    if (UPDATE) writeFileSync(path.join(FOLDER, name), text);
    const kept = readFileSync(path.join(FOLDER, name), 'utf8');
    assert.fixture(
      text,
      kept,
      `docs/contracts/${name} is stale: run this test with UPDATE_DOCS=1, and look at what changed`,
    );
  }
  assert.equal(readdirSync(FOLDER).sort(), Object.keys(pages).sort());
});

test('the clusters that a run writes have the columns of their contract', async () => {
  const [file] = readdirSync(path.join(runs.segmentation, 'clusters'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.parquet'),
  );
  assert.ok(file, 'no Parquet among the clusters');
  const columns = await readColumns(path.join(runs.segmentation, 'clusters', file));
  assert.equal(
    columns,
    OUTPUT_COLUMNS.map(({ name, type }) => ({ name, type })),
  );
});

test('the JSON files that a run writes have the shapes of the contracts', () => {
  const churn = {
    'evaluation/evaluation.json': EvaluationSchema,
    'registration/registration.json': RegistrationSchema,
    'scored/summary.json': ScoresSummarySchema,
    'recommendations/summary.json': RecommendationSummarySchema,
    'monitoring/drift_summary.json': MonitoringSummarySchema,
    'monitoring/drift_report.json': DriftReportSchema,
  };
  for (const [file, schema] of Object.entries(churn)) schema.parse(readJson(runs.churn, file));
  DriftSummarySchema.parse(readJson(runs.segmentation, 'drift/drift_summary.json'));
  DriftReportSchema.parse(readJson(runs.segmentation, 'drift/drift_report.json'));
});

test('without a column that is said to be needed a configuration is refused', () => {
  const { value } = loadAppConfig({});
  for (const table of ['clie', 'pola', 'hfac'] as const) {
    for (const column of SEGMENTATION_KNOWN[table].needed) {
      const config = structuredClone(value) as { columns: { sources: Record<string, { columns: object }> } };
      const { columns } = config.columns.sources[table] as { columns: Record<string, unknown> };
      assert.ok(column in columns, `${table}.${column}`);
      delete columns[column];
      assert.is(AppConfigSchema.safeParse(config).success, false, `${table}.${column}`);
    }
  }
});

test.run();
