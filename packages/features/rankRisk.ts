import pl, { type DataFrame, type Expr } from 'nodejs-polars';

/**
 * Quantiles i/ranks (i = 1..ranks-1) of a column, linearly interpolated as numpy's default.
 *
 * @returns ascending thresholds, or none when the column has no values
 */
export function quantileThresholds(frame: DataFrame, column: string, ranks: number): number[] {
  const shares = Array.from({ length: ranks - 1 }, (_, i) => (i + 1) / ranks);
  const row = frame
    .select(...shares.map((share, i) => pl.col(column).quantile(share, 'linear').alias(`q${i}`)))
    .rows()[0];
  return (row ?? []).filter((value) => value !== null).map(Number);
}

/**
 * Risk rank: 1 + the number of thresholds below the probability (a probability on a threshold belongs to the lower rank).
 * Null where `incorriente_reason` is not, or without thresholds. Expression `risk_rank`.
 */
export function rankRisk(thresholds: readonly number[]): Expr {
  const above = thresholds.map((threshold) => pl.col('probability').gt(threshold).cast(pl.Int32));
  const rank = above.reduce((total, one) => total.plus(one), pl.lit(1).cast(pl.Int32));
  return pl
    .when(
      pl
        .col('incorriente_reason')
        .isNull()
        .and(pl.lit(thresholds.length > 0)),
    )
    .then(rank)
    .otherwise(pl.lit(null))
    .cast(pl.Int32)
    .alias('risk_rank');
}
