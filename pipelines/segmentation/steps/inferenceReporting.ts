import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeJson } from '@pilotlight/artifacts';
import { predict } from '@pilotlight/modeling';
import type { StepContext, StepFunction } from '@pilotlight/pipeline';
import pl, { type LazyDataFrame } from 'nodejs-polars';
import { inputError, requiredInput, requiredOutput } from '../../stepInputs.ts';
import { aggregateBenchmark, assignClusters, compareBenchmark, riskThresholds } from '../clusters.ts';
import type { AppConfig, ModelType } from '../config.ts';
import { benchmarkColumns } from '../contractFeatures.ts';
import { CONTRACT_COLUMNS, type FeatureSet, readFeatureSet, SPLITS } from '../featureSet.ts';
import { type ModelArchive, type OpenModels, openArchives, openModels } from '../modelArchive.ts';
import { dataContract } from '../outputContract.ts';
import { executionDate, stepConfig } from '../stepInputs.ts';
import { writeSummary } from '../summaryPage.ts';

/**
 * Scores every contract, clusters, aggregates.
 *
 * Inputs `splits`, the models (`domestic` and `industrial`, or `models`), and where given `drift` and `previous` (a BENCHMARK).
 * Outputs `clusters` (`execution_date=/model_type=/part-<split>.parquet`, `data_contract.json`), `benchmark`
 * (`benchmark.parquet`, `.csv`), `report` (`summary.html`, `summary.json`).
 */
export const inferenceReporting: StepFunction = async (context) => {
  const config = stepConfig(context);
  const splits = requiredInput(context, 'splits');
  const featureSet = readFeatureSet(splits);
  const out = {
    clusters: requiredOutput(context, 'clusters'),
    benchmark: requiredOutput(context, 'benchmark'),
    report: requiredOutput(context, 'report'),
  };
  const work = path.join(out.clusters, '.work');
  const models = await findModels(context, featureSet);
  try {
    const scored: ScoredType[] = [];
    for (const [modelType, archive] of models.archives) {
      scored.push(await scoreAndCluster(context, { modelType, archive, splits, config, work, clusters: out.clusters }));
    }
    if (scored.every((one) => one.rows === 0)) {
      throw inputError('no_rows', 'no contract to score', splits, 'check the inputs of PreprocessSplit');
    }
    await writeBenchmark(context, out);
    await writeJson(path.join(out.clusters, 'data_contract.json'), dataContract());
    await writeSummary(context, { config, featureSet, scored, out });
  } finally {
    models.close();
    rmSync(work, { recursive: true, force: true });
  }
};

export type ScoredType = {
  modelType: ModelType;
  archive: ModelArchive;
  rows: number;
  thresholds: number[];
  unseenCategories: Record<string, { rows: number; examples: string[] }>;
};

/** The models of the model types that have rows. */
async function findModels(context: StepContext, featureSet: FeatureSet): Promise<OpenModels> {
  const types = (Object.entries(featureSet.model_types) as [ModelType, { rows: Record<string, number> }][])
    .filter(([, { rows }]) => Object.values(rows).some((count) => count > 0))
    .map(([type]) => type);
  if (context.inputs.models) return openModels(requiredInput(context, 'models'), types);
  return openArchives(new Map(types.map((type) => [type, requiredInput(context, type.toLowerCase())])));
}

type ScoreRequest = {
  modelType: ModelType;
  archive: ModelArchive;
  splits: string;
  config: AppConfig;
  work: string;
  clusters: string;
};

async function scoreAndCluster(context: StepContext, request: ScoreRequest): Promise<ScoredType> {
  const { modelType, archive, config } = request;
  const scores = path.join(request.work, modelType);
  mkdirSync(scores, { recursive: true });
  const unseenCategories: ScoredType['unseenCategories'] = {};
  let rows = 0;
  for (const split of SPLITS) {
    const data = path.join(request.splits, modelType, split);
    if (!existsSync(data)) continue;
    const result = await predict({
      modelPath: archive.modelPath,
      dataPaths: [data],
      outPath: path.join(scores, `${split}.parquet`),
      keepColumns: carriedColumns(data, config),
      signal: context.signal,
      onProgress: ({ done, total }) => context.progress.update(done, total, `scoring, ${modelType}`),
    });
    rows += result.rows;
    addUnseen(unseenCategories, result.unseenCategories);
  }
  const thresholds = await clusterSplits(context, request, scores);
  return { modelType, archive, rows, thresholds, unseenCategories };
}

