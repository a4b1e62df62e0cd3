import { type RowCounter, Uncountable } from './uncountable.ts';

const MAGIC = 'PAR1';
/** The length of the footer, and the magic. */
const END_BYTES = 8;
/** Footers grow with columns times row groups; this is beyond any that a reader would take. */
const FOOTER_BYTES_MAX = 32 * 1024 ** 2;

/** Rows of a Parquet file: its footer says them, which is found at its end. */
export class ParquetRows implements RowCounter {
  #start = '';
  #tail: Uint8Array[] = [];
  #kept = 0;

  update(chunk: Uint8Array): void {
    if (this.#start.length < MAGIC.length)
      this.#start += Buffer.from(chunk.subarray(0, MAGIC.length - this.#start.length)).toString('latin1');
    this.#tail.push(chunk);
    this.#kept += chunk.length;
    for (let first = this.#tail[0]; first && this.#kept - first.length >= FOOTER_BYTES_MAX; first = this.#tail[0]) {
      this.#tail.shift();
      this.#kept -= first.length;
    }
  }

  end(): number {
    const tail = Buffer.concat(this.#tail);
    if (this.#start !== MAGIC || tail.length < END_BYTES + MAGIC.length) throw new Uncountable('it is no Parquet file');
    if (tail.toString('latin1', tail.length - MAGIC.length) !== MAGIC)
      throw new Uncountable('it is no whole Parquet file');
    const length = tail.readUInt32LE(tail.length - END_BYTES);
    const start = tail.length - END_BYTES - length;
    if (start < 0) throw new Uncountable('its footer cannot be read');
    return rowsInFooter(tail.subarray(start, tail.length - END_BYTES));
  }
}

/** `FileMetaData` in Thrift's compact protocol: version, schema, **num_rows**, row groups... */
const NUM_ROWS = 3;

function rowsInFooter(footer: Buffer): number {
  try {
    const rows = new Compact(footer).fieldOfStruct(NUM_ROWS);
    if (rows !== null && rows >= 0 && Number.isSafeInteger(rows)) return rows;
  } catch {
    // Read past its end: told like any other footer that makes no sense.
  }
  throw new Uncountable('its footer cannot be read');
}

/** Wire types. */
const [STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
];
const DEPTH_MAX = 32;

/** Just enough of the protocol to reach one integer field. */
class Compact {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The integer field of the struct that begins here, or null where there is none. */
  fieldOfStruct(wanted: number): number | null {
    for (let field = this.#nextField(0); field !== null; field = this.#nextField(field.id)) {
      if (field.id === wanted) return field.type === I64 || field.type === I32 ? this.#integer() : null;
      this.#skip(field.type, 0);
    }
    return null;
  }

  #nextField(last: number): { id: number; type: number } | null {
    const head = this.#byte();
    const type = head & 0x0f;
    if (type === STOP) return null;
    const step = head >> 4;
    return { id: step === 0 ? this.#integer() : last + step, type };
  }

  #skip(type: number, depth: number): void {
    if (depth > DEPTH_MAX) throw new RangeError('too deep');
    if (type === TRUE || type === FALSE) return;
    if (type === BYTE) this.#move(1);
    else if (type === I16 || type === I32 || type === I64) this.#unsigned();
    else if (type === DOUBLE) this.#move(8);
    else if (type === BINARY) this.#move(Number(this.#unsigned()));
    else if (type === LIST || type === SET) this.#skipList(depth);
    else if (type === MAP) this.#skipMap(depth);
    else if (type === STRUCT) this.#skipStruct(depth);
    else throw new RangeError('unknown type');
  }

  #skipStruct(depth: number): void {
    for (let field = this.#nextField(0); field !== null; field = this.#nextField(field.id))
      this.#skip(field.type, depth + 1);
  }

  #skipList(depth: number): void {
    const head = this.#byte();
    const size = head >> 4 === 15 ? Number(this.#unsigned()) : head >> 4;
    for (let item = 0; item < size; item += 1) this.#skipItem(head & 0x0f, depth);
  }

  #skipMap(depth: number): void {
    const size = Number(this.#unsigned());
    if (size === 0) return;
    const types = this.#byte();
    for (let item = 0; item < size; item += 1) {
      this.#skipItem(types >> 4, depth);
      this.#skipItem(types & 0x0f, depth);
    }
  }

  /** In lists and maps a boolean has a byte of its own; in a struct its field's type is its value. */
  #skipItem(type: number, depth: number): void {
    if (type === TRUE || type === FALSE) this.#move(1);
    else this.#skip(type, depth + 1);
  }

  #integer(): number {
    const zigzag = this.#unsigned();
    return Number((zigzag >> 1n) ^ -(zigzag & 1n));
  }

  #unsigned(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('too long an integer');
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new RangeError('past the end');
    this.#at += 1;
    return byte;
  }

  #move(bytes: number): void {
    this.#at += bytes;
    if (this.#at > this.#bytes.length) throw new RangeError('past the end');
  }
}
