import type { ThresholdStrategy } from './chooseThreshold.ts';

/** A strategy as configurations write it. */
export type ConfiguredThreshold =
  | { strategy: 'f1' }
  | { strategy: 'youden' }
  | { strategy: 'recall_at_least'; recall_min: number };

export function configuredThreshold(threshold: ConfiguredThreshold): ThresholdStrategy {
  if (threshold.strategy === 'recall_at_least') return { kind: threshold.strategy, recall: threshold.recall_min };
  return { kind: threshold.strategy };
}
