import { ChecksFailed } from '../errors.ts';
import type { Checks } from './checks.ts';

/** Rows of one data file, named as in the archive. */
export type Counted = { name: string; rows_count: number };

/**
 * Compares what was in a fetched file with its checks: rows in all and, where the checks name files, in each.
 *
 * @throws ChecksFailed
 */
export function verifyRows(counted: readonly Counted[], checks: Checks, where: string): void {
  if (checks.files !== undefined) verifyFiles(counted, checks.files, where);
  const rows = counted.reduce((sum, { rows_count }) => sum + rows_count, 0);
  if (rows === checks.rows_count) return;
  throw new ChecksFailed(`the file has ${rows} rows, its checks say ${checks.rows_count}`, where);
}

function verifyFiles(counted: readonly Counted[], files: NonNullable<Checks['files']>, where: string): void {
  const names = new Set(counted.map(({ name }) => name));
  const absent = Object.keys(files).find((name) => !names.has(name));
  if (absent !== undefined) throw new ChecksFailed(`there is no ${JSON.stringify(absent)} in the file`, where);
  for (const { name, rows_count } of counted) {
    const said = Object.hasOwn(files, name) ? files[name]?.rows_count : undefined;
    if (said === undefined) throw new ChecksFailed(`the checks say nothing of ${JSON.stringify(name)}`, where);
    if (said !== rows_count)
      throw new ChecksFailed(`${JSON.stringify(name)} has ${rows_count} rows, its checks say ${said}`, where);
  }
}
