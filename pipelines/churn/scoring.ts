import { literal } from '@pilotlight/tables';
import { type ChurnConfig, RISK_TIERS } from './config.ts';

/** Decimals of `churn_proba`; the tier is of the rounded probability, so that the two never contradict each other. */
const DECIMALS = 4;

/** The probability as it is written. */
export function roundedSql(probability: string): string {
  return `round(${probability}, ${DECIMALS})`;
}

/** The risk tier of a rounded probability: the last one whose lower bound it reaches. */
export function tierSql(probability: string, bounds: ChurnConfig['scoring']['tiers']): string {
  const above = RISK_TIERS.slice(1).toReversed();
  const cases = above.map((tier) => `WHEN ${probability} >= ${literal(bounds[tier])} THEN ${literal(tier)}`);
  return `CASE ${cases.join(' ')} ELSE ${literal(RISK_TIERS[0])} END`;
}

/** 1 where the unrounded probability reaches the model's threshold. */
export function predictionSql(probability: string, threshold: number): string {
  return `CAST(${probability} >= ${literal(threshold)} AS INTEGER)`;
}

/** EUR a month at risk: rounded probability x margin; a negative margin is no loss, an unknown one stays unknown. */
export function expectedLossSql(probability: string, margin: string): string {
  return `if(${margin} IS NULL, NULL, round(${probability} * greatest(CAST(0 AS DOUBLE), ${margin}), 2))`;
}
