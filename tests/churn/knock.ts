import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../python.ts';
import { AS_OF } from './goldFixture.ts';
import { contentsOf, type OtherFiles, type RawTables, writeRaw } from './rawFiles.ts';

/** Raw files, changed, and what a command makes of them. */
export type Attempt = {
  change?: (tables: RawTables) => void;
  files?: OtherFiles;
  asOf?: string;
  /** Configuration file of the step. */
  config?: string;
  /** After the raw files are written. */
  prepare?: (raw: string) => void;
  /** The command, instead of Bronze alone. */
  command?: (folders: { raw: string; out: string }) => string[];
};

export type Outcome = {
  code: number | null;
  stdout: string;
  stderr: string;
  /** The messages that say error, without time and step; paths relative to the attempt's folder. */
  errors: string[];
  /** What stands in the output folder's parent. */
  left: string[];
  rawChanged: boolean;
  raw: string;
  /** `bronze` of a Bronze, else the run's folder. */
  out: string;
};

/** As many at once as the machine has cores to spare. */
const AT_ONCE = 2;

/** Tries them all, each as a user would: one process, raw files of its own. */
export async function knockAll<Name extends string>(
  folder: string,
  attempts: Record<Name, Attempt>,
): Promise<Record<Name, Outcome>> {
  const outcomes = {} as Record<Name, Outcome>;
  const waiting = Object.entries(attempts) as [Name, Attempt][];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, attempt] = next;
      outcomes[name] = await knock(path.join(folder, String(waiting.length)), attempt);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcomes;
}

export async function knock(folder: string, attempt: Attempt): Promise<Outcome> {
  const raw = writeRaw(path.join(folder, 'raw'), attempt.change, attempt.files);
  attempt.prepare?.(raw);
  const before = contentsOf(raw);
  const parent = path.join(folder, 'out');
  mkdirSync(parent, { recursive: true });
  const out = path.join(parent, attempt.command ? 'run' : 'bronze');
  const args = attempt.command?.({ raw, out }) ?? stepArguments('Bronze', { raw }, { bronze: out }, attempt);
  const { code, stdout, stderr } = await run(args);
  return {
    ...{ code, stdout, stderr, raw, out },
    errors: errorsOf(stderr).map((line) => line.replaceAll(`${folder}/`, '')),
    left: existsSync(parent) ? readdirSync(parent) : [],
    rawChanged: JSON.stringify(contentsOf(raw)) !== JSON.stringify(before),
  };
}

/** The arguments of one step of the churn pipeline. */
export function stepArguments(
  step: string,
  inputs: Record<string, string>,
  outputs: Record<string, string>,
  { asOf = AS_OF, config }: { asOf?: string | undefined; config?: string | undefined } = {},
): string[] {
  const folders = (flag: string, paths: Record<string, string>) =>
    Object.entries(paths).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  const given = config === undefined ? inputs : { ...inputs, config };
  return [
    ...['step', 'churn', step, ...folders('--input', given), ...folders('--output', outputs)],
    ...['--param', `AsOf=${asOf}`],
  ];
}

/** Runs the command from the project's root. */
export function run(
  args: readonly string[],
  as: { uid?: number } = {},
): Promise<{
  code: number | null;
  stdout: string;
  stderr: string;
}> {
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number | null; stdout: string; stderr: string }>();
  const child = spawn(process.execPath, [path.join(ROOT, 'pipelines/cli.ts'), ...args], {
    cwd: ROOT,
    env: { ...process.env, PILOTLIGHT_LOG_FORMAT: 'text' },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...as,
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.on('error', reject);
  child.on('close', (code) => resolve({ code, stdout: text(stdout), stderr: text(stderr) }));
  return promise;
}

const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8');

function errorsOf(stderr: string): string[] {
  const lines = stderr.trimEnd().split('\n');
  return lines.flatMap(
    (line) => /(?:: error: |^pilotlight: )(?:failed: )?(.*?)(?: \(log: .*\))?$/.exec(line)?.[1] ?? [],
  );
}
