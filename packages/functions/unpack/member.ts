/** A file in a fetched file. Its content is read before the next one is asked for, or not at all. */
export type Member = { name: string; content: AsyncIterable<Uint8Array> };
