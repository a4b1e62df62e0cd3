import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  type BinaryMetrics,
  binaryMetrics,
  chooseThreshold,
  configuredThreshold,
  type ModelCurves,
  modelCurves,
  rankScores,
  readScores,
} from '@pilotlight/evaluation';
import type { AppConfig } from './config.ts';
import { SPLITS } from './featureSet.ts';

export type ModelEvaluation = {
  /** Chosen on the test split (on train where there is none); null when it lacks a class. */
  threshold: number | null;
  threshold_reason: string;
  /** By split, and `cross_validation` for out-of-fold predictions. Null where the data do not define a figure. */
  metrics: Record<string, BinaryMetrics['metrics']>;
  undefined_reasons: Record<string, BinaryMetrics['undefined_reasons']>;
  /** The split that the curves are of: rows that training never saw, where there are any. */
  curves_split: string;
  curves: ModelCurves;
};

type Request = {
  /** Folder of `<split>.parquet` with `probability` and `target`. */
  predictions: string;
  /** Out-of-fold predictions, or none. */
  folds: string | undefined;
  threshold: AppConfig['modeling']['threshold'];
};

/** Every figure of a model on every split. Rows without a target are left out. */
export function evaluateSplits({ predictions, folds, threshold }: Request): ModelEvaluation {
  const sources: [string, string][] = SPLITS.map((split) => [split, path.join(predictions, `${split}.parquet`)]);
  if (folds) sources.push(['cross_validation', folds]);
  const rankings = new Map(sources.filter(([, file]) => existsSync(file)).map(([name, file]) => [name, rank(file)]));
  const chosen = chooseThreshold(first(rankings, ['test', 'train']), configuredThreshold(threshold));

  const evaluated = [...rankings].map(([name, ranking]) => [name, binaryMetrics(ranking, chosen.threshold)] as const);
  const held = ['inference', 'test', 'train'].find((split) => hasBothClasses(rankings.get(split))) ?? 'train';
  return {
    threshold: chosen.threshold,
    threshold_reason: chosen.reason,
    metrics: Object.fromEntries(evaluated.map(([name, { metrics }]) => [name, metrics])),
    undefined_reasons: Object.fromEntries(evaluated.map(([name, figures]) => [name, figures.undefined_reasons])),
    curves_split: held,
    curves: modelCurves(first(rankings, [held])),
  };
}

/**
 * ROC-AUC and PR-AUC of the out-of-fold predictions of all models together; nothing without cross-validation.
 *
 * @param models folders that the training steps wrote
 */
export function pooledFigures(models: readonly string[]): { roc_auc: number | null; pr_auc: number | null } | null {
  const files = models
    .map((folder) => path.join(folder, 'predictions', 'cross_validation.parquet'))
    .filter((file) => existsSync(file));
  if (files.length === 0) return null;
  const parts = files.map((file) => readScores(file, { score: 'probability', label: 'target' }));
  const rows = parts.reduce((sum, part) => sum + part.score.length, 0);
  const all = { score: new Float64Array(rows), label: new Uint8Array(rows) };
  let at = 0;
  for (const { score, label } of parts) {
    all.score.set(score, at);
    all.label.set(label, at);
    at += score.length;
  }
  const { metrics } = binaryMetrics(rankScores(all), null);
  return { roc_auc: metrics.roc_auc, pr_auc: metrics.average_precision };
}

type Ranking = ReturnType<typeof rankScores>;

function rank(file: string): Ranking {
  return rankScores(readScores(file, { score: 'probability', label: 'target' }));
}

function first(rankings: Map<string, Ranking>, names: readonly string[]): Ranking {
  const found = names.map((name) => rankings.get(name)).find((ranking) => ranking !== undefined);
  return found ?? rankScores({ score: new Float64Array(), label: new Uint8Array() });
}

const hasBothClasses = (ranking: Ranking | undefined) =>
  ranking !== undefined && ranking.positives > 0 && ranking.negatives > 0;