function carriedColumns(data: string, config: AppConfig): string[] {
  const present = pl.scanParquet(path.join(data, '*.parquet')).columns;
  return [...CONTRACT_COLUMNS, ...benchmarkColumns(config)].filter((name) => present.includes(name) && name !== 'fold');
}

/** Clusters of each split; thresholds are those of the whole model type. */
async function clusterSplits(context: StepContext, request: ScoreRequest, scores: string): Promise<number[]> {
  const { modelType, config, archive } = request;
  const all = await pl
    .scanParquet(path.join(scores, '*.parquet'))
    .select(pl.col('probability'), pl.col('incorriente_reason'))
    .collect();
  const thresholds = riskThresholds(all, config.clustering.risk_names);
  const asOf = executionDate(context);
  const folder = path.join(request.clusters, `execution_date=${asOf}`, `model_type=${modelType}`);
  mkdirSync(folder, { recursive: true });
  const means = benchmarkColumns(config);
  for (const split of SPLITS) {
    const file = path.join(scores, `${split}.parquet`);
    if (!existsSync(file)) continue;
    const clusters = assignClusters(pl.scanParquet(file).withColumns(pl.lit(split).alias('split')), {
      modelType,
      asOf,
      config: config.clustering,
      thresholds,
      decision: archive.metadata.threshold,
      amount: means.find((name) => name.startsWith('amount_')),
      consumption: means.find((name) => name.startsWith('consumption_')),
    });
    await clusters.sinkParquet(path.join(folder, `part-${split}.parquet`), { compression: 'zstd' }).collect();
  }
  return thresholds;
}

async function writeBenchmark(context: StepContext, out: { clusters: string; benchmark: string }): Promise<void> {
  const types = readTypes(out.clusters, executionDate(context));
  const benchmark = aggregateBenchmark(pl.concat(types));
  const compared = previousBenchmark(context, benchmark);
  const frame = await compared.collect();
  frame.writeParquet(path.join(out.benchmark, 'benchmark.parquet'), { compression: 'zstd' });
  frame.writeCSV(path.join(out.benchmark, 'benchmark.csv'));
}

/** The clusters of every model type, with `model_type`. */
export function readTypes(clusters: string, asOf: string): LazyDataFrame[] {
  const date = path.join(clusters, `execution_date=${asOf}`);
  return ['Domestic', 'Industrial']
    .filter((type) => existsSync(path.join(date, `model_type=${type}`)))
    .map((type) =>
      pl
        .scanParquet(path.join(date, `model_type=${type}`, '*.parquet'), { hivePartitioning: false })
        .withColumns(pl.lit(type).alias('model_type')),
    );
}

function previousBenchmark(context: StepContext, benchmark: LazyDataFrame): LazyDataFrame {
  if ((context.parameters.BenchmarkMode ?? 'standalone') !== 'compare') return benchmark;
  const folder = context.inputs.previous;
  const file = folder && path.join(folder, 'benchmark.parquet');
  if (!file || !existsSync(file)) {
    throw inputError(
      'previous_benchmark',
      'no BENCHMARK of an earlier run',
      file ?? '--param PreviousBenchmarkUri',
      'give the benchmark folder of an earlier run, or BenchmarkMode standalone',
    );
  }
  return compareBenchmark(benchmark, pl.scanParquet(file));
}

function addUnseen(total: ScoredType['unseenCategories'], more: ScoredType['unseenCategories']): void {
  for (const [column, { rows, examples }] of Object.entries(more)) {
    const sofar = total[column] ?? { rows: 0, examples: [] };
    const merged = [...new Set([...sofar.examples, ...examples])].slice(0, 5);
    total[column] = { rows: sofar.rows + rows, examples: merged };
  }
}
