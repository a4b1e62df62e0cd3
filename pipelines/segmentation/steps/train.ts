import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeJson } from '@pilotlight/artifacts';
import { buildProfile, crossValidate, meanContributions, predict, train as trainModel } from '@pilotlight/modeling';
import type { StepContext, StepFunction } from '@pilotlight/pipeline';
import { openRunLog } from '@pilotlight/tracking';
import pl from 'nodejs-polars';
import { dataFingerprint } from '../../dataFingerprint.ts';
import { inputError, requiredInput, requiredOutput } from '../../stepInputs.ts';
import { trainingMachines } from '../../trainingMachines.ts';
import type { AppConfig, ModelType } from '../config.ts';
import { CONTRACT_COLUMNS, readFeatureSet, SPLITS, type TypeFeatures } from '../featureSet.ts';
import { NOT_CONFIGURED, writeArchive } from '../modelArchive.ts';
import { evaluateSplits, type ModelEvaluation } from '../modelEvaluation.ts';
import { writeModelReport } from '../modelReport.ts';
import { checkModelType, executionDate, stepConfig } from '../stepInputs.ts';

/** Rows that the mean contributions are taken over, at most: enough for two stable digits. */
const CONTRIBUTION_ROWS_MAX = 20_000;

/**
 * Boosted trees for one model type.
 *
 * Input `splits`. Output `model`: `model.tar.gz` (model.txt, metadata.json), `predictions/<split>.parquet`, `evaluation.json`,
 * `importance.json`, `training.json`, `profile.json` (the drift baseline), pictures (SVG), `report.html`, the run folder `tracking/`.
 * Where a job has several machines they train one model together, each on its share of the row groups, and the first does the rest.
 */
export const train: StepFunction = async (context) => {
  const config = stepConfig(context);
  const type = checkModelType(context.parameters.ModelType);
  const out = requiredOutput(context, 'model');
  if (!config.modeling.model_types[type]) {
    context.log.info({ model_type: type }, 'model type is not configured: nothing to train');
    await writeJson(path.join(out, NOT_CONFIGURED), { model_type: type, reason: 'not in modeling.model_types' });
    return;
  }
  const splits = requiredInput(context, 'splits');
  const features = trainableFeatures(splits, type);
  const work = path.join(out, '.work');
  mkdirSync(work, { recursive: true });

  const fitted = await fit(context, config, { splits, type, features, modelPath: path.join(work, 'model.txt') });
  if (context.hosts && context.hosts.place > 0) {
    context.log.info({ model_type: type }, 'trained with the others; the first machine writes the model');
    rmSync(work, { recursive: true, force: true });
    return;
  }
  await scoreSplits(context, { splits, type, modelPath: fitted.modelPath, out });
  const folds = await foldPredictions(context, config, {
    splits,
    type,
    features,
    rounds: fitted.bestIteration,
    work,
    out,
  });
  const evaluation = evaluateSplits({
    predictions: path.join(out, 'predictions'),
    folds,
    threshold: config.modeling.threshold,
  });
  const contributions = await meanContributions({
    modelPath: fitted.modelPath,
    dataPaths: SPLITS.map((split) => path.join(splits, type, split))
      .filter((folder) => existsSync(folder))
      .slice(-1),
    rowsMax: CONTRIBUTION_ROWS_MAX,
  });
  await writeProfile(context, config, { splits, type, features, out });
  const results = { type, config, features, fitted, evaluation, contributions };
  await writeModelReport(out, results);
  await writeArchive(out, fitted.modelPath, await describeModel(context, results, splits));
  await track(context, out, results);
  rmSync(work, { recursive: true, force: true });
};

type Fitted = Awaited<ReturnType<typeof trainModel>> & {
  modelPath: string;
  params: Record<string, string | number | boolean>;
};

export type TrainingResults = {
  type: ModelType;
  config: AppConfig;
  features: TypeFeatures;
  fitted: Fitted;
  evaluation: ModelEvaluation;
  contributions: Awaited<ReturnType<typeof meanContributions>>;
};

function trainableFeatures(splits: string, type: ModelType): TypeFeatures {
  const features = readFeatureSet(splits).model_types[type];
  if (!features?.rows.train) {
    throw inputError(
      'no_rows',
      `no labelled ${type} contracts to train on`,
      path.join(splits, type),
      `check the target column and modeling.model_types.${type}.tarifas, or leave ${type} out of modeling.model_types`,
    );
  }
  if (features.features.length === 0) {
    throw inputError(
      'no_features',
      `every ${type} feature is constant or empty`,
      path.join(splits, 'features.json'),
      'check the column mapping',
    );
  }
  return features;
}

type Data = { splits: string; type: ModelType; features: TypeFeatures };

