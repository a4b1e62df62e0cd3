import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { UnseenCategories } from '@pilotlight/modeling';
import { z } from 'zod';
import { inputError } from '../stepInputs.ts';
import { RISK_TIERS, type RiskTier } from './config.ts';
import type { Gold } from './goldTable.ts';
import { SCORE, SPLIT_FILE } from './modelFolder.ts';
import { parquet } from './scoringGold.ts';
import type { ScoringModel } from './scoringModel.ts';
import type { Session } from './scoringSession.ts';

export const SCORES_SUMMARY = 'summary.json';

const count = z.number().nonnegative();
const rate = z.number().min(0).max(1);
const tierNames = z.enum(RISK_TIERS);
const tier = z.strictObject({ customers: count, share: rate });
const heldOutTier = tier.extend({ labelled: count, churn_rate: rate.nullable() });

/** `scored/summary.json`. Shares are of all rows; `held_out` leaves out the customers that the model was trained on. */
export const ScoresSummarySchema = z.strictObject({
  schema_version: z.literal(1),
  /** The column that tiers and threshold are on. */
  score: z.literal(SCORE),
  as_of: z.string(),
  group: z.string(),
  model_version: z.int().positive(),
  experiment: z.string(),
  model_as_of: z.string(),
  threshold: z.number(),
  rows: count,
  predicted_churners: count,
  tiers: z.record(tierNames, tier),
  /** Null where the model has no split file. */
  held_out: z.strictObject({ rows: count, tiers: z.record(tierNames, heldOutTier) }).nullable(),
  expected_monthly_loss_eur: z.number(),
  margin_missing: count,
  reasons: z.record(z.string(), count),
  text_scorer: z.string().nullable(),
  model_text_scorer: z.string().nullable(),
  unseen_categories: z.record(z.string(), z.strictObject({ rows: count, examples: z.array(z.string()) })),
});
export type ScoresSummary = z.output<typeof ScoresSummarySchema>;

export type SummaryFacts = {
  scores: string;
  gold: Gold;
  group: string;
  scoring: ScoringModel;
  unseenCategories: UnseenCategories;
};

/** What the scores of a run say as a whole. */
export async function summarizeScores(session: Session, facts: SummaryFacts): Promise<ScoresSummary> {
  const { scores, gold, scoring } = facts;
  const { metadata } = scoring.model;
  const [totals] = await session.rows(
    `SELECT count(*) AS rows, coalesce(sum(prediction), 0) AS churners,
       count(*) - count(expected_monthly_loss) AS margin_missing,
       coalesce(round(sum(expected_monthly_loss), 2), 0) AS loss FROM ${parquet(scores)}`,
  );
  const { rows, churners, margin_missing, loss } = totals as Record<
    'rows' | 'churners' | 'margin_missing' | 'loss',
    number
  >;
  return ScoresSummarySchema.parse({
    schema_version: 1,
    score: SCORE,
    as_of: gold.features.as_of,
    group: facts.group,
    model_version: scoring.version,
    experiment: metadata.experiment,
    model_as_of: metadata.as_of,
    threshold: metadata.threshold,
    rows,
    predicted_churners: Number(churners),
    tiers: await countTiers(session, scores, rows),
    held_out: await countHeldOut(session, facts),
    expected_monthly_loss_eur: loss,
    margin_missing,
    reasons: await countReasons(session, scores),
    text_scorer: gold.features.text_scorer,
    model_text_scorer: metadata.text_scorer,
    unseen_categories: facts.unseenCategories,
  });
}

/** What Score wrote beside the scores. @throws InputError `scores_missing`, `scores_invalid`, `scores_date` */
export function readScoresSummary(folder: string, asOf: string): ScoresSummary {
  const file = path.join(folder, SCORES_SUMMARY);
  if (!existsSync(file)) throw inputError('scores_missing', 'no such file', file, 'give the folder that Score wrote');
  const summary = parseSummary(file);
  if (summary.as_of === asOf) return summary;
  const what = `scored for ${summary.as_of}, and this run is for ${asOf}`;
  throw inputError('scores_date', what, file, 'run Score again');
}

function parseSummary(file: string): ScoresSummary {
  try {
    return ScoresSummarySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw inputError('scores_invalid', 'not a summary of scores of this version', file, 'run Score again', cause);
  }
}

async function countTiers(session: Session, scores: string, rows: number): Promise<ScoresSummary['tiers']> {
  const found = await session.rows(`SELECT risk_tier, count(*) AS customers FROM ${parquet(scores)} GROUP BY 1`);
  return byTier((name) => {
    const customers = Number(found.find((row) => row.risk_tier === name)?.customers ?? 0);
    return { customers, share: customers / rows };
  });
}

/** Training customers are scored by a model that has seen their outcome: their tiers flatter it. */
async function countHeldOut(
  session: Session,
  { scores, gold, scoring }: SummaryFacts,
): Promise<ScoresSummary['held_out']> {
  const split = path.join(scoring.model.folder, SPLIT_FILE);
  if (!existsSync(split)) return null;
  const found = await session.rows(
    `SELECT risk_tier, count(*) AS customers, count(churn) AS labelled, avg(churn) AS churn_rate
     FROM ${parquet(scores)} JOIN (SELECT customer_id, churn FROM ${parquet(gold.table)}) USING (customer_id)
     ANTI JOIN (SELECT customer_id FROM ${parquet(split)} WHERE split = 'train') trained USING (customer_id) GROUP BY 1`,
  );
  const rows = found.reduce((total, row) => total + Number(row.customers), 0);
  const tiers = byTier((name) => {
    const row = found.find((one) => one.risk_tier === name);
    const customers = Number(row?.customers ?? 0);
    const share = rows === 0 ? 0 : customers / rows;
    const rate = row?.churn_rate ?? null;
    return { customers, share, labelled: Number(row?.labelled ?? 0), churn_rate: rate === null ? null : Number(rate) };
  });
  return { rows, tiers };
}

/** Customers by reason, the most frequent first. */
async function countReasons(session: Session, scores: string): Promise<Record<string, number>> {
  const found = await session.rows(
    `SELECT code, count(*) AS customers FROM (SELECT unnest(reason_codes) AS code FROM ${parquet(scores)})
     GROUP BY 1 ORDER BY 2 DESC, 1`,
  );
  return Object.fromEntries(found.map((row) => [String(row.code), Number(row.customers)]));
}

function byTier<T>(value: (tier: RiskTier) => T): Record<RiskTier, T> {
  return Object.fromEntries(RISK_TIERS.map((name) => [name, value(name)])) as Record<RiskTier, T>;
}
