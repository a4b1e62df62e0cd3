import { InputError } from '@pilotlight/errors';
import { confusionOf } from './confusionAt.ts';
import { metricsOf, type ThresholdMetrics } from './metricsAt.ts';
import { missingClass, type Ranking } from './rankScores.ts';

export type ThresholdStrategy =
  /** Highest F1. */
  | { kind: 'f1' }
  /** Highest precision among the thresholds whose recall is at least `recall`; highest F1 where none reaches it. */
  | { kind: 'recall_at_least'; recall: number }
  /** Highest true positive rate minus false positive rate. */
  | { kind: 'youden' }
  /** Lowest cost of errors; the threshold may lie above all scores, when calling nobody is cheapest. */
  | { kind: 'cost'; falsePositive: number; falseNegative: number };

export type ChosenThreshold =
  | { threshold: number; strategy: ThresholdStrategy['kind']; reason: string; metrics: ThresholdMetrics }
  | { threshold: null; strategy: ThresholdStrategy['kind']; reason: string; metrics: null };

/**
 * The threshold (positive from it up) that the strategy likes best, among the scores that occur. Of equally good ones the
 * highest wins; under `recall_at_least`, the one with more recall. `strategy` is the one that decided. Null when a class is
 * missing.
 *
 * @throws InputError `threshold_strategy` for costs that are negative or not finite
 */
export function chooseThreshold(ranking: Ranking, strategy: ThresholdStrategy): ChosenThreshold {
  const missing = missingClass(ranking);
  if (missing) return { threshold: null, strategy: strategy.kind, reason: missing.reason, metrics: null };
  if (strategy.kind === 'recall_at_least') return recallAtLeast(ranking, strategy.recall);
  if (strategy.kind === 'cost') return cheapest(ranking, strategy);
  if (strategy.kind === 'youden')
    return choose(ranking, 'youden', 'largest sum of recall and specificity', youden(ranking));
  return choose(ranking, 'f1', 'highest F1', f1(ranking));
}

type Worth = (hits: number, alarms: number) => number;

const f1 =
  ({ positives }: Ranking): Worth =>
  (hits, alarms) =>
    (2 * hits) / (hits + alarms + positives);

/** The rates' difference times both classes' sizes: whole numbers, so that equal ones are equal. */
const youden =
  ({ positives, negatives }: Ranking): Worth =>
  (hits, alarms) =>
    hits * negatives - alarms * positives;

function recallAtLeast(ranking: Ranking, recall: number): ChosenThreshold {
  const { positives } = ranking;
  const worth: Worth = (hits, alarms) => (hits / positives >= recall ? hits / (hits + alarms) : -1);
  const best = findBest(ranking, worth, true);
  if (best.worth < 0)
    return choose(ranking, 'f1', `highest F1, for no threshold reaches recall ${recall}`, f1(ranking));
  return chosen(ranking, 'recall_at_least', `highest precision at recall ${recall} or more`, best.index);
}

function cheapest(ranking: Ranking, cost: { falsePositive: number; falseNegative: number }): ChosenThreshold {
  for (const [name, value] of Object.entries({
    falsePositive: cost.falsePositive,
    falseNegative: cost.falseNegative,
  })) {
    if (value >= 0 && Number.isFinite(value)) continue;
    const where = `cost of a ${name === 'falsePositive' ? 'false positive' : 'false negative'}`;
    throw new InputError({
      code: 'threshold_strategy',
      what: `${value}`,
      where,
      todo: 'give a finite number of 0 or more',
    });
  }
  const price: Worth = (hits, alarms) =>
    -(alarms * cost.falsePositive + (ranking.positives - hits) * cost.falseNegative);
  const best = findBest(ranking, price, false);
  const index = price(0, 0) >= best.worth ? -1 : best.index;
  const reason = `lowest cost at ${cost.falsePositive} a false positive and ${cost.falseNegative} a false negative`;
  return chosen(ranking, 'cost', reason, index);
}

function choose(ranking: Ranking, kind: ThresholdStrategy['kind'], reason: string, worth: Worth): ChosenThreshold {
  return chosen(ranking, kind, reason, findBest(ranking, worth, false).index);
}

function chosen(ranking: Ranking, strategy: ThresholdStrategy['kind'], reason: string, index: number): ChosenThreshold {
  const threshold = index < 0 ? nextAbove(ranking.threshold[0] as number) : (ranking.threshold[index] as number);
  return { threshold, strategy, reason, metrics: metricsOf(confusionOf(ranking, index)) };
}

function findBest(ranking: Ranking, worth: Worth, lastOfEqual: boolean): { index: number; worth: number } {
  const { truePositives, falsePositives } = ranking;
  let best = { index: 0, worth: -Infinity };
  for (let i = 0; i < truePositives.length; i++) {
    const value = worth(truePositives[i] as number, falsePositives[i] as number);
    if (value > best.worth || (lastOfEqual && value === best.worth)) best = { index: i, worth: value };
  }
  return best;
}

/** The smallest double above a finite one. */
function nextAbove(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return view.getFloat64(0);
}
