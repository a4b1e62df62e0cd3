import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { addCounts, type Counts, countCargo, countUvu, formatCounts, judge } from './harness/count.ts';
import { type PythonEnvironment, preparePython } from './harness/preparePython.ts';
import { type Ended, runProcess, stopAll } from './harness/runProcess.ts';

const USAGE = `usage: node tests/run.ts test|check [--only PATTERN]
  test    every tests/**/*.test.ts, each in a process of its own, then cargo test
  check   format, lint, types, generated types and clippy before that; what CI runs
  --only  only the items whose name matches this regular expression`;

const ROOT = resolve(import.meta.dirname, '..');
const FILE_LIMIT_S = 15 * 60;
const PYTHON: PythonEnvironment[] = [
  { name: 'python', variable: 'PILOTLIGHT_PYTHON', requirements: resolve(ROOT, 'tests/python/requirements.txt') },
  {
    name: 'sagemaker-python',
    variable: 'PILOTLIGHT_SAGEMAKER_PYTHON',
    requirements: resolve(ROOT, 'tests/python/sagemaker-requirements.txt'),
    pipOptions: ['--no-deps'],
  },
];
const CARGO_LIMIT_S = 60 * 60;

type Item = {
  name: string;
  command: string;
  args: string[];
  limit_s: number;
  count?: (output: string) => Counts | null;
};
type Result = { name: string; counts: Counts; output: string };

class UsageError extends Error {}

async function main(): Promise<number> {
  const { mode, only } = readArguments();
  const wanted = (items: Item[]) => items.filter((item) => only.test(item.name));
  const [light, heavy] = testFiles();
  const all = [...light, ...heavy];
  if (all.length === 0) throw new UsageError('no tests/**/*.test.ts found');
  const results = await prepare();
  if (mode === 'check') results.push(...(await runItems(wanted(checks()), 1)));
  results.push(...(await runItems(wanted(light), 2)));
  results.push(...(await runItems(wanted(heavy), 1)));
  results.push(...(await runItems(wanted([cargoTest()]), 1)));
  return report(results);
}

function readArguments(): { mode: 'test' | 'check'; only: RegExp } {
  try {
    const { values, positionals } = parseArgs({ options: { only: { type: 'string' } }, allowPositionals: true });
    const [mode, ...rest] = positionals;
    if ((mode !== 'test' && mode !== 'check') || rest.length > 0) throw new Error('say test or check');
    return { mode, only: new RegExp(values.only ?? '') };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function testFiles(): [light: Item[], heavy: Item[]] {
  const names = globSync('tests/**/*.test.ts', { cwd: ROOT }).sort();
  const item = (name: string): Item => ({
    name,
    command: process.execPath,
    args: [name],
    limit_s: FILE_LIMIT_S,
    count: countUvu,
  });
  const isHeavy = (name: string) => name.endsWith('.e2e.test.ts');
  return [names.filter((name) => !isHeavy(name)).map(item), names.filter(isHeavy).map(item)];
}

function checks(): Item[] {
  const item = (name: string, command: string, ...args: string[]) => ({ name, command, args, limit_s: CARGO_LIMIT_S });
  const types = 'native/addon/index.d.ts';
  const asCommitted = `git ls-files --error-unmatch ${types} && git diff --exit-code -- ${types}`;
  return [
    item('biome', 'npx', 'biome', 'check', '--error-on-warnings', '.'),
    item('tsc', process.execPath, 'node_modules/typescript-native/bin/tsc', '--noEmit'),
    item('cargo fmt', './dev', 'rust', 'fmt', '--all', '--check'),
    item('cargo clippy', './dev', 'rust', 'clippy', '--release', '--all-targets', '--', '-D', 'warnings'),
    item('generated types', 'sh', '-c', asCommitted),
  ];
}

function cargoTest(): Item {
  const args = ['rust', 'test', '--release', '--no-fail-fast'];
  return { name: 'cargo test', command: './dev', args, limit_s: CARGO_LIMIT_S, count: countCargo };
}

async function prepare(): Promise<Result[]> {
  const cache = resolve(process.env.PILOTLIGHT_CACHE ?? resolve(ROOT, '.cache'));
  const failures: Result[] = [];
  for (const environment of PYTHON) {
    const prepared = await preparePython(environment, cache);
    process.env[environment.variable] = prepared.path;
    if (prepared.note) console.log(prepared.note);
    const item = { name: `Python environment ${environment.name}`, command: '', args: [], limit_s: 0 };
    if (prepared.failure) failures.push(finish(item, prepared.failure));
  }
  return failures;
}

async function runItems(items: Item[], parallel: number): Promise<Result[]> {
  const waiting = [...items];
  const results: Result[] = [];
  const worker = async () => {
    for (let item = waiting.shift(); item; item = waiting.shift()) {
      const ended = await runProcess(item.command, item.args, { cwd: ROOT, timeLimit_s: item.limit_s });
      results.push(finish(item, ended));
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}

function finish(item: Item, ended: Ended): Result {
  const one = { passed: ended.endedWell ? 1 : 0, failed: ended.endedWell ? 0 : 1, skipped: 0 };
  const found = item.count ? item.count(ended.output) : one;
  const counts = judge(found, ended.endedWell);
  const output = found
    ? ended.output
    : `${ended.output}\nno test result printed: test.run() is missing, or it died before`;
  const mark = counts.failed > 0 ? 'FAIL' : 'ok';
  console.log(`${mark.padEnd(4)} ${item.name}  ${formatCounts(counts)}  ${ended.duration_s.toFixed(1)} s`);
  for (const line of ended.output.matchAll(/^skipped: .*$/gm)) console.log(`     ${line[0]}`);
  return { name: item.name, counts, output };
}

function report(results: Result[]): number {
  if (results.length === 0) throw new UsageError('nothing matches --only');
  for (const { name, counts, output } of results) {
    if (counts.failed > 0) console.log(`\n---- ${name}\n${output.trimEnd()}`);
  }
  const total = addCounts(results.map((result) => result.counts));
  if (total.skipped > 0) console.log(`\n${total.skipped} skipped, each with its reason above`);
  // The last line is read by machines: these two counts and no more.
  console.log(`\n${formatCounts({ ...total, skipped: 0 })}`);
  return total.failed > 0 ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopAll();
    process.exit(1);
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n${USAGE}`);
  process.exitCode = 2;
}
