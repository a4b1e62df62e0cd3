import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** S3 takes at most 10,000 parts; behind so many of one size they grow, so that a stream of any length goes through. */
const PARTS_OF_ONE_SIZE = 1000;
const PARTS_MAX = 10_000;

export type Part = { number: number; bytes: Buffer };

/** How large the part of that number (from 1 on) is: the fewest bytes that let `total_bytes`, where known, fit. */
export function partBytes(number: number, smallest: number, total_bytes: number | null): number {
  if (total_bytes !== null) return Math.max(smallest, Math.ceil(total_bytes / PARTS_MAX));
  return smallest * (1 + Math.floor((number - 1) / PARTS_OF_ONE_SIZE));
}

/** A file's parts in order, each read when it is asked for. */
export async function* partsOfFile(path: string, total_bytes: number, smallest: number): AsyncGenerator<Part> {
  const handle = await open(path, 'r');
  try {
    for (let number = 1, at = 0; at < total_bytes; number += 1) {
      const bytes = Buffer.allocUnsafe(Math.min(partBytes(number, smallest, total_bytes), total_bytes - at));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, at + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      at += bytes.length;
      // A file that has become shorter: the checksum of the whole refuses it in the end.
      yield { number, bytes: bytes.subarray(0, filled) };
    }
  } finally {
    await handle.close();
  }
}

/** A stream's parts in order; an empty stream has none. */
export async function* partsOfStream(stream: Readable, smallest: number): AsyncGenerator<Part> {
  let number = 1;
  let chunks: Buffer[] = [];
  let held = 0;
  for await (const chunk of stream) {
    let rest = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    while (rest.length > 0) {
      const wanted = partBytes(number, smallest, null) - held;
      const taken = rest.subarray(0, wanted);
      chunks.push(taken);
      held += taken.length;
      rest = rest.subarray(taken.length);
      if (taken.length < wanted) continue;
      yield { number, bytes: Buffer.concat(chunks) };
      number += 1;
      chunks = [];
      held = 0;
    }
  }
  if (held > 0) yield { number, bytes: Buffer.concat(chunks) };
}
