import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, runProcess } from './runProcess.ts';

/** `path` is empty where no Python is to be had; `failure` says what went wrong while it was being made. */
export type PreparedPython = { path: string; note?: string; failure?: Ended };

/**
 * Makes the Python environment of the oracle tests once and again when the requirements change. `PILOTLIGHT_PYTHON`, when
 * set, is taken as it is.
 */
export async function preparePython(requirements: string, cache: string): Promise<PreparedPython> {
  const named = process.env.PILOTLIGHT_PYTHON;
  if (named !== undefined) return { path: named };
  const home = join(cache, 'python');
  const path = join(home, 'bin', 'python');
  const stamp = join(home, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(path) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { path };
  if (!hasPython()) return { path: '', note: 'no python3 >= 3.10 here: tests against Python packages are skipped' };
  console.log('making the Python environment of the oracle tests (once)');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const commands: [string, string[]][] = [
    ['python3', ['-m', 'venv', home]],
    [path, ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', '-r', requirements]],
  ];
  for (const [command, args] of commands) {
    const ended = await runProcess(command, args, { cwd: cache, timeLimit_s: 1800 });
    if (!ended.endedWell) return { path: '', failure: ended };
  }
  writeFileSync(stamp, wanted);
  return { path };
}

function hasPython(): boolean {
  const check = 'import sys, venv; sys.exit(0 if sys.version_info >= (3, 10) else 1)';
  return spawnSync('python3', ['-c', check]).status === 0;
}
