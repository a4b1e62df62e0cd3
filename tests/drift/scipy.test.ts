/** A few thousand random cases against scipy and numpy. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chiSquared, compareDatasets, ksTwoSample } from '@pilotlight/modeling';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { python, runPython, testWithPython } from '../python.ts';

type Cases = {
  ks: { a: (number | string)[]; b: (number | string)[]; d: number; p: number; fell_back: boolean }[];
  chi_squared: { table: number[][]; statistic: number; df: number; p: number }[];
  psi: { a: number[]; b: number[]; reference: number[]; current: number[]; psi: number }[];
  quantiles: { bins: number; value: number }[];
};

const cases = python() ? (runPython('drift_cases.py') as Cases) : undefined;
const numbers = (values: (number | string)[]) =>
  Float64Array.from(values, (value) =>
    value === 'inf' ? Number.POSITIVE_INFINITY : value === '-inf' ? Number.NEGATIVE_INFINITY : Number(value),
  );
const near = (a: number, b: number, relative: number, absolute: number) =>
  Math.abs(a - b) <= absolute || Math.abs(a - b) <= relative * Math.abs(b);

testWithPython('Kolmogorov-Smirnov: D to 1e-15, p to 1e-9 or 1e-14 in the far tail', () => {
  assert.ok((cases?.ks.length ?? 0) > 2000);
  for (const { a, b, d, p, fell_back } of cases?.ks ?? []) {
    const found = ksTwoSample(numbers(a), numbers(b));
    const text = `${a.length} and ${b.length} rows: D ${found?.d} for ${d}, p ${found?.p} for ${p}`;
    assert.ok(found && Math.abs(found.d - d) <= 1e-15, text);
    if (fell_back) assert.ok(Math.abs(found.p - p) < 1e-4, text);
    else assert.ok(near(found.p, p, 1e-9, 1e-14), text);
  }
});

testWithPython('chi-squared: the statistic to 1e-12, p to 1e-10', () => {
  assert.ok((cases?.chi_squared.length ?? 0) >= 800);
  for (const { table, statistic, df, p } of cases?.chi_squared ?? []) {
    const found = chiSquared(table);
    const text = `${JSON.stringify(table)}: ${JSON.stringify(found)} for ${statistic}, ${p}`;
    assert.ok(found && found.df === df, text);
    assert.ok(near(found.statistic, statistic, 1e-12, 1e-12), text);
    assert.ok(near(found.p, p, 1e-10, 1e-300), text);
  }
});

testWithPython('PSI over Parquet: the counts of numpy, the sum to 1e-12', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pilotlight-'));
  const [reference, current] = [path.join(folder, 'a.parquet'), path.join(folder, 'b.parquet')];
  try {
    for (const { a, b, reference: r, current: c, psi } of cases?.psi ?? []) {
      pl.DataFrame({ x: a }).writeParquet(reference);
      pl.DataFrame({ x: b }).writeParquet(current);
      const [column] = (await compareDatasets({ referencePaths: [reference], currentPaths: [current] })).columns;
      assert.equal(
        column?.bins.map((bin) => bin.referenceCount),
        r,
      );
      assert.equal(
        column?.bins.map((bin) => bin.currentCount),
        c,
      );
      assert.ok(near(column?.psi as number, psi, 1e-12, 1e-12), `${column?.psi} for ${psi}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

testWithPython('PSI by chance: the chi-squared quantile of scipy', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pilotlight-'));
  const file = path.join(folder, 'a.parquet');
  try {
    for (const { bins, value } of cases?.quantiles ?? []) {
      const rows = Array.from({ length: 2 * bins }, (_, i) => `c${i % bins}`);
      pl.DataFrame({ x: rows }).writeParquet(file);
      const [column] = (await compareDatasets({ referencePaths: [file], currentPaths: [file], maxCategories: 2000 }))
        .columns;
      assert.ok(near(column?.psiByChance as number, (value * 2) / rows.length, 1e-12, 0), `${bins}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
