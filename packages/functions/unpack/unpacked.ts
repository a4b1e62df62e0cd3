import { pipeline } from 'node:stream/promises';
import type { Gunzip, InflateRaw } from 'node:zlib';

/** What comes out of `unpacker`. Whoever stops reading early stops the source too. */
export async function* unpacked(
  source: AsyncIterable<Uint8Array>,
  unpacker: Gunzip | InflateRaw,
): AsyncGenerator<Uint8Array> {
  const piped = pipeline(source, unpacker);
  // The loop below sees the same failure first; without this, Node would call the promise's an unhandled one.
  piped.catch(() => {});
  yield* unpacker;
  await piped;
}
