import { RISK_TIERS } from './config.ts';
import { GUARDRAILS, guardrailConditions } from './guardrails.ts';
import type { RecommendationRules } from './recommendation.ts';
import { parquet } from './scoringGold.ts';
import type { Row, Session } from './scoringSession.ts';

/** `recommendations/summary.json`. A customer may break several guardrails and counts in each. */
export type RecommendationSummary = {
  schema_version: 1;
  as_of: string;
  model_version: number;
  rows: number;
  decisions: { offer: number; no_offer: number };
  actions: Record<string, number>;
  tiers: Record<string, number>;
  guardrails: Record<string, number | 'not_checked'>;
  channels: Record<string, number>;
  /** What the offers made cost at most, and what they are expected to bring. */
  offers_cost_eur: number;
  expected_value_eur: number;
  /** Null: no cap. */
  budget_eur: number | null;
  expected_monthly_loss_eur: number;
};

/** Counts and sums over `recommendations.parquet`. */
export async function summarizeRecommendations(
  session: Session,
  file: string,
  facts: { asOf: string; modelVersion: number; rules: RecommendationRules },
): Promise<RecommendationSummary> {
  const { recommending, guardrails } = facts.rules;
  const table = parquet(file);
  const counts = async (column: string, names: readonly string[]) => {
    const found = await session.rows(
      `SELECT ${column} AS name, count(*) AS customers FROM ${table} GROUP BY 1 ORDER BY 1`,
    );
    return countsOf(found, names);
  };
  const [sums] = await session.rows(
    `SELECT count(*) AS rows, coalesce(round(sum(offer_cost_eur), 2), 0) AS cost,
       coalesce(round(sum(expected_value_eur), 2), 0) AS value,
       coalesce(round(sum(expected_margin_impact), 2), 0) AS loss FROM ${table}`,
  );
  const { rows, cost, value, loss } = sums as Record<'rows' | 'cost' | 'value' | 'loss', number>;
  const fired = await session.rows(
    `SELECT name, count(*) AS customers FROM (SELECT unnest(guardrails) AS name FROM ${table}) GROUP BY 1`,
  );
  const checked = new Set(Object.keys(guardrailConditions(guardrails)));
  if (recommending.budget_eur !== undefined) checked.add('budget_cap');
  const actions = [...new Set(RISK_TIERS.map((tier) => recommending.actions[tier].action))];
  const broken = countsOf(fired, GUARDRAILS);
  return {
    schema_version: 1,
    as_of: facts.asOf,
    model_version: facts.modelVersion,
    rows,
    decisions: { offer: 0, no_offer: 0, ...(await counts('decision', [])) },
    actions: await counts('action', actions),
    tiers: await counts('risk_tier', RISK_TIERS),
    guardrails: Object.fromEntries(
      GUARDRAILS.map((code) => [code, checked.has(code) ? (broken[code] ?? 0) : 'not_checked']),
    ),
    channels: await counts('channel', []),
    offers_cost_eur: cost,
    expected_value_eur: value,
    budget_eur: recommending.budget_eur ?? null,
    expected_monthly_loss_eur: loss,
  };
}

/** Names in the given order, with 0 where nobody has one. */
function countsOf(found: readonly Row[], names: readonly string[]): Record<string, number> {
  const none = names.map((name) => [name, 0] as const);
  return Object.fromEntries([...none, ...found.map((row) => [String(row.name), Number(row.customers)] as const)]);
}
