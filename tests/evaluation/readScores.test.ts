import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import { rankScores, readScores, rocAuc } from '@pilotlight/evaluation';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const folder = mkdtempSync(path.join(tmpdir(), 'pilotlight-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, columns: Record<string, unknown[]>): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  pl.DataFrame(columns).writeParquet(file);
  return file;
}

const COLUMNS = { score: 'p', label: 'y' };

test('reads a file, without the rows that have no label', () => {
  const file = write('a.parquet', { p: [0.1, 0.9, 0.4], y: [0, 1, null], split: ['a', 'a', 'b'] });
  const scores = readScores(file, COLUMNS);
  assert.equal(Array.from(scores.score), [0.1, 0.9]);
  assert.equal(scores.label, Uint8Array.from([0, 1]));
  assert.is(scores.unlabelledRows, 1);
  assert.is(rocAuc(rankScores(scores)).value, 1);
});

test('reads Boolean labels, weights, and only the rows asked for', () => {
  const file = write('b.parquet', {
    p: [0.1, 0.9, 0.4],
    y: [false, true, true],
    w: [1, 2, 3],
    fold: [0, 1, 1],
    s: ['x', 'x', 'y'],
  });
  const scores = readScores(file, { ...COLUMNS, weight: 'w', where: { fold: 1, s: 'x' } });
  assert.equal(Array.from(scores.score), [0.9]);
  assert.equal(Array.from(scores.weight ?? []), [2]);
});

test('reads a folder of parts in the order of names, hidden files left out', () => {
  write('parts/x=1/b.parquet', { p: [0.2], y: [1] });
  write('parts/a.parquet', { p: [0.1], y: [0] });
  writeFileSync(path.join(folder, 'parts/_SUCCESS'), '');
  writeFileSync(path.join(folder, 'parts/.part.parquet'), 'half');
  assert.equal(Array.from(readScores(path.join(folder, 'parts'), COLUMNS).score), [0.1, 0.2]);
});

test('reads an empty table', () => {
  const file = path.join(folder, 'none.parquet');
  pl.DataFrame({ p: [0.5], y: [1] })
    .filter(pl.col('p').gt(1))
    .writeParquet(file);
  assert.is(readScores(file, COLUMNS).score.length, 0);
});

for (const [name, make, code] of [
  ['a missing file', () => path.join(folder, 'absent.parquet'), 'scores_path'],
  [
    'an empty folder',
    () => mkdirSync(path.join(folder, 'empty'), { recursive: true }) ?? path.join(folder, 'empty'),
    'scores_path',
  ],
  ['a missing column', () => write('c.parquet', { p: [0.5], z: [1] }), 'scores_column'],
  ['text scores', () => write('d.parquet', { p: ['0.5'], y: [1] }), 'scores_column'],
  ['a null score', () => write('e.parquet', { p: [0.5, null], y: [1, 0] }), 'scores_null'],
  ['a NaN score', () => write('f.parquet', { p: [0.5, Number.NaN], y: [1, 0] }), 'scores_not_finite'],
  ['a label of 2', () => write('g.parquet', { p: [0.5], y: [2] }), 'scores_label'],
  ['a label of 256', () => write('h.parquet', { p: [0.5], y: [256] }), 'scores_label'],
  ['a truncated file', () => truncated(), 'scores_file'],
] as const) {
  test(`${name} is refused, naming the place`, () => {
    const file = make();
    assert.throws(
      () => readScores(file, COLUMNS),
      (error: unknown) => error instanceof InputError && error.code === code && /: .+: /.test(error.message),
    );
  });
}

function truncated(): string {
  const file = path.join(folder, 'cut.parquet');
  writeFileSync(file, 'PAR1 and no more');
  return file;
}

test.run();
