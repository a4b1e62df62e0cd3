import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeJson } from '@pilotlight/artifacts';
import { buildProfile, meanContributions, type TrainResult, train as trainModel } from '@pilotlight/modeling';
import type { StepContext, StepFunction } from '@pilotlight/pipeline';
import { importanceRows } from '@pilotlight/reporting';
import { openRunLog } from '@pilotlight/tracking';
import pl from 'nodejs-polars';
import { inputError, requiredInput, requiredOutput } from '../../stepInputs.ts';
import { type Decision, decide } from '../calibration.ts';
import { type Comparison, compareExperiments, type Plan, planExperiments } from '../comparison.ts';
import type { ChurnConfig } from '../config.ts';
import { boostingParams } from '../crossValidation.ts';
import { type Gold, readGold } from '../goldTable.ts';
import { findLeakage, type LeakageWarning } from '../leakage.ts';
import {
  type ChurnMetadata,
  IMPORTANCE_FILE,
  METADATA_FILE,
  MODEL_FILE,
  openModel,
  REFERENCE_FILE,
  SCORE,
  SPLIT_FILE,
  scoreRows,
  writeMetadata,
} from '../modelFolder.ts';
import { checkValues, goldFingerprint, labelledCustomers, writeRows, writeSplit } from '../modelRows.ts';
import { type SplitCustomer, splitCustomers } from '../splitCustomers.ts';
import { asOf, stepConfig } from '../stepInputs.ts';

/** Rows that the mean contributions are taken over, at most: enough for two stable digits. */
const CONTRIBUTION_ROWS_MAX = 20_000;

/**
 * Boosted trees for one experiment, calibrated, with a threshold.
 *
 * Input `gold`. Output `model`: `model.txt` and `metadata.json` (what scoring needs), `importance.json`, `reference.parquet` and
 * `profile.json` (the drift baseline), `split.parquet`, `predictions/out_of_fold.parquet` and `test.parquet`, `comparison.json`,
 * `leakage.json`, the run folder `tracking/`.
 *
 * Rounds are fixed: cross-validation on the training rows gives the calibration and the threshold, then all training rows give the
 * model. Nothing of the test rows is used, not even to stop.
 */
