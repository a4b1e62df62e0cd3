import { orAborted } from './orAborted.ts';

/**
 * Hands every item to `work`, started in order, at most `limit` at once. The first failure aborts the signal of the others
 * and is thrown when all of them have ended, so that nothing goes on behind the caller's back.
 */
export async function parallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const source = iteratorOf(items);
  let failure: { error: unknown } | null = null;
  const worker = async () => {
    try {
      while (!either.aborted) {
        const next = await orAborted(source.next(), either);
        if (next.done) return;
        either.throwIfAborted();
        await work(next.value, either);
      }
    } catch (error) {
      failure ??= { error };
      failed.abort(error);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  signal?.throwIfAborted();
  if (failure) throw (failure as { error: unknown }).error;
}

async function* iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* items;
}
