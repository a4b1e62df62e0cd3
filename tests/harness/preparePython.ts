import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, runProcess } from './runProcess.ts';

/** A Python environment that tests run programs in. */
export type PythonEnvironment = {
  /** Its folder in the cache. */
  name: string;
  /** When set, the interpreter that this variable names is taken as it is; an empty one stands for none. */
  variable: string;
  requirements: string;
  /** For pip, beside the requirements. */
  pipOptions?: readonly string[];
};

/** `path` is empty where no Python is to be had; `failure` says what went wrong while it was being made. */
export type PreparedPython = { path: string; note?: string; failure?: Ended };

/** Makes an environment once, and again when its requirements change. */
export async function preparePython(environment: PythonEnvironment, cache: string): Promise<PreparedPython> {
  const { name, variable, requirements, pipOptions = [] } = environment;
  const named = process.env[variable];
  if (named !== undefined) return { path: named };
  const home = join(cache, name);
  const path = join(home, 'bin', 'python');
  const stamp = join(home, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(path) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { path };
  if (!hasPython()) return { path: '', note: `no python3 >= 3.10 here: tests that need ${name} are skipped` };
  console.log(`making the Python environment ${name} (once)`);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const commands: [string, string[]][] = [
    ['python3', ['-m', 'venv', home]],
    [path, ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', ...pipOptions, '-r', requirements]],
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
