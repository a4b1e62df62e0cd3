import { lookUpSql } from '../../random.ts';
import { curveSql, quotaSql } from './curve.ts';
import { DIRT, FIRST_PRICE_FACTOR, PRICE_MONTHS_MISSING_MOST } from './dirt.ts';
import { PROVINCE_ELEC_COST, PROVINCE_GAS_COST, PROVINCES } from './profile.ts';
import { CUSTOMER_ID } from './rawTables.ts';

/** EUR per kWh; the same everywhere. */
const NETWORK_TOLL = 0.038;
/** Of the tier-1 price, before what large customers negotiate. */
const TIER2 = 0.97;
const TIER3 = 0.93;

/**
 * Makes the table `cost`: each province's costs of each month, `m` from 0. A yearly wave around the province's mean, high in a
 * month of its own, so that some provinces' costs end the year above where they began and others below.
 */
export function costsSql(): string {
  const provinces = PROVINCES.map(({ code, weight }) => `(${code}, ${weight})`).join(', ');
  // Half of a province's own weight is before it: customers, not provinces, have the published quantiles.
  const place = (stream: string) =>
    `((sum(weight) OVER (ORDER BY u(province, '${stream}')) - weight / 2) / sum(weight) OVER ())`;
  const wave = (stream: string, size: number) =>
    `(1 + ${size} * cos(2 * pi() * (m / 12 + u(province, '${stream}_phase'))))`;
  return `CREATE TABLE cost AS
    SELECT *, elec_mean * ${wave('elec', 0.012)} AS elec, gas_mean * ${wave('gas', 0.03)} AS gas
    FROM (SELECT *, unnest(range(12)) AS m, ${curveSql(place('elec_cost'), PROVINCE_ELEC_COST)} AS elec_mean,
        ${curveSql(place('gas_cost'), PROVINCE_GAS_COST)} AS gas_mean
      FROM (VALUES ${provinces}) AS provinces(province, weight))
    ORDER BY province, m`;
}

/** costs_by_province_month */
export function costsFileSql(): string {
  return `SELECT province, format('2024-{:02d}', m + 1) AS month, round(elec, 6) AS elec_var_cost_eur_kwh,
      round(gas, 5) AS gas_var_cost_eur_m3, ${NETWORK_TOLL} AS peaje_elec_eur_kwh
    FROM cost ORDER BY province, m`;
}

/**
 * price_history: a customer's prices of each month of 2024. The tier-1 price goes from its first to its last in `updates`
 * steps, every second of them off the line, so that each is a change; tiers 2 and 3 are below it by the customer's own factors.
 * Customers without gas have zeros for it.
 */
export function pricesSql(customers: number): string {
  const zero = (name: string, value: string) =>
    `CASE WHEN u(n, 'zero_${name}') < ${DIRT[`zero_${name}` as keyof typeof DIRT]} THEN 0 ELSE ${value} END`;
  return `SELECT CASE WHEN is_lost THEN NULL ELSE ${CUSTOMER_ID(customers)} END AS customer_id,
      CAST(make_date(2024, CAST(m + 1 AS INTEGER), 1) AS VARCHAR) AS pricing_date,
      ${zero('price_tier1', 'round(price, 6)')} AS variable_price_tier1_eur_kwh,
      ${zero('price_tier2', `round(${TIER2} * low_tiers * price, 6)`)} AS variable_price_tier2_eur_kwh,
      ${zero('price_tier3', `round(${TIER3} * low_tiers * price, 6)`)} AS variable_price_tier3_eur_kwh,
      ${zero('elec_fixed_fee', 'round(fixed_cost + fixed_margin, 2)')} AS elec_fixed_fee_eur_month,
      round(fixed_cost, 2) AS elec_fixed_cost_eur_month,
      ${zero('gas_price', `CASE WHEN has_gas THEN round(${GAS_PRICE}, 5) ELSE 0 END`)} AS gas_variable_price_eur_m3,
      ${zero('gas_fixed_revenue', "CASE WHEN has_gas THEN 84 + 12 * floor(4 * u(c, 'gas_fee')) ELSE 0 END")} AS gas_fixed_revenue_eur_year,
      CASE WHEN has_gas THEN 48 ELSE 0 END AS gas_fixed_cost_eur_year
    FROM (${monthlyPriceSql(customers)}) ORDER BY n`;
}