export const train: StepFunction = async (context) => {
  const out = requiredOutput(context, 'model');
  const work = path.join(out, '.work');
  mkdirSync(path.join(out, 'predictions'), { recursive: true });
  mkdirSync(work, { recursive: true });
  try {
    const data = await prepare(context, work);
    const { predictions, comparison } = await crossValidateAll(context, data, work);
    const decision = decide(predictions, path.join(out, 'predictions', 'out_of_fold.parquet'), data.config.modeling);
    const fitted = await fit(context, data, path.join(out, MODEL_FILE));
    const metadata = await describeModel(context, data, { fitted, decision });
    await writeMetadata(out, metadata);
    writeSplit(data.customers, path.join(out, SPLIT_FILE));
    await scoreTest(context, data, out);
    await writeReference(context, data, out);
    await writeFacts(data, { out, fitted, comparison, leakage: warn(context, data) });
    await track(out, metadata);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

type Data = {
  config: ChurnConfig;
  gold: Gold;
  plans: [Plan, ...Plan[]];
  customers: SplitCustomer[];
  /** Parquet of the training and of the test rows. */
  train: string;
  test: string;
};

async function prepare(context: StepContext, work: string): Promise<Data> {
  const config = stepConfig(context);
  const gold = readGold(requiredInput(context, 'gold'), asOf(context));
  const { Experiment: named = 'none' } = context.parameters;
  const plans = planExperiments(named === 'none' ? config.features.champion : named, config, gold.features);
  const [{ experiment, made }] = plans;
  if (made.features.length === 0) {
    const what = `${experiment} has no features: all are declared absent`;
    throw inputError('no_features', what, 'features.absent', 'train another experiment');
  }
  const { seed, test_share: testShare, folds } = config.modeling;
  const customers = splitCustomers(await labelledCustomers(gold.table), { seed, testShare, folds }, gold.table);
  const columns = [...new Set(plans.flatMap((plan) => plan.made.requested))];
  const files = { train: path.join(work, 'train.parquet'), test: path.join(work, 'test.parquet') };
  for (const split of ['train', 'test'] as const) {
    const chosen = customers.filter((customer) => customer.split === split);
    await writeRows(gold.table, chosen, files[split], columns);
  }
  checkValues(files.train, columns, gold.table);
  return { config, gold, plans, customers, ...files };
}

async function crossValidateAll(context: StepContext, data: Data, work: string) {
  const { plans, config } = data;
  const { experiments, predictions } = await compareExperiments({
    plans,
    config,
    rows: data.train,
    work,
    signal: context.signal,
    onProgress: (done, total, label) => context.progress.update(done, total, label),
  });
  for (const { experiment, role, pr_auc, roc_auc } of experiments) {
    context.log.info({ experiment, role, pr_auc, roc_auc }, 'cross-validated');
  }
  const rows = counts(data.customers);
  const comparison: Comparison = {
    schema_version: 1,
    rows: rows.rows.train,
    churners: rows.churners.train,
    folds: config.modeling.folds,
    experiments,
  };
  return { predictions, comparison };
}

async function fit(context: StepContext, data: Data, modelPath: string): Promise<TrainResult> {
  const fitted = await trainModel({
    trainPaths: [data.train],
    target: 'churn',
    features: data.plans[0].made.features,
    params: boostingParams(data.config),
    rounds: data.config.modeling.boosting.rounds,
    modelPath,
    signal: context.signal,
    onProgress: ({ iteration, rounds }) => context.progress.update(iteration, rounds, 'trees'),
  });
  context.log.info({ train_rows: fitted.trainRows, trees: fitted.rounds }, 'trained');
  return fitted;
}

async function describeModel(
  context: StepContext,
  { config, gold, plans, customers }: Data,
  { fitted, decision }: { fitted: TrainResult; decision: Decision },
): Promise<ChurnMetadata> {
  const [{ experiment, made }] = plans;
  return {
    schema_version: 1,
    model: 'churn',
    experiment,
    target: 'churn',
    as_of: asOf(context),
    score: SCORE,
    features: made.features,
    requested: made.requested,
    missing: made.absent,
    categories: fitted.categories,
    parameters: boostingParams(config),
    rounds: fitted.rounds,
    seed: config.modeling.seed,
    calibration: decision.calibration,
    threshold: decision.threshold,
    threshold_reason: decision.threshold_reason,
    ...counts(customers),
    data_fingerprint: await goldFingerprint(gold),
    code_version: process.env.PILOTLIGHT_CODE_VERSION ?? 'unknown',
    text_scorer: gold.features.text_scorer,
    metrics: { out_of_fold: decision.figures },
  };
}

function counts(customers: readonly SplitCustomer[]): Pick<ChurnMetadata, 'rows' | 'churners'> {
  const of = (split: SplitCustomer['split']) => customers.filter((customer) => customer.split === split);
  const churners = (split: SplitCustomer['split']) => of(split).filter(({ churn }) => churn === 1).length;
  return {
    rows: { train: of('train').length, test: of('test').length },
    churners: { train: churners('train'), test: churners('test') },
  };
}

/** With the model as it was written, so that these are what anyone gets who opens the folder. */
async function scoreTest(context: StepContext, data: Data, out: string): Promise<void> {
  const file = path.join(out, 'predictions', 'test.parquet');
  await scoreRows(openModel(out), data.test, file, context.signal, ['customer_id', 'churn']);
}

/** What drift compares with: training rows, and scores of models that had not seen the row, as scores of new rows are. */
async function writeReference(context: StepContext, { config, plans, train: rows }: Data, out: string): Promise<void> {
  const file = path.join(out, REFERENCE_FILE);
  const scores = pl
    .scanParquet(path.join(out, 'predictions', 'out_of_fold.parquet'))
    .select(pl.col('customer_id'), pl.col(SCORE));
  const reference = pl
    .scanParquet(rows)
    .select('customer_id', 'churn', ...plans[0].made.requested)
    .join(scores, { on: 'customer_id', how: 'inner' })
    .sort('customer_id');
  (await reference.collect()).writeParquet(file, { compression: 'zstd' });
  await buildProfile({
    paths: [file],
    exclude: ['customer_id', 'churn'],
    bins: config.drift.bins,
    outPath: path.join(out, 'profile.json'),
    signal: context.signal,
  });
}

function warn(context: StepContext, { config, plans, train: rows }: Data): LeakageWarning[] {
  const warnings = findLeakage(rows, plans[0].made.features, config.features.leakage);
  for (const { feature, level: value, rows: count, churn_rate } of warnings) {
    context.log.warn({ feature, value, rows: count, churn_rate }, 'a level of a feature nearly is the outcome');
  }
  return warnings;
}

async function writeFacts(
  { config, train: rows }: Data,
  facts: { out: string; fitted: TrainResult; comparison: Comparison; leakage: LeakageWarning[] },
): Promise<void> {
  const { out, fitted, comparison, leakage } = facts;
  const contributions = await meanContributions({
    modelPath: path.join(out, MODEL_FILE),
    dataPaths: [rows],
    rowsMax: CONTRIBUTION_ROWS_MAX,
  });
  await writeJson(path.join(out, IMPORTANCE_FILE), {
    schema_version: 1,
    model: 'churn',
    features: importanceRows(fitted.importance, contributions),
  });
  await writeJson(path.join(out, 'comparison.json'), comparison);
  await writeJson(path.join(out, 'leakage.json'), {
    schema_version: 1,
    rules: config.features.leakage,
    warnings: leakage,
  });
}

async function track(out: string, metadata: ChurnMetadata): Promise<void> {
  // The run's own id changes with its folders; these bytes must not.
  const name = `churn-${metadata.experiment}`;
  const run = openRunLog(path.join(out, 'tracking'), {
    run_id: `${name}-${metadata.as_of}`,
    name,
    execution_date: metadata.as_of,
  });
  const { parameters, rounds, features, calibration, metrics } = metadata;
  run.params({ ...parameters, rounds, features_count: features.length, calibration: calibration.method });
  run.metrics(
    Object.fromEntries(Object.entries(metrics.out_of_fold).map(([key, value]) => [`out_of_fold_${key}`, value])),
  );
  run.tags({ pipeline: 'churn', experiment: metadata.experiment });
  for (const file of [MODEL_FILE, METADATA_FILE, IMPORTANCE_FILE]) run.artifact(path.join(out, file));
  await run.close();
}
