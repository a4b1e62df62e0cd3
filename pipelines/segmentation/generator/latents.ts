import { lookUpSql, pickSql } from '../../random.ts';
import type { Levels } from './drift.ts';

/** How many customers hold `contracts`: some hold several. */
export const customersOf = (contracts: number): number => Math.max(1, Math.round(contracts * 0.92));

const TYPES = { RESIDENCIAL: 0.78, 'COMUNIDAD DE PROPIETARIOS': 0.06, PYME: 0.12, EMPRESA: 0.04 };
/** Share of industrial contracts; 8 % over all. */
const INDUSTRIAL = { RESIDENCIAL: 0.01, 'COMUNIDAD DE PROPIETARIOS': 0.2, PYME: 0.25, EMPRESA: 0.7 };
const REGIONS = { ANDALUCIA: 0.22, CATALUNA: 0.2, MADRID: 0.24, 'CASTILLA Y LEON': 0.12, GALICIA: 0.1, VALENCIA: 0.12 };
const DOMESTIC_TARIFAS = { RL1: 0.49, RL2: 0.38, RL3: 0.13 };
const INDUSTRIAL_TARIFAS = { RL4: 0.62, RLTB5: 0.26, RLTB6: 0.12 };

/** Who a customer is, from `c`: customer_type, region, estrato_true. */
export function customerSql(from: string): string {
  return `
    SELECT *, ${pickSql("u(c, 'customer_type')", TYPES)} AS customer_type, ${pickSql("u(c, 'region')", REGIONS)} AS region,
      CAST(greatest(1, least(6, round(3 + 1.2 * gauss(c, 'estrato')))) AS INTEGER) AS estrato_true
    FROM ${from}`;
}

/**
 * What a contract is like, from its number `i`, before any dirt: the columns that POLA and HFAC are made from.
 *
 * `trouble` (payment), `level` and `growth` (consumption), `price` (log of the contract's own price factor over 0.12)
 * are standard normal. The label's log-odds are
 *
 *     -3.5 + 1.1 trouble + 1.3 exp(-tenure_years / 1.5) + 0.7 [COMERCIAL] + 0.35 [TELEFONO] - 0.4 [ASESOR]
 *       + 0.45 price - 0.5 growth + 0.35 [estrato <= 2] - 0.3 [estrato >= 5] + 0.5 trouble [tenure_years < 2] - 0.2 [industrial]
 *
 * None of the drift kinds changes this formula: they move what it is applied to, or what is seen of it.
 */
export function contractSql(from: string, customers: number, levels: Levels): string {
  const base = `SELECT i, CASE WHEN i < ${customers} THEN i ELSE CAST(floor(u(i, 'holder') * ${customers}) AS BIGINT) END AS c
    FROM ${from}`;
  const industrial = `u(i, 'industrial') < ${levels.industrial} * ${lookUpSql('customer_type', INDUSTRIAL)}`;
  const tarifa = `CASE WHEN industrial THEN ${pickSql("u(i, 'tarifa')", INDUSTRIAL_TARIFAS)}
    ELSE ${pickSql("u(i, 'tarifa')", DOMESTIC_TARIFAS)} END`;
  return `
    SELECT *, u(i, 'target') < 1 / (1 + exp(-log_odds)) AS label
    FROM (SELECT *, -3.5 + 1.1 * trouble + 1.3 * exp(-tenure_days / 547.875)
        + CASE channel WHEN 'COMERCIAL' THEN 0.7 WHEN 'TELEFONO' THEN 0.35 WHEN 'ASESOR' THEN -0.4 ELSE 0 END
        + 0.45 * price - 0.5 * growth + CASE WHEN estrato_true <= 2 THEN 0.35 WHEN estrato_true >= 5 THEN -0.3 ELSE 0 END
        + CASE WHEN tenure_days < 730 THEN 0.5 * trouble ELSE 0 END - CASE WHEN industrial THEN 0.2 ELSE 0 END AS log_odds
      FROM (SELECT *, ${tarifa} AS tarifa, ${channelSql(levels)} AS channel,
          CAST(least(floor(-1900 * ln(1 - u(i, 'tenure'))), 10950) AS INTEGER) AS tenure_days,
          gauss(i, 'trouble') AS trouble, gauss(i, 'level') AS level, gauss(i, 'growth') AS growth, gauss(i, 'price') AS price
        FROM (SELECT *, ${industrial} AS industrial FROM (${customerSql(`(${base})`)}))))`;
}

function channelSql({ web, newChannel }: Levels): string {
  const old = { TIENDA: 0.45 - web, WEB: web, TELEFONO: 0.22, COMERCIAL: 0.2, PARTNER: 0.1, ASESOR: 0.03 };
  const pick = pickSql("u(i, 'channel')", old);
  return newChannel > 0 ? `CASE WHEN u(i, 'new_channel') < ${newChannel} THEN 'AGREGADOR' ELSE ${pick} END` : pick;
}

/** SQL of a contract's month of consumption in kWh before season and noise, by tarifa. */
export const BASE_KWH = lookUpSql('tarifa', {
  RL1: 210,
  RL2: 720,
  RL3: 3100,
  RL4: 12_500,
  RLTB5: 61_000,
  RLTB6: 310_000,
});
/** Industrial consumption has the heavier tail. */
export const LEVEL = 'exp(level * CASE WHEN industrial THEN 1.0 ELSE 0.6 END)';
