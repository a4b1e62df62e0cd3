import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { inputError } from '../stepInputs.ts';

export const GOLD_TABLE = 'gold_master.parquet';
export const GOLD_FEATURES = 'features.json';

/** `features.json`: what Gold made. */
const GoldFeaturesSchema = z.object({
  schema_version: z.literal(1),
  as_of: z.string(),
  text_scorer: z.string().nullable(),
  features: z.array(z.object({ name: z.string(), kind: z.enum(['numeric', 'categorical']), tier: z.string() })),
  carried: z.array(z.string()),
  absent_tiers: z.array(z.string()),
  absent_features: z.array(z.string()),
});
export type GoldFeatures = z.output<typeof GoldFeaturesSchema>;

export type Gold = { table: string; features: GoldFeatures };

/** @throws InputError `gold_missing`, `gold_invalid`, `gold_date` where it was made for another date */
export function readGold(folder: string, asOf?: string): Gold {
  const [table, file] = [path.join(folder, GOLD_TABLE), path.join(folder, GOLD_FEATURES)];
  for (const needed of [table, file]) {
    if (!existsSync(needed))
      throw inputError('gold_missing', 'no such file', needed, 'give the folder that Gold wrote');
  }
  const features = parseFeatures(file);
  if (asOf !== undefined && features.as_of !== asOf) {
    throw inputError('gold_date', `made for ${features.as_of}, and this run is for ${asOf}`, file, 'run Gold again');
  }
  return { table, features };
}

function parseFeatures(file: string): GoldFeatures {
  try {
    return GoldFeaturesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw inputError('gold_invalid', 'not a features.json of this version', file, 'run Gold again', cause);
  }
}
