import type { Bench } from '../bench.ts';
import { byOurs, byPython, byTurns } from '../process.ts';
import type { Row, Run } from '../table.ts';

export async function consumption(bench: Bench): Promise<Row[]> {
  const peers = (['polars', 'duckdb'] as const).filter((name) => bench.options.peers.has(name));
  const works = peers.map((name) => [name, () => byPython(bench, `consumption_${name}.py`, 'consumption')]);
  const all = { ours: () => byOurs(bench, 'consumption'), ...Object.fromEntries(works) };
  const runs = await byTurns<string>(bench.options.repeat, all);
  const ours = runs.ours as Run;
  if (peers.length === 0) return [{ work: 'consumption', ours, peer: null, verdict: 'no peer was asked for' }];
  const { answer } = await byPython(bench, 'consumption_check.py', 'check_consumption', { peers });
  return peers.map((name) => {
    const fault = (answer as Record<string, string | null>)[name];
    const verdict = fault === null ? 'equal to 1e-9' : `WRONG: ${fault}`;
    return { work: `consumption, ${name}`, ours, peer: runs[name] as Run, verdict };
  });
}