const GAS_PRICE = "gas_mean * (1 + 0.01 * (m // 4)) + (0.06 + 0.012 * gauss(c, 'gas_price')) / (1 + m3 / 400)";
const FIXED_MARGIN = `${lookUpSql('segment', { Residential: 1, SME: 3.5, Corporate: 5 })}
  - CASE WHEN channel = 'comparison' THEN 3 ELSE 0 END + 0.4 * gauss(c, 'fixed_margin')`;

function monthlyPriceSql(customers: number): string {
  const lost = Math.round(DIRT.price_rows_without_customer_per_customer * customers);
  const months = `SELECT *, unnest(range(12) || CASE WHEN lost_month IS NULL THEN [] ELSE [12 + lost_month] END) AS k
    FROM (${priceDirtSql(lost)})`;
  return `SELECT *, CASE WHEN m = 0 AND u(c, 'tiny_price') < ${DIRT.first_price_wrong} THEN ${FIRST_PRICE_FACTOR} ELSE 1 END
      * (first_price * (1 + trend * step / updates) + CASE WHEN step % 2 = 1 AND step < updates THEN wobble ELSE 0 END) AS price
    FROM (SELECT *, c * 24 + k AS n, k >= 12 AS is_lost, CAST(floor(m * updates / 11 + phase) AS INTEGER) AS step
      FROM (SELECT *, k % 12 AS m FROM (${months})))
    WHERE is_lost OR (m - missing_from + 12) % 12 >= missing_months`;
}

function priceDirtSql(lost: number): string {
  const wobble = `CASE WHEN u(c, 'wobble_sign') < 0.5 THEN -1 ELSE 1 END * (0.0022 + 0.0004 * exp(1.7 * gauss(c, 'wobble')))`;
  return `SELECT *, (elec_mean + spread) / (1 + trend) AS first_price,
      2.2 + 1.1 * power_kw AS fixed_cost, ${FIXED_MARGIN} AS fixed_margin, u(c, 'price_phase') AS phase,
      greatest(-0.07, least(0.07, ${wobble})) AS wobble,
      CASE WHEN ${quotaSql("u(c, 'price_missing')")} < ${DIRT.customers_with_price_months_missing}
        THEN 1 + CAST(floor(${PRICE_MONTHS_MISSING_MOST} * u(c, 'price_missing_months')) AS INTEGER) ELSE 0 END AS missing_months,
      CAST(floor(12 * u(c, 'price_missing_from')) AS INTEGER) AS missing_from,
      CASE WHEN row_number() OVER (ORDER BY u(c, 'price_lost'), c) <= ${lost}
        THEN CAST(floor(12 * u(c, 'price_lost_month')) AS BIGINT) END AS lost_month
    FROM (${negotiatedSql()})`;
}

/** Shares of the tariff periods in a home's and in a business's consumption: peak, then all at the factors of tiers 2 and 3. */
const HOME = { peak: 0.301, low: 0.236 * TIER2 + 0.463 * TIER3 };
const BUSINESS = { peak: 0.364, low: 0.404 * TIER2 + 0.232 * TIER3 };

/**
 * Customers with their province's costs and `low_tiers`, a factor on the prices of tiers 2 and 3: who uses much has negotiated
 * them, so that a month's margin on energy grows with a root of what the peak price alone would make of it.
 */
function negotiatedSql(): string {
  const kind = (home: number, business: number) =>
    `CASE WHEN segment = 'Residential' THEN ${home} ELSE ${business} END`;
  const mean = '(elec_mean + spread) * (1 + trend / 2) / (1 + trend)';
  const cost = `(elec_mean + ${NETWORK_TOLL})`;
  return `SELECT *, greatest(0.25, least(1.15, ((${cost} + tamed_eur / kwh) / mean_price - peak) / low)) AS low_tiers
    FROM (SELECT *, CASE WHEN list_eur > 10 THEN 10 * pow(list_eur / 10, 0.45)
        WHEN list_eur < -10 AND segment = 'Corporate' THEN -10 * sqrt(-list_eur / 10) ELSE list_eur END AS tamed_eur
      FROM (SELECT *, kwh * (mean_price * (peak + low) - ${cost}) AS list_eur
        FROM (SELECT *, ${mean} AS mean_price, ${kind(HOME.peak, BUSINESS.peak)} AS peak, ${kind(HOME.low, BUSINESS.low)} AS low
          FROM customer JOIN (SELECT DISTINCT province, elec_mean, gas_mean FROM cost) USING (province))))`;
}
