import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../python.ts';

const ATTEMPTS_MAX = 5;
const POLL_MS = 3;

/**
 * Runs a command on an output folder and kills it with all its steps, without a chance to tidy up, as soon as `isTime`. A step
 * that ended before the kill is undone, and the kill is tried again: so it always hits a step at work.
 */
export async function killDuring(step: string, out: string, args: string[], isTime = hasBegun): Promise<void> {
  const marker = path.join(out, '.pilotlight', 'steps', `${step}.json`);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    rmSync(path.join(out, '.pilotlight', 'logs', `${step}.jsonl`), { force: true });
    await runAndKill(args, () => isTime(step, out));
    if (!existsSync(marker)) return;
    rmSync(marker);
  }
  throw new Error(`${step} always ended before it could be killed`);
}

/** The step's own process has said that it begins; the runner says so before there is a process. */
function hasBegun(step: string, out: string): boolean {
  const log = path.join(out, '.pilotlight', 'logs', `${step}.jsonl`);
  return existsSync(log) && readFileSync(log, 'utf8').includes('"msg":"started"');
}

async function runAndKill(args: string[], isTime: () => boolean): Promise<void> {
  const child = spawn(process.execPath, [path.join(ROOT, 'pipelines/cli.ts'), ...args], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  let code: number | null | undefined;
  const ended = new Promise<void>((resolve) => {
    child.on('close', (exitCode) => {
      code = exitCode;
      resolve();
    });
  });
  while (code === undefined && !isTime()) await sleep(POLL_MS);
  if (code !== undefined) throw new Error(`the run ended with ${code} before it could be killed:\n${said}`);
  // The group: the runner, and the steps that it started.
  process.kill(-(child.pid as number), 'SIGKILL');
  await ended;
}
