import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { StepContext, StepFunction } from '@pilotlight/pipeline';
import { inputError, requiredInput, requiredOutput } from '../../stepInputs.ts';
import { type AppConfig, MODEL_TYPES } from '../config.ts';
import { reportDrift } from '../driftReport.ts';
import { type DriftSide, pairTypes, splitsFolder } from '../driftSides.ts';
import { CONTRACT_COLUMNS, type FeatureSet, readFeatureSet } from '../featureSet.ts';
import { openModels, typesWithModel } from '../modelArchive.ts';
import { executionDate, stepConfig } from '../stepInputs.ts';

/**
 * Drift of every feature, and of the baseline model's predictions, against what the model was trained on.
 *
 * Input `current` (a splits folder); the reference is input `reference` (the output or splits folder of an earlier run, or a folder
 * of Parquet), else the older cohort of input `cohorts`, else nothing: then the report says that it was skipped. Input `models`: those of
 * the earlier run, where they do not stand in its output beside the splits. Output `report`.
 */
export const driftCheck: StepFunction = async (context) => {
  const config = stepConfig(context);
  const report = requiredOutput(context, 'report');
  const sides = findSides(context, config);
  const work = mkdtempSync(path.join(report, '.work-'));
  try {
    await reportDrift({
      sides,
      config: config.drift,
      exclude: notFeatures(context, config),
      driftThreshold: driftThreshold(context),
      executionDate: executionDate(context),
      predictions: await predictionFolders(context),
      work,
      out: report,
      log: context.log,
      progress: context.progress,
      signal: context.signal,
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

/** Model type -> the two folders that are compared; empty when there is no baseline. */
function findSides(context: StepContext, config: AppConfig): Map<string, DriftSide> {
  const current = requiredInput(context, 'current');
  if (context.inputs.reference) {
    const reference = splitsFolder(requiredInput(context, 'reference'));
    return pairTypes(reference, splitsFolder(current));
  }
  const cohorts = context.inputs.cohorts;
  const sides = new Map<string, DriftSide>();
  if (!cohorts || !config.drift.cohorts) return sides;
  const { column, before } = config.drift.cohorts;
  for (const type of MODEL_TYPES) {
    const [old, young] = [path.join(cohorts, type, 'reference'), path.join(cohorts, type, 'current')];
    if (!existsSync(old) || !existsSync(young)) continue;
    sides.set(type, {
      reference: old,
      current: young,
      referenceName: `${column} before ${before}`,
      currentName: `${column} from ${before} on`,
    });
  }
  return sides;
}

/** Columns that are carried along but are no features. */
function notFeatures(context: StepContext, config: AppConfig): string[] {
  const splits = splitsFolder(requiredInput(context, 'current'));
  const known = existsSync(path.join(splits, 'features.json')) ? readFeatureSet(splits) : undefined;
  const features = known ? featureNames(known) : new Set<string>();
  return [...CONTRACT_COLUMNS.filter((name) => !features.has(name)), ...config.drift.features_exclude];
}

function featureNames(set: FeatureSet): Set<string> {
  return new Set(Object.values(set.model_types).flatMap((type) => type.features.map((feature) => feature.name)));
}

function driftThreshold(context: StepContext): number {
  const given = context.parameters.DriftThreshold ?? '0.25';
  const value = Number(given);
  if (!(value > 0) || !Number.isFinite(value)) {
    throw inputError(
      'drift_threshold',
      `"${given}" is no PSI threshold`,
      '--param DriftThreshold',
      'give a number above 0, as 0.25',
    );
  }
  return value;
}

/** The baseline's models, handed or beside its splits: their predictions on both sides are compared too. */
async function predictionFolders(context: StepContext) {
  const { reference, models: given } = context.inputs;
  if (!reference) {
    if (given) context.log.warn({ models: given }, 'models of a baseline without its features: they are not used');
    return undefined;
  }
  const models = given ? requiredInput(context, 'models') : path.join(reference, 'models');
  const types = typesWithModel(models, MODEL_TYPES);
  if (given && types.length === 0) {
    const todo = 'give the models folder of the run that the baseline is of';
    throw inputError('model_missing', 'no model of any type', models, todo);
  }
  return types.length === 0 ? undefined : openModels(models, types);
}
