import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildProfile, type CompareOptions, compareDatasets, mergeProfiles } from '@pilotlight/modeling';
import pl, { type DataFrame } from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const folder = mkdtempSync(path.join(tmpdir(), 'pilotlight-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function write(data: DataFrame | Record<string, unknown[]>): string {
  const file = path.join(folder, `${files++}.parquet`);
  const frame = 'writeParquet' in data ? (data as DataFrame) : pl.DataFrame(data as Record<string, unknown[]>);
  frame.writeParquet(file);
  return file;
}

const compare = (reference: string, current: string, more: Partial<CompareOptions> = {}) =>
  compareDatasets({ referencePaths: [reference], currentPaths: [current], ...more });
const one = async (a: unknown[], b: unknown[], more: Partial<CompareOptions> = {}) => {
  const [column] = (await compare(write({ x: a }), write({ x: b }), more)).columns;
  if (!column) throw new Error('no column');
  return column;
};
const floats = (values: (number | null)[]) => pl.DataFrame({ x: pl.Series('x', values, pl.Float64) });
const refusal = async (work: Promise<unknown>): Promise<{ code: string; message: string }> => {
  try {
    await work;
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('nothing was refused');
};
const count = (n: number) => Array.from({ length: n }, (_, i) => i);

test('null and NaN are rows in the bin of missing ones, and no part of KS', async () => {
  const [column] = (await compare(write(floats([1, 2, 3, 4])), write(floats([1, 2, 3, 4, null, Number.NaN])))).columns;
  const missing = column?.bins.at(-1);
  assert.equal([missing?.label, missing?.referenceCount, missing?.currentCount], ['missing', 0, 2]);
  assert.is(column?.ks?.d, 0);
});

test('infinite values are at the ends, and no number is NaN', async () => {
  const values = [Number.NEGATIVE_INFINITY, 1, 2, 3, Number.POSITIVE_INFINITY];
  const [column] = (await compare(write(floats(values)), write(floats([5, 5, Number.POSITIVE_INFINITY])))).columns;
  assert.is(column?.status, 'measured');
  assert.not.match(JSON.stringify(column), /NaN/);
  assert.ok(column?.bins.every((bin) => bin.lower === null || Number.isFinite(bin.lower)));
  assert.is(
    column?.bins.reduce((sum, bin) => sum + bin.currentCount, 0),
    3,
  );
});

test('a constant reference has below, at and above', async () => {
  const column = await one([4, 4, 4], [3, 4, 5, 5]);
  assert.equal(
    column.bins.map((bin) => [bin.referenceCount, bin.currentCount]),
    [
      [0, 1],
      [3, 1],
      [0, 2],
    ],
  );
  assert.is(column.bins[1]?.label, '= 4');
});

test('what cannot be measured says why', async () => {
  const table = await compare(
    write({
      gone: [1, 2],
      changed: [1, 2],
      empty: pl.Series('empty', [null, null], pl.Float64) as never,
      kept: [1, 2],
    }),
    write({ kept: [1, 2], changed: ['a', 'b'], empty: [1, 2], fresh: [1, 2] }),
  );
  const reasons = Object.fromEntries(table.columns.map((column) => [column.name, column.reason]));
  assert.equal(reasons.kept, null);
  assert.match(reasons.gone as string, /only in the reference/);
  assert.match(reasons.fresh as string, /not in the reference/);
  assert.match(reasons.changed as string, /type changed: numeric in the reference, categorical now/);
  assert.match(reasons.empty as string, /no values in the reference/);
  for (const column of table.columns.filter((one) => one.status === 'not_measurable')) {
    assert.equal([column.psi, column.severity, column.q], [null, null, null], column.name);
  }
});

test('a data set without rows measures nothing, and is no error', async () => {
  const table = await compare(write({ x: [1, 2] }), write(pl.DataFrame({ x: pl.Series('x', [], pl.Float64) })));
  assert.match(table.columns[0]?.reason as string, /no rows/);
});

test('categories: unseen ones are named, rare ones pooled, the test leaves missing out', async () => {
  const unseen = await one(['a', 'a', 'b'], ['a', 'c', null]);
  assert.equal(unseen.unseenCategories, ['c']);
  assert.equal(
    unseen.bins.map((bin) => [bin.label, bin.referenceCount, bin.currentCount]),
    [
      ['a', 2, 1],
      ['b', 1, 0],
      ['c', 0, 1],
      ['missing', 0, 1],
    ],
  );
  const pooled = await one(['a', 'a', 'a', 'b', 'b', 'c', 'd'], ['a', 'd'], { maxCategories: 2 });
  assert.is(pooled.pooledCategories, 2);
  assert.equal(
    pooled.bins.map((bin) => bin.label),
    ['a', 'b', 'other'],
  );
});

test('booleans and dates', async () => {
  const flags = await one([true, true, false], [false, false, true]);
  assert.equal([flags.kind, flags.bins.map((bin) => bin.label)], ['boolean', ['false', 'true']]);
  const days = (from: number) =>
    pl.DataFrame({ x: count(40).map((i) => new Date(from + i * 86_400_000)) }).withColumn(pl.col('x').cast(pl.Date));
  const [dates] = (await compare(write(days(0)), write(days(40 * 86_400_000)))).columns;
  assert.equal([dates?.kind, dates?.ks?.d], ['numeric', 1]);
});

test('severities, and q over the tested columns', async () => {
  const rows = count(1000);
  const table = await compare(
    write({ same: rows, moved: rows, far: rows, one: rows.map(() => 'a') }),
    write({ same: rows, moved: rows.map((i) => i + 130), far: rows.map((i) => i + 900), one: rows.map(() => 'a') }),
  );
  const of = (name: string) => table.columns.find((column) => column.name === name);
  assert.is(of('same')?.severity, 'NONE');
  assert.is(of('far')?.severity, 'HIGH');
  assert.equal([of('one')?.severity, of('one')?.p, of('one')?.q], ['NONE', null, null]);
  assert.ok((of('moved')?.q as number) >= (of('moved')?.p as number));
  const relaxed = await compare(write({ x: rows }), write({ x: rows.map((i) => i + 900) }), { driftThreshold: 100 });
  assert.is(relaxed.columns[0]?.severity, 'MODERATE');
});

test('the zero rule none may give an infinite PSI', async () => {
  const column = await one(['a', 'b'], ['a', 'a'], { zeroRule: { kind: 'none' } });
  assert.equal([column.psi, column.severity], [Number.POSITIVE_INFINITY, 'HIGH']);
});

test('columns and exclude choose; an unknown column is refused with near names, an unknown exclude is not', async () => {
  const [a, b] = [write({ amount: [1, 2], other: [1, 2] }), write({ amount: [1, 2], other: [1, 2] })];
  const chosen = await compare(a, b, { columns: ['amount'] });
  assert.equal(
    chosen.columns.map((column) => column.name),
    ['amount'],
  );
  const left = await compare(a, b, { exclude: ['amount', 'nowhere'] });
  assert.equal(
    left.columns.map((column) => column.name),
    ['other'],
  );
  assert.match((await refusal(compare(a, b, { columns: ['amuont'] }))).message, /"amuont".*did you mean amount\?/);
  assert.is((await refusal(compare(a, b, { exclude: ['amount', 'other'] }))).code, 'NO_COLUMNS');
});

test('files that cannot be read are one line that names them', async () => {
  const good = write({ x: count(1000) });
  const cut = write({ x: count(1000) });
  truncateSync(cut, statSync(cut).size - 20);
  const text = path.join(folder, 'text.parquet');
  writeFileSync(text, 'a,b\n1,2\n');
  for (const [file, code] of [
    [cut, 'NOT_PARQUET'],
    [text, 'NOT_PARQUET'],
    [path.join(folder, 'none.parquet'), 'NOT_FOUND'],
  ] as const) {
    const { code: found, message } = await refusal(compare(good, file));
    assert.is(found, code);
    assert.ok(message.includes(path.basename(file)) && !message.includes('\n'), message);
  }
});

const wide = (rows: number, shift: number) => {
  const values = count(rows).map((i) => ((i * 7919) % 10_007) / 13 + shift);
  return { n: values, c: values.map((value) => `k${Math.floor(value) % 9}`), b: values.map((value) => value > 300) };
};

test('from a profile: PSI and chi-squared to the bit, KS within its bound', async () => {
  const [reference, current] = [write(wide(3000, 0)), write(wide(2000, 20))];
  const profile = path.join(folder, 'profile.json');
  await buildProfile({ paths: [reference], outPath: profile });
  const exact = await compare(reference, current);
  const stored = await compareDatasets({ referencePaths: { profile }, currentPaths: [current] });
  assert.is(stored.referenceKind, 'profile');
  for (const name of ['n', 'c', 'b']) {
    const [a, b] = [exact, stored].map((table) => table.columns.find((column) => column.name === name));
    assert.is(a?.psi, b?.psi, name);
    assert.equal(a?.chiSquared, b?.chiSquared, name);
  }
  const [d, binned] = [exact, stored].map((table) => table.columns.find((column) => column.name === 'n')?.ks);
  assert.ok(d && binned && binned.d <= d.d && d.d <= binned.d + binned.dErrorMax);
});

test('sixteen shards merge into the profile of the whole, byte for byte', async () => {
  const shards = count(16).map((i) => write(wide(100 + i, i)));
  const [whole, edges, merged] = ['whole', 'edges', 'merged'].map((name) => path.join(folder, `${name}.json`)) as [
    string,
    string,
    string,
  ];
  await buildProfile({ paths: shards, outPath: edges });
  await buildProfile({ paths: shards, edgesFrom: edges, outPath: whole });
  const parts: string[] = [];
  for (const [i, shard] of shards.entries()) {
    parts.push(path.join(folder, `part-${i}.json`));
    await buildProfile({ paths: [shard], edgesFrom: edges, outPath: parts[i] as string });
  }
  await mergeProfiles(parts, merged);
  assert.is(readFileSync(merged, 'utf8'), readFileSync(whole, 'utf8'));
  assert.is(readFileSync(merged, 'utf8'), readFileSync(edges, 'utf8'));
});

test('profiles that do not fit each other, or are none, are refused', async () => {
  const [a, b] = ['a', 'b'].map((name) => path.join(folder, `${name}.json`)) as [string, string];
  await buildProfile({ paths: [write(wide(50, 0))], outPath: a });
  await buildProfile({ paths: [write(wide(50, 9))], outPath: b });
  assert.match((await refusal(mergeProfiles([a, b], path.join(folder, 'ab.json')))).message, /other edges/);
  writeFileSync(b, readFileSync(a, 'utf8').replace('"version":1', '"version":9'));
  assert.match((await refusal(mergeProfiles([a, b], path.join(folder, 'ab.json')))).message, /version 9/);
  assert.is(
    (
      await refusal(
        compareDatasets({
          referencePaths: { profile: path.join(folder, 'no.json') },
          currentPaths: [write(wide(5, 0))],
        }),
      )
    ).code,
    'BAD_PROFILE',
  );
});

test('a profile of 240 columns is under 1 MiB', async () => {
  const columns = Object.fromEntries(
    count(240).map((c) => [`column_${c}`, count(2000).map((i) => Math.sin(i * (c + 1)) * 1e4)]),
  );
  const out = path.join(folder, 'wide.json');
  await buildProfile({ paths: [write(columns)], outPath: out });
  assert.ok(statSync(out).size < 2 ** 20, String(statSync(out).size));
});

test('progress reaches the end, and an aborted comparison stops', async () => {
  const [a, b] = [write(wide(500, 0)), write(wide(500, 1))];
  const seen: [number, number][] = [];
  await compare(a, b, { onProgress: (done, total) => seen.push([done, total]) });
  assert.ok(
    seen.some(([done, total]) => done === 3 && total === 3),
    JSON.stringify(seen),
  );
  const stop = new AbortController();
  stop.abort(new Error('enough'));
  assert.match((await refusal(compare(a, b, { signal: stop.signal }))).message, /enough/);
});

test.run();
