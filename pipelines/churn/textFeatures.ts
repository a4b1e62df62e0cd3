import { FEATURES } from './featureCatalogue.ts';

/** Whether a feature is made from the texts of interactions, which nearly know the outcome. */
export function isFromText(feature: string): boolean {
  return FEATURES[feature]?.needs.includes('customer_interactions') ?? false;
}
