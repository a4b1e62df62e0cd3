import { lookUpSql, pickSql } from '../../random.ts';
import { curveSql, logCurveSql, quotaSql } from './curve.ts';
import { DIRT } from './dirt.ts';
import * as profile from './profile.ts';
import { REFERENCE_CUSTOMERS, type Segment } from './profile.ts';
import { logOddsSql } from './signal.ts';

/**
 * Makes the table `customer`, one row a customer numbered `c` from 1: everything that the raw files are made from,
 * before any dirt, with `churn`. Market columns: `level` (place by consumption, 0 to 1), `kwh` (mean month), `m3` (month
 * with gas, 0 without), `updates` (price changes in the year), `trend`, `spread` (contract's terms).
 */
export function customersSql(customers: number): string {
  const churners = Math.round((profile.CHURNERS / REFERENCE_CUSTOMERS) * customers);
  return `CREATE TABLE customer AS
    WITH identity AS (SELECT range AS c FROM range(1, ${customers + 1})),
    kind AS (SELECT *, ${pickSql(quotaOf('segment'), profile.SEGMENTS)} AS segment FROM identity),
    contract AS (${contractSql('kind')}),
    used AS (${consumptionSql('contract')}),
    priced AS (${termsSql('used')}),
    scored AS (SELECT *, ${logOddsSql()} AS log_odds FROM priced),
    ranked AS (SELECT *, row_number() OVER (ORDER BY log_odds + ln(u(c, 'churn') / (1 - u(c, 'churn'))) DESC, c) <= ${churners} AS churn
      FROM scored)
    SELECT * FROM ranked ORDER BY c`;
}

const quotaOf = (stream: string, within?: string) => quotaSql(`u(c, '${stream}')`, within);
const share = (customers: number) => customers / REFERENCE_CUSTOMERS;

function contractSql(from: string): string {
  const segments = Object.keys(profile.SEGMENTS) as Segment[];
  const channel = segments.map((name) => `WHEN '${name}' THEN ${pickSql('channel_place', profile.CHANNELS[name])}`);
  const second = profile.SECOND_RESIDENCES / profile.SEGMENTS.Residential;
  const places = `SELECT *, segment = 'Residential' AND ${quotaOf('second_residence', 'segment')} < ${second} AS is_second_residence,
      ${quotaOf('channel', 'segment')} AS channel_place,
      ${quotaOf('competition', 'segment')} < ${share(profile.HIGH_COMPETITION)} AS is_high_competition,
      ${quotaOf('renewal')} AS renewal_place, ${quotaOf('tenure')} AS tenure_place,
      ${quotaOf('gas')} AS gas_place
    FROM ${from}`;
  return `SELECT *, CASE segment ${channel.join(' ')} END AS channel, ${powerSql()} AS power_kw,
      ${provinceSql()} AS province, u(c, 'urban') < 0.72 AS is_urban,
      CAST(round(${curveSql('renewal_place', profile.RENEWAL_DAYS)}) AS INTEGER) AS renewal_days,
      greatest(1 - renewal_days, CAST(round(${profile.DAYS_A_MONTH} * ${curveSql('tenure_place', profile.TENURE_MONTHS)}) AS INTEGER)) AS tenure_days,
      gas_place < ${share(profile.GAS_CUSTOMERS)} AS has_gas, gas_place < ${DIRT.gas_only} AS gas_only
    FROM (${places})`;
}

function powerSql(): string {
  const first = { 2.3: 0.09, 3.45: 0.28, 4.6: 0.22, 5.75: 0.14, 6.9: 0.14, 8.05: 0.04, 9.2: 0.06, 10.35: 0.03 };
  const second = { 2.3: 0.2, 3.45: 0.4, 4.6: 0.2, 5.75: 0.1, 6.9: 0.1 };
  const pick = (powers: Record<string, number>) => `CAST(${pickSql("u(c, 'power')", powers)} AS DOUBLE)`;
  const corporate = curveSql("u(c, 'power')", [
    [0, 13],
    [0.25, 25],
    [0.5, 40],
    [0.75, 80],
    [1, 152],
  ]);
  return `CASE segment WHEN 'SME' THEN 10 WHEN 'Corporate' THEN 5 * round(${corporate} / 5)
    ELSE CASE WHEN is_second_residence THEN ${pick(second)} ELSE ${pick(first)} END END`;
}

function provinceSql(): string {
  const pick = (competition: boolean) => {
    const among = profile.PROVINCES.filter((province) => province.competition === competition);
    const weights = Object.fromEntries(among.map(({ code, weight }) => [String(code), weight]));
    return `CAST(${pickSql("u(c, 'province')", weights)} AS INTEGER)`;
  };
  return `CASE WHEN is_high_competition THEN ${pick(true)} ELSE ${pick(false)} END`;
}

/** Businesses and those who came by a comparison site use more; the whole has the published quantiles. */
function consumptionSql(from: string): string {
  const shift = `${lookUpSql('segment', { Residential: 0, SME: 0.6, Corporate: 2.2 })}
    + CASE WHEN channel = 'comparison' THEN 0.4 ELSE 0 END`;
  return `SELECT *, ${logCurveSql('level', profile.ELEC_KWH)} AS kwh,
      CASE WHEN has_gas THEN ${logCurveSql('gas_level', profile.GAS_M3)} ELSE 0 END AS m3
    FROM (SELECT *, ${quotaSql(`gauss(c, 'level') + ${shift}`)} AS level, ${quotaOf('gas_level', 'has_gas')} AS gas_level FROM ${from})`;
}

/** Large customers and those of comparison sites have the thinner spread; small businesses the wider. */
function termsSql(from: string): string {
  const shift = `${lookUpSql('segment', { Residential: 0, SME: 1.6, Corporate: -0.2 })}
    - CASE WHEN channel = 'comparison' THEN 1.3 ELSE 0 END - 2.6 * greatest(level - 0.5, 0)`;
  return `SELECT *, ${curveSql('trend_place', profile.PRICE_TREND)} AS trend, ${curveSql('spread_place', profile.SPREAD)} AS spread,
      1 + CAST(floor(11 * updates_place) AS INTEGER) AS updates
    FROM (SELECT *, ${quotaOf('trend')} AS trend_place, ${quotaSql(`gauss(c, 'spread') + ${shift}`)} AS spread_place,
        ${quotaOf('updates')} AS updates_place FROM ${from})`;
}
