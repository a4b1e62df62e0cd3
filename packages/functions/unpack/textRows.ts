import { type RowCounter, Uncountable } from './uncountable.ts';

const QUOTE = 34;
const NEWLINE = 10;
const RETURN = 13;
/** Comma, semicolon, tab, bar. */
const DELIMITERS = [44, 59, 9, 124];
/** First bytes of zip, gzip and Parquet, and the byte order marks of UTF-16: of what cannot be counted as text. */
const BINARY = ['504b0304', '1f8b', '50415231', 'fffe', 'feff'];
const HEAD_BYTES = 4;

/** Where a byte stands: at the start of a field, in one, in quotes, or right behind the quote that closed them. */
const START = 0;
const INSIDE = 1;
const QUOTED = 2;
const CLOSED = 3;

/**
 * Rows of delimited text: lines that are not empty, less the header. A quoted field may have newlines in it, and quotes, doubled; a
 * quote opens a field only where one begins. `\n`, `\r\n` and `\r` end a line. The delimiter is the one that the header has most of.
 */
export class TextRows implements RowCounter {
  #lines = 0;
  #state = START;
  #hasContent = false;
  #head = Buffer.alloc(0);
  #skip_bytes = 0;
  /** Occurrences in the header line, by place in {@link DELIMITERS}. */
  readonly #seen = DELIMITERS.map(() => 0);
  #isDelimiter = tableOf(DELIMITERS);

  update(chunk: Uint8Array): void {
    if (this.#head.length >= HEAD_BYTES) {
      this.#count(chunk);
      return;
    }
    // The first bytes may come one by one: they are kept until they can be told apart.
    this.#head = Buffer.concat([this.#head, chunk]);
    if (this.#head.length >= HEAD_BYTES) this.#begin();
  }

  end(): number {
    if (this.#head.length < HEAD_BYTES) this.#begin();
    if (this.#state === QUOTED) throw new Uncountable('a quote is never closed');
    if (this.#hasContent) this.#endLine();
    if (this.#lines === 0) throw new Uncountable('it is empty');
    return this.#lines - 1;
  }

  #begin(): void {
    const start = this.#head.subarray(0, HEAD_BYTES).toString('hex');
    if (BINARY.some((magic) => start.startsWith(magic))) throw new Uncountable('it is no text in UTF-8 or Latin-1');
    this.#skip_bytes = start.startsWith('efbbbf') ? 3 : 0;
    this.#count(this.#head.subarray(this.#skip_bytes));
  }

  /** One pass over all bytes, so everything that it touches is local. */
  #count(chunk: Uint8Array): void {
    let state = this.#state;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] as number;
      if (state === QUOTED) {
        if (byte === QUOTE) state = CLOSED;
      } else if (byte === NEWLINE || byte === RETURN) {
        if (this.#hasContent) this.#endLine();
        state = START;
      } else {
        this.#hasContent = true;
        // Right behind a closing quote: it was the first of two, which stand for one.
        if (byte === QUOTE && state !== INSIDE) state = QUOTED;
        else if (this.#isDelimiter[byte] === 1) {
          if (this.#lines === 0) this.#note(byte);
          state = START;
        } else state = INSIDE;
      }
    }
    this.#state = state;
  }

  #note(delimiter: number): void {
    const place = DELIMITERS.indexOf(delimiter);
    this.#seen[place] = (this.#seen[place] ?? 0) + 1;
  }

  #endLine(): void {
    this.#lines += 1;
    this.#hasContent = false;
    if (this.#lines > 1) return;
    const most = Math.max(...this.#seen);
    if (most > 0) this.#isDelimiter = tableOf([DELIMITERS[this.#seen.indexOf(most)] as number]);
  }
}

function tableOf(bytes: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of bytes) table[byte] = 1;
  return table;
}
