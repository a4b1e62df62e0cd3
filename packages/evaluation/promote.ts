export type PromotionInput = {
  /** The metric's name, for the reason. */
  metric: string;
  /** The new model's figure; null when it could not be computed. */
  candidate: number | null;
  /** The figure, on the same rows, of the model in use; null when there is none. */
  champion: number | null;
  /** The candidate must reach it; null for no bound. */
  minimum: number | null;
  /** How much worse than the champion is still accepted; 0 or more. */
  tolerance: number;
  /** `true` for AUC and its like, `false` for losses (then `minimum` is the most that is accepted). Default `true`. */
  higherIsBetter?: boolean;
};

export type Promotion = { decision: 'promote' | 'reject'; reason: string };

/** Figures that differ by less are equal: 0.80 is 0.81 - 0.01. */
const SLACK = 1e-12;

/** Whether a newly trained model takes the place of the one in use. Bounds are inclusive. */
export function promote(input: PromotionInput): Promotion {
  const { metric, candidate, champion, minimum, tolerance, higherIsBetter = true } = input;
  if (candidate === null || !Number.isFinite(candidate)) return reject(`${metric} of the candidate is not known`);
  const [sign, bound] = higherIsBetter ? [1, 'minimum'] : [-1, 'maximum'];
  const named = `${metric} ${show(candidate)}`;
  if (minimum !== null && sign * (candidate - minimum) < -SLACK) {
    return reject(`${named} misses the ${bound} ${show(minimum)}`);
  }
  if (champion === null || !Number.isFinite(champion)) return accept(`${named}, and there is no champion to beat`);
  const compared = `${named} against the champion's ${show(champion)}, tolerance ${show(tolerance)}`;
  return sign * (candidate - champion) + tolerance < -SLACK ? reject(`${compared}: worse`) : accept(compared);
}

function accept(reason: string): Promotion {
  return { decision: 'promote', reason };
}

function reject(reason: string): Promotion {
  return { decision: 'reject', reason };
}

function show(value: number): string {
  return String(Number(value.toFixed(6)));
}
