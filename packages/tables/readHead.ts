import { createReadStream, statSync } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { tableError } from './errors.ts';
import type { DataFile } from './findFiles.ts';

const HEAD_BYTES = 1 << 20;
const NEWLINE = 10;

/** The first megabyte of a text file (unpacked, where it is a gzip), and about how many lines the whole file has. */
export type Head = { bytes: Buffer; lines: number };

/**
 * Reads a text file's head. A gzip is read to its end: DuckDB takes a truncated one for a short one.
 *
 * @returns `lines`: exact for a gzip, else by the mean length of the head's lines
 * @throws InputError `gzip_unreadable`
 */
export async function readHead(file: DataFile, signal: AbortSignal): Promise<Head> {
  if (!file.gzip) return plainHead(file.path, signal);
  const sink = new HeadSink();
  try {
    await pipeline(createReadStream(file.path), createGunzip(), sink, { signal });
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw tableError('gzip_unreadable', `the gzip is broken (${reason})`, file.path, 'deliver it again', error);
  }
  return { bytes: sink.head(), lines: sink.lines };
}

async function plainHead(file: string, signal: AbortSignal): Promise<Head> {
  const sink = new HeadSink();
  await pipeline(createReadStream(file, { end: HEAD_BYTES - 1 }), sink, { signal });
  const bytes = sink.head();
  const lines = bytes.length === 0 ? 0 : sink.lines * (statSync(file).size / bytes.length);
  return { bytes, lines: Math.round(lines) };
}

/** Keeps the first megabyte and counts the newlines of all of it. */
class HeadSink extends Writable {
  lines = 0;
  readonly #chunks: Buffer[] = [];
  #kept = 0;

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    for (let i = chunk.indexOf(NEWLINE); i !== -1; i = chunk.indexOf(NEWLINE, i + 1)) this.lines += 1;
    if (this.#kept < HEAD_BYTES) this.#chunks.push(Buffer.from(chunk));
    this.#kept += chunk.length;
    done();
  }

  head(): Buffer {
    return Buffer.concat(this.#chunks).subarray(0, HEAD_BYTES);
  }
}
