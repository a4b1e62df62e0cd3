import path from 'node:path';
import type { ChurnConfig } from './config.ts';
import { crossValidateExperiment, type OutOfFold } from './crossValidation.ts';
import { type ExperimentFeatures, featuresOf } from './experiments.ts';
import type { GoldFeatures } from './goldTable.ts';

/** `comparison.json`: the trained experiment and those beside it, out of fold on the same folds of the same customers. */
export type Comparison = {
  schema_version: 1;
  rows: number;
  churners: number;
  folds: number;
  experiments: ComparedExperiment[];
};
export type ComparedExperiment = { experiment: string; role: 'trained' | 'beside' } & OutOfFold;

export type Plan = { experiment: string; role: ComparedExperiment['role']; made: ExperimentFeatures };

/**
 * The experiment to train, then those to show beside it; of the latter, those that have no feature left without the absent tiers are
 * left out.
 *
 * @throws InputError of {@link featuresOf}
 */
export function planExperiments(trained: string, config: ChurnConfig, gold: GoldFeatures): [Plan, ...Plan[]] {
  const beside = config.features.beside.filter((name) => name !== trained);
  const plan = (experiment: string, role: Plan['role']): Plan => {
    return { experiment, role, made: featuresOf(experiment, config, gold) };
  };
  const others = beside.map((name) => plan(name, 'beside')).filter(({ made }) => made.features.length > 0);
  return [plan(trained, 'trained'), ...others];
}

/**
 * Cross-validates each experiment in turn.
 *
 * @returns their figures, and the file of the first one's predictions (customer_id, churn, fold, probability)
 */
export async function compareExperiments(request: {
  plans: readonly [Plan, ...Plan[]];
  config: ChurnConfig;
  rows: string;
  work: string;
  signal: AbortSignal;
  onProgress: (done: number, total: number, label: string) => void;
}): Promise<{ experiments: ComparedExperiment[]; predictions: string }> {
  const { plans, config, rows, work, signal, onProgress } = request;
  const experiments: ComparedExperiment[] = [];
  const fileOf = (experiment: string) => path.join(work, `out_of_fold_${experiment}.parquet`);
  for (const [index, { experiment, role, made }] of plans.entries()) {
    const figures = await crossValidateExperiment({
      config,
      rows,
      features: made.features,
      outPath: fileOf(experiment),
      signal,
      onProgress: ({ done, total }) => {
        onProgress(index * total + done, plans.length * total, `cross-validation, ${experiment}`);
      },
    });
    experiments.push({ experiment, role, ...figures });
  }
  return { experiments, predictions: fileOf(plans[0].experiment) };
}
