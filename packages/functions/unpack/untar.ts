import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import type { Budget } from './budget.ts';
import type { Member } from './member.ts';
import { checkName, unsafe } from './memberNames.ts';
import { type SourceObject, uriOf } from './objects.ts';

/** @throws InputError `archive_unsafe`, `archive_too_large` */
export async function* untar(
  source: AsyncIterable<Uint8Array>,
  object: SourceObject,
  budget: Budget,
): AsyncGenerator<Member> {
  const reader = extract();
  const reading = pipeline(source, reader);
  // The loop below sees the same failure first; without this, Node would call the promise's an unhandled one.
  reading.catch(() => {});
  const names = new Set<string>();
  for await (const entry of reader) {
    budget.addMember();
    checkType(entry.header, uriOf(object));
    checkName(entry.header.name, names, uriOf(object));
    const content = once(entry as AsyncIterable<Uint8Array>, reading);
    if (entry.header.type === 'file') yield { name: entry.header.name, content: content.chunks };
    // What nobody wanted has to go by all the same, and may be as large as it likes.
    if (!content.isRead()) for await (const chunk of content.chunks) budget.addBytes(chunk.length);
  }
  await reading;
}

type Content = { chunks: AsyncIterable<Uint8Array>; isRead(): boolean };

/** A member's bytes; a member that breaks off says no more than that, so what broke the archive is thrown in its place. */
function once(stream: AsyncIterable<Uint8Array>, archive: Promise<void>): Content {
  let isRead = false;
  async function* read() {
    isRead = true;
    try {
      yield* stream;
    } catch (error) {
      await archive;
      throw error;
    }
  }
  return { chunks: read(), isRead: () => isRead };
}

function checkType({ name, type }: Header, where: string): void {
  if (type !== 'file' && type !== 'directory') throw unsafe(name, `is a ${type ?? 'special file'}`, where);
}
