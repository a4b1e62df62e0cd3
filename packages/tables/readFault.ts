import { firstLine, isComplaint, tableError } from './errors.ts';
import type { RawSource } from './readSource.ts';

/**
 * DuckDB's complaint about raw rows as one line: what, which file and line, what to do. Other errors stay as they are.
 */
export function readFault(source: Pick<RawSource, 'where'>, error: unknown): unknown {
  if (!isComplaint(error)) return error;
  const text = error.message;
  const line = /CSV Error on Line: (\d+)/.exec(text)?.[1];
  if (line !== undefined) return csvFault(source, text, line, error);
  if (/INTERNAL Error|Binder Error|Parser Error|Catalog Error/.test(text)) return error;
  const todo = 'deliver it again, or correct the expression that reads it';
  return tableError('source_unreadable', `rows cannot be read (${firstLine(error)})`, source.where, todo, error);
}

function csvFault(source: Pick<RawSource, 'where'>, text: string, line: string, cause: unknown): Error {
  const where = `${/^ {2}file = (.+)$/m.exec(text)?.[1] ?? source.where} line ${line}`;
  const widths = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text);
  if (widths) {
    const what = `a row has ${widths[2]} columns where the header has ${widths[1]}`;
    return tableError('csv_row', what, where, 'correct the row (a delimiter inside a value needs quotes)', cause);
  }
  if (/not utf-8 encoded|Invalid unicode/i.test(text)) {
    return tableError('csv_encoding', 'a row is not UTF-8', where, 'set `encoding: latin-1` (or utf-16)', cause);
  }
  if (/unterminated quote/i.test(text)) {
    return tableError('csv_row', 'a quote is opened and not closed', where, 'close it, or double it', cause);
  }
  const reason = text.split('\n').find((one, i) => i > 0 && one !== '' && !one.startsWith('Original Line'));
  return tableError('csv_row', `a row cannot be read (${reason ?? firstLine(cause)})`, where, 'correct the row', cause);
}
