import { averagePrecision, rankScores, readScores, rocAuc } from '@pilotlight/evaluation';
import { crossValidate } from '@pilotlight/modeling';
import type { ChurnConfig } from './config.ts';
import type { ExperimentFeatures } from './experiments.ts';
import { isFromText } from './textFeatures.ts';

/** Out-of-fold figures of an experiment: of all rows together, and how they vary between folds. */
export type OutOfFold = {
  features: number;
  /** Of them made from the texts of interactions. */
  text_features: number;
  pr_auc: number | null;
  roc_auc: number | null;
  /** Sample standard deviation over the folds. */
  pr_auc_fold_sd: number | null;
  roc_auc_fold_sd: number | null;
};

type Request = {
  config: ChurnConfig;
  /** Parquet with `customer_id`, `churn`, `fold` and the features. */
  rows: string;
  features: ExperimentFeatures['features'];
  /** Where the predictions go: customer_id, churn, fold, probability. */
  outPath: string;
  signal?: AbortSignal;
  onProgress?: (progress: { done: number; total: number }) => void;
};

/** One model a fold with the configured rounds and parameters, each row predicted by the one that never saw it. */
export async function crossValidateExperiment(request: Request): Promise<OutOfFold> {
  const { config, rows, features, outPath, signal, onProgress } = request;
  await crossValidate({
    trainPaths: [rows],
    target: 'churn',
    foldColumn: 'fold',
    features,
    params: boostingParams(config),
    rounds: config.modeling.boosting.rounds,
    outPath,
    keepColumns: ['customer_id', 'churn', 'fold'],
    signal,
    onProgress,
  });
  const figures = figuresOf(outPath);
  const folds = Array.from({ length: config.modeling.folds }, (_, fold) => figuresOf(outPath, fold));
  return {
    features: features.length,
    text_features: features.filter(({ name }) => isFromText(name)).length,
    ...figures,
    pr_auc_fold_sd: deviation(folds.map((fold) => fold.pr_auc)),
    roc_auc_fold_sd: deviation(folds.map((fold) => fold.roc_auc)),
  };
}

/** The configured parameters with the seed and the weight of churners in them. */
export function boostingParams({ modeling }: ChurnConfig): Record<string, string | number | boolean> {
  const { boosting, seed, imbalance } = modeling;
  return { seed, ...boosting.params, ...(imbalance === 'balanced' ? { is_unbalance: true } : {}) };
}

function figuresOf(predictions: string, fold?: number) {
  const columns = { score: 'probability', label: 'churn', ...(fold === undefined ? {} : { where: { fold } }) };
  const ranking = rankScores(readScores(predictions, columns));
  return { pr_auc: averagePrecision(ranking).value, roc_auc: rocAuc(ranking).value };
}

function deviation(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length < values.length || known.length < 2) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (known.length - 1));
}
