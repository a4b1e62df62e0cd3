import { literal } from '@pilotlight/tables';
import { type ChurnConfig, RISK_TIERS, type RiskTier } from './config.ts';
import { firedSql, type GuardrailOptions } from './guardrails.ts';

export type RecommendationRules = {
  recommending: ChurnConfig['recommending'];
  guardrails: GuardrailOptions;
};

/** For the channel of a customer who is not contacted. */
export const NO_CHANNEL = 'none';

/**
 * What to do with each customer, as SQL over the relation `customers`: the columns of the scores, and `margin`,
 * `marketing_consent`, `last_contact_date`, `sales_channel`.
 *
 * An offer of o EUR a month to a customer who leaves with probability p and has the margin M is worth
 *
 *     p x acceptance x (M x margin_months - o x offer_months) - contact_cost - (1 - p) x o x offer_months
 *
 * what a leaver who is kept brings, less the contact, less the offer to one who would have stayed anyway; a leaver who is not kept
 * takes no offer. `offer_value` is that of the tier's offer, null where the margin is missing or negative and in the Low tier.
 */
export function recommendationsSql(rules: RecommendationRules): string {
  return `
    WITH offers AS (${offersSql(rules)}),
    guarded AS (SELECT *, ${firedSql(rules.guardrails)} AS fired FROM offers),
    budgeted AS (SELECT *, ${overBudgetSql(rules.recommending)} AS over_budget FROM guarded),
    decided AS (
      SELECT *, if(over_budget, list_append(fired, 'budget_cap'), fired) AS guardrails,
        len(fired) = 0 AND NOT over_budget AS offered
      FROM budgeted
    )
    ${recordSql(rules.recommending)}`;
}

/** The tier's offer to each customer, what it costs at most and what it is worth. */
function offersSql({ recommending: rules }: RecommendationRules): string {
  const { offer_months, margin_months, contact_cost_eur } = rules;
  const share = byTierSql((tier) => rules.actions[tier].offer_share);
  const acceptance = byTierSql((tier) => rules.acceptance[tier]);
  const paid = `tier_offer * ${literal(offer_months)}`;
  const kept = `churn_proba * acceptance * (margin * ${literal(margin_months)} - ${paid})`;
  const value = `${kept} - ${literal(contact_cost_eur)} - (1 - churn_proba) * ${paid}`;
  return `
    SELECT *, ${paid} + ${literal(contact_cost_eur)} AS offer_cost,
      CASE WHEN margin >= 0 AND risk_tier <> ${literal('Low')} THEN round(${value}, 2) END AS offer_value
    FROM (
      SELECT *, ${centsBelowSql(`${share} * greatest(margin, CAST(0 AS DOUBLE))`)} AS tier_offer,
        ${acceptance} AS acceptance,
        row_number() OVER (PARTITION BY customer_id ORDER BY churn_proba DESC, risk_tier) AS occurrence
      FROM customers
    )`;
}

/** Whole cents, never above the cap; 0.15 x 20 is 3 in spite of its binary form. Null margins offer nothing. */
function centsBelowSql(eur: string): string {
  return `coalesce(floor(round(${eur} * 100, 6)) / 100, CAST(0 AS DOUBLE))`;
}

/**
 * Whether the budget ends before the customer: the best value per EUR comes first, equal ones by customer_id. It is a cut: nobody
 * below it is let in because a small offer would still fit. Summed in cents, so that no rounding moves the cut.
 */
function overBudgetSql({ budget_eur }: ChurnConfig['recommending']): string {
  if (budget_eur === undefined) return 'false';
  const perEur = `if(offer_cost = 0, CAST('infinity' AS DOUBLE), offer_value / offer_cost)`;
  const cents = 'CAST(round(offer_cost * 100) AS BIGINT)';
  const spent = `sum(${cents}) OVER (PARTITION BY len(fired) = 0 ORDER BY ${perEur} DESC, customer_id ROWS UNBOUNDED PRECEDING)`;
  return `len(fired) = 0 AND ${spent} > ${Math.floor(budget_eur * 100 + 1e-6)}`;
}

function recordSql({ actions, channels }: ChurnConfig['recommending']): string {
  const { default: usual, ...known } = channels;
  const cases = Object.entries(known).map(([from, to]) => `WHEN ${literal(from)} THEN ${literal(to)}`);
  const channel =
    cases.length === 0
      ? literal(usual as string)
      : `CASE sales_channel ${cases.join(' ')} ELSE ${literal(usual as string)} END`;
  const none = actions.Low;
  return `
    SELECT customer_id, churn_proba AS risk_score, risk_tier, segment,
      if(offered, 'offer', 'no_offer') AS decision,
      if(offered, ${byTierSql((tier) => actions[tier].action)}, ${literal(none.action)}) AS action,
      if(offered, tier_offer, CAST(0 AS DOUBLE)) AS offer_eur_month,
      if(offered, offer_cost, CAST(0 AS DOUBLE)) AS offer_cost_eur,
      if(offered, ${channel}, ${literal(NO_CHANNEL)}) AS channel,
      if(offered, ${byTierSql((tier) => actions[tier].timing)}, ${literal(none.timing)}) AS timing_window,
      expected_monthly_loss AS expected_margin_impact,
      if(offered, offer_value, CAST(0 AS DOUBLE)) AS expected_value_eur,
      offer_value AS offer_value_eur,
      reason_codes, reason_texts, reason_texts_es, guardrails, model_version
    FROM decided ORDER BY customer_id, occurrence`;
}

function byTierSql(value: (tier: RiskTier) => string | number): string {
  const cases = RISK_TIERS.map((tier) => `WHEN ${literal(tier)} THEN ${literal(value(tier))}`);
  return `CASE risk_tier ${cases.join(' ')} END`;
}
