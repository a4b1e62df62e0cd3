import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatCount, formatFixed, textTable } from '@pilotlight/reporting';
import { inputError } from '../stepInputs.ts';
import type { ChurnConfig } from './config.ts';
import { crossValidateExperiment, type OutOfFold } from './crossValidation.ts';
import { featuresOf } from './experiments.ts';
import type { Gold } from './goldTable.ts';
import { checkValues, labelledCustomers, writeRows } from './modelRows.ts';
import { splitCustomers } from './splitCustomers.ts';

/** `absent`: the configuration declares tiers absent that the experiment is named for; its figures would be another's. */
export type ExperimentResult =
  | ({ experiment: string; status: 'measured'; tiers: string[]; absent_features: string[] } & OutOfFold)
  | { experiment: string; status: 'absent'; tiers: string[]; absent_tiers: string[] };

/** `experiments.json`: feature sets compared on the same folds of all labelled customers. */
export type ExperimentTable = {
  schema_version: 1;
  dataset: string;
  as_of: string;
  rows: number;
  churners: number;
  folds: number;
  rounds: number;
  experiments: ExperimentResult[];
};

/**
 * Cross-validates experiments on every labelled customer of a gold table, with the configured trees, rounds and folds.
 *
 * @param only names of experiments; all without
 * @throws InputError `experiment_unknown`, and those of the features, rows and folds
 */
export async function runExperiments(request: {
  config: ChurnConfig;
  gold: Gold;
  only?: readonly string[] | undefined;
  signal: AbortSignal;
  onProgress: (done: number, total: number, label: string) => void;
}): Promise<ExperimentTable> {
  const { config, gold, only } = request;
  const names = chooseExperiments(config, only);
  const { seed, folds, boosting } = config.modeling;
  const customers = splitCustomers(await labelledCustomers(gold.table), { seed, testShare: 0, folds }, gold.table);
  const plans = names.map((name) => planExperiment(name, config, gold));
  const work = mkdtempSync(path.join(tmpdir(), 'pilotlight-experiments-'));
  try {
    const rows = path.join(work, 'rows.parquet');
    const columns = [...new Set(plans.flatMap(({ features }) => features.map(({ name }) => name)))];
    await writeRows(gold.table, customers, rows, columns);
    checkValues(rows, columns, gold.table);
    const experiments = await measureAll(plans, { ...request, rows, work });
    const churners = customers.filter(({ churn }) => churn === 1).length;
    const { dataset } = config;
    const facts = { schema_version: 1, dataset, as_of: gold.features.as_of } as const;
    return { ...facts, rows: customers.length, churners, folds, rounds: boosting.rounds, experiments };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The table for a terminal: an experiment a line. */
export function renderExperiments(table: ExperimentTable): string {
  const columns = [
    { header: 'Experiment' },
    ...['Features', 'of text', 'PR-AUC', 'sd', 'ROC-AUC', 'sd'].map((header) => ({ header, align: 'right' as const })),
    { header: 'Declared absent' },
  ];
  const rows = table.experiments.map((one) => {
    if (one.status === 'absent')
      return [one.experiment, '-', '-', '-', '-', '-', '-', `tiers ${one.absent_tiers.join(', ')}`];
    return [
      one.experiment,
      formatCount(one.features),
      formatCount(one.text_features),
      formatFixed(one.pr_auc),
      formatFixed(one.pr_auc_fold_sd),
      formatFixed(one.roc_auc),
      formatFixed(one.roc_auc_fold_sd),
      one.absent_features.length > 0 ? `${one.absent_features.length} features` : '',
    ];
  });
  const title = `Data set ${table.dataset}, as of ${table.as_of}: ${formatCount(table.rows)} customers, ${formatCount(table.churners)} churners; ${table.rounds} trees, ${table.folds}-fold cross-validation, sd between folds`;
  return `${title}\n\n${textTable(columns, rows)}\n`;
}

type Plan = { experiment: string; tiers: string[]; absentTiers: string[] } & Pick<
  ReturnType<typeof featuresOf>,
  'features' | 'absent'
>;

function chooseExperiments(config: ChurnConfig, only: readonly string[] | undefined): string[] {
  const known = Object.keys(config.features.experiments);
  const unknown = (only ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const what = `no experiment ${unknown.join(', ')}`;
    throw inputError('experiment_unknown', what, '--only', `use ${known.join(', ')}`);
  }
  return only ? known.filter((name) => only.includes(name)) : known;
}

function planExperiment(experiment: string, config: ChurnConfig, gold: Gold): Plan {
  const tiers = config.features.experiments[experiment] ?? [];
  const absentTiers = tiers.filter((tier) => config.features.absent.tiers.includes(tier));
  const { features, absent } = featuresOf(experiment, config, gold.features);
  return { experiment, tiers, absentTiers, features: absentTiers.length > 0 ? [] : features, absent };
}

async function measureAll(
  plans: readonly Plan[],
  request: Parameters<typeof runExperiments>[0] & { rows: string; work: string },
): Promise<ExperimentResult[]> {
  const { config, rows, work, signal, onProgress } = request;
  const results: ExperimentResult[] = [];
  const measured = plans.filter(({ features }) => features.length > 0);
  for (const { experiment, tiers, absentTiers, features, absent } of plans) {
    if (features.length === 0) {
      const without = absentTiers.length > 0 ? absentTiers : tiers;
      results.push({ experiment, status: 'absent', tiers, absent_tiers: without });
      continue;
    }
    const before = results.filter(({ status }) => status === 'measured').length;
    const figures = await crossValidateExperiment({
      config,
      rows,
      features,
      outPath: path.join(work, `${experiment}.parquet`),
      signal,
      onProgress: ({ done, total }) => onProgress(before * total + done, measured.length * total, experiment),
    });
    results.push({ experiment, status: 'measured', tiers, absent_features: absent, ...figures });
  }
  return results;
}