async function fit(context: StepContext, config: AppConfig, data: Data & { modelPath: string }): Promise<Fitted> {
  const { boosting, seed, imbalance } = config.modeling;
  const params = { seed, ...boosting.params, ...(imbalance === 'balanced' ? { is_unbalance: true } : {}) };
  const test = path.join(data.splits, data.type, 'test');
  const result = await trainModel({
    trainPaths: [path.join(data.splits, data.type, 'train')],
    ...(existsSync(test) ? { validPaths: [test], earlyStoppingRounds: boosting.early_stopping_rounds } : {}),
    target: 'target',
    features: data.features.features,
    params,
    rounds: boosting.rounds,
    modelPath: data.modelPath,
    machines: await trainingMachines(context.hosts),
    signal: context.signal,
    onProgress: ({ iteration, rounds }) => context.progress.update(iteration, rounds, `trees, ${data.type}`),
  });
  context.log.info(
    { model_type: data.type, best_iteration: result.bestIteration, train_rows: result.trainRows },
    'trained',
  );
  return { ...result, modelPath: data.modelPath, params };
}

async function scoreSplits(
  context: StepContext,
  to: { splits: string; type: ModelType; modelPath: string; out: string },
) {
  mkdirSync(path.join(to.out, 'predictions'), { recursive: true });
  for (const split of SPLITS) {
    const data = path.join(to.splits, to.type, split);
    if (!existsSync(data)) continue;
    await predict({
      modelPath: to.modelPath,
      dataPaths: [data],
      outPath: path.join(to.out, 'predictions', `${split}.parquet`),
      keepColumns: ['policy_id', 'target'],
      signal: context.signal,
    });
  }
}

/** What the model was trained on, small: the baseline of drift where the rows are no longer at hand. */
async function writeProfile(context: StepContext, config: AppConfig, data: Data & { out: string }): Promise<void> {
  const features = new Set(data.features.features.map((feature) => feature.name));
  await buildProfile({
    paths: [path.join(data.splits, data.type, 'train')],
    exclude: CONTRACT_COLUMNS.filter((name) => !features.has(name)),
    bins: config.drift.bins,
    outPath: path.join(data.out, 'profile.json'),
    signal: context.signal,
  });
}

/** Out-of-fold predictions over all labelled contracts, or nothing when cross-validation is off. */
async function foldPredictions(
  context: StepContext,
  config: AppConfig,
  data: Data & { rounds: number; work: string; out: string },
): Promise<string | undefined> {
  if (config.modeling.cross_validation_folds === 0) return undefined;
  const outPath = path.join(data.out, 'predictions', 'cross_validation.parquet');
  const { boosting, seed } = config.modeling;
  await crossValidate({
    trainPaths: await labelledRows(data),
    target: 'target',
    foldColumn: 'fold',
    features: data.features.features,
    params: { seed, ...boosting.params },
    rounds: data.rounds,
    outPath,
    keepColumns: ['policy_id', 'target', 'fold'],
    signal: context.signal,
  });
  return outPath;
}

/** Train and test rows, and those of inference that have a target. */
async function labelledRows(data: Data & { work: string }): Promise<string[]> {
  const folder = (split: string) => path.join(data.splits, data.type, split);
  const paths = ['train', 'test'].map(folder).filter((name) => existsSync(name));
  if (!existsSync(folder('inference'))) return paths;
  const labelled = path.join(data.work, 'labelled.parquet');
  const rows = pl.scanParquet(path.join(folder('inference'), '*.parquet')).filter(pl.col('target').isNotNull());
  await rows.sinkParquet(labelled, { compression: 'zstd' }).collect();
  return [...paths, labelled];
}

async function describeModel(context: StepContext, results: TrainingResults, splits: string) {
  const { type, config, features, fitted, evaluation } = results;
  return {
    schema_version: 1 as const,
    model_type: type,
    target: config.modeling.target_description,
    execution_date: executionDate(context),
    code_version: process.env.PILOTLIGHT_CODE_VERSION ?? 'unknown',
    data_fingerprint: await dataFingerprint([path.join(splits, type, 'train'), path.join(splits, type, 'test')]),
    features: features.features,
    categories: fitted.categories,
    parameters: fitted.params,
    best_iteration: fitted.bestIteration,
    rounds: fitted.rounds,
    threshold: evaluation.threshold,
    rows: features.rows,
    metrics: evaluation.metrics,
  };
}

async function track(context: StepContext, out: string, results: TrainingResults): Promise<void> {
  const { type, fitted, evaluation } = results;
  const run = openRunLog(path.join(out, 'tracking'), {
    // The run's own id changes with its folders; these bytes must not.
    run_id: `segmentation-${type}-${executionDate(context)}`,
    name: `segmentation-${type}`,
    execution_date: executionDate(context),
  });
  run.params({ ...fitted.params, rounds: fitted.rounds, features_count: results.features.features.length });
  for (const [split, metrics] of Object.entries(evaluation.metrics)) {
    run.metrics(Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${split}_${name}`, value])));
  }
  run.tags({ model_type: type, pipeline: 'segmentation' });
  for (const file of ['model.tar.gz', 'evaluation.json', 'importance.json', 'report.html'])
    run.artifact(path.join('..', file));
  await run.close();
}
