import pl, { type DataFrame, type Expr } from 'nodejs-polars';

const PRICE_STEP_EUR = 0.001;

/**
 * One row a customer from its months: consumption, prices, province costs, margins. Groups without values give null, not 0; prices that
 * are missing stay out. Standard deviations are of the sample (n - 1), null below 2 values. A trend is (last - first) / first over the
 * months with a value, null below 2 of them or when the first is 0.
 *
 * @param months sorted by `customer_id`, `month`, with the columns of {@link addMargins}; empty ones give no rows
 */
export function summarizeMonths(months: DataFrame): DataFrame {
  const price = pl.col('variable_price_tier1_eur_kwh');
  const gasPrice = pl.col('gas_variable_price_eur_m3');
  const cost = pl.col('elec_var_cost_eur_kwh');
  const elec = pl.col('monthly_elec_kwh');
  const gas = pl.col('monthly_gas_m3');
  const margin = pl.col('total_margin');
  const summary = months
    .groupBy('customer_id')
    .agg(
      elec.mean().alias('avg_monthly_elec_kwh'),
      sumOf('monthly_elec_kwh').alias('total_elec_kwh_2024'),
      gas.mean().alias('avg_monthly_gas_m3'),
      sumOf('monthly_gas_m3').alias('total_gas_m3_2024'),
      pl.col('gas_variable_revenue').sum().alias('gas_variable_revenue_sum'),
      pl.col('total_revenue').sum().alias('total_revenue_sum'),
      changes(price).alias('price_update_count'),
      cost.mean().alias('province_avg_elec_cost_2024'),
      pl.col('gas_var_cost_eur_m3').mean().alias('province_avg_gas_cost_2024'),
      elec.std().alias('std_monthly_elec_kwh'),
      gas.std().alias('std_monthly_gas_m3'),
      margin.std().alias('std_margin'),
      price.std().alias('elec_price_volatility_12m'),
      pl.col('readings').gt(0).sum().alias('active_months_count'),
      margin.min().alias('min_monthly_margin'),
      margin.lt(0).sum().alias('max_negative_margin'),
      trend(price).alias('elec_price_trend_12m'),
      trend(gasPrice).alias('gas_price_trend_12m'),
      trend(cost).alias('province_elec_cost_trend'),
      price.dropNulls().last().alias('last_price'),
      margin.tail(3).mean().alias('margin_last_3'),
      margin.reverse().slice(3, 3).mean().alias('margin_before_3'),
      margin.mean().alias('avg_monthly_margin'),
      margin.sum().alias('total_margin_2024'),
    );
  return finish(summary);
}

function finish(summary: DataFrame): DataFrame {
  const revenue = pl.col('total_revenue_sum');
  return summary
    .withColumns(
      pl
        .when(revenue.gt(0))
        .then(pl.col('gas_variable_revenue_sum').div(revenue))
        .otherwise(pl.lit(0))
        .alias('gas_share_of_revenue'),
      pl.col('last_price').sub(pl.col('province_avg_elec_cost_2024')).alias('elec_price_vs_province_cost_spread'),
      pl.col('elec_price_trend_12m').gt(0).fillNull(false).cast(pl.Int32).alias('is_price_increase'),
      pl.col('margin_last_3').sub(pl.col('margin_before_3')).fillNull(0).alias('rolling_margin_trend'),
    )
    .drop('gas_variable_revenue_sum', 'total_revenue_sum', 'last_price', 'margin_last_3', 'margin_before_3')
    .sort('customer_id');
}

/** The sum, null where there is no value: polars alone would say 0. */
const sumOf = (column: string): Expr =>
  pl.when(pl.col(column).count().gt(0)).then(pl.col(column).sum()).otherwise(pl.lit(null).cast(pl.Float64));

const changes = (price: Expr): Expr => price.dropNulls().diff(1, 'ignore').abs().gt(PRICE_STEP_EUR).sum();

function trend(value: Expr): Expr {
  const known = value.dropNulls();
  const first = known.first();
  return pl
    .when(known.count().gtEq(2).and(first.neq(0)))
    .then(known.last().sub(first).div(first))
    .otherwise(pl.lit(null).cast(pl.Float64));
}
