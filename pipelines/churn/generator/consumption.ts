import { curveSql } from './curve.ts';
import { DIRT, NEGATIVE_ELEC_MEAN_KWH, NEGATIVE_GAS_MEAN_M3, NEGATIVE_GAS_MOST_M3 } from './dirt.ts';
import { HOURS_2024, MONTH_DAYS } from './profile.ts';
import { CUSTOMER_ID } from './rawTables.ts';

/** Weights of the hours of a day. */
const HOME_DAY = [4, 3, 3, 3, 3, 3, 4, 6, 7, 6, 5, 5, 6, 7, 7, 5, 5, 6, 8, 10, 12, 12, 9, 6];
const BUSINESS_DAY = [2, 2, 2, 2, 2, 2, 3, 6, 11, 14, 15, 15, 14, 11, 12, 14, 14, 12, 8, 5, 3, 2, 2, 2];
/** Of a business's weekend and of a home's, against its working day. */
const WEEKEND = { business: 0.3, home: 1.15 };
const GAS_DAY = [2, 2, 2, 2, 2, 3, 7, 10, 9, 6, 4, 4, 5, 5, 4, 4, 4, 6, 9, 10, 10, 8, 5, 3];

/**
 * The consumption of each customer's months, `m` from 0, before dirt: a level of the customer's own with winter (and,
 * in homes, some summer), a drift through the year, noise; gas in the nine months that heat.
 */
export function monthlySql(): string {
  const elecSeason = '1 + CASE WHEN segment = $$Residential$$ THEN 0.22 ELSE 0.1 END * cos(2 * pi() * m / 12)';
  const gasSeason = curveSql('m', [
    [0, 1.75],
    [2, 1.25],
    [4, 0.45],
    [8, 0.3],
    [9, 0.5],
    [11, 1.7],
  ]);
  return `SELECT c, m, segment <> 'Residential' AS is_business, faulty,
      CASE WHEN gas_only OR m < first_month THEN 0
        ELSE kwh * (${elecSeason}) * (1 + growth * (m - 5.5) / 11) * exp(0.13 * gauss(c * 12 + m, 'kwh')) END AS kwh,
      CASE WHEN m3 = 0 OR m IN (5, 6, 7) THEN 0 ELSE m3 * ${gasSeason} * exp(0.15 * gauss(c * 12 + m, 'm3')) END AS m3
    FROM (SELECT *, unnest(range(12)) AS m, u(c, 'faulty_meter') < ${DIRT.faulty_meters} AS faulty,
        CASE WHEN u(c, 'elec_late') < ${DIRT.elec_starts_late} THEN 1 + CAST(floor(11 * u(c, 'elec_from')) AS INTEGER) ELSE 0 END AS first_month,
        0.15 * gauss(c, 'growth') AS growth
      FROM customer)`.replaceAll('$$', "'");
}

/**
 * Makes the table `shape`, 24 rows: for each month and kind of customer its hours, and each hour's share of the month.
 * With fewer hours than the year has, only the first ones of every month, and they carry the month's whole consumption.
 */
export function shapeSql(hours: number): string {
  const used = hoursOfMonths(hours);
  const first = MONTH_DAYS.map((_, m) => 24 * MONTH_DAYS.slice(0, m).reduce((sum: number, days) => sum + days, 0));
  const months = used.map((n, m) => `(${m}, ${first[m]}, ${n})`).join(', ');
  const at = (day: number[]) => `[${day.join(', ')}][h % 24 + 1]`;
  const weekend = `CASE WHEN (h // 24) % 7 < 5 THEN 1 WHEN is_business THEN ${WEEKEND.business} ELSE ${WEEKEND.home} END`;
  return `CREATE TABLE shape AS
    SELECT m, is_business, list(CAST(h AS INTEGER) ORDER BY h) AS hours,
      list(TIMESTAMP '2024-01-01' + to_hours(h) ORDER BY h) AS times,
      list(elec / elec_sum ORDER BY h) AS elec_shares, list(gas / gas_sum ORDER BY h) AS gas_shares
    FROM (SELECT *, sum(elec) OVER (PARTITION BY m, is_business) AS elec_sum, sum(gas) OVER (PARTITION BY m, is_business) AS gas_sum
      FROM (SELECT *, ${weekend} * CASE WHEN is_business THEN ${at(BUSINESS_DAY)} ELSE ${at(HOME_DAY)} END AS elec, ${at(GAS_DAY)} AS gas
        FROM (SELECT m, is_business, unnest(range(first, first + n)) AS h
          FROM (VALUES ${months}) AS months(m, first, n), (VALUES (true), (false)) AS kinds(is_business))))
    GROUP BY m, is_business ORDER BY m, is_business`;
}

/** How many of `hours` fall to each month: at least one, as even a share of each as whole hours allow. */
export function hoursOfMonths(hours: number): number[] {
  const spare = HOURS_2024 - 12;
  let days = 0;
  return MONTH_DAYS.map((length, m) => {
    const before = Math.floor(((hours - 12) * (24 * days - m)) / spare);
    days += length;
    return 1 + Math.floor(((hours - 12) * (24 * days - m - 1)) / spare) - before;
  });
}

/**
 * consumption_hourly_2024: customer, naive local hour, kWh, m3, by customer and hour. A reading is its share of the month
 * times 0.5 to 1.5. All that is random of a row comes from the bits of one hash, since there are 176 million.
 */
export function hourlySql(customers: number, seed: number): string {
  const part = (shift: number) => `(((bits >> ${shift}) & 65535) / 65536.0)`;
  const rare = (rate: number) => `((bits >> 32) & 1048575) < ${Math.round(rate * 1_048_576)}`;
  const negativeGas = `-least(${NEGATIVE_GAS_MOST_M3}, -${NEGATIVE_GAS_MEAN_M3} * ln(1 - ${part(16)}) + 0.0001)`;
  const readings = `SELECT id, kwh, m3, faulty, unnest(times) AS timestamp, unnest(elec_shares) AS elec_share,
      unnest(gas_shares) AS gas_share, hash(hash(c * ${HOURS_2024} + unnest(hours), ${Math.trunc(seed)})) AS bits
    FROM (SELECT *, ${CUSTOMER_ID(customers)} AS id FROM (${monthlySql()})) JOIN shape USING (m, is_business)`;
  return `SELECT id AS customer_id, timestamp,
      CASE WHEN kwh = 0 THEN 0 WHEN faulty AND ${rare(DIRT.negative_elec_of_faulty_meters)}
        THEN round(${NEGATIVE_ELEC_MEAN_KWH} * ln(1 - ${part(0)}) - 0.0001, 6)
        ELSE round(kwh * elec_share * (0.5 + ${part(0)}), 6) END AS consumption_elec_kwh,
      CASE WHEN m3 = 0 THEN 0 WHEN ${rare(DIRT.negative_gas)} THEN round(${negativeGas}, 6)
        ELSE round(m3 * gas_share * (0.5 + ${part(16)}), 6) END AS consumption_gas_m3
    FROM (${readings})`;
}
