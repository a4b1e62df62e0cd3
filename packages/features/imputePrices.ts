import pl, { type DataFrame, type Expr } from 'nodejs-polars';

/** A price, and the consumption in the same month without which nobody needs it. */
export const PAIRED_PRICES = [
  ['variable_price_tier1_eur_kwh', 'elec_kwh_tier_1_peak'],
  ['variable_price_tier2_eur_kwh', 'elec_kwh_tier_2_standard'],
  ['variable_price_tier3_eur_kwh', 'elec_kwh_tier_3_offpeak'],
  ['elec_fixed_fee_eur_month', 'monthly_elec_kwh'],
  ['gas_variable_price_eur_m3', 'monthly_gas_m3'],
  ['gas_fixed_revenue_eur_year', 'monthly_gas_m3'],
] as const;

/**
 * Fills missing prices of customer-months with the paired consumption above 0, and no others. A price of 0 is missing.
 *
 * In this order: the customer's last earlier price, else the next later one (of any month); the median of (`is_industrial`, `month`), not
 * for customers of unknown kind; the median of `month`. Medians are over rows with the consumption, after the step before.
 *
 * @param months sorted by `customer_id`, `month`, with the columns of {@link PAIRED_PRICES} and `is_industrial`
 */
export function imputePrices(months: DataFrame): DataFrame {
  let filled = months.withColumns(...PAIRED_PRICES.map(([price]) => missingZero(price)));
  for (const step of [ownPrice, medianOfKind, medianOfMonth]) {
    filled = filled.withColumns(
      ...PAIRED_PRICES.map(([price, consumption]) => {
        const isNeeded = pl.col(price).isNull().and(isUsed(consumption));
        return pl.when(isNeeded).then(step(price, consumption)).otherwise(pl.col(price)).alias(price);
      }),
    );
  }
  return filled;
}

const nothing = (): Expr => pl.lit(null).cast(pl.Float64);
const isUsed = (consumption: string): Expr => pl.col(consumption).gt(0).fillNull(false);

const missingZero = (price: string): Expr =>
  pl.when(pl.col(price).eq(0)).then(nothing()).otherwise(pl.col(price)).alias(price);

function ownPrice(price: string): Expr {
  const earlier = pl.col(price).forwardFill().over('customer_id');
  return earlier.fillNull(pl.col(price).backwardFill().over('customer_id'));
}

function medianOfKind(price: string, consumption: string): Expr {
  const median = usedPrice(price, consumption).median().over('is_industrial', 'month');
  return pl.when(pl.col('is_industrial').isNotNull()).then(median).otherwise(nothing());
}

const medianOfMonth = (price: string, consumption: string): Expr =>
  usedPrice(price, consumption).median().over('month');

const usedPrice = (price: string, consumption: string): Expr =>
  pl.when(isUsed(consumption)).then(pl.col(price)).otherwise(nothing());
