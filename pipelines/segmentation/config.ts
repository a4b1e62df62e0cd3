import { fileURLToPath } from 'node:url';
import { type LoadedConfig, loadConfig } from '@pilotlight/config';
import { z } from 'zod';
import { SourceSpec } from '../sourceSpec.ts';

export const MODEL_TYPES = ['Domestic', 'Industrial'] as const;
export type ModelType = (typeof MODEL_TYPES)[number];

/** The configuration that a step uses when none is given: the generator's own data set. */
export const DEFAULT_CONFIG = fileURLToPath(new URL('./config/generated.yaml', import.meta.url));

const name = z.string().min(1);
const isoDate = z.iso.date();
const share = z.number().min(0).max(1);
const positive = z.int().positive();

const withColumns = (...required: string[]) =>
  SourceSpec.superRefine((source, context) => {
    for (const column of [...required, ...source.key]) {
      if (!(column in source.columns)) {
        context.addIssue({ code: 'custom', path: ['columns', column], message: 'this column must be declared' });
      }
    }
  });

/** Where the raw columns are and what must hold of them. */
const ColumnsConfig = z.strictObject({
  null_values: z.array(z.string()).default(['', 'NA', 'NULL', 'null', 'NaN', 'nan']),
  breach_share_max: share,
  sources: z.strictObject({
    clie: withColumns('customer_id'),
    pola: withColumns('policy_id', 'customer_id', 'tarifa'),
    hfac: withColumns('policy_id', 'invoice_date'),
  }),
});

const Invoices = z
  .strictObject({
    last: positive.max(60),
    measures: z.record(name, z.string().regex(/^[a-z][a-z0-9_]*$/, 'lower-case letters, digits and _')),
    windows: z.array(positive).min(1),
    statistics: z.array(z.enum(['mean', 'min', 'max', 'std', 'trend'])).min(1),
  })
  .refine((invoices) => Math.max(...invoices.windows) <= invoices.last, {
    path: ['windows'],
    message: 'no window may be longer than `last`',
  });

/** How features are made and models trained. */
const ModelingConfig = z.strictObject({
  seed: z.int().min(0).max(2_147_483_647),
  split: z
    .strictObject({ train: share, test: share })
    .refine((split) => split.train > 0 && split.test > 0 && split.train + split.test <= 1, {
      message: 'train and test must be above 0 and together at most 1; the rest is inference',
    }),
  model_types: z
    .partialRecord(z.enum(MODEL_TYPES), z.strictObject({ tarifas: z.array(name).min(1) }))
    .refine((types) => Object.keys(types).length > 0, 'name at least one model type'),
  target_description: name,
  features_include: z.array(name).default([]),
  features_exclude: z.array(name).default([]),
  fills: z.record(name, z.union([z.number(), z.string(), z.boolean()])).default({}),
  date_strategy: name.default('relative'),
  invoices: Invoices,
  boosting: z.strictObject({
    rounds: positive,
    early_stopping_rounds: positive,
    params: z.record(name, z.union([z.string(), z.number(), z.boolean()])),
  }),
  imbalance: z.enum(['none', 'balanced']),
  threshold: z.discriminatedUnion('strategy', [
    z.strictObject({ strategy: z.literal('f1') }),
    z.strictObject({ strategy: z.literal('youden') }),
    z.strictObject({ strategy: z.literal('recall_at_least'), recall_min: share }),
  ]),
  cross_validation_folds: z
    .int()
    .min(0)
    .max(50)
    .refine((folds) => folds !== 1, 'one fold is none: use 0, or 2 and more'),
});

/** What is compared, and when it counts as drift. */
const DriftConfig = z.strictObject({
  bins: z.int().min(2).max(1000),
  max_categories: positive,
  p_value_max: share,
  drifted_share_max: share,
  zero_rule: z.strictObject({
    kind: z.enum(['replace', 'floor', 'add', 'none']),
    value: z.number().positive().optional(),
  }),
  features_exclude: z.array(name).default([]),
  cohorts: z.strictObject({ column: name, before: isoDate }).nullable().default(null),
});

/** How scored contracts become clusters. */
const ClusteringConfig = z.strictObject({
  risk_names: z.array(name).min(2).max(20),
  tenure_bands: z
    .array(z.strictObject({ name, months_max: z.number().positive().optional() }))
    .min(1)
    .superRefine((bands, context) => {
      const limits = bands.map((band) => band.months_max);
      const rising = limits.slice(0, -1).every((limit, i) => limit !== undefined && limit > (limits[i - 1] ?? 12));
      if (!rising || limits.at(-1) !== undefined) {
        context.addIssue({ code: 'custom', message: 'months_max must rise above 12, and the last band has none' });
      }
    }),
  incorrientes: z.strictObject({
    last_invoices: positive,
    overdue_days_max: z.int().nonnegative(),
    open_invoices_min: positive,
    window_days: positive,
  }),
});

export const AppConfigSchema = z.strictObject({
  dataset: name,
  /** Used when a run is not told its execution date. */
  execution_date: isoDate.optional(),
  columns: ColumnsConfig,
  modeling: ModelingConfig,
  drift: DriftConfig,
  clustering: ClusteringConfig,
});

/** The one typed, frozen configuration of the segmentation pipeline. */
export type AppConfig = z.output<typeof AppConfigSchema>;

export function loadAppConfig(options: {
  file?: string | undefined;
  environment?: string | undefined;
  sets?: readonly string[] | undefined;
}): LoadedConfig<AppConfig> {
  return loadConfig(AppConfigSchema, {
    file: options.file ?? DEFAULT_CONFIG,
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    sets: options.sets ?? [],
  });
}
