import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openStore } from '../../packages/artifacts/index.ts';
import {
  isoWeek,
  type MetricsFacts,
  renderMetricsLog,
  writeMetricsLog,
} from '../../pipelines/segmentation/metricsLog.ts';

const facts: MetricsFacts = {
  executionDate: '2026-01-06',
  runId: 'abc123',
  dataset: 'generated',
  models: [
    {
      modelType: 'Domestic',
      rows: { train: 700, test: 150, inference: 150 },
      trees: 87,
      threshold: 0.31234,
      metrics: { inference: { roc_auc: 0.78125, pr_auc: null }, train: { roc_auc: 0.9, pr_auc: 0.5 } },
    },
  ],
  pooled: { roc_auc: 0.6881, pr_auc: 0.2663 },
  drift: {
    verdict: 'found',
    severities: { HIGH: 1, MODERATE: 0, LOW: 2, NONE: 30 },
    top: [{ modelType: 'Domestic', feature: 'amount_mean_last12', psi: 0.31, severity: 'HIGH' }],
  },
  segments: [{ modelType: 'Domestic', riskCategory: 'MUY ALTO', customers: 200, share: 0.2, probabilityMean: 0.4 }],
  steps: [{ name: 'PreprocessSplit', durationS: 1.26, rssBytesMax: 100 * 2 ** 20 }],
};

// The layout is pinned to the letter: people and scripts compare weeks by column.
const EXPECTED = `==============================================================================
SEGMENTATION METRICS   2026-01-06   run abc123   data generated
==============================================================================

MODELS
------------------------------------------------------------------------------
model       split                   rows   roc_auc    pr_auc  threshold  trees
Domestic    train                    700    0.9000    0.5000     0.3123     87
Domestic    inference                150    0.7813         -     0.3123     87
all         cross_validation                0.6881    0.2663

DRIFT
------------------------------------------------------------------------------
overall: found
HIGH 1   MODERATE 0   LOW 2   NONE 30
 1. Domestic    amount_mean_last12                  psi   0.3100  HIGH

SEGMENTS
------------------------------------------------------------------------------
model       risk category              customers     share  mean prob.
Domestic    MUY ALTO                         200    0.2000      0.4000

STEPS
------------------------------------------------------------------------------
PreprocessSplit                     1.3 s      100 MiB
`;

test('the layout of the log', () => {
  assert.fixture(renderMetricsLog(facts), EXPECTED);
});

test('ISO weeks, at the turns of years too', () => {
  // Python: datetime.date(...).isocalendar()
  assert.is(isoWeek('2026-01-06'), '2026-W02');
  assert.is(isoWeek('2024-12-30'), '2025-W01');
  assert.is(isoWeek('2027-01-01'), '2026-W53');
  assert.is(isoWeek('2026-11-21'), '2026-W47');
});

test('one file a run, and the week has all of its runs', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pilotlight-'));
  try {
    const store = openStore(folder);
    await writeMetricsLog(store, facts);
    await writeMetricsLog(store, { ...facts, executionDate: '2026-01-20' });
    const { week } = await writeMetricsLog(store, { ...facts, executionDate: '2026-01-08', runId: 'def' });
    assert.is(week, 'week_2026-W02.txt');
    assert.equal(runsOf(folder, week), ['run abc123', 'run def']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('runs that end at the same moment all stand in the week', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pilotlight-'));
  try {
    const runs = ['a', 'b', 'c', 'd'];
    await Promise.all(runs.map((runId) => writeMetricsLog(openStore(folder), { ...facts, runId })));
    assert.equal(
      runsOf(folder, 'week_2026-W02.txt'),
      runs.map((run) => `run ${run}`),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const runsOf = (folder: string, week: string) => readFileSync(path.join(folder, week), 'utf8').match(/run \w+/g);

test.run();
