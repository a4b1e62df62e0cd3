import { z } from 'zod';
import {
  type Model,
  type RecommendationRow,
  type Recommendations,
  type RecommendationsQuery,
  TIERS,
} from '../../api.ts';
import { parquet, type Row } from '../database.ts';
import { NotAvailable } from '../notAvailable.ts';
import { openAll, readIfThere } from '../readResult.ts';
import { type Context, chooseRun } from './context.ts';
import { whereOf } from './filter.ts';
import { guardrailWords, reasonsOf } from './words.ts';

type Available = Extract<Recommendations, { available: true }>;

const Summary = z.looseObject({
  guardrails: z.record(z.string(), z.union([z.number(), z.literal('not_checked')])).default({}),
  budget_eur: z.number().nullish(),
});
const SORTED = {
  probability: 'risk_score',
  expected_value_eur: 'expected_value_eur',
  cost_eur: 'offer_cost_eur',
  expected_monthly_loss: 'expected_margin_impact',
} as const;

/** What is recommended to whom, and what that costs and brings. */
export async function readRecommendations(
  context: Context,
  model: Model,
  query: RecommendationsQuery,
): Promise<Recommendations> {
  if (model === 'segmentation') {
    throw new NotAvailable('the segmentation recommends nothing', 'look at the churn model, or at the customers here');
  }
  const pattern = /^recommendations\/recommendations\.parquet$/;
  const run = await chooseRun(context, model, query.run, pattern, 'recommendations');
  const table = parquet(await openAll(run, pattern));
  const summary = await readIfThere(run, 'recommendations/summary.json', Summary);
  const where = whereOf({
    anyOf: { action: query.action, risk_tier: query.tier, segment: query.segment, decision: query.decision },
  });
  const ask = (sql: string) => context.database.rows(sql, where.parameters);
  const [totals] = await ask(`SELECT ${SUMS} FROM ${table} ${where.sql}`);
  const byAction = await ask(`SELECT action, ${SUMS} FROM ${table} ${where.sql} GROUP BY 1 ORDER BY customers DESC, 1`);
  const byTier = await ask(`SELECT risk_tier AS tier, ${SUMS} FROM ${table} ${where.sql} GROUP BY 1`);
  const { page, page_size, sort, order } = query;
  const rows = await ask(
    `SELECT * FROM ${table} ${where.sql} ORDER BY ${SORTED[sort]} ${order.toUpperCase()} NULLS LAST, customer_id
     LIMIT ${page_size} OFFSET ${(page - 1) * page_size}`,
  );
  return {
    available: true,
    model,
    run: run.ref,
    policy: await policyOf(context, table),
    totals: { ...sums(totals ?? {}), budget_eur: summary?.budget_eur ?? null },
    by_action: byAction.map((row) => {
      const { customers, cost_eur, expected_value_eur } = sums(row);
      return { action: String(row.action), customers, cost_eur, expected_value_eur };
    }),
    by_tier: inOrder(byTier).map((row) => {
      const { customers, offers } = sums(row);
      return { tier: String(row.tier), customers, offers };
    }),
    guardrails: await guardrailsOf(context, table, summary),
    choices: await choicesOf(context, table),
    total: Number(totals?.customers ?? 0),
    page,
    page_size,
    rows: rows.map(recommendationRow),
  };
}

const SUMS = `count(*) AS customers, count(*) FILTER (decision = 'offer') AS offers, sum(offer_cost_eur) AS cost_eur,
  sum(expected_value_eur) AS expected_value_eur, sum(expected_margin_impact) AS expected_monthly_loss`;

function sums(row: Row) {
  const eur = (name: string) => (typeof row[name] === 'number' ? Math.round(row[name] * 100) / 100 : 0);
  return {
    customers: Number(row.customers ?? 0),
    offers: Number(row.offers ?? 0),
    cost_eur: eur('cost_eur'),
    expected_value_eur: eur('expected_value_eur'),
    expected_monthly_loss: eur('expected_monthly_loss'),
  };
}

async function policyOf({ database }: Context, table: string): Promise<Available['policy']> {
  const rows = await database.rows(
    `SELECT risk_tier AS tier, coalesce(mode(action) FILTER (decision = 'offer'), 'no_offer') AS action,
       max(offer_eur_month) AS most, mode(timing_window) AS timing, count(*) AS customers FROM ${table} GROUP BY 1`,
  );
  return inOrder(rows).map((row) => ({
    tier: String(row.tier),
    action: String(row.action),
    offer_eur_month_max: number(row, 'most'),
    timing: typeof row.timing === 'string' ? row.timing : null,
    customers: Number(row.customers),
  }));
}

async function guardrailsOf(
  { database }: Context,
  table: string,
  summary: z.infer<typeof Summary> | null,
): Promise<Available['guardrails']> {
  const found = await database.rows(
    `SELECT code, count(*) AS customers FROM (SELECT unnest(guardrails) AS code FROM ${table}) GROUP BY 1 ORDER BY 2 DESC, 1`,
  );
  const counts = new Map(found.map(({ code, customers }) => [String(code), Number(customers)]));
  const codes = [...new Set([...Object.keys(summary?.guardrails ?? {}), ...counts.keys()])];
  return codes.map((code) => ({
    ...guardrailWords(code),
    customers: summary?.guardrails[code] === 'not_checked' ? null : (counts.get(code) ?? 0),
  }));
}

async function choicesOf({ database }: Context, table: string): Promise<Available['choices']> {
  const rows = await database.rows(`SELECT DISTINCT action, risk_tier AS tier, segment FROM ${table}`);
  const values = (name: string) =>
    [...new Set(rows.flatMap((row) => (typeof row[name] === 'string' ? [row[name]] : [])))].sort();
  return {
    action: values('action'),
    tier: inOrder(values('tier').map((tier) => ({ tier }))).map((row) => String(row.tier)),
    segment: values('segment'),
  };
}

function inOrder(rows: readonly Row[]): Row[] {
  const order: readonly string[] = TIERS.churn;
  return rows.toSorted((a, b) => order.indexOf(String(a.tier)) - order.indexOf(String(b.tier)));
}

const number = (row: Row, name: string) => (typeof row[name] === 'number' ? row[name] : null);

function recommendationRow(row: Row): RecommendationRow {
  return {
    id: String(row.customer_id),
    probability: Number(row.risk_score),
    tier: String(row.risk_tier),
    segment: typeof row.segment === 'string' ? row.segment : null,
    decision: String(row.decision),
    action: String(row.action),
    channel: String(row.channel),
    timing: String(row.timing_window),
    offer_eur_month: number(row, 'offer_eur_month'),
    cost_eur: number(row, 'offer_cost_eur'),
    expected_value_eur: number(row, 'expected_value_eur'),
    expected_monthly_loss: number(row, 'expected_margin_impact'),
    reasons: reasonsOf(row),
    guardrails: Array.isArray(row.guardrails) ? row.guardrails.map(String) : [],
  };
}
