import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pl, { type DataFrame } from 'nodejs-polars';

/** Small results as the pipelines leave them: few rows, each figure easy to count. */
export const CUSTOMERS = 400;
export const CONTRACTS = 600;

const TIERS = ['Low', 'Medium', 'High', 'Critical'];
const tierOf = (p: number) => TIERS[p < 0.4 ? 0 : p < 0.6 ? 1 : p < 0.8 ? 2 : 3] as string;
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
/** Spread over [0, 1), the same each time. */
const spread = (i: number) => ((i * 7919) % 10_007) / 10_007;
const idOf = (i: number) => `C${String(i).padStart(5, '0')}`;

export function put(out: string, name: string, value: unknown): void {
  const file = path.join(out, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
}

export function putTable(out: string, name: string, columns: Record<string, unknown[]>): DataFrame {
  const file = path.join(out, name);
  mkdirSync(path.dirname(file), { recursive: true });
  const frame = pl.DataFrame(columns);
  frame.writeParquet(file);
  return frame;
}

export type RunOptions = { run_id?: string; as_of?: string; started?: string; shift?: number };

function putRun(out: string, pipeline: string, options: RunOptions, steps: string[]): void {
  const { run_id = `${pipeline}-1`, as_of = '2024-12-31', started = '2026-01-05T06:00:00.000Z' } = options;
  put(out, 'run.json', {
    schema_version: 1,
    ...{ run_id, pipeline, execution_date: as_of, status: 'succeeded', exit_code: 0, source_fingerprint: 'x' },
    ...{ parameters: { RawUri: '/raw' }, inputs: {}, started, ended: '2026-01-05T06:01:00.000Z' },
    steps: steps.map((name, i) => ({ name, kind: 'processing', status: 'succeeded', duration_s: i + 1, exit_code: 0 })),
  });
}

/** A churn run. `shift` moves every probability, so that runs differ. */
export function makeChurnRun(out: string, options: RunOptions = {}): void {
  const rows = numbers(CUSTOMERS);
  const probability = rows.map((i) => Math.round(((spread(i) + (options.shift ?? 0)) % 1) * 1e4) / 1e4);
  const ids = rows.map(idOf);
  const segment = rows.map((i) => ['Residential', 'SME', 'Corporate'][i % 3]);
  const tiers = probability.map(tierOf);
  const loss = probability.map((p, i) => Math.round(p * (i % 17) * 100) / 100);
  putRun(out, 'churn', options, ['Bronze', 'Silver', 'Gold', 'Score', 'Recommend']);
  const reasons = { reason_codes: rows.map(() => ['PRICE_RISE']), reason_texts: rows.map(() => ['price rose 8 %']) };
  const spanish = { reason_texts_es: rows.map(() => ['el precio subió un 8 %']) };
  putTable(out, 'scored/scores.parquet', {
    ...{ customer_id: ids, churn_proba: probability, risk_tier: tiers },
    ...{ prediction: probability.map((p) => (p >= 0.5 ? 1 : 0)), expected_monthly_loss: loss, segment },
    ...reasons,
    ...spanish,
    raw_probability: probability,
  });
  putTable(out, 'recommendations/recommendations.parquet', {
    ...{ customer_id: ids, risk_score: probability, risk_tier: tiers, segment },
    decision: tiers.map((tier) => (tier === 'Low' ? 'no_offer' : 'offer')),
    action: tiers.map((tier) => (tier === 'Low' ? 'no_offer' : `offer_${tier}`)),
    ...{ offer_eur_month: rows.map(() => 2), offer_cost_eur: tiers.map((tier) => (tier === 'Low' ? 0 : 24)) },
    ...{ channel: rows.map(() => 'email'), timing_window: rows.map(() => '30_days') },
    ...{ expected_margin_impact: loss, expected_value_eur: loss },
    ...reasons,
    ...spanish,
    guardrails: tiers.map((tier) => (tier === 'Low' ? ['low_tier'] : [])),
  });
  putTable(out, 'gold/gold_master.parquet', {
    ...{ customer_id: ids, churn: rows.map((i) => (i % 10 === 0 ? 1 : 0)), segment },
    ...{ renewal_bucket: rows.map((i) => ['0-3m', '3-6m', '6-12m', 'expired'][i % 4]) },
    ...{ is_dual_fuel: rows.map((i) => i % 2), avg_monthly_margin: rows.map((i) => i / 10) },
  });
  putTable(out, 'silver/customer.parquet', {
    ...{ customer_id: ids, region: rows.map(() => 'Madrid'), email: rows.map((i) => `${i}@example.com`) },
    interaction_summary: rows.map(() => '<b>quiero darme de baja</b>'),
  });
  putTable(out, 'silver/customer_month.parquet', {
    customer_id: [...ids, ...ids],
    month: [...rows.map(() => '2024-02'), ...rows.map(() => '2024-01')],
    ...{ monthly_elec_kwh: [...rows, ...rows].map((i) => i + 0.5), monthly_gas_kwh: [...rows, ...rows].map((i) => i) },
    ...{ total_revenue: [...rows, ...rows].map((i) => i * 2), total_margin: [...rows, ...rows].map((i) => i) },
  });
  putChurnFacts(out);
}

function putChurnFacts(out: string): void {
  put(out, 'scored/summary.json', { as_of: '2024-12-31', model_version: 3, text_scorer: 'lexicon-1', held_out: null });
  put(out, 'evaluation/evaluation.json', {
    ...{ pr_auc: 0.75, roc_auc: 0.9, precision: 0.6, recall: 0.7, f1: 0.65, brier: 0.04, threshold: 0.5 },
    ...{ tp: 28, fp: 12, fn: 12, tn: 348, rows: 400, churners: 40, threshold_reason: 'highest precision' },
    lift: [
      { slice: 1, rows: 40, positives: 30, rate: 0.75, lift: 7.5, gain: 0.75, cumulative_lift: 7.5 },
      { slice: 2, rows: 360, positives: 10, rate: 0.02, lift: 0.3, gain: 1, cumulative_lift: 1 },
    ],
    calibration: {
      method: 'sigmoid',
      bins: [{ lower: 0, upper: 1, rows: 400, predicted_mean: 0.1, observed_rate: 0.1 }],
    },
    gate: { passed: true, reasons: ['pr_auc 0.75'] },
  });
  put(out, 'recommendations/summary.json', {
    ...{ decisions: { offer: 1 }, offers_cost_eur: 10, expected_value_eur: 20, budget_eur: null },
    guardrails: { low_tier: 1, no_consent: 'not_checked' },
  });
  put(out, 'registration/registration.json', { group: 'churn', version: 3, champion_version: 3 });
  putDrift(out, 'monitoring', 'churn');
}

const bin = (label: string, reference: number, current: number) => ({
  ...{ label, lower: null, upper: null, reference_count: reference, current_count: current },
  ...{ reference_share: reference / 100, current_share: current / 100, contribution: 0.1 },
});

/** Two features, one of which drifted. */
export function putDrift(out: string, folder: string, model_type: string): void {
  const feature = (name: string, psi: number, p: number, drifted: boolean) => ({
    ...{
      name,
      kind: 'numeric',
      status: 'measured',
      reason: null,
      psi,
      psi_infinite: false,
      ks: { d: psi / 2 },
      p,
      q: p,
    },
    ...{
      chi_squared: null,
      severity: drifted ? 'HIGH' : 'NONE',
      drifted,
      bins: [bin('low', 50, 20), bin('high', 50, 80)],
    },
  });
  const state = { status: 'drift', overall_drift: true, reason: '1 of 2 features drifted' };
  put(out, `${folder}/drift_summary.json`, {
    ...{ status: 'drift', overall_drift: true, drift_detected: true, reason: state.reason },
    ...{ features_drifted: 1, features_measured: 2 },
  });
  put(out, `${folder}/drift_report.json`, {
    ...state,
    ...{ reference: 'the training rows', current: 'the customers' },
    thresholds: { psi_low: 0.1, psi_high: 0.25, p_value_max: 0.01, drifted_share_max: 0.05 },
    model_types: [
      {
        ...state,
        ...{ model_type, reference_rows: 100, current_rows: 100, features_measured: 2, features_drifted: 1 },
        severity_counts: { HIGH: 1, MODERATE: 0, LOW: 0, NONE: 1 },
        prediction: { columns: [feature('score', 0.05, 0.2, false)] },
        features: [feature('calm', 0.01, 0.9, false), feature('moved', 0.4, 0.0001, true)],
      },
    ],
  });
}

/** A run of the segmentation: Domestic and Industrial contracts, two of the first three of one customer. */
export function makeSegmentationRun(out: string, options: RunOptions = {}): void {
  putRun(out, 'segmentation', options, ['PreprocessSplit', 'DriftCheck', 'InferenceReporting']);
  const risks = ['MUY BAJO', 'BAJO', 'MEDIO', 'ALTO', 'MUY ALTO'];
  for (const [part, letter, every] of [
    ['Domestic', 'D', 0],
    ['Industrial', 'I', 1],
  ] as const) {
    const rows = numbers(CONTRACTS).filter((i) => (i % 6 === 5 ? 1 : 0) === every);
    const rank = rows.map((i) => Math.floor(spread(i) * 5));
    const ids = rows.map((i) => `P${String(i).padStart(7, '0')}`);
    const customer_id = rows.map((i) => `K${String(Math.floor(i / 2)).padStart(6, '0')}`);
    putTable(out, `clusters/execution_date=2024-12-31/model_type=${part}/part-test.parquet`, {
      ...{ customer_id, policy_id: ids, tarifa: rows.map(() => 'RL1') },
      ...{ split: rows.map((i) => ['train', 'inference'][i % 2]), target: rows.map((i) => (i % 5 === 0 ? 1 : 0)) },
      ...{
        probability: rows.map(spread),
        predicted: rows.map((i) => spread(i) > 0.5),
        up_to_date: rows.map(() => true),
      },
      ...{ incorriente_reason: rows.map(() => 'overdue'), risk_category: rank.map((one) => risks[one]) },
      ...{ estrato_class: rows.map(() => 'MEDIO'), cat_and: rows.map((i) => ['Fiel', 'Joven'][i % 2]) },
      cluster_code: rank.map((one, j) => `${letter}-R${one + 1}-EM-T${(rows[j] ?? 0) % 2}`),
      cluster_name: rank.map((one) => `${part} / ${risks[one]}`),
      ...{ amount_mean: rows.map((i) => i / 3), consumption_mean: rows.map((i) => i) },
    });
    putTable(out, `splits/${part}/test/000.parquet`, {
      ...{
        policy_id: ids,
        customer_id,
        region: rows.map(() => 'ANDALUCIA'),
        age_years: rows.map((i) => 20 + (i % 50)),
      },
      ...{ target: rows.map(() => 0), amount_m01: rows.map((i) => i), amount_m02: rows.map((i) => i + 1) },
      ...{ consumption_m01: rows.map((i) => i * 10), consumption_m02: rows.map((i) => i * 11) },
    });
  }
  putDrift(out, 'drift', 'Domestic');
}
