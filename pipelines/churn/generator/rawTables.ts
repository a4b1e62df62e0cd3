import { pickSql } from '../../random.ts';
import { curveSql, quotaSql } from './curve.ts';
import { DIRT, UNMAPPED_CHANNEL } from './dirt.ts';
import { AS_OF, CHANGE_MONTHS, CHANNEL_CODES, DAYS_A_MONTH, PROVINCES } from './profile.ts';

/** SQL of a customer's identity: `C00001`; with more digits for all when there are more customers than five can number. */
export const CUSTOMER_ID = (customers: number): string => `format('C{:0${Math.max(5, String(customers).length)}d}', c)`;

/** churn_label */
export function labelsSql(customers: number): string {
  return `SELECT ${CUSTOMER_ID(customers)} AS customer_id, CAST(churn AS INTEGER) AS churn FROM customer ORDER BY c`;
}

/** customer_attributes */
export function attributesSql(customers: number): string {
  return `SELECT ${CUSTOMER_ID(customers)} AS customer_id, power_kw AS contracted_power_kw,
      CAST(segment <> 'Residential' AS INTEGER) AS is_industrial, CAST(is_second_residence AS INTEGER) AS is_second_residence,
      CAST(is_high_competition AS INTEGER) AS is_high_competition_province, CAST(is_urban AS INTEGER) AS is_urban,
      province AS province_code, ${regionSql()} AS region, ${channelCodeSql()} AS sales_channel
    FROM customer ORDER BY c`;
}

function regionSql(): string {
  return `CASE province ${PROVINCES.map(({ code, region }) => `WHEN ${code} THEN '${region}'`).join(' ')} END`;
}

/** A code of the sales system, sometimes in capitals or with blanks. */
function channelCodeSql(): string {
  const codes = Object.entries(CHANNEL_CODES).map(([channel, code]) => `WHEN '${channel}' THEN '${code}'`);
  const unknown = pickSql("u(c, 'channel_code')", { desconocido: 0.6, unknown: 0.4 });
  const code = `CASE channel ${codes.join(' ')} ELSE ${unknown} END`;
  return `CASE WHEN u(c, 'channel_unmapped') < ${DIRT.channel_unmapped} THEN '${UNMAPPED_CHANNEL}'
    WHEN channel = 'unknown' AND u(c, 'channel_null') < ${DIRT.channel_null_of_unknown} THEN NULL
    WHEN u(c, 'channel_odd') < ${DIRT.channel_odd_spelling / 2} THEN upper(${code})
    WHEN u(c, 'channel_odd') < ${DIRT.channel_odd_spelling} THEN '  ' || ${code} || ' '
    ELSE ${code} END`;
}

/** customer_contracts. The contract's year began a year before its renewal, or at the first activation if that is later. */
export function contractsSql(customers: number): string {
  const day = (sql: string) => `CAST(CAST(${sql} AS DATE) AS VARCHAR)`;
  const asOf = `DATE '${AS_OF}'`;
  const change = `round(${DAYS_A_MONTH} * ${curveSql("u(c, 'change')", CHANGE_MONTHS)} * CASE WHEN churn THEN 0.68 ELSE 1 END)`;
  const changed = `${asOf} - CAST(least(tenure_days, ${change}) AS INTEGER)`;
  return `SELECT ${CUSTOMER_ID(customers)} AS customer_id, ${day(`${asOf} - tenure_days`)} AS customer_first_activation_date,
      ${day(`greatest(${asOf} - tenure_days, ${asOf} + renewal_days - INTERVAL 1 YEAR)`)} AS contract_start_date,
      ${day(`${asOf} + renewal_days`)} AS next_renewal_date,
      CASE WHEN ${quotaSql("u(c, 'no_change')")} < ${DIRT.no_last_product_change} THEN NULL ELSE ${day(changed)} END AS last_product_change_date
    FROM customer ORDER BY c`;
}
