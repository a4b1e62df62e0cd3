import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { takeLock } from '@pilotlight/artifacts';
import { InputError } from '@pilotlight/errors';

const ROOT = path.resolve(import.meta.dirname, '..');
const REQUIREMENTS = path.join(import.meta.dirname, 'requirements.txt');
const SAY_EVERY_MS = 15_000;
const PROBE = `import importlib.util, json, sys
print(json.dumps([name for name in sys.argv[1:] if importlib.util.find_spec(name) is None]))`;

/**
 * The interpreter of the peers: `PILOTLIGHT_BENCH_PYTHON` as it is, else the environment in `.cache/bench`, made from
 * `bench/requirements.txt` the first time and again when that changes.
 *
 * @param modules what the peers of this run import
 * @throws InputError `python` where there is none, it does not run, it lacks a module, or it cannot be made
 */
export async function preparePython(modules: readonly string[], signal: AbortSignal): Promise<string> {
  const named = process.env.PILOTLIGHT_BENCH_PYTHON;
  const interpreter = named ?? (await ownEnvironment(signal));
  const remedy = 'unset PILOTLIGHT_BENCH_PYTHON, and .cache/bench is made; or give one that has bench/requirements.txt';
  if (!existsSync(interpreter)) throw pythonError('no Python for the peers', interpreter || 'it is empty', remedy);
  const probe = spawnSync(interpreter, ['-B', '-c', PROBE, ...modules], { encoding: 'utf8' });
  const missing = readList(probe.stdout);
  if (probe.status !== 0 || missing === null) throw pythonError('this Python does not run', interpreter, remedy);
  if (missing.length > 0) throw pythonError(`no ${missing.join(', ')} in the Python of the peers`, interpreter, remedy);
  return interpreter;
}

async function ownEnvironment(signal: AbortSignal): Promise<string> {
  const home = path.join(process.env.PILOTLIGHT_CACHE ?? path.join(ROOT, '.cache'), 'bench');
  const interpreter = path.join(home, 'bin/python');
  const [stamp, wanted] = [path.join(home, 'requirements.txt'), readFileSync(REQUIREMENTS, 'utf8')];
  const isMade = () => existsSync(interpreter) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (isMade()) return interpreter;
  const release = takeLock(`${home}.lock`, (who, where) => ({
    what: `${who} makes the Python environment of the bench`,
    where,
    todo: 'start again when it is done',
  }));
  try {
    if (isMade()) return interpreter;
    requirePython();
    say(`making the Python environment of the bench in ${home} (once, about 1.4 GB)`);
    rmSync(home, { recursive: true, force: true });
    await install('python3', ['-m', 'venv', home], signal);
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
    await install(interpreter, [...pip, '-r', REQUIREMENTS], signal);
    writeFileSync(stamp, wanted);
    return interpreter;
  } finally {
    release();
  }
}

function requirePython(): void {
  const check = 'import sys, venv; sys.exit(0 if sys.version_info >= (3, 11) else 1)';
  if (spawnSync('python3', ['-c', check]).status === 0) return;
  throw pythonError('no python3 >= 3.11 with venv', 'PATH', 'install it, or name one in PILOTLIGHT_BENCH_PYTHON');
}

/** Runs a command that takes minutes; says now and then what its last line was. */
async function install(command: string, args: string[], signal: AbortSignal): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], signal });
  const start = performance.now();
  let [last, fault] = ['', ''];
  const hear = (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n')) {
      if (line.trim() !== '') last = line.trim();
      if (line.startsWith('ERROR')) fault ||= line;
    }
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const timer = setInterval(() => {
    say(`${((performance.now() - start) / 1000).toFixed(0)} s: ${last.slice(0, 100)}`);
  }, SAY_EVERY_MS);
  const ended = Promise.withResolvers<string | number | null>();
  child.on('error', (error) => ended.resolve(error.message));
  child.on('close', (code, by) => ended.resolve(by ?? code));
  const status = await ended.promise;
  clearInterval(timer);
  signal.throwIfAborted();
  if (status === 0) return;
  const todo = 'check the way to the package index (pip config list), and start again';
  throw pythonError(fault || last || `it ended with ${status}`, [path.basename(command), ...args].join(' '), todo);
}

function say(line: string): void {
  process.stderr.write(`pilotlight: ${line}\n`);
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
