import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { driftMetrics } from '../../pipelines/driftMetrics.ts';

const RUN = { stack: 'dev', pipeline: 'churn', runId: 'r1', time: new Date('2026-11-21T09:00:00Z') };

function metricsOf(summary: object | undefined): Record<string, unknown> | null {
  const folder = mkdtempSync(path.join(tmpdir(), 'pilotlight-'));
  try {
    mkdirSync(path.join(folder, 'other'));
    if (summary) writeFileSync(path.join(folder, 'drift_summary.json'), JSON.stringify(summary));
    const line = driftMetrics({ other: path.join(folder, 'other'), monitoring: folder }, RUN);
    return line === null ? null : (JSON.parse(line) as Record<string, unknown>);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('drift, by stack and pipeline', () => {
  const metrics = metricsOf({ status: 'drift', overall_drift: true, features_drifted: 7 });
  const { _aws, ...fields } = metrics ?? {};
  assert.equal(fields, {
    ...{ Stack: 'dev', Pipeline: 'churn', run_id: 'r1' },
    ...{ DriftDetected: 1, FeaturesDrifted: 7, DriftNotMeasurable: 0 },
  });
});

test('some features without an overall drift is no drift', () => {
  const metrics = metricsOf({ status: 'no_drift', overall_drift: false, features_drifted: 2 });
  assert.is(metrics?.DriftDetected, 0);
  assert.is(metrics?.FeaturesDrifted, 2);
});

test('not measurable is neither drift nor none', () => {
  const metrics = metricsOf({ status: 'not_measurable', overall_drift: false, features_drifted: 0 });
  assert.is(metrics?.DriftNotMeasurable, 1);
  assert.not.ok('DriftDetected' in (metrics ?? {}));
});

test('nothing to compare with, or no drift step: no line', () => {
  for (const status of ['skipped', 'reference_saved']) assert.is(metricsOf({ status, overall_drift: false }), null);
  assert.is(metricsOf(undefined), null);
});

test.run();
