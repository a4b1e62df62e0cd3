import { Readable } from 'node:stream';
import { RandomAccessReader } from 'yauzl';
import { readRange, type SourceObject } from './objects.ts';

/** A request takes as long for a block as for the 46 bytes of one entry that are asked for. */
const BLOCK_BYTES = 256 * 1024;

/** Lets yauzl read an object: the directory and the headers by blocks, of which the last one is kept. */
export class RangeReader extends RandomAccessReader {
  readonly #object: SourceObject;
  #block: { start: number; bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) };

  constructor(object: SourceObject) {
    super();
    this.#object = object;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#fill(buffer.subarray(offset, offset + length), position).then(
      () => callback(null),
      (error) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(readRange(this.#object, start, end));
  }

  async #fill(target: Buffer, position: number): Promise<void> {
    const end = position + target.length;
    if (position < 0 || end > this.#object.bytes) throw new Error('it points outside of itself');
    const { start, bytes } = this.#block;
    if (position < start || end > start + bytes.length) await this.#load(position, end);
    const from = position - this.#block.start;
    this.#block.bytes.copy(target, 0, from, from + target.length);
  }

  async #load(position: number, end: number): Promise<void> {
    const until = Math.min(this.#object.bytes, Math.max(end, position + BLOCK_BYTES));
    const chunks: Buffer[] = [];
    for await (const chunk of readRange(this.#object, position, until)) chunks.push(chunk);
    this.#block = { start: position, bytes: Buffer.concat(chunks) };
  }
}
