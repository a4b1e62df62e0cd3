import { tableError } from './errors.ts';
import type { DataFile } from './findFiles.ts';

const DELIMITERS = [',', ';', '\t', '|'];
const ENCODINGS: Record<string, string> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'latin-1': 'latin-1',
  latin1: 'latin-1',
  'iso-8859-1': 'latin-1',
  'utf-16': 'utf-16',
  utf16: 'utf-16',
};

/** The names that DuckDB has for what a configuration may call an encoding. */
export function encodingOf(name: string | undefined): string {
  const known = ENCODINGS[(name ?? 'utf-8').toLowerCase()];
  if (known) return known;
  throw tableError('csv_encoding', 'unknown encoding', `${name}`, 'use utf-8, latin-1 or utf-16');
}

/**
 * The column names of a CSV, as they stand. A column without a name is called `column_<position>`; of two alike the
 * second gets its position appended.
 *
 * @param head the file's first bytes
 * @throws InputError `csv_encoding`, `csv_header`
 */
export function readHeader(file: DataFile, head: Buffer, dialect: { delimiter: string; encoding: string }): string[] {
  const names = splitFields(firstRecord(decode(file, head, dialect.encoding)), dialect.delimiter);
  if (names.every((name) => name === '')) {
    throw tableError('csv_header', 'the first line has no column names', file.path, 'put a header line on top');
  }
  const seen = new Set<string>();
  return names.map((name, i) => {
    const plain = name === '' ? `column_${i + 1}` : name;
    const unique = seen.has(plain.toLowerCase()) ? `${plain}_${i + 1}` : plain;
    seen.add(unique.toLowerCase());
    return unique;
  });
}

/** The delimiter that would give a header of one column more than one; undefined when none does. */
export function otherDelimiter(header: readonly string[], delimiter: string): string | undefined {
  const only = header.length === 1 ? header[0] : undefined;
  if (only === undefined) return undefined;
  const counts = DELIMITERS.filter((other) => other !== delimiter).map((other) => ({
    other,
    count: splitFields(only, other).length,
  }));
  const best = counts.sort((a, b) => b.count - a.count)[0];
  return best && best.count > 1 ? best.other : undefined;
}

function decode(file: DataFile, head: Buffer, encoding: string): string {
  const marked = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (marked && encoding !== 'utf-16') {
    throw tableError('csv_encoding', `the file is UTF-16, not ${encoding}`, file.path, 'set `encoding: utf-16`');
  }
  if (encoding === 'latin-1') return new TextDecoder('latin1').decode(head);
  if (encoding === 'utf-16') return new TextDecoder(head[0] === 0xfe ? 'utf-16be' : 'utf-16le').decode(head);
  const newline = head.indexOf(10);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(newline === -1 ? head : head.subarray(0, newline));
  } catch (cause) {
    throw tableError('csv_encoding', 'line 1 is not UTF-8', file.path, 'set `encoding: latin-1` (or utf-16)', cause);
  }
}

/** Up to the first line end. A header with a line end inside quotes is not read: nobody names a column so. */
function firstRecord(text: string): string {
  return /^[^\r\n]*/.exec(text)?.[0] ?? '';
}

function splitFields(record: string, delimiter: string): string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < record.length; i += 1) {
    const char = record[i] as string;
    if (char === '"' && quoted && record[i + 1] === '"') {
      field += char;
      i += 1;
    } else if (char === '"') quoted = !quoted;
    else if (char === delimiter && !quoted) {
      fields.push(field);
      field = '';
    } else field += char;
  }
  return [...fields, field];
}
