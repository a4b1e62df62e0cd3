import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@pilotlight/errors';
import * as polars from 'nodejs-polars';
import * as assert from 'uvu/assert';

const pl = polars.default;

/** A folder for one test file's data; gone when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pilotlight-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Pseudo-random numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const FEATURES = [
  { name: 'income', kind: 'numeric' },
  { name: 'usage', kind: 'numeric' },
  { name: 'paperless', kind: 'boolean' },
  { name: 'region', kind: 'categorical' },
] as const;

const REGIONS = ['ÁVILA', 'cádiz', 'Lugo', 'Soria'];

export type Row = {
  id: number;
  income: number | null;
  usage: number | null;
  paperless: boolean | null;
  region: string | null;
  class: number;
  spend: number;
  churned: number;
  weight: number;
  fold: number;
};

/** Customers with a real signal; every seventh income, ninth region and thirteenth flag is missing. */
export function customers(count: number, seed: number): Row[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, id) => {
    const income = random() * 4 - 2;
    const usage = random() < 0.3 ? 0 : random() * 2 - 1;
    const paperless = random() < 0.5;
    const place = Math.floor(random() * REGIONS.length);
    const score = income + usage * 2 + (paperless ? 0.7 : 0) + (place === 1 ? 1.2 : 0) + random() * 2 - 1;
    return {
      id,
      income: id % 7 === 3 ? null : income,
      usage,
      paperless: id % 13 === 5 ? null : paperless,
      region: id % 9 === 4 ? null : (REGIONS[place] ?? null),
      class: score > 1.5 ? 2 : score > 0.2 ? 1 : 0,
      spend: score * 10,
      churned: score > 0.6 ? 1 : 0,
      weight: 0.5 + random(),
      fold: Math.floor(random() * 4),
    };
  });
}

/** Writes (the first `count` of the) rows as Parquet, with small row groups so that more than one is read. */
export function writeRows(path: string, rows: readonly object[], count = rows.length): string {
  const names = Object.keys(rows[0] ?? {});
  const columns = names.map((name) => {
    const values = rows.map((row) => (row as Record<string, unknown>)[name]);
    return pl.Series(name, values as number[]);
  });
  pl.DataFrame(columns)
    .head(count)
    .writeParquet(path, { compression: 'zstd', rowGroupSize: 400 } as never);
  return path;
}

/** Columns of a Parquet file as arrays. */
export function readColumns(path: string): Record<string, unknown[]> {
  const frame = pl.readParquet(path);
  return Object.fromEntries(frame.columns.map((name) => [name, frame.getColumn(name).toArray()]));
}

export function numbers(columns: Record<string, unknown[]>, name: string): number[] {
  const values = columns[name];
  assert.ok(values, `column ${name}`);
  return values as number[];
}

export function closeTo(found: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.is(found.length, expected.length);
  found.forEach((value, index) => {
    const other = expected[index] as number;
    const gap = Math.abs(value - other);
    assert.ok(gap <= tolerance * Math.max(1, Math.abs(other)), `row ${index}: ${value} is not ${other}`);
  });
}

/** Expects an InputError with this code, whose one line has these words, and nothing left beside the data. */
export async function refused(work: () => Promise<unknown>, code: string, ...words: string[]): Promise<void> {
  const error = await work().then(
    () => undefined,
    (fault: unknown) => fault,
  );
  assert.ok(error, `nothing was refused, ${code} was expected`);
  assert.instance(error, InputError, String(error));
  const { message } = error as InputError;
  assert.is((error as InputError).code, code, message);
  assert.not.match(message, /\n/);
  for (const word of words) assert.ok(message.includes(word), `'${word}' is not in '${message}'`);
}

/** No temporary file is left in a folder. */
export function assertTidy(folder: string): void {
  assert.equal(
    readdirSync(folder).filter((name) => name.startsWith('.')),
    [],
  );
}

/** LightGBM's example files have no header and the label first; as Parquet the columns are label, f01, f02, ... */
export function convertExample(source: string, target: string): string[] {
  const lines = readFileSync(source, 'utf8').trimEnd().split('\n');
  const rows = lines.map((line) => line.split('\t').map(Number));
  const names = (rows[0] ?? []).map((_, index) => (index === 0 ? 'label' : `f${String(index).padStart(2, '0')}`));
  writeRows(
    target,
    rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]]))),
  );
  return names.slice(1);
}

/** The first half of a file, as a broken download leaves it. */
export function truncate(source: string, target: string): string {
  const bytes = readFileSync(source);
  writeFileSync(target, bytes.subarray(0, Math.floor(bytes.length / 2)));
  return target;
}
