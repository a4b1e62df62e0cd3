import { tableError } from './errors.ts';
import type { CheckReport } from './types.ts';

/**
 * Stops when a check is broken in more than `shareMax` of a source's rows; the worst one is named.
 *
 * @throws InputError `breach_share`
 */
export function stopAtBreach(name: string, where: string, checks: readonly CheckReport[], shareMax: number): void {
  const worst = checks.filter((check) => check.share > shareMax).sort((a, b) => b.share - a.share)[0];
  if (!worst) return;
  const rows = Math.round(worst.count / worst.share);
  const example = worst.example ? `, first "${worst.example.value}"${rowOf(worst.example.row)}` : '';
  const what = `${worst.count} of ${rows} rows (${percent(worst.share)}) break check "${worst.check}" of ${name} column "${worst.column}"${example}`;
  const todo = `correct the data or columns.sources.${name}.columns, or raise columns.breach_share_max (${shareMax})`;
  throw tableError('breach_share', what, where, todo);
}

const rowOf = (row: number | null): string => (row === null ? '' : ` in row ${row}`);
const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
