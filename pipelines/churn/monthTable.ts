import { literal, type StagedTables } from '@pilotlight/tables';
import type { ChurnConfig } from './config.ts';
import { COSTS, COUNTS, PRICES, SUMS, undeclaredColumns } from './layerColumns.ts';

export type MonthGaps = { months_without_price: number | null; months_without_costs: number | null };

/**
 * Makes the table `months`: one row a known customer and month with a reading or a price (its month's first day not after the as-of date),
 * sorted. Of several prices in a month the last delivered counts. Prices stand as they were delivered, zeros too.
 *
 * @param readings Parquet of months that `aggregateConsumption` wrote, or undefined where there are no readings
 * @returns how many months lack a price row, and a row of their province's costs (null: no such source)
 */
export async function makeMonths(
  { session, relations }: StagedTables,
  { readings, asOf, config }: { readings: string | undefined; asOf: string; config: ChurnConfig },
): Promise<MonthGaps> {
  await session.run(`CREATE VIEW month_readings AS ${readingsSql(readings)}`);
  await session.run(`CREATE VIEW month_prices AS ${pricesSql(relations.price_history, asOf)}`);
  const sums = [...SUMS.map((name) => `r.${name}`), ...COUNTS.map((name) => `coalesce(r.${name}, 0) AS ${name}`)];
  const undeclared = undeclaredColumns(config);
  const from = (alias: string, names: readonly string[]) =>
    names.map((name) => (undeclared.has(name) ? `NULL::DOUBLE AS ${name}` : `${alias}.${name}`));
  const provinces = relations.costs_by_province_month
    ? `LEFT JOIN ${relations.costs_by_province_month} c ON c.province_code = k.province_code AND c.month = m.month`
    : '';
  await session.run(`
    CREATE TABLE months AS
    SELECT m.customer_id, m.month, ${sums.join(', ')},
      CAST(coalesce(r.negative_elec_readings + r.negative_gas_readings, 0) > 0 AS INTEGER) AS had_negative_consumption,
      ${[...from('p', PRICES), ...from('c', COSTS)].join(', ')}
    FROM (SELECT customer_id, month FROM month_readings UNION SELECT customer_id, month FROM month_prices) m
      JOIN customers k ON k.customer_id = m.customer_id
      LEFT JOIN month_readings r ON r.customer_id = m.customer_id AND r.month = m.month
      LEFT JOIN month_prices p ON p.customer_id = m.customer_id AND p.month = m.month ${provinces}
    ORDER BY m.customer_id, m.month`);
  return countGaps({ session, relations });
}

async function countGaps({ session, relations }: Pick<StagedTables, 'session' | 'relations'>): Promise<MonthGaps> {
  const count = async (lacking: string) =>
    Number((await session.rows(`SELECT count(*) AS rows FROM months m ${lacking}`))[0]?.rows);
  const { price_history: prices, costs_by_province_month: costs } = relations;
  return {
    months_without_price: prices ? await count('ANTI JOIN month_prices USING (customer_id, month)') : null,
    months_without_costs: costs
      ? await count(`JOIN customers k USING (customer_id)
          ANTI JOIN ${costs} c ON c.province_code = k.province_code AND c.month = m.month`)
      : null,
  };
}

function readingsSql(file: string | undefined): string {
  if (file !== undefined) return `SELECT * FROM read_parquet(${literal(file)})`;
  const columns = [
    ...SUMS.map((name) => `NULL::DOUBLE AS ${name}`),
    ...COUNTS.map((name) => `NULL::BIGINT AS ${name}`),
  ];
  return `SELECT NULL::VARCHAR AS customer_id, NULL::VARCHAR AS month, ${columns.join(', ')} WHERE false`;
}

function pricesSql(relation: string | undefined, asOf: string): string {
  if (relation === undefined) return 'SELECT NULL::VARCHAR AS customer_id, NULL::VARCHAR AS month WHERE false';
  return `SELECT * EXCLUDE (pricing_date), strftime(pricing_date, '%Y-%m') AS month FROM ${relation}
    WHERE date_trunc('month', pricing_date) <= DATE ${literal(asOf)}
    QUALIFY row_number() OVER (PARTITION BY customer_id, date_trunc('month', pricing_date) ORDER BY __row DESC) = 1`;
}
