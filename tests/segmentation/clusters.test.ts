import pl, { type DataFrame } from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  aggregateBenchmark,
  assignClusters,
  BENCHMARK_COLUMNS,
  compareBenchmark,
  riskThresholds,
} from '../../pipelines/segmentation/clusters.ts';
import { OUTPUT_COLUMNS } from '../../pipelines/segmentation/outputContract.ts';

const NAMES = ['MUY BAJO', 'BAJO', 'MEDIO', 'ALTO', 'MUY ALTO'];
const RULES = {
  risk_names: NAMES,
  tenure_bands: [{ name: 'Consolidado', months_max: 60 }, { name: 'Fiel' }],
  incorrientes: { last_invoices: 12, overdue_days_max: 60, open_invoices_min: 3, window_days: 120 },
};

function contracts(
  rows: { p: number; late?: boolean; estrato?: number | null; start?: string | null; target?: number | null }[],
): DataFrame {
  return pl
    .DataFrame({
      policy_id: rows.map((_, i) => `P${i}`),
      customer_id: rows.map((_, i) => `C${i}`),
      tarifa: rows.map(() => 'RL1'),
      split: rows.map(() => 'inference'),
      target: pl.Series(
        'target',
        rows.map((row) => row.target ?? null),
        pl.Int32,
      ),
      start_date: rows.map((row) => (row.start ? new Date(row.start) : null)),
      estrato: pl.Series(
        'estrato',
        rows.map((row) => row.estrato ?? null),
        pl.Int32,
      ),
      incorriente_reason: pl.Series(
        'r',
        rows.map((row) => (row.late ? 'overdue' : null)),
        pl.Utf8,
      ),
      probability: rows.map((row) => row.p),
      amount_mean_last12: rows.map((_, i) => 10 * (i + 1)),
    })
    .withColumn(pl.col('start_date').cast(pl.Date));
}

function cluster(data: DataFrame): DataFrame {
  return assignClusters(data.lazy(), {
    modelType: 'Domestic',
    asOf: '2026-01-01',
    config: RULES,
    thresholds: riskThresholds(data, NAMES),
    decision: 0.5,
    amount: 'amount_mean_last12',
    consumption: undefined,
  }).collectSync();
}

const values = (data: DataFrame, column: string) => data.getColumn(column).toArray();

test('thresholds are the quintiles of the contracts that are up to date', () => {
  // numpy.quantile([.1, .2, .3, .4, .5, .6], [.2, .4, .6, .8]); the late one at .99 does not move them.
  const data = contracts(
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.6].map((p) => ({ p })).concat([{ p: 0.99, late: true } as { p: number }]),
  );
  const thresholds = riskThresholds(data, NAMES);
  for (const [i, expected] of [0.2, 0.3, 0.4, 0.5].entries()) {
    assert.ok(Math.abs((thresholds[i] as number) - expected) < 1e-12, `${thresholds}`);
  }
});

test('incorrientes keep their score, have no rank and their own category', () => {
  const data = cluster(contracts([{ p: 0.1 }, { p: 0.9, late: true }, { p: 0.5 }]));
  assert.equal(values(data, 'risk_category')[1], 'INCORRIENTE');
  assert.is(values(data, 'risk_rank')[1], null);
  assert.is(values(data, 'probability')[1], 0.9);
  assert.equal(values(data, 'up_to_date'), [true, false, true]);
});

test('the cluster code says model type, risk, estrato and tenure', () => {
  const data = cluster(
    contracts([
      { p: 0.1, estrato: 1, start: '2025-06-01' },
      { p: 0.9, estrato: 6, start: '2010-01-01' },
      { p: 0.5, late: true, estrato: null, start: null },
    ]),
  );
  assert.equal(values(data, 'cluster_code'), ['D-R1-EB-T1', 'D-R5-EA-T3', 'D-X-ED-T0']);
  assert.is(values(data, 'cluster_name')[0], 'Domestic / MUY BAJO / estrato BAJO / Cliente Nuevo');
});

test('the columns are those of the output contract, in its order', () => {
  const data = cluster(contracts([{ p: 0.1 }]));
  assert.equal(
    data.columns,
    OUTPUT_COLUMNS.map((column) => column.name),
  );
});

test('equal probabilities all fall into the lowest rank', () => {
  const data = cluster(contracts(Array.from({ length: 10 }, () => ({ p: 0.3 }))));
  assert.equal([...new Set(values(data, 'risk_rank'))], [1]);
});

test('a data set without estrato, start or target still clusters', () => {
  const data = contracts([{ p: 0.2 }, { p: 0.4 }]).drop('estrato', 'start_date', 'target');
  assert.equal(values(cluster(data), 'estrato_class'), ['DESCONOCIDO', 'DESCONOCIDO']);
});

const withType = (data: DataFrame) => data.withColumn(pl.lit('Domestic').alias('model_type')).lazy();

test('BENCHMARK: counts, shares, mean, median and the rate of known targets', () => {
  const data = cluster(
    contracts([
      { p: 0.1, target: 1 },
      { p: 0.1, target: null },
      { p: 0.1, target: 0 },
      { p: 0.9, target: null },
    ]),
  );
  const rows = aggregateBenchmark(withType(data)).collectSync().toRecords();
  assert.equal(Object.keys(rows[0] as object), [...BENCHMARK_COLUMNS]);
  assert.is(
    rows.reduce((sum, row) => sum + Number(row.customers), 0),
    4,
  );
  assert.is(
    rows.reduce((sum, row) => sum + Number(row.share), 0),
    1,
  );
  const low = rows.find((row) => row.cluster_code === 'D-R1-ED-T0');
  assert.is(low?.observed_rate, 0.5);
  assert.is(low?.amount_mean, 20);
  assert.is(low?.consumption_mean, null);
});

test('BENCHMARK against an earlier run; a new cluster changes from nothing', () => {
  const now = aggregateBenchmark(withType(cluster(contracts([{ p: 0.1 }, { p: 0.1 }, { p: 0.9, late: true }]))));
  const before = aggregateBenchmark(withType(cluster(contracts([{ p: 0.2 }]))));
  const rows = compareBenchmark(now, before).collectSync().toRecords();
  const known = rows.find((row) => row.cluster_code === 'D-R1-ED-T0');
  assert.is(Number(known?.customers_change), 1);
  assert.ok(Math.abs(Number(known?.probability_mean_change) + 0.1) < 1e-12);
  const fresh = rows.find((row) => row.cluster_code === 'D-X-ED-T0');
  assert.is(Number(fresh?.customers_change), 1);
  assert.is(fresh?.probability_mean_change, null);
});

test.run();
