import { categorizeTenure, classifyEstrato, quantileThresholds, rankRisk } from '@pilotlight/features';
import pl, { type DataFrame, type Expr, type LazyDataFrame } from 'nodejs-polars';
import type { AppConfig, ModelType } from './config.ts';
import { OUTPUT_COLUMNS } from './outputContract.ts';

export type ClusterRules = {
  modelType: ModelType;
  asOf: string;
  config: AppConfig['clustering'];
  /** From {@link riskThresholds}. */
  thresholds: readonly number[];
  /** The model's decision threshold on the probability; null when it has none. */
  decision: number | null;
  amount: string | undefined;
  consumption: string | undefined;
};

/** Risk thresholds of a model type: quantiles of the probabilities of its up-to-date contracts. */
export function riskThresholds(scored: DataFrame, names: readonly string[]): number[] {
  const upToDate = scored.filter(pl.col('incorriente_reason').isNull());
  return quantileThresholds(upToDate, 'probability', names.length);
}

/**
 * Scored contracts with their cluster, in the columns of the output contract.
 *
 * @param scored contract columns, `split` and `probability`
 */
export function assignClusters(scored: LazyDataFrame, rules: ClusterRules): LazyDataFrame {
  const present = scored.columns;
  const orNull = (name: string | undefined, dtype: typeof pl.Float64) =>
    name !== undefined && present.includes(name) ? pl.col(name).cast(dtype) : pl.lit(null).cast(dtype);
  return scored
    .withColumns(
      orNull('estrato', pl.Float64).alias('estrato'),
      orNull('target', pl.Float64).cast(pl.Int32).alias('target'),
      present.includes('start_date') ? pl.col('start_date') : pl.lit(null).cast(pl.Date).alias('start_date'),
      orNull(rules.amount, pl.Float64).alias('amount_mean'),
      orNull(rules.consumption, pl.Float64).alias('consumption_mean'),
    )
    .withColumns(
      classifyEstrato(),
      ...categorizeTenure(rules.asOf, rules.config.tenure_bands),
      rankRisk(rules.thresholds),
    )
    .withColumns(
      riskCategory(rules.config.risk_names).alias('risk_category'),
      pl.col('incorriente_reason').isNull().alias('up_to_date'),
      (rules.decision === null ? pl.lit(false) : pl.col('probability').gtEq(rules.decision)).alias('predicted'),
    )
    .withColumns(clusterCode(rules.modelType).alias('cluster_code'), clusterName(rules.modelType).alias('cluster_name'))
    .select(...OUTPUT_COLUMNS.map((column) => pl.col(column.name)));
}

/** BENCHMARK: one row a cluster of both model types, sorted by model type and code. */
export function aggregateBenchmark(clusters: LazyDataFrame): LazyDataFrame {
  return clusters
    .groupBy(['model_type', 'cluster_code'])
    .agg(
      pl.col('cluster_name').first(),
      pl.len().cast(pl.Int64).alias('customers'),
      pl.col('probability').mean().alias('probability_mean'),
      pl.col('probability').median().alias('probability_median'),
      pl.col('target').cast(pl.Float64).mean().alias('observed_rate'),
      pl.col('amount_mean').mean().alias('amount_mean'),
      pl.col('consumption_mean').mean().alias('consumption_mean'),
    )
    .withColumns(pl.col('customers').cast(pl.Float64).div(pl.col('customers').sum()).alias('share'))
    .sort(['model_type', 'cluster_code'])
    .select(...BENCHMARK_COLUMNS.map((name) => pl.col(name)));
}

export const BENCHMARK_COLUMNS = [
  'model_type',
  'cluster_code',
  'cluster_name',
  'customers',
  'share',
  'probability_mean',
  'probability_median',
  'observed_rate',
  'amount_mean',
  'consumption_mean',
] as const;

/** The change of each cluster against an earlier BENCHMARK; a cluster that it did not have changes from nothing. */
export function compareBenchmark(benchmark: LazyDataFrame, previous: LazyDataFrame): LazyDataFrame {
  const before = previous.select(
    pl.col('model_type'),
    pl.col('cluster_code'),
    pl.col('customers').alias('customers_before'),
    pl.col('share').alias('share_before'),
    pl.col('probability_mean').alias('probability_mean_before'),
  );
  return benchmark
    .join(before, { on: ['model_type', 'cluster_code'], how: 'left', maintainOrder: 'left' })
    .select(
      ...BENCHMARK_COLUMNS.map((name) => pl.col(name)),
      pl.col('customers').minus(pl.col('customers_before').fillNull(0)).alias('customers_change'),
      pl.col('share').minus(pl.col('share_before').fillNull(0)).alias('share_change'),
      pl.col('probability_mean').minus(pl.col('probability_mean_before')).alias('probability_mean_change'),
    );
}

function riskCategory(names: readonly string[]): Expr {
  return names.reduceRight<Expr>(
    (otherwise, name, i) =>
      pl
        .when(pl.col('risk_rank').eq(i + 1))
        .then(pl.lit(name))
        .otherwise(otherwise),
    pl.lit('INCORRIENTE'),
  );
}

function clusterCode(modelType: ModelType): Expr {
  const risk = pl
    .when(pl.col('risk_rank').isNull())
    .then(pl.lit('X'))
    .otherwise(pl.concatString([pl.lit('R'), pl.col('risk_rank').cast(pl.Utf8)], ''));
  return pl.concatString(
    [
      pl.lit(`${modelType.charAt(0)}-`),
      risk,
      pl.lit('-E'),
      pl.col('estrato_class').str.slice(0, 1),
      pl.lit('-T'),
      pl.col('tenure_rank').cast(pl.Utf8),
    ],
    '',
  );
}

function clusterName(modelType: ModelType): Expr {
  return pl.concatString(
    [
      pl.lit(modelType),
      pl.col('risk_category'),
      pl.concatString([pl.lit('estrato '), pl.col('estrato_class')], ''),
      pl.col('cat_and'),
    ],
    ' / ',
  );
}
