import { ArtifactError } from '../errors.ts';
import type { ObjectFacts } from '../store.ts';
import { explainS3, statusOf } from './explain.ts';
import { factsOf, headObject } from './head.ts';
import { type Place, uriOf } from './place.ts';

/** Metadata that tells a write from all others, so that one whose answer was lost is known for done, not for beaten. */
export const WRITE_FIELD = 'pilotlight-write';

/** One write of an object, from the first request to the last. */
export type Writing = {
  key: string;
  /** {@link WRITE_FIELD}'s value. */
  id: string;
  conditions: { IfNoneMatch?: string; IfMatch?: string };
  signal: AbortSignal | undefined;
};

/**
 * What a failed write comes to: the object's facts where it was written all the same and only the answer was lost (the next
 * try then meets its own object, or an upload that is completed), else the error in words.
 */
export async function settle(place: Place, writing: Writing, error: unknown): Promise<ObjectFacts> {
  const { key, id, conditions, signal } = writing;
  const status = statusOf(error);
  const conditional = conditions.IfNoneMatch !== undefined || conditions.IfMatch !== undefined;
  const refused = status === 412 || status === 409;
  const gone = status === 404 && /^(NoSuchKey|NoSuchUpload)$/.test((error as Error).name);
  const unknown = conditional && (status === undefined || status >= 500);
  if (!signal?.aborted && (refused || gone || unknown)) {
    const found = await headObject(place, key, { signal }).catch(() => null);
    if (found?.Metadata?.[WRITE_FIELD] === id) return factsOf(key, found);
  }
  const uri = uriOf(place, key);
  if (refused && conditions.IfNoneMatch !== undefined)
    throw new ArtifactError('exists', uri, 'there is an object of that name already', { cause: error });
  if ((refused || gone) && conditions.IfMatch !== undefined)
    throw new ArtifactError('changed', uri, 'another writer has changed the object', { cause: error });
  throw explainS3(error, { uri, action: 's3:PutObject' }, signal);
}
