import { existsSync } from 'node:fs';
import path from 'node:path';
import { compareDatasets, type DriftTable } from '@pilotlight/modeling';
import { identifier } from '@pilotlight/tables';
import { inputError } from '../stepInputs.ts';
import type { ChurnConfig } from './config.ts';
import { type ChurnModel, REFERENCE_FILE, SCORE, SPLIT_FILE } from './modelFolder.ts';
import { roundedSql } from './scoring.ts';
import { columnsOf, parquet } from './scoringGold.ts';
import type { Session } from './scoringSession.ts';

/** Fewer held-out customers than these say nothing about the scores: then all are compared. */
export const HELD_OUT_MIN = 50;

/** Whose scores were compared with the reference. */
export type ScoredRows = 'held_out' | 'all';

export type DriftMeasures = {
  features: DriftTable;
  score: DriftTable;
  scoredRows: ScoredRows;
  /** Features that have no value any more, and had some in the reference. */
  emptied: string[];
};

export type DriftRequest = {
  model: ChurnModel;
  gold: string;
  scores: string;
  config: ChurnConfig['drift'];
  /** For files that do not stay. */
  work: string;
  signal: AbortSignal;
  onProgress: (done: number, total: number, label: string) => void;
};

/**
 * Compares the features and the score of this run's customers with those of the model's training rows.
 *
 * The reference's scores are out of fold: no model had seen the row. So the customers that the model was trained on are left out of
 * the current scores, where others remain: their scores are sharper, and would pass for drift. Both sides are rounded alike.
 *
 * @throws InputError `reference_missing`, `reference_invalid`, those of {@link compareDatasets}
 */
export async function measureDrift(session: Session, request: DriftRequest): Promise<DriftMeasures> {
  const { model, gold, config, signal, onProgress } = request;
  const reference = await findReference(session, model);
  const names = model.metadata.features.map(({ name }) => name);
  const options = {
    bins: config.bins,
    maxCategories: config.max_categories,
    pValueMax: config.p_value_max,
    signal,
  };
  const features = await compareDatasets({
    ...options,
    referencePaths: [reference],
    currentPaths: [gold],
    columns: names,
    onProgress,
  });
  const sides = await writeScoreSides(session, request, reference);
  const score = await compareDatasets({
    ...options,
    referencePaths: [sides.reference],
    currentPaths: [sides.current],
    columns: [SCORE],
  });
  const emptied = await findEmptied(session, { reference, gold, features: unmeasured(features) });
  return { features, score, scoredRows: sides.scoredRows, emptied };
}

async function findReference(session: Session, { folder, metadata }: ChurnModel): Promise<string> {
  const file = path.join(folder, REFERENCE_FILE);
  if (!existsSync(file)) {
    throw inputError('reference_missing', 'the model has no drift reference', file, 'train and register it again');
  }
  const columns = await columnsOf(session, file);
  const missing = [...metadata.features.map(({ name }) => name), SCORE].filter((name) => !columns.has(name));
  if (missing.length === 0) return file;
  const what = `the drift reference lacks ${missing.join(', ')}`;
  throw inputError('reference_invalid', what, file, 'train and register the model again');
}

async function writeScoreSides(session: Session, { model, scores, work }: DriftRequest, reference: string) {
  const sides = { reference: path.join(work, 'reference.parquet'), current: path.join(work, 'current.parquet') };
  const rounded = (from: string) => `SELECT ${roundedSql(SCORE)} AS ${SCORE} FROM ${from}`;
  await session.writeParquet(rounded(parquet(reference)), sides.reference);
  const split = path.join(model.folder, SPLIT_FILE);
  let heldOut = '';
  if (existsSync(split)) {
    const trained = `(SELECT customer_id FROM ${parquet(split)} WHERE split = 'train')`;
    heldOut = `${parquet(scores)} scored ANTI JOIN ${trained} trained USING (customer_id)`;
    const [found] = await session.rows(`SELECT count(*) AS rows FROM ${heldOut}`);
    if (Number(found?.rows) < HELD_OUT_MIN) heldOut = '';
  }
  await session.writeParquet(rounded(heldOut || parquet(scores)), sides.current);
  const scoredRows: ScoredRows = heldOut ? 'held_out' : 'all';
  return { ...sides, scoredRows };
}

function unmeasured(table: DriftTable): string[] {
  return table.columns.filter((column) => column.status === 'not_measurable').map((column) => column.name);
}

/** A feature without values on both sides was never there; one that has lost them is a fault upstream. */
async function findEmptied(
  session: Session,
  sides: { reference: string; gold: string; features: string[] },
): Promise<string[]> {
  if (sides.features.length === 0) return [];
  const counts = sides.features.map((name, i) => `count(${identifier(name)}) AS count_${i}`);
  const [row] = await session.rows(`SELECT ${counts.join(', ')} FROM ${parquet(sides.reference)}`);
  return sides.features.filter((_, i) => Number(row?.[`count_${i}`] ?? 0) > 0);
}
