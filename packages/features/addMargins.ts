import pl, { type DataFrame, type Expr } from 'nodejs-polars';

const MONTHS_A_YEAR = 12;

/**
 * Revenue, cost and margin of each customer-month in EUR, by fuel and in all; a missing part counts as 0 in the sums and stays missing
 * where it stands.
 *
 * @returns the months with `elec_` and `gas_` `variable_revenue`, `fixed_revenue`, `variable_cost`, `fixed_cost`, `margin`, and
 *   `total_revenue`, `total_cost`, `total_margin`
 */
export function addMargins(months: DataFrame): DataFrame {
  const parts = months.withColumns(
    tierRevenue().alias('elec_variable_revenue'),
    amount('elec_fixed_fee_eur_month').alias('elec_fixed_revenue'),
    amount('monthly_elec_kwh')
      .mul(amount('elec_var_cost_eur_kwh').add(amount('peaje_elec_eur_kwh')))
      .alias('elec_variable_cost'),
    amount('elec_fixed_cost_eur_month').alias('elec_fixed_cost'),
    amount('monthly_gas_m3').mul(amount('gas_variable_price_eur_m3')).alias('gas_variable_revenue'),
    amount('gas_fixed_revenue_eur_year').div(MONTHS_A_YEAR).alias('gas_fixed_revenue'),
    amount('monthly_gas_m3').mul(amount('gas_var_cost_eur_m3')).alias('gas_variable_cost'),
    amount('gas_fixed_cost_eur_year').div(MONTHS_A_YEAR).alias('gas_fixed_cost'),
  );
  const margins = parts.withColumns(margin('elec').alias('elec_margin'), margin('gas').alias('gas_margin'));
  const both = (name: string) => pl.col(`elec_${name}`).add(pl.col(`gas_${name}`));
  return margins.withColumns(
    both('variable_revenue').add(both('fixed_revenue')).alias('total_revenue'),
    both('variable_cost').add(both('fixed_cost')).alias('total_cost'),
    both('margin').alias('total_margin'),
  );
}

const amount = (name: string): Expr => pl.col(name).fillNull(0);

function tierRevenue(): Expr {
  const tier = (price: string, kwh: string) => amount(price).mul(amount(kwh));
  return tier('variable_price_tier1_eur_kwh', 'elec_kwh_tier_1_peak')
    .add(tier('variable_price_tier2_eur_kwh', 'elec_kwh_tier_2_standard'))
    .add(tier('variable_price_tier3_eur_kwh', 'elec_kwh_tier_3_offpeak'));
}

function margin(fuel: 'elec' | 'gas'): Expr {
  const revenue = pl.col(`${fuel}_variable_revenue`).add(pl.col(`${fuel}_fixed_revenue`));
  return revenue.sub(pl.col(`${fuel}_variable_cost`).add(pl.col(`${fuel}_fixed_cost`)));
}
