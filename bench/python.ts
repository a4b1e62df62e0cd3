import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import type { Work } from './options.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const NUMERIC = ['lightgbm', 'numpy', 'pyarrow', 'scipy'];
const PROBE = `import importlib, json, sys
def lacks(name):
    try:
        importlib.import_module(name)
    except Exception:
        return True
print(json.dumps([name for name in sys.argv[1:] if lacks(name)]))`;
const REQUIREMENTS = 'tests/python/requirements.txt';
const REMEDY = `set PILOTLIGHT_PYTHON to one that has ${REQUIREMENTS}, or unset it and run ./dev test, which makes .cache/python`;

/**
 * The interpreter that has what the peers of these works import: `PILOTLIGHT_PYTHON`, else the one in `.cache`.
 *
 * @throws InputError `python` where there is none, it does not run, or it lacks a package
 */
export function findPython(works: readonly Work[]): string {
  const interpreter = process.env.PILOTLIGHT_PYTHON ?? path.join(cacheFolder(), 'python/bin/python');
  if (!existsSync(interpreter))
    throw pythonError('no Python for the peers', interpreter || 'PILOTLIGHT_PYTHON', REMEDY);
  const wanted = works.includes('consumption') ? [...NUMERIC, 'polars', 'duckdb'] : NUMERIC;
  const probe = spawnSync(interpreter, ['-B', '-c', PROBE, ...wanted], { encoding: 'utf8' });
  const missing = readList(probe.stdout);
  if (probe.status !== 0 || missing === null) throw pythonError('this Python does not run', interpreter, REMEDY);
  if (missing.length === 0) return interpreter;
  throw pythonError(`no ${missing.join(', ')} in the Python of the peers`, interpreter, REMEDY);
}

function cacheFolder(): string {
  return process.env.PILOTLIGHT_CACHE ?? path.join(ROOT, '.cache');
}

function readList(text: string | null): string[] | null {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}

function pythonError(what: string, where: string, todo: string): InputError {
  return new InputError({ code: 'python', what, where, todo });
}
