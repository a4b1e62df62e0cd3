import type { Intent } from './intentRules.ts';

/** How near an intent is to leaving: cancellation 3, complaint 2, pricing 1, any other and none 0. */
export function intentSeverity(intent: Intent | null): 0 | 1 | 2 | 3 {
  if (intent === 'Cancellation / Switch') return 3;
  if (intent === 'Complaint / Escalation') return 2;
  return intent === 'Pricing Offers' ? 1 : 0;
}
