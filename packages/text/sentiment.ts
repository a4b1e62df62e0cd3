export const SENTIMENT_LABELS = ['negative', 'neutral', 'positive'] as const;
export type SentimentLabel = (typeof SENTIMENT_LABELS)[number];

/** How a text feels: three scores between 0 and 1 that sum to 1 within 1e-9, and the name of the largest. */
export type Sentiment = { label: SentimentLabel } & Record<SentimentLabel, number>;

/**
 * The sentiment of three finite logits, in the order of {@link SENTIMENT_LABELS}; in double precision, shifted against
 * overflow.
 */
export function softmaxSentiment(logits: readonly [number, number, number]): Sentiment {
  const highest = Math.max(...logits);
  const [a, b, c] = logits.map((logit) => Math.exp(logit - highest)) as [number, number, number];
  const total = a + b + c;
  return labelScores({ negative: a / total, neutral: b / total, positive: c / total });
}

/**
 * Adds the label. Of equal scores neutral wins, then negative: a tie is no evidence, and a missed complaint costs more
 * than a missed thank-you.
 */
export function labelScores(scores: Record<SentimentLabel, number>): Sentiment {
  const { negative, neutral, positive } = scores;
  const label = neutral >= negative && neutral >= positive ? 'neutral' : negative >= positive ? 'negative' : 'positive';
  return { label, negative, neutral, positive };
}
