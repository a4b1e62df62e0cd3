import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from './python.ts';

export type Outcome = { code: number | null; stdout: string; stderr: string };

/** Runs the command as a user would, from the project's root. */
export function pilotlight(...args: string[]): Outcome {
  const result = spawnSync(process.execPath, [path.join(ROOT, 'pipelines/cli.ts'), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, PILOTLIGHT_LOG_FORMAT: 'text' },
    maxBuffer: 1 << 26,
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

/** The one line that a refusal is: the last of stderr, without the log's own prefix. */
export function lastLine({ stderr }: Outcome): string {
  return stderr.trimEnd().split('\n').at(-1) ?? '';
}
