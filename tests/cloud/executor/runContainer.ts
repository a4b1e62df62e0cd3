import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Container = {
  /** The host's `/opt/ml`, and what it has beside it. */
  folder: string;
  root: string;
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  limit_s: number;
  grace_s: number;
  /** Kills it then, without a chance to tidy up. */
  kill_after_ms?: number;
};

export type ContainerEnd = { exitCode: number | null; timedOut: boolean; log: string };

/**
 * Runs a container's command as a process: with an environment of its own, in a folder of its own, `/opt/ml/` in its arguments made the
 * host's root. A killed process has the exit code that a shell gives it, 128 + signal.
 */
export async function runContainer(container: Container): Promise<ContainerEnd> {
  const { folder, root, limit_s, grace_s, kill_after_ms } = container;
  const [command = '', ...args] = container.command.map((one) => one.replaceAll('/opt/ml/', `${root}/`));
  for (const name of ['home', 'tmp']) await mkdir(join(folder, name), { recursive: true });
  const logPath = join(folder, 'log.jsonl');
  const log = openSync(logPath, 'w');
  const child = spawn(command, args, {
    cwd: join(folder, 'home'),
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      HOME: join(folder, 'home'),
      TMPDIR: join(folder, 'tmp'),
      ...container.env,
      PILOTLIGHT_ML_ROOT: root,
    },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const kill = (signal: NodeJS.Signals) => killGroup(child.pid, signal);
  const killed = () => kill('SIGKILL');
  process.once('exit', killed);
  let timedOut = false;
  const timers = [
    setTimeout(() => {
      timedOut = true;
      kill('SIGTERM');
    }, limit_s * 1000),
    setTimeout(killed, (limit_s + grace_s) * 1000),
    ...(kill_after_ms === undefined ? [] : [setTimeout(killed, kill_after_ms)]),
  ];
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject);
  child.once('exit', (code, signal) => resolve(signal === null ? code : 128 + (signal === 'SIGKILL' ? 9 : 15)));
  try {
    const exitCode = await promise;
    return { exitCode, timedOut, log: await readFile(logPath, 'utf8') };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    process.off('exit', killed);
    killed();
  }
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has gone already.
  }
}
