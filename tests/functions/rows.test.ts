import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { countRows } from '../../packages/functions/unpack/countRows.ts';
import { python, testWithPython } from '../python.ts';

type Case = { rows_count: number };
type Cases = { texts: (Case & { text: string })[]; tables: (Case & { bytes: string })[] };

/** Counted in pieces of a size, since a stream may cut anywhere. */
function count(format: 'csv' | 'parquet', content: Buffer | string, piece_bytes = content.length): number {
  const bytes = Buffer.from(content as string);
  const counter = countRows(format);
  for (let at = 0; at < bytes.length; at += Math.max(1, piece_bytes))
    counter.update(bytes.subarray(at, at + Math.max(1, piece_bytes)));
  return counter.end();
}

const fault = (format: 'csv' | 'parquet', content: Buffer | string): string => {
  try {
    return `counted ${count(format, content)}`;
  } catch (error) {
    return (error as Error).message;
  }
};

testWithPython("as many rows as Python's csv and polars find, wherever the stream is cut", () => {
  const { stdout, stderr, status } = spawnSync(python() ?? '', [resolve(import.meta.dirname, 'rows.py')], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.is(status, 0, stderr);
  const { texts, tables } = JSON.parse(stdout) as Cases;
  assert.ok(texts.length === 400 && tables.length === 8);
  assert.ok(
    texts.some(({ text }) => /"[^"]*\n/.test(text)),
    'newlines in quotes are among them',
  );
  for (const { text, rows_count } of texts)
    for (const piece of [1, 2, 3, 7, text.length * 2])
      assert.is(count('csv', text, piece), rows_count, `${JSON.stringify(text)} in pieces of ${piece}`);
  for (const { bytes, rows_count } of tables)
    for (const piece of [1000, 4099, 1 << 24])
      assert.is(count('parquet', Buffer.from(bytes, 'base64'), piece), rows_count);
});

test('lines: empty ones are none, the last one needs no end, a mark and old Macs are known', () => {
  assert.is(count('csv', 'id'), 0);
  assert.is(count('csv', 'id\n'), 0);
  assert.is(count('csv', '\n\nid\n\n1\n\n\n2\n\n'), 2);
  assert.is(count('csv', 'id\r1\r2\r'), 2);
  assert.is(count('csv', '\uFEFF"id"\n"1\n1"\n', 1), 1);
  assert.is(count('csv', 'a;b\n5" pipe;x\n7" pipe, "y";z\n'), 2, 'quotes inside a field are letters');
  assert.is(count('csv', 'a\n;;\n'), 1);
});

test('what cannot be counted is said, never guessed', () => {
  assert.is(fault('csv', ''), 'it is empty');
  assert.is(fault('csv', '\n\r\n'), 'it is empty');
  assert.is(fault('csv', '\uFEFF'), 'it is empty');
  assert.match(fault('csv', 'id\n"1\n2\n'), /never closed/);
  for (const magic of ['PK\x03\x04rest', 'PAR1rest']) assert.match(fault('csv', magic), /no text/);
  assert.match(fault('csv', Buffer.from('ffFE6900', 'hex')), /no text/);
  assert.match(fault('csv', Buffer.from('1f8b0800', 'hex')), /no text/);
  assert.match(fault('parquet', ''), /no Parquet/);
  assert.match(fault('parquet', 'PAR1PAR1'), /no Parquet/);
  assert.match(fault('parquet', 'PAR1....xxxx\x04\0\0\0PAR2'), /no whole/);
  assert.match(fault('parquet', 'PAR1....xxxx\xff\xff\xff\x7fPAR1'), /footer/);
  assert.match(fault('parquet', Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(64, 0xff), lengthOf(64)])), /footer/);
  // A struct in a struct without end, as somebody would write it who wants a stack to overflow.
  assert.match(
    fault('parquet', Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(9000, 0x1c), lengthOf(9000)])),
    /footer/,
  );
});

function lengthOf(footer_bytes: number): Buffer {
  const end = Buffer.from('\0\0\0\0PAR1');
  end.writeUInt32LE(footer_bytes);
  return end;
}

test.run();
