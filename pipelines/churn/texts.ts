import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeFile } from '@pilotlight/artifacts';
import type { StepContext } from '@pilotlight/pipeline';
import { literal, type StagedTables } from '@pilotlight/tables';
import { classifyIntent, openSentiment, scoreTexts } from '@pilotlight/text';
import type { ChurnConfig } from './config.ts';
import type { TextCache } from './textCache.ts';

export type TextFacts = {
  /** What scored the texts; null where there are none. */
  scorer: string | null;
  kind: 'model' | 'lexicon' | null;
  texts: number;
  intents: Record<string, number>;
  sentiments: Record<string, number>;
};

/**
 * Makes the table `scored_texts` (`customer_id`, `customer_intent`, `sentiment_label`, `sentiment_neg`, `sentiment_neu`, `sentiment_pos`) of
 * the customers whose latest interaction has a text.
 */
export async function scoreInteractions(
  tables: StagedTables,
  config: ChurnConfig,
  context: StepContext,
  { work, cache }: { work: string; cache: TextCache },
): Promise<TextFacts> {
  const { session } = tables;
  const rows = await session.rows(
    'SELECT customer_id, interaction_summary FROM customers WHERE interaction_summary IS NOT NULL ORDER BY customer_id',
  );
  const texts = rows.map((row) => String(row.interaction_summary));
  const { found, ...facts } = await sentimentsOf(texts, config, context, cache);
  const intents = texts.map((text) => classifyIntent(text));
  const lines = rows.map((row, i) => {
    const sentiment = found[i];
    return JSON.stringify({
      customer_id: row.customer_id,
      customer_intent: intents[i],
      sentiment_label: sentiment?.label ?? null,
      sentiment_neg: sentiment?.negative ?? null,
      sentiment_neu: sentiment?.neutral ?? null,
      sentiment_pos: sentiment?.positive ?? null,
    });
  });
  await mkdir(work, { recursive: true });
  const file = path.join(work, 'texts.jsonl');
  await writeFile(file, `${lines.join('\n')}\n`);
  await session.run(`
    CREATE TABLE scored_texts AS FROM read_json(${literal(file)}, format = 'newline_delimited', columns = {
      customer_id: 'VARCHAR', customer_intent: 'VARCHAR', sentiment_label: 'VARCHAR', sentiment_neg: 'DOUBLE',
      sentiment_neu: 'DOUBLE', sentiment_pos: 'DOUBLE'})`);
  return {
    ...facts,
    texts: texts.length,
    intents: countValues(intents),
    sentiments: countValues(found.map((one) => one?.label ?? null)),
  };
}

async function sentimentsOf(texts: string[], config: ChurnConfig, context: StepContext, cache: TextCache) {
  if (texts.length === 0) return { found: [], scorer: null, kind: null };
  const { log, progress, signal } = context;
  const scorer = await openSentiment({ weightsFolder: config.text.weights_folder ?? null, log });
  try {
    const found = await scoreTexts({ texts, scorer, cacheFile: cache.file, log, progress, signal });
    return { found, scorer: scorer.name, kind: scorer.kind };
  } finally {
    // Also of a run that is stopped: the next one goes on from there.
    await cache.save();
    await scorer.close();
  }
}

function countValues(values: readonly (string | null)[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value ?? 'none', (counts.get(value ?? 'none') ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
