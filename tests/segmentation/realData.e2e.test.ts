/** The whole pipeline on real public data. */
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readJson, remove, temporary } from '../folders.ts';
import { pilotlight } from '../pilotlight.ts';
import { sharedData, testWithData } from '../python.ts';

const work = temporary();
test.after(() => remove(work));

function run(name: string): string {
  const out = path.join(work, name);
  const config = `pipelines/segmentation/config/${name}.yaml`;
  const { code, stderr } = pilotlight(
    ...['run', 'segmentation', '--config', config, '--data', sharedData(name) as string, '--out', out],
  );
  assert.is(code, 0, stderr);
  return out;
}

testWithData('PowerCo: as good as published models, and drift between old and new customers', ['powerco'], () => {
  const out = run('powerco');
  const summary = readJson(out, 'report/summary.json');
  assert.is(summary.contracts, 10_223);
  // Published: ROC-AUC 0.66 to 0.72 on the whole set.
  assert.ok(summary.cross_validation.roc_auc >= 0.68, String(summary.cross_validation.roc_auc));
  assert.ok(summary.cross_validation.pr_auc >= 0.2);
  const drift = readJson(out, 'drift/drift_summary.json');
  assert.is(drift.overall_drift, true);
  assert.is(drift.reference_rows + drift.current_rows, 10_223);
});

testWithData('billing: as good as published models, and incorrientes default more often', ['billing'], () => {
  const out = run('billing');
  const summary = readJson(out, 'report/summary.json');
  assert.is(summary.contracts, 20_000);
  // Published: ROC-AUC about 0.77 to 0.78.
  assert.ok(summary.cross_validation.roc_auc >= 0.77, String(summary.cross_validation.roc_auc));
  // Counted from the raw file: months late above 1 in one of the last three statements, or late in all three.
  assert.equal(summary.incorrientes, { open_invoices: 3, overdue: 4451 });
  const rate = (late: boolean) => {
    const chosen = summary.segments.filter(
      (one: { risk_category: string }) => (one.risk_category === 'INCORRIENTE') === late,
    );
    const all = chosen.reduce((sum: number, one: { customers: number }) => sum + one.customers, 0);
    return (
      chosen.reduce(
        (sum: number, one: { customers: number; observed_rate: number }) => sum + one.observed_rate * one.customers,
        0,
      ) / all
    );
  };
  assert.ok(rate(true) > 3 * rate(false));
  const benchmark = readJson(out, 'splits/features.json').model_types.Domestic.features;
  for (const name of ['amount_m06', 'payment_mean_last3', 'payment_status_trend_last6']) {
    assert.ok(
      benchmark.some((feature: { name: string }) => feature.name === name),
      name,
    );
  }
});

test.run();
