import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type LineReader, readLines } from './stepLog.ts';

export type Launch = {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  logPath: string;
  factsPath: string;
  onProgress: LineReader['onProgress'];
};

export type StepEnd = {
  exitCode: number | null;
  signal: string | null;
  /** The last thing that the step said about its failure; null when it said nothing. */
  lastError: string | null;
  rss_bytes_max: number | null;
};

export type RunningStep = { ended: Promise<StepEnd>; kill(signal: NodeJS.Signals): void };

/**
 * Starts a step as a child process. Its output goes to its log as JSON lines. Its stdin is a pipe that nobody writes to:
 * when this process is killed the pipe closes, and the step ends itself.
 */
export function launchStep(launch: Launch): RunningStep {
  const { promise, resolve } = Promise.withResolvers<StepEnd>();
  const child = spawn(launch.command, [...launch.args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...launch.env, PILOTLIGHT_STEP_FACTS: launch.factsPath, PILOTLIGHT_LOG_FORMAT: 'json' },
  });
  const lines = readLines(openLog(launch.logPath), launch.onProgress);
  let failure: string | null = null;
  child.stdin.on('error', () => {});
  child.on('error', (error) => {
    failure = `${launch.command} cannot be started: ${error.message}`;
  });
  createInterface({ input: child.stdout }).on('line', lines.read);
  createInterface({ input: child.stderr }).on('line', lines.read);
  child.on('close', async (exitCode, signal) => {
    const end = { exitCode: failure ? 1 : exitCode, signal, lastError: failure ?? lines.lastError() };
    await lines.close();
    resolve({ ...end, rss_bytes_max: await readMemory(launch.factsPath) });
  });
  return { ended: promise, kill: (signal) => child.kill(signal) };
}

/** A log that cannot be written (a full disk) must not end the step: the step meets the same disk and says so itself. */
function openLog(path: string): { write(line: string): void; end(): Promise<void> } {
  const stream = createWriteStream(path, { flags: 'w' });
  let broken = false;
  stream.on('error', () => {
    broken = true;
  });
  return {
    write: (line) => void (broken || stream.write(`${line}\n`)),
    end: () => (broken ? Promise.resolve() : new Promise((resolve) => stream.end(() => resolve()))),
  };
}

async function readMemory(path: string): Promise<number | null> {
  try {
    const { rss_bytes_max } = JSON.parse(await readFile(path, 'utf8')) as { rss_bytes_max?: unknown };
    return typeof rss_bytes_max === 'number' ? rss_bytes_max : null;
  } catch {
    return null;
  }
}
