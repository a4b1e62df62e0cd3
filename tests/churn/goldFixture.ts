import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createLogger } from '@pilotlight/logging';
import type { StepContext } from '@pilotlight/pipeline';
import pl from 'nodejs-polars';
import { type ChurnConfig, loadChurnConfig } from '../../pipelines/churn/config.ts';
import { FEATURES } from '../../pipelines/churn/featureCatalogue.ts';
import { random } from '../evaluation/cases.ts';

export const AS_OF = '2024-12-31';

type Row = Record<string, string | number | null>;

/**
 * A gold folder of made-up customers, every feature of the configuration under its name. Churn comes from the months to renewal, high
 * competition and the price trend; an interaction that leavers had is negative more often than not, one that stayers had hardly ever. All else is noise, some of it missing. The same bytes for the same arguments.
 */
export function writeGold(folder: string, options: { customers?: number; change?: (row: Row, i: number) => Row } = {}) {
  const { customers = 1200, change = (row) => row } = options;
  const { tiers } = loadChurnConfig({}).value.features;
  const next = random(11);
  const rows = Array.from({ length: customers }, (_, i) => change(makeCustomer(i, next, tiers), i));
  mkdirSync(folder, { recursive: true });
  const columns = Object.keys(rows[0] as Row).map((name) => {
    const values = rows.map((row) => row[name] ?? null);
    return pl.Series(name, values, typeOf(name));
  });
  pl.DataFrame(columns).writeParquet(path.join(folder, 'gold_master.parquet'), { compression: 'zstd' });
  const features = Object.entries(tiers).flatMap(([tier, names]) =>
    names.map((name) => ({ name, kind: FEATURES[name]?.kind ?? 'numeric', tier })),
  );
  const facts = {
    schema_version: 1,
    as_of: AS_OF,
    text_scorer: 'lexicon',
    features,
    carried: ['province_code', 'avg_monthly_margin'],
    absent_tiers: [],
    absent_features: [],
  };
  writeFileSync(path.join(folder, 'features.json'), JSON.stringify(facts));
  return folder;
}

const TEXTS = new Set(['customer_id', 'region']);
const WHOLE = new Set(['churn', 'province_code']);

function typeOf(name: string) {
  if (TEXTS.has(name) || FEATURES[name]?.kind === 'categorical') return pl.Utf8;
  return WHOLE.has(name) || /^(is_|has_)/.test(name) ? pl.Int32 : pl.Float64;
}

function makeCustomer(i: number, next: () => number, tiers: ChurnConfig['features']['tiers']): Row {
  const noise = (name: string): string | number | null => {
    if (FEATURES[name]?.kind === 'categorical') return `${name}_${Math.floor(next() * 4)}`;
    if (/^(is_|has_)/.test(name)) return Number(next() < 0.3);
    return next() < 0.05 ? null : Math.round(next() * 1e6) / 1e4;
  };
  const row: Row = { customer_id: `C${String(i).padStart(5, '0')}` };
  for (const name of Object.values(tiers).flat()) row[name] = noise(name);
  const months = Math.round(next() * 120) / 10;
  const competition = Number(next() < 0.3);
  const trend = (next() - 0.3) / 5;
  const chance = 0.03 + (months < 3 ? 0.3 : 0) + 0.12 * competition + (trend > 0.1 ? 0.1 : 0);
  const churn = Number(next() < chance);
  const texted = next() < (churn === 1 ? 0.8 : 0.3);
  const negative = Number(texted && next() < (churn === 1 ? 0.6 : 0.001));
  return {
    ...row,
    churn,
    segment: ['Residential', 'Residential', 'Residential', 'SME', 'Corporate'][Math.floor(next() * 5)] as string,
    months_to_renewal: months,
    renewal_bucket: months <= 3 ? '0-3m' : '3m+',
    is_within_3m_of_renewal: Number(months <= 3),
    is_high_competition_province: competition,
    elec_price_trend_12m: trend,
    has_interaction: Number(texted),
    sentiment_label: texted ? (negative ? 'negative' : 'neutral') : 'no_interaction',
    is_negative_sentiment: negative,
    province_code: 1 + Math.floor(next() * 5),
    avg_monthly_margin: next() * 20 - 4,
  };
}

/** The built-in configuration with few trees, changed as asked, as a file that a step is handed. */
export function writeConfig(file: string, change: (config: ChurnConfig) => void = () => {}): string {
  const config = structuredClone(loadChurnConfig({}).value) as { -readonly [K in keyof ChurnConfig]: ChurnConfig[K] };
  config.modeling = { ...config.modeling, boosting: { ...config.modeling.boosting, rounds: 40 } };
  config.modeling.boosting.params = { ...config.modeling.boosting.params, learning_rate: 0.1 };
  change(config);
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** A step's context on these folders, without a runner. */
export function contextOf(step: {
  inputs: Record<string, string>;
  outputs: Record<string, string>;
  parameters?: Record<string, string>;
}): StepContext {
  for (const folder of Object.values(step.outputs)) mkdirSync(folder, { recursive: true });
  return {
    inputs: step.inputs,
    outputs: step.outputs,
    parameters: { AsOf: AS_OF, ...step.parameters },
    log: createLogger({ step: 'test' }),
    progress: { update() {}, end() {} },
    signal: new AbortController().signal,
    run: { run_id: 'test', execution_date: AS_OF },
  };
}
