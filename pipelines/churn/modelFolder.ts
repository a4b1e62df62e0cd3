import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeFile } from '@pilotlight/artifacts';
import { type Calibrator, calibrate, logOdds } from '@pilotlight/evaluation';
import { predict, type UnseenCategories } from '@pilotlight/modeling';
import pl from 'nodejs-polars';
import { z } from 'zod';
import { inputError } from '../stepInputs.ts';

export const MODEL_FILE = 'model.txt';
export const METADATA_FILE = 'metadata.json';
/** Training rows with their features and out-of-fold `churn_proba`: what drift is measured against. */
export const REFERENCE_FILE = 'reference.parquet';
/** customer_id, churn, split (`train`, `test`), fold (null in test). */
export const SPLIT_FILE = 'split.parquet';
/** Importance by gain, splits and contributions. */
export const IMPORTANCE_FILE = 'importance.json';

/** The column that Score writes and every threshold and tier is on. */
export const SCORE = 'churn_proba';
/** The trees' own probability, before calibration. */
export const RAW_SCORE = 'raw_probability';

const counts = z.object({ train: z.number(), test: z.number() });
const figure = z.number().nullable();

const CalibrationSchema = z.discriminatedUnion('method', [
  z.object({ method: z.literal('none') }),
  z.object({ method: z.literal('sigmoid'), slope: z.number(), intercept: z.number() }),
  z.object({ method: z.literal('isotonic'), x: z.array(z.number()).min(1), y: z.array(z.number()).min(1) }),
]);

/** `metadata.json`: all that scoring needs and an auditor asks. Calibration is on the log-odds of `raw_probability`. */
export const ChurnMetadataSchema = z.object({
  schema_version: z.literal(1),
  model: z.literal('churn'),
  experiment: z.string(),
  target: z.literal('churn'),
  as_of: z.string(),
  score: z.literal(SCORE),
  features: z.array(z.object({ name: z.string(), kind: z.enum(['numeric', 'categorical']) })),
  /** What the experiment asks for, and what it names that the configuration declares absent. */
  requested: z.array(z.string()),
  missing: z.array(z.string()),
  categories: z.record(z.string(), z.array(z.string())),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  rounds: z.number(),
  seed: z.number(),
  calibration: CalibrationSchema,
  threshold: z.number(),
  threshold_reason: z.string(),
  rows: counts,
  churners: counts,
  /** SHA-256 of gold's table and feature list. */
  data_fingerprint: z.string(),
  code_version: z.string(),
  text_scorer: z.string().nullable(),
  metrics: z.object({ out_of_fold: z.record(z.string(), figure) }),
});
export type ChurnMetadata = z.output<typeof ChurnMetadataSchema>;

export type ChurnModel = { folder: string; modelPath: string; metadata: ChurnMetadata };

/**
 * Opens a folder that Train wrote, or that the registry keeps of it.
 *
 * @throws InputError `model_missing`, `model_invalid`
 */
export function openModel(folder: string): ChurnModel {
  const [modelPath, file] = [path.join(folder, MODEL_FILE), path.join(folder, METADATA_FILE)];
  for (const needed of [modelPath, file]) {
    if (!existsSync(needed))
      throw inputError('model_missing', 'no such file', needed, 'give the folder that Train wrote');
  }
  try {
    return { folder, modelPath, metadata: ChurnMetadataSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) };
  } catch (cause) {
    throw inputError(
      'model_invalid',
      'not the metadata of a churn model of this version',
      file,
      'train it again',
      cause,
    );
  }
}

export async function writeMetadata(folder: string, metadata: ChurnMetadata): Promise<void> {
  const content = JSON.stringify(ChurnMetadataSchema.parse(metadata), null, 2);
  await writeFile(path.join(folder, METADATA_FILE), `${content}\n`);
}

/**
 * Scores customers: Parquet with the model's features in, Parquet with `keepColumns` (`customer_id` unless given),
 * `raw_probability` and the calibrated `churn_proba` out, rows in the order of the input.
 *
 * @throws InputError those of {@link predict}; nothing is written then
 */
export async function scoreRows(
  model: ChurnModel,
  dataPath: string,
  outPath: string,
  signal?: AbortSignal,
  keepColumns: readonly string[] = ['customer_id'],
): Promise<{ rows: number; unseenCategories: UnseenCategories }> {
  const raw = `${outPath}.raw.parquet`;
  try {
    const { modelPath } = model;
    const predicted = { modelPath, dataPaths: [dataPath], outPath: raw, keepColumns: [...keepColumns], signal };
    const result = await predict(predicted);
    calibrateRows(raw, outPath, model.metadata.calibration);
    return result;
  } finally {
    rmSync(raw, { force: true });
  }
}

/** Rewrites predictions (`probability`) as `raw_probability` and the calibrated `churn_proba`. */
export function calibrateRows(predictions: string, outPath: string, calibration: Calibrator): void {
  const rows = pl.readParquet(predictions).rename({ probability: RAW_SCORE });
  const raw = rows.getColumn(RAW_SCORE).toTypedArray() as Float64Array;
  const scores = pl.Series(SCORE, calibrate(calibration, logOdds(raw)));
  rows.withColumns(scores).writeParquet(outPath, { compression: 'zstd' });
}
