import { lookUpSql } from '../../random.ts';
import { type Bands, bandsSql } from './curve.ts';
import { DAYS_A_MONTH } from './profile.ts';

/** Log-odds by days to the renewal: near it customers leave, most about two months before. */
const RENEWAL: Bands = [
  [-30, 1, 1.2],
  [1, 31, 1.65],
  [31, 52, 2.7],
  [52, 71, 3.55],
  [71, 83, 3.45],
  [83, 91, 2.95],
  [91, 111, 2.1],
  [111, 129, 1.45],
  [129, 151, 0.45],
  [181, 211, -0.4],
  [211, 999, -1.1],
];
/** By months since the first activation: the old stay. */
const TENURE: Bands = [
  [0, 12, 0.2],
  [12, 24, 0.15],
  [40, 60, -0.2],
  [60, 74, -0.4],
  [74, 100, -0.8],
  [100, 128, -1.8],
  [128, 999, -3.3],
];
const SEGMENT = { Residential: 0, SME: -0.23, Corporate: 0.58 };
const CHANNEL = {
  in_person: 0,
  unknown: -0.86,
  comparison: -0.99,
  office: -0.42,
  telemarketing: -0.76,
  own_website: -2.4,
};
const HIGH_COMPETITION_LOG_ODDS = 0.98;
const GAS = -0.45;

/** By mean month of electricity, kWh: the sizes that competitors have an offer for. */
const CONSUMPTION: Bands = [
  [20, 40, 1.9],
  [110, 200, 2.3],
  [600, 2000, 1.9],
];
/** By price changes in the year: a few are noticed, very many are, those between are not. */
const UPDATES: Bands = [
  [3, 5, 1.7],
  [9, 11, 1.9],
];
/** By the year's relative price change. */
const TREND: Bands = [
  [0.06, 0.09, 1.5],
  [0.15, 99, 1.5],
];
/** By the last price less the province's cost, EUR per kWh. */
const SPREAD: Bands = [[0.083, 0.1, 1.4]];

/**
 * SQL of the log-odds of leaving but for a constant, which the number of leavers fixes: a sum of steps, in the contract's
 * life (tier 1a sees them) and in its market (consumption and price changes: mp_core; price trend and spread: mp_risk).
 * No step is monotone over the market columns, so that trees find what a linear model does not.
 */
export function logOddsSql(): string {
  const lifecycle = `${bandsSql('renewal_days', RENEWAL)} + ${bandsSql(`tenure_days / ${DAYS_A_MONTH}`, TENURE)}
    + ${lookUpSql('segment', SEGMENT)} + ${lookUpSql('channel', CHANNEL)}
    + CASE WHEN is_high_competition THEN ${HIGH_COMPETITION_LOG_ODDS} ELSE 0 END + CASE WHEN has_gas THEN ${GAS} ELSE 0 END`;
  const market = `${bandsSql('kwh', CONSUMPTION)} + ${bandsSql('updates', UPDATES)} + ${bandsSql('trend', TREND)} + ${bandsSql('spread', SPREAD)}`;
  return `(${lifecycle} + ${market})`;
}
