import { dirtySpelling, type Slice } from './clie.ts';
import type { Levels } from './drift.ts';
import { BASE_KWH, contractSql, LEVEL } from './latents.ts';

/** SQL of a contract's identity; HFAC uses the same. */
export const POLICY_ID = "format('P{:010d}', i)";

/**
 * POLA: one row a contract, with the label.
 *
 * Dirt: a customer that CLIE does not have 0.1 %; a row twice 0.1 %; an unknown tarifa 0.05 %; start_date in the
 * future 0.05 %; end_date before start_date 0.2 %; channel in another spelling 8 %. Nulls: target 1 %, channel by the
 * period's level, end_date 70 % (open-ended), product_count 0.5 %.
 */
export function polaSql({ from, to, customers }: Slice, asOf: string, levels: Levels): string {
  const rows = `(SELECT range AS i FROM range(${from}, ${to}))`;
  const start = `CAST(DATE '${asOf}' - CASE WHEN u(i, 'start_future') < 0.0005 THEN -45 ELSE tenure_days END AS DATE)`;
  return `
    SELECT ${POLICY_ID} AS policy_id,
      CASE WHEN u(i, 'customer_orphan') < 0.001 THEN format('C{:09d}', 900000000 + i % 100000) ELSE format('C{:09d}', c) END
        AS customer_id,
      CASE WHEN u(i, 'tarifa_unknown') < 0.0005 THEN 'RLX' ELSE tarifa END AS tarifa,
      round(${BASE_KWH} / 30 * 1.8 * ${LEVEL} * exp(0.15 * gauss(i, 'capacity')), 1) AS contracted_capacity,
      ${start} AS start_date,
      CASE WHEN u(i, 'end_reversed') < 0.002 THEN CAST(${start} - 30 AS DATE)
        WHEN u(i, 'end') < 0.3 THEN CAST(${start} + 365 * (1 + CAST(floor(tenure_days / 365) AS INTEGER)) AS DATE) END AS end_date,
      CASE WHEN u(i, 'products_null') < 0.005 THEN NULL
        ELSE CAST(1 + floor(-1.1 * ln(1 - u(i, 'products'))) AS INTEGER) END AS product_count,
      CASE WHEN u(i, 'channel_null') < ${levels.channelNull} THEN NULL ELSE ${dirtySpelling('channel', 'i')} END AS channel,
      u(i, 'maintenance') < 0.3 AS has_maintenance,
      CASE WHEN industrial THEN 'G16' WHEN u(i, 'meter') < 0.85 THEN 'G4' ELSE 'G6' END AS meter_class,
      CASE WHEN u(i, 'deposit') < 0.4 THEN round(20 + 80 * u(i, 'deposit_eur'), 0) ELSE 0 END AS deposit_eur,
      CASE WHEN u(i, 'target_null') < 0.01 THEN NULL ELSE CAST(label AS INTEGER) END AS target
    FROM (SELECT *, unnest(CASE WHEN u(i, 'policy_twice') < 0.001 THEN [0, 1] ELSE [0] END) AS copy
      FROM (${contractSql(rows, customers, levels)}))`;
}
