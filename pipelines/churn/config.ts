import { fileURLToPath } from 'node:url';
import { type LoadedConfig, loadConfig } from '@pilotlight/config';
import { z } from 'zod';
import { SourceSpec } from '../sourceSpec.ts';

/** The configuration that a step uses when none is given: the generator's own data set. */
export const DEFAULT_CHURN_CONFIG = fileURLToPath(new URL('./config/generated.yaml', import.meta.url));

export const RISK_TIERS = ['Low', 'Medium', 'High', 'Critical'] as const;
export type RiskTier = (typeof RISK_TIERS)[number];

const name = z.string().min(1);
const share = z.number().min(0).max(1);
const positive = z.int().positive();
const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** A raw table, absent where the customer has none; then the features that need it are named under `absent`. */
const source = SourceSpec.optional();

const Sources = z.strictObject({
  churn_label: source,
  customer_attributes: SourceSpec,
  customer_contracts: source,
  customer_interactions: source,
  price_history: source,
  costs_by_province_month: source,
  contact_preferences: source,
});

/** The hourly meter file: streamed, never staged. */
const Consumption = z
  .strictObject({
    /** The first of these that the raw folder has is read. */
    files: z.array(name).min(1),
    columns: z.strictObject({ customer_id: name, timestamp: name, elec_kwh: name, gas_m3: name.optional() }),
    /** A reading above it is invalid. */
    reading_max: z.number().positive(),
    interval_minutes: positive.default(60),
  })
  .optional();

const Text = z.strictObject({
  /** Folder of a sentiment model in ONNX form; absent: the lexicon. */
  weights_folder: name.optional(),
  /** Of a customer with several interactions. */
  keep: z.enum(['latest', 'first']),
});

const Quality = z.strictObject({
  null_share_max: z.strictObject({ raw: share, bronze: share, silver: share, gold: share }),
  /** Columns whose nulls mean something, by layer. */
  null_exempt: z.strictObject({
    raw: z.array(name),
    bronze: z.array(name),
    silver: z.array(name),
    gold: z.array(name),
  }),
  ranges: z.record(name, z.strictObject({ min: z.number().optional(), max: z.number().optional() })),
});

const Features = z.strictObject({
  tiers: z.record(name, z.array(name).min(1)),
  experiments: z.record(name, z.array(name).min(1)),
  /** The experiment that is trained, and those that every report shows beside it. */
  champion: name,
  beside: z.array(name),
  absent: z.strictObject({ tiers: z.array(name), features: z.array(name) }),
  fills: z.record(name, z.union([z.number(), z.string()])),
  /** A level of a feature that nearly is the outcome. */
  leakage: z.strictObject({
    high: z.strictObject({ rows_min: positive, rate_min: share }),
    low: z.strictObject({ rows_min: positive, rate_max: share }),
  }),
});

const Modeling = z.strictObject({
  seed: z.int().min(0).max(2_147_483_647),
  test_share: share.refine((value) => value > 0 && value < 1, 'above 0 and below 1'),
  folds: z.int().min(2).max(50),
  boosting: z.strictObject({ rounds: positive, params: z.record(name, scalar) }),
  /** `balanced`: churners weigh as much as all others together. */
  imbalance: z.enum(['none', 'balanced']),
  calibration: z.enum(['none', 'sigmoid', 'isotonic']),
  threshold: z.discriminatedUnion('strategy', [
    z.strictObject({ strategy: z.literal('f1') }),
    z.strictObject({ strategy: z.literal('youden') }),
    z.strictObject({ strategy: z.literal('recall_at_least'), recall_min: share }),
  ]),
  promotion: z.strictObject({
    pr_auc_min: share,
    /** How much worse than the champion a new model may be. */
    tolerance: share,
    /** `manual`: a model that passes waits for a person. */
    approval: z.enum(['automatic', 'manual']),
  }),
  subgroups: z.array(name),
});

const Scoring = z.strictObject({
  /** Lowest probability of each tier. */
  tiers: z
    .strictObject({ Low: z.literal(0), Medium: share, High: share, Critical: share })
    .refine((tier) => tier.Medium < tier.High && tier.High < tier.Critical && tier.Medium > 0, 'bounds must rise'),
  reasons_max: positive,
});

const Action = z.strictObject({
  action: name,
  /** Of the customer's monthly margin. */
  offer_share: share,
  timing: name,
});

const Recommending = z.strictObject({
  actions: z.strictObject({ Low: Action, Medium: Action, High: Action, Critical: Action }),
  /** How long a kept customer is expected to stay, and how long an offer is paid. */
  margin_months: z.number().positive(),
  offer_months: z.number().positive(),
  contact_cost_eur: z.number().min(0),
  /** Share of leavers that an offer of each tier keeps. */
  acceptance: z.strictObject({ Low: share, Medium: share, High: share, Critical: share }),
  cool_off_days: z.int().min(0),
  /** Of all offers of a run together; absent: no cap. */
  budget_eur: z.number().min(0).optional(),
  /** By sales channel; `default` for the rest. */
  channels: z.record(name, name).refine((channels) => 'default' in channels, 'name a `default`'),
});

const Drift = z.strictObject({
  bins: z.int().min(2).max(1000),
  max_categories: positive,
  p_value_max: share,
  drifted_share_max: share,
});

export const ChurnConfigSchema = z.strictObject({
  dataset: name,
  columns: z.strictObject({
    null_values: z.array(z.string()),
    /** Raw values that break a check: wrong type, out of range, key there twice. */
    breach_share_max: share,
    sources: Sources,
  }),
  consumption: Consumption,
  /** Raw channel, in any case -> name. */
  sales_channels: z.record(name, name),
  /** Power above which an industrial customer is Corporate. */
  corporate_power_kw_min: z.number().positive(),
  holidays: z.array(z.string().regex(/^\d{2}-\d{2}$/, 'MM-DD')),
  text: Text,
  quality: Quality,
  features: Features,
  modeling: Modeling,
  scoring: Scoring,
  recommending: Recommending,
  drift: Drift,
});

/** The one typed, frozen configuration of the churn pipeline. */
export type ChurnConfig = z.output<typeof ChurnConfigSchema>;

export function loadChurnConfig(options: {
  file?: string | undefined;
  environment?: string | undefined;
  sets?: readonly string[] | undefined;
}): LoadedConfig<ChurnConfig> {
  return loadConfig(ChurnConfigSchema, {
    file: options.file ?? DEFAULT_CHURN_CONFIG,
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    sets: options.sets ?? [],
  });
}
