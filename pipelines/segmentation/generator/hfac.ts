import { lookUpSql } from '../../random.ts';
import type { Slice } from './clie.ts';
import type { Levels } from './drift.ts';
import { BASE_KWH, contractSql, LEVEL } from './latents.ts';
import { POLICY_ID } from './pola.ts';

export type InvoiceOptions = { asOf: string; invoices: number; levels: Levels; text: boolean };

/** How much colder the winter is than the year. */
const SEASON = lookUpSql('region', {
  ANDALUCIA: 0.35,
  CATALUNA: 0.5,
  MADRID: 0.65,
  'CASTILLA Y LEON': 0.8,
  GALICIA: 0.55,
  VALENCIA: 0.4,
});
const HEATING = lookUpSql('tarifa', { RL1: 0.4, RL2: 1, RL3: 1, RL4: 0.5, RLTB5: 0.2, RLTB6: 0.1 });
const FIXED_EUR = lookUpSql('tarifa', { RL1: 5.1, RL2: 9.4, RL3: 21, RL4: 74, RLTB5: 210, RLTB6: 640 });
const NETWORK_EUR_KWH = lookUpSql('tarifa', {
  RL1: 0.024,
  RL2: 0.019,
  RL3: 0.016,
  RL4: 0.012,
  RLTB5: 0.008,
  RLTB6: 0.005,
});

/**
 * HFAC: one row an invoice, a month each, a contract's oldest first, back from `asOf` to the contract's start at most.
 *
 * Consumption is log-normal around its tarifa's level with the contract's own growth and a winter by region and
 * tarifa; the amount is what the price components give. Due 20 days after the invoice. A payment in trouble is late
 * (mean 25 days) or, among the newest three, still open. 1.5 % of contracts had no invoice in the last five months.
 *
 * Dirt: a row twice 0.1 %; an invoice of no contract 0.1 %; an invoice_date in the future 0.05 %; negative consumption
 * 0.05 %; in text (CSV), `N/D` for consumption 0.1 %. Nulls: consumption by the period's level, price_meter 0.3 %.
 */
export function hfacSql({ from, to, customers }: Slice, { asOf, invoices, levels, text }: InvoiceOptions): string {
  const rows = `(SELECT range AS i FROM range(${from}, ${to}))`;
  const contracts = `SELECT *, CAST(floor(28 * u(i, 'billing_day')) AS INTEGER) AS billing_day,
      CASE WHEN u(i, 'stopped') < 0.015 THEN 5 ELSE 0 END AS stopped, 1 / (1 + exp(2.3 - 1.2 * trouble)) AS late_share
    FROM (${contractSql(rows, customers, levels)})`;
  const dated = `SELECT *, CAST(DATE '${asOf}' - billing_day - to_months(CAST(age AS INTEGER)) AS DATE) AS billed
    FROM (SELECT *, unnest(range(${invoices} - 1, -1, -1)) AS age FROM (${contracts}))`;
  const keyed = `SELECT *, i * 100000 + year(billed) * 12 + month(billed) AS n FROM (${dated})
    WHERE age >= stopped AND billed >= DATE '${asOf}' - tenure_days`;
  return pricedSql(`(${usedSql(`(${keyed})`, levels)})`, { asOf, levels, text });
}

function usedSql(from: string, levels: Levels): string {
  return `
    SELECT *, round(${levels.consumption} * ${BASE_KWH} * ${LEVEL} * exp(-0.03 * growth * age + 0.2 * gauss(n, 'noise'))
        * (1 + ${SEASON} * ${HEATING} * cos(2 * pi() * (month(billed) - 1) / 12)), 1) AS kwh,
      round(${levels.energyPrice} * CASE WHEN industrial THEN 0.045 ELSE 0.065 END * exp(0.12 * price + 0.01 * gauss(n, 'energy'))
        * (1 + 0.06 * sin((year(billed) * 12 + month(billed)) * 0.45)), 5) AS price_energy,
      round(${FIXED_EUR} * exp(0.04 * gauss(i, 'fixed')), 2) AS price_fixed,
      round(${NETWORK_EUR_KWH} * (1 + 0.03 * (year(billed) % 3)) * exp(0.02 * gauss(n, 'network')), 5) AS price_network,
      round(CASE WHEN industrial THEN 4.2 ELSE 0.9 END + 0.5 * u(i, 'meter_rent'), 2) AS price_meter,
      CASE WHEN u(i, 'discount') < 0.25 THEN round(1 + 4 * u(n, 'discount_eur'), 2) ELSE 0 END AS discount_eur,
      CASE WHEN u(n, 'late') < late_share THEN 1 + CAST(floor(-25 * ln(1 - u(n, 'late_days'))) AS INTEGER)
        ELSE -CAST(floor(15 * u(n, 'early_days')) AS INTEGER) END AS days_late,
      age - stopped < 3 AND u(n, 'open') < 0.3 * late_share AS is_open
    FROM ${from}`;
}

function pricedSql(from: string, { asOf, levels, text }: Omit<InvoiceOptions, 'invoices'>): string {
  const net = '(kwh * (price_energy + price_network) + price_fixed + price_meter - discount_eur)';
  const taxed = `SELECT *, round(0.21 * ${net} + 0.00234 * kwh, 2) AS tax_eur,
      unnest(CASE WHEN u(n, 'invoice_twice') < 0.001 THEN [0, 1] ELSE [0] END) AS copy FROM ${from}`;
  const consumption = `CASE WHEN u(n, 'consumption_null') < ${levels.consumptionNull} THEN NULL
    WHEN u(n, 'consumption_bad') < 0.0005 THEN -kwh ELSE kwh END`;
  const written = text
    ? `CASE WHEN u(n, 'consumption_text') < 0.001 THEN 'N/D' ELSE CAST(${consumption} AS VARCHAR) END`
    : consumption;
  const paid = 'CAST(billed + 20 + days_late AS DATE)';
  return `
    SELECT CASE WHEN u(n, 'invoice_orphan') < 0.001 THEN format('X{:010d}', i) ELSE ${POLICY_ID} END AS policy_id,
      CASE WHEN u(n, 'invoice_future') < 0.0005 THEN CAST(billed + 400 AS DATE) ELSE billed END AS invoice_date,
      CAST(billed + 20 AS DATE) AS due_date,
      CASE WHEN is_open OR ${paid} > DATE '${asOf}' THEN NULL ELSE greatest(${paid}, billed) END AS paid_date,
      round(${net} + tax_eur, 2) AS amount_eur, ${written} AS consumption, price_energy, price_fixed, price_network,
      CASE WHEN u(n, 'meter_null') < 0.003 THEN NULL ELSE price_meter END AS price_meter, discount_eur, tax_eur
    FROM (${taxed})`;
}
