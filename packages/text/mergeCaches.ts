import type { Logger } from '@pilotlight/logging';
import { readCache, writeCache } from './sentimentCache.ts';

/**
 * Adds to the cache in `target` the scores of the cache in `source` that it does not have; makes `target` where it is absent. Equal keys
 * have equal scores: a key names the scorer and the text. A damaged file counts as empty, as for whoever scores with it.
 *
 * @returns whether `target` has scores that `source` lacks
 */
export async function mergeCaches(target: string, source: string, log: Logger): Promise<boolean> {
  const [own, other] = [await readCache(target, log), await readCache(source, log)];
  const hasMore = [...own.keys()].some((key) => !other.has(key));
  await writeCache(target, new Map([...other, ...own]));
  return hasMore;
}
