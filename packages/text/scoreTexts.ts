import type { Logger, Progress } from '@pilotlight/logging';
import { hasText } from './foldText.ts';
import type { SentimentScorer } from './openSentiment.ts';
import type { Sentiment } from './sentiment.ts';
import { cacheKey, readCache, type SentimentCache, writeCache } from './sentimentCache.ts';

/** Scores are saved this often, so that a run that is stopped loses minutes, not hours. */
const TEXTS_A_SAVE = 512;

/**
 * The sentiment of each text, in order; null for null and blank ones. Equal texts are scored once, and none that
 * `cacheFile` holds from an earlier run; the result is the same with the cache as without. The cache keeps the scores
 * of other scorers.
 *
 * `progress` counts the texts left to score. Errors: an `InputError` (`cache_unusable`) where the cache can neither be
 * read nor made, and the scorer's own; the reason of `signal` when it stops the work.
 */
export async function scoreTexts(options: {
  texts: readonly (string | null)[];
  scorer: SentimentScorer;
  cacheFile?: string | null;
  log: Logger;
  progress?: Progress;
  signal?: AbortSignal;
}): Promise<(Sentiment | null)[]> {
  const { texts, scorer, cacheFile, log } = options;
  const distinct = new Map(texts.filter(hasText).map((text) => [text, cacheKey(scorer.name, text)]));
  const scores: SentimentCache = cacheFile == null ? new Map() : await readCache(cacheFile, log);
  const left = [...distinct].filter(([, key]) => !scores.has(key));
  await scoreLeft(left, scores, options);
  const facts = {
    texts: texts.length,
    distinct: distinct.size,
    scored: left.length,
    cached: distinct.size - left.length,
  };
  log.info({ scorer: scorer.name, ...facts }, `sentiment of ${distinct.size} texts, ${left.length} of them scored now`);
  return texts.map((text) => scores.get(distinct.get(text ?? '') ?? '') ?? null);
}

async function scoreLeft(
  left: readonly (readonly [text: string, key: string])[],
  scores: SentimentCache,
  { scorer, cacheFile, progress, signal }: Parameters<typeof scoreTexts>[0],
): Promise<void> {
  try {
    for (let start = 0; start < left.length; start += TEXTS_A_SAVE) {
      signal?.throwIfAborted();
      const part = left.slice(start, start + TEXTS_A_SAVE);
      const say = (done: number) => progress?.update(start + done, left.length);
      const found = await scorer.score(
        part.map(([text]) => text),
        say,
      );
      for (const [index, sentiment] of found.entries()) scores.set(part[index]?.[1] ?? '', sentiment);
      if (cacheFile != null) await writeCache(cacheFile, scores);
    }
  } finally {
    progress?.end();
  }
}
