import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { inputError } from '../stepInputs.ts';
import { MODEL_TYPES } from './config.ts';

const FeatureSchema = z.object({ name: z.string(), kind: z.enum(['numeric', 'boolean', 'categorical']) });
export type Feature = z.output<typeof FeatureSchema>;

const TypeSchema = z.object({
  features: z.array(FeatureSchema),
  dropped: z.array(z.object({ name: z.string(), reason: z.enum(['all_null', 'constant']) })),
  rows: z.record(z.string(), z.number()),
});

/** `features.json`: what PreprocessSplit made, by model type. */
const FeatureSetSchema = z.object({
  schema_version: z.literal(1),
  execution_date: z.string(),
  mode: z.enum(['train', 'score']),
  target: z.string(),
  fills: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  model_types: z.partialRecord(z.enum(MODEL_TYPES), TypeSchema),
});
export type FeatureSet = z.output<typeof FeatureSetSchema>;
export type TypeFeatures = z.output<typeof TypeSchema>;

/** Columns that are carried along and never trained on unless they are features too. */
export const CONTRACT_COLUMNS = [
  'policy_id',
  'customer_id',
  'tarifa',
  'target',
  'fold',
  'start_date',
  'estrato',
  'last_invoice_days',
  'overdue_days',
  'open_invoices',
  'incorriente_reason',
] as const;

export const SPLITS = ['train', 'test', 'inference'] as const;
export type Split = (typeof SPLITS)[number];

/** @throws InputError `features_missing`, `features_invalid` */
export function readFeatureSet(folder: string): FeatureSet {
  const file = path.join(folder, 'features.json');
  if (!existsSync(file)) {
    throw inputError(
      'features_missing',
      'no features.json',
      folder,
      'give the splits folder that PreprocessSplit wrote',
    );
  }
  try {
    return FeatureSetSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw inputError(
      'features_invalid',
      'not a features.json of this version',
      file,
      'run PreprocessSplit again',
      cause,
    );
  }
}
