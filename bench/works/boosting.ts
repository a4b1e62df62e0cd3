import { totalmem } from 'node:os';
import type { Bench } from '../bench.ts';
import { byOurs, byPython, byTurns } from '../process.ts';
import type { Row, Run } from '../table.ts';

/** Values (rows x columns) up to which the way by text files is tried. */
const CSV_VALUES_MAX = 60_000_000;
/** Of a value while the peer holds the table: as it was read, once more as LightGBM wants it, and binned. */
const BYTES_PER_VALUE = { arrow: 8, numpy: 16, csv: 4 } as const;

export async function train(bench: Bench): Promise<Row[]> {
  const { peers, repeat, rows, columns } = bench.options;
  const chosen = (['arrow', 'numpy', 'csv'] as const).filter((way) => peers.has(way));
  const fits = (way: keyof typeof BYTES_PER_VALUE) =>
    rows * columns * BYTES_PER_VALUE[way] < 0.8 * totalmem() && (way !== 'csv' || rows * columns <= CSV_VALUES_MAX);
  const answers: Record<string, [number, number]> = {};
  const byPeer = async (way: string) => {
    const run = await byPython(bench, 'boosting.py', 'train', { way });
    // The next way writes the same model file.
    answers[way] = (await byPython(bench, 'boosting.py', 'check_train')).answer as [number, number];
    return run;
  };
  const works = chosen.filter(fits).map((way) => [way, () => byPeer(way)]);
  const runs = await byTurns<string>(repeat, { ours: () => byOurs(bench, 'train'), ...Object.fromEntries(works) });
  const ours = runs.ours as Run;
  if (chosen.length === 0) return [{ work: 'train', ours, peer: null, verdict: 'no peer was asked for' }];
  return chosen.map((way) => {
    const [work, peer] = [`train, lightgbm by ${way}`, runs[way] ?? null];
    if (peer === null) return { work, ours, peer, verdict: 'not run: the peer would not fit' };
    const [a, b] = answers[way] as [number, number];
    const found = `AUC ${a.toFixed(4)}, ${b.toFixed(4)}`;
    return { work, ours, peer, verdict: Math.abs(a - b) < 0.002 ? found : `WRONG: ${found}` };
  });
}

/** Both sides predict from the model that {@link train} left. */
export async function predict(bench: Bench): Promise<Row[]> {
  const { peers, repeat } = bench.options;
  const chosen = (['arrow', 'numpy'] as const).filter((way) => peers.has(way));
  const gaps: Record<string, number> = {};
  const byPeer = async (way: string) => {
    const run = await byPython(bench, 'boosting.py', 'predict', { way });
    gaps[way] = (await byPython(bench, 'boosting.py', 'check_predict')).answer as number;
    return run;
  };
  const works = chosen.map((way) => [way, () => byPeer(way)]);
  const runs = await byTurns<string>(repeat, { ours: () => byOurs(bench, 'predict'), ...Object.fromEntries(works) });
  const ours = runs.ours as Run;
  if (chosen.length === 0) return [{ work: 'predict', ours, peer: null, verdict: 'no peer was asked for' }];
  return chosen.map((way) => {
    const gap = gaps[way] as number;
    const verdict = gap < 1e-9 ? `equal to ${gap.toExponential(0)}` : `WRONG: differ by ${gap}`;
    return { work: `predict, lightgbm by ${way}`, ours, peer: runs[way] as Run, verdict };
  });
}
