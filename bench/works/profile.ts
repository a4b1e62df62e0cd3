import type { Bench } from '../bench.ts';
import { PARTS } from '../data.ts';
import { byDecoding, byOurs, byTurns } from '../process.ts';
import type { Row, Run } from '../table.ts';
import type { Drift } from './drift.ts';

const BYTES_PER_COLUMN_MAX = 2 ** 20 / 240;

/** Build, merge of the parts' profiles and drift from the profile; the peer of what reads rows is only decoding them, once. */
export async function profile(bench: Bench): Promise<Row[]> {
  const { train, test } = bench.job.data;
  const { peers, repeat, columns } = bench.options;
  const decode = peers.has('decode');
  const built = await byTurns<string>(repeat, {
    ours: () => byOurs(bench, 'profile'),
    ...(decode ? { decode: () => byDecoding(bench, [train]) } : {}),
  });
  const parts = await byOurs(bench, 'profile_parts');
  const merged = await byOurs(bench, 'profile_merge');
  const compared = await byTurns<string>(repeat, {
    ours: () => byOurs(bench, 'profile_drift'),
    ...(decode ? { decode: () => byDecoding(bench, [test]) } : {}),
  });
  const exact = await byOurs(bench, 'drift');
  const bytes = (built.ours as Run).answer as number;
  const size = `${(bytes / 1024).toFixed(0)} KiB for ${columns} columns`;
  const whole = merged.answer === true;
  return [
    {
      work: 'profile, build',
      ours: built.ours as Run,
      peer: built.decode ?? null,
      verdict: bytes <= BYTES_PER_COLUMN_MAX * columns ? size : `WRONG: ${size}`,
    },
    { work: `profile, ${PARTS} parts`, ours: parts, peer: null, verdict: 'checked by the merge' },
    {
      work: `profile, merge of ${PARTS}`,
      ours: merged,
      peer: null,
      verdict: whole ? 'bytes equal to the one pass' : 'WRONG: other bytes than the one pass',
    },
    {
      work: 'profile, drift from it',
      ours: compared.ours as Run,
      peer: compared.decode ?? null,
      verdict: compareWithExact((compared.ours as Run).answer as Bounded, exact.answer as Drift),
    },
  ];
}

type Bounded = Record<
  string,
  { psi: number; d: number | null; d_error_max: number | null; chi_squared: number | null }
>;

/** PSI and chi-squared are the exact ones, D no further from the exact one than its stated bound. */
export function compareWithExact(found: Bounded, exact: Drift): string {
  const close = (a: number | null, b: number | null | undefined) =>
    a === null || b === null || b === undefined
      ? a === (b ?? null)
      : Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
  const wrong = Object.entries(exact).filter(([name, { psi, d, chi_squared }]) => {
    const column = found[name];
    if (!column || !close(column.psi, psi) || !close(column.chi_squared, chi_squared)) return true;
    if (column.d === null || d === null || d === undefined) return column.d !== (d ?? null);
    return d < column.d - 1e-12 || d > column.d + (column.d_error_max ?? 0) + 1e-12;
  });
  if (wrong.length === 0) return 'PSI, chi-squared equal to the exact ones, D in its bound';
  return `WRONG: ${wrong.map(([name]) => name).join(', ')}`;
}
