import { spawn } from 'node:child_process';

export type Ended = { endedWell: boolean; output: string; duration_s: number };

const running = new Set<number>();

/** Runs a program to its end, or to its time limit; its output comes back as one text, in the order it was printed. */
export function runProcess(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv; timeLimit_s: number },
): Promise<Ended> {
  const start = performance.now();
  const chunks: Buffer[] = [];
  const { promise, resolve } = Promise.withResolvers<Ended>();
  // A group of its own, so that a time-out also ends what the program started.
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  const note = (text: string) => chunks.push(Buffer.from(`${text}\n`));
  const timer = setTimeout(() => {
    note(`stopped after ${options.timeLimit_s} s`);
    killGroup(pid);
  }, options.timeLimit_s * 1000);
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('error', (error) => note(`${command}: ${error.message}`));
  child.on('close', (code, signal) => {
    clearTimeout(timer);
    if (pid !== undefined) running.delete(pid);
    if (signal) note(`ended by ${signal}`);
    const output = Buffer.concat(chunks).toString('utf8');
    resolve({ endedWell: code === 0, output, duration_s: (performance.now() - start) / 1000 });
  });
  return promise;
}

/** Ends every program that still runs, with what it started. */
export function stopAll(): void {
  for (const pid of running) killGroup(pid);
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
