import { chmodSync, cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Kind = 'processing' | 'training';

/** Where in the tree each kind of job has its inputs and outputs. */
export const PLACES = {
  processing: {
    input: (key: string) => `processing/input/${key}`,
    output: (key: string) => `processing/output/${key}`,
  },
  training: { input: (key: string) => `input/data/${key}`, output: () => 'model' },
} as const;

/** What SageMaker leaves failures in. */
export const LAST_WORDS = { processing: 'output/message', training: 'output/failure' } as const;

/**
 * The tree that SageMaker mounts at /opt/ml, made in `at`: all of it root's and closed to others, with copies of the inputs (null: an empty
 * folder). Returns its root.
 */
export function makeJob(at: string, kind: Kind, inputs: Record<string, string | null>, outputs: string[]): string {
  const root = mkdtempSync(join(at, 'job-'));
  chmodSync(root, 0o755);
  const config = kind === 'processing' ? 'config' : 'input/config';
  const folders = [config, 'output', ...outputs.map((key) => PLACES[kind].output(key))];
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(
    join(root, config, 'resourceconfig.json'),
    JSON.stringify({ current_host: 'algo-1', hosts: ['algo-1'] }),
  );
  if (kind === 'training') writeFileSync(join(root, config, 'hyperparameters.json'), '{}');
  for (const [key, from] of Object.entries(inputs)) {
    const into = join(root, PLACES[kind].input(key));
    mkdirSync(into, { recursive: true });
    if (from !== null) cpSync(from, into, { recursive: true });
  }
  return root;
}

/** Whose the entries of a folder are, at any depth. */
export function ownersOf(folder: string): number[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return [...new Set(names.map((name) => lstatSync(join(folder, name)).uid))].sort((a, b) => a - b);
}
