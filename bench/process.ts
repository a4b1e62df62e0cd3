import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Bench, Job } from './bench.ts';
import type { Run } from './table.ts';

const START = '{"seconds"';

/** One piece of work by pilotlight, in a process of its own. */
export function byOurs(bench: Bench, name: string, job: Partial<Job> = {}): Promise<Run> {
  return run(bench, process.execPath, [path.join(import.meta.dirname, 'ours.ts'), text(bench, name, job)], name);
}

/** One piece of work by a script of `bench/peers`. */
export function byPython(bench: Bench, script: string, name: string, job: Partial<Job> = {}): Promise<Run> {
  const file = path.join(import.meta.dirname, 'peers', script);
  return run(bench, bench.python, ['-B', file, text(bench, name, job)], `${script} ${name}`);
}

/** All values of some tables decoded, and nothing else: what no comparison with this reader can be faster than. */
export function byDecoding(bench: Bench, folders: string[]): Promise<Run> {
  const excluded = ['i', 'y'].flatMap((name) => ['--exclude', name]);
  return run(bench, bench.decode, [...excluded, '--', ...folders], 'decode');
}

/** Each work in turn, `repeat` times round; of each the median time, the highest memory and the last answer. */
export async function byTurns<K extends string>(
  repeat: number,
  works: Record<K, () => Promise<Run>>,
): Promise<Record<K, Run>> {
  const runs = new Map<K, Run[]>();
  const names = Object.keys(works) as K[];
  for (let round = 0; round < repeat; round += 1) {
    for (const name of names) runs.set(name, [...(runs.get(name) ?? []), await works[name]()]);
  }
  return Object.fromEntries([...runs].map(([name, all]) => [name, median(all)])) as Record<K, Run>;
}

function median(runs: Run[]): Run {
  const seconds = runs.map((run) => run.seconds).sort((a, b) => a - b);
  const middle = seconds[Math.floor((seconds.length - 1) / 2)] as number;
  return { seconds: middle, bytes: Math.max(...runs.map((run) => run.bytes)), answer: runs.at(-1)?.answer };
}

function text(bench: Bench, name: string, job: Partial<Job>): string {
  return JSON.stringify({ ...bench.job, ...job, name });
}

async function run(bench: Bench, command: string, args: string[], what: string): Promise<Run> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { signal: bench.signal, maxBuffer: 1 << 28 });
    // Libraries print warnings of their own; the figures are the last line.
    return JSON.parse(stdout.slice(stdout.lastIndexOf(START)));
  } catch (error) {
    bench.signal.throwIfAborted();
    const { stderr, signal, message } = error as { stderr?: string; signal?: string | null; message: string };
    // Python's own error is the last line of its trace.
    const reason = signal ? `ended by ${signal}` : stderr?.trim().split('\n').at(-1) || message;
    throw new Error(`${what} failed: ${reason}`, { cause: error });
  }
}
