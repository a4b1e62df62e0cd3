import { literal } from '@pilotlight/tables';

/** Why a customer gets no offer, in the order in which they are named. */
export const GUARDRAILS = [
  'missing_margin',
  'negative_margin',
  'no_consent',
  'cool_off',
  'already_offered',
  'low_tier',
  'not_worth_it',
  'budget_cap',
] as const;
export type Guardrail = (typeof GUARDRAILS)[number];

export type GuardrailOptions = {
  /** Whether gold has `marketing_consent` and `last_contact_date`. */
  hasConsent: boolean;
  hasLastContact: boolean;
  coolOffDays: number;
  /** YYYY-MM-DD. */
  asOf: string;
};

/**
 * When each guardrail fires, as SQL over the columns that {@link import('./recommendation.ts').offersSql} makes; undefined where it
 * cannot be checked. The budget is another matter: it looks at all customers together.
 *
 * Consent is given or it is not: a customer whose consent is unknown is not contacted. The cool-off lasts `coolOffDays` from the day
 * of the contact on; a contact dated after the as-of date counts as one of that day.
 */
export function guardrailConditions(options: GuardrailOptions): Partial<Record<Guardrail, string>> {
  const daysSince = `date_diff('day', last_contact_date, CAST(${literal(options.asOf)} AS DATE))`;
  return {
    missing_margin: 'margin IS NULL',
    negative_margin: 'margin < 0 OR margin - tier_offer < 0',
    ...(options.hasConsent ? { no_consent: 'marketing_consent IS DISTINCT FROM 1' } : {}),
    ...(options.hasLastContact
      ? { cool_off: `last_contact_date IS NOT NULL AND greatest(${daysSince}, 0) < ${options.coolOffDays}` }
      : {}),
    already_offered: 'occurrence > 1',
    low_tier: `risk_tier = ${literal('Low')}`,
    not_worth_it: 'offer_value <= 0',
  };
}

/** The guardrails that fire, as a SQL list. */
export function firedSql(options: GuardrailOptions): string {
  const conditions = guardrailConditions(options);
  const codes = GUARDRAILS.flatMap((code) => {
    const condition = conditions[code];
    return condition === undefined ? [] : [`CASE WHEN ${condition} THEN ${literal(code)} END`];
  });
  return `list_filter([${codes.join(', ')}], lambda one: one IS NOT NULL)`;
}
