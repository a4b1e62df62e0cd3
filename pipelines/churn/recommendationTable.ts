import { inputError } from '../stepInputs.ts';
import type { ChurnConfig } from './config.ts';
import { type RecommendationRules, recommendationsSql } from './recommendation.ts';
import { checkColumns, columnSql, columnsOf, parquet } from './scoringGold.ts';
import type { Session } from './scoringSession.ts';

export const RECOMMENDATIONS_FILE = 'recommendations.parquet';

export type RecommendationTable = {
  scores: string;
  gold: string;
  recommending: ChurnConfig['recommending'];
  /** YYYY-MM-DD. */
  asOf: string;
};

/**
 * Writes `recommendations.parquet`, one record a scored customer, by customer_id, and returns the rules that it was made by.
 *
 * @throws InputError `scores_invalid`, `columns_missing`
 */
export async function writeRecommendations(
  session: Session,
  file: string,
  given: RecommendationTable,
): Promise<RecommendationRules> {
  await checkRecords(session, given.scores);
  const columns = await columnsOf(session, given.gold);
  const rules: RecommendationRules = {
    recommending: given.recommending,
    guardrails: {
      hasConsent: columns.has('marketing_consent'),
      hasLastContact: columns.has('last_contact_date'),
      coolOffDays: given.recommending.cool_off_days,
      asOf: given.asOf,
    },
  };
  await session.run(`CREATE OR REPLACE TEMP VIEW customers AS ${customersSql(given, columns)}`);
  await session.writeParquet(recommendationsSql(rules), file);
  return rules;
}

function customersSql({ scores, gold }: RecommendationTable, columns: ReadonlySet<string>): string {
  const carried = [
    columnSql(columns, 'avg_monthly_margin', 'DOUBLE'),
    columnSql(columns, 'marketing_consent', 'DOUBLE'),
    columnSql(columns, 'last_contact_date', 'DATE'),
    columnSql(columns, 'sales_channel', 'VARCHAR'),
  ];
  return `
    SELECT s.*, g.avg_monthly_margin AS margin, g.marketing_consent, g.last_contact_date, g.sales_channel
    FROM ${parquet(scores)} s
    JOIN (SELECT customer_id, ${carried.join(', ')} FROM ${parquet(gold)}) g USING (customer_id)`;
}

/** What a record takes from the scores. */
const NEEDED = [
  'churn_proba',
  'risk_tier',
  'segment',
  'expected_monthly_loss',
  'reason_codes',
  'reason_texts',
  'reason_texts_es',
  'model_version',
];

/** A record without a probability, a tier or a reason is worse than none. */
async function checkRecords(session: Session, scores: string): Promise<void> {
  await checkColumns(session, scores, NEEDED, 'run Score again');
  const bad = `churn_proba IS NULL OR NOT (churn_proba BETWEEN 0 AND 1) OR risk_tier IS NULL OR coalesce(len(reason_codes), 0) = 0`;
  const [found] = await session.rows(
    `SELECT count(*) AS rows, min(customer_id) AS first FROM ${parquet(scores)} WHERE ${bad}`,
  );
  const { rows, first } = found as { rows: number; first: string };
  if (rows === 0) return;
  const what = `${rows} customers without a probability from 0 to 1, a tier or a reason (${first})`;
  throw inputError('scores_invalid', what, scores, 'run Score again');
}
