import { pickSql } from '../../random.ts';
import type { Levels } from './drift.ts';
import { customerSql } from './latents.ts';

/** Range of customers, and how many there are in all. */
export type Slice = { from: number; to: number; customers: number };

/**
 * CLIE: one row a customer.
 *
 * Dirt: customer_type in another case or spacing 8 %; estrato out of range 0.2 %; signup_date in the future 0.1 %; a
 * row twice, with another region, 0.1 %. Nulls: estrato by the period's level, age_years of companies, region 1 %.
 */
export function clieSql({ from, to }: Slice, asOf: string, levels: Levels): string {
  const rows = `(SELECT range AS c, copy FROM (SELECT range, unnest(CASE WHEN u(range, 'customer_twice') < 0.001
    THEN [0, 1] ELSE [0] END) AS copy FROM range(${from}, ${to})))`;
  return `
    SELECT format('C{:09d}', c) AS customer_id, ${dirtySpelling('customer_type', 'c')} AS customer_type,
      CASE WHEN u(c, 'estrato_null') < ${levels.estratoNull} THEN NULL
        WHEN u(c, 'estrato_bad') < 0.002 THEN 7 + CAST(floor(u(c, 'estrato_how') * 3) AS INTEGER)
        ELSE estrato_true END AS estrato,
      CASE WHEN u(c, 'region_null') < 0.01 THEN NULL WHEN copy = 1 THEN 'DESCONOCIDA' ELSE region END AS region,
      CAST(DATE '${asOf}' + CAST(CASE WHEN u(c, 'signup_future') < 0.001 THEN 30 + floor(300 * u(c, 'signup'))
        ELSE floor(2600 * ln(1 - u(c, 'signup'))) END AS INTEGER) AS DATE) AS signup_date,
      CASE WHEN customer_type = 'RESIDENCIAL' THEN CAST(least(95, greatest(19, round(52 + 15 * gauss(c, 'age')))) AS INTEGER) END
        AS age_years,
      ${pickSql("u(c, 'payment')", { DOMICILIACION: 0.7, TARJETA: 0.2, TRANSFERENCIA: 0.1 })} AS payment_method,
      u(c, 'email') < 0.65 AS has_email
    FROM (${customerSql(rows)})`;
}

/** What people type: lower case, blanks around and inside, accents. */
export function dirtySpelling(column: string, id: string): string {
  return `CASE WHEN u(${id}, '${column}:dirty') >= 0.08 THEN ${column}
    WHEN u(${id}, '${column}:how') < 0.4 THEN lower(${column})
    WHEN u(${id}, '${column}:how') < 0.7 THEN '  ' || replace(${column}, ' ', '   ') || ' '
    ELSE replace(replace(${column}, 'E', '\u00c9'), 'I', '\u00cd') END`;
}
