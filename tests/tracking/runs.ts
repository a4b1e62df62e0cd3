import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { openRunLog, type RunLog } from '@pilotlight/tracking';
import { python, ROOT } from '../python.ts';

/** What tests/python/mlflow_read.py tells of a run. */
export type ReadRun = {
  run_id: string;
  name: string;
  status: string;
  ended: boolean;
  params: Record<string, string>;
  tags: Record<string, string>;
  /** Per name its points, [step, value]. */
  metrics: Record<string, [number, number][]>;
  artifacts?: Record<string, string>;
};

export type ReadModel = {
  aliases: Record<string, number>;
  tags: Record<string, string>;
  versions: { version: number; run_id: string; source: string; tags: Record<string, string>; description: string }[];
};

type Asked = { uri: string; experiment?: string; artifacts?: boolean; models?: string[] };

export type Reader = {
  /** What MLflow's own client finds. */
  read(asked: Asked): Promise<{ runs: ReadRun[]; models: Record<string, ReadModel> }>;
  stop(): void;
};

/** Starts the reader once: loading MLflow's client takes seconds. */
export function startReader(): Reader {
  const script = path.join(ROOT, 'tests/python/mlflow_read.py');
  const child = spawn(python() ?? '', [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    read: async (asked) => {
      child.stdin.write(`${JSON.stringify(asked)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('mlflow_read.py has ended');
      return JSON.parse(value);
    },
    stop: () => void child.kill(),
  };
}

/** The output of a step: files beside its run log, whose folder is returned. `end` null: the step was killed. */
export async function recordRun(
  output: string,
  record: (log: RunLog, output: string) => void,
  end: 'finished' | 'failed' | null = 'finished',
): Promise<string> {
  const folder = path.join(output, 'tracking');
  const log = openRunLog(folder, { run_id: 'r-1', name: 'segmentation-Domestic', execution_date: '2026-01-31' });
  record(log, output);
  if (end !== null) await log.close(end);
  return folder;
}

export function writeArtifact(output: string, name: string, content: string | Uint8Array): void {
  const file = path.join(output, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
export const sha256Of = (file: string): string => sha256(readFileSync(file));
