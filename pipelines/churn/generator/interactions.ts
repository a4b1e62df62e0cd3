import { pickSql } from '../../random.ts';
import { quotaSql } from './curve.ts';
import { AS_OF, CHURNERS, REFERENCE_CUSTOMERS } from './profile.ts';
import { CUSTOMER_ID } from './rawTables.ts';
import { textSql } from './wording.ts';

export const INTENTS = ['renewal', 'complaint', 'pricing', 'account', 'billing', 'plan', 'cancellation'] as const;
export type Intent = (typeof INTENTS)[number];
export const SENTIMENTS = ['negative', 'neutral', 'positive'] as const;
export type Sentiment = (typeof SENTIMENTS)[number];

/** Customers and, of them, leavers, by intent and sentiment: the texts were written when the outcome was known. */
export const CELLS: Record<Intent, Record<Sentiment, readonly [customers: number, leavers: number]>> = {
  renewal: { negative: [113, 110], neutral: [2316, 310], positive: [2707, 1] },
  complaint: { negative: [544, 544], neutral: [49, 38], positive: [2, 0] },
  pricing: { negative: [7, 7], neutral: [136, 39], positive: [87, 0] },
  account: { negative: [4, 4], neutral: [135, 8], positive: [79, 0] },
  billing: { negative: [0, 0], neutral: [35, 5], positive: [71, 0] },
  plan: { negative: [1, 0], neutral: [51, 10], positive: [44, 0] },
  cancellation: { negative: [10, 10], neutral: [18, 13], positive: [11, 0] },
};

/** Not published: a guess. */
const CONTACT_CHANNELS = { Phone: 0.62, Email: 0.2, Office: 0.13, Chat: 0.05 };
const FIRST_DAY = '2024-09-01';
const DAYS = 91;

/** customer_interactions: one record of each of a third of the customers, none of the others. */
export function interactionsSql(customers: number): string {
  return `SELECT ${CUSTOMER_ID(customers)} AS customer_id, CAST(date AS VARCHAR) AS date,
      ${pickSql("u(c, 'contact_channel')", CONTACT_CHANNELS)} AS channel, ${textSql()} AS interaction_summary
    FROM (SELECT *, CAST(DATE '${AS_OF}' + renewal_days - date AS INTEGER) AS days_left FROM (${contactsSql()})) ORDER BY c`;
}

/** Who was in contact, when, with which intent and sentiment. Which leavers and which stayers is chance. */
export function contactsSql(): string {
  const cells = (group: 'leavers' | 'stayers') =>
    Object.fromEntries(
      INTENTS.flatMap((intent) =>
        SENTIMENTS.map((sentiment) => {
          const [all, leavers] = CELLS[intent][sentiment];
          return [`${intent} ${sentiment}`, group === 'leavers' ? leavers : all - leavers] as const;
        }),
      ).filter(([, count]) => count > 0),
    );
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, count) => total + count, 0);
  const [leavers, stayers] = [cells('leavers'), cells('stayers')];
  const contacted = `SELECT * FROM (SELECT *, ${quotaSql("u(c, 'contact')", 'churn')} AS contact_place FROM customer)
    WHERE contact_place < CASE WHEN churn THEN ${sum(leavers) / CHURNERS} ELSE ${sum(stayers) / (REFERENCE_CUSTOMERS - CHURNERS)} END`;
  const placed = `SELECT *, ${quotaSql("u(c, 'contact_cell')", 'churn')} AS place FROM (${contacted})`;
  return `SELECT *, split_part(cell, ' ', 1) AS intent, split_part(cell, ' ', 2) AS sentiment,
      DATE '${FIRST_DAY}' + CAST(floor(${DAYS} * u(c, 'contact_date')) AS INTEGER) AS date
    FROM (SELECT *, CASE WHEN churn THEN ${pickSql('place', leavers)} ELSE ${pickSql('place', stayers)} END AS cell FROM (${placed}))`;
}
