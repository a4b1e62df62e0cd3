import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { remove, temporary } from './folders.ts';
import { python } from './python.ts';

/** A server on loopback that a test starts and stops. */
export type Server = {
  url: string;
  /** What a process needs in its environment to talk to it. */
  env: Record<string, string>;
  stop(): Promise<void>;
};

const START_LIMIT_MS = 120_000;

/** moto, the stand-in for AWS: empty, on a port of its own. No credentials of anyone's: moto takes any. */
export async function startMoto(): Promise<Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = startPython(['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)]);
  await answers(`${url}/moto-api/data.json`, child);
  const env = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_SESSION_TOKEN: 'testing',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return { url, env, stop: () => stop(child) };
}

/** Starts the Python of the oracle tests; whoever asks has seen that it is there. */
export function startPython(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const interpreter = python();
  if (!interpreter) throw new Error('no Python for the servers: skip the test where python() is null');
  const child = spawn(interpreter, [...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
    // A group of its own: servers have workers, and all of them must go.
    detached: true,
  });
  const killed = () => kill(child, 'SIGKILL');
  process.once('exit', killed);
  child.once('exit', () => process.off('exit', killed));
  return child;
}

/** Waits until the address answers, whatever it says; throws with the server's own words where it ends before. */
export async function answers(url: string, child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-4000);
  });
  const end = Date.now() + START_LIMIT_MS;
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${said}`);
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => null);
    if (answer?.ok) return;
    await sleep(100);
  }
  await stop(child);
  throw new Error(`no answer from ${url} in ${START_LIMIT_MS / 1000} s:\n${said}`);
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  kill(child, 'SIGTERM');
  const late = setTimeout(() => kill(child, 'SIGKILL'), 5000);
  await ended;
  clearTimeout(late);
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has gone already.
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/**
 * A real MLflow server with a database and artifacts of its own in a temporary folder, which goes with it. It takes some 20 s to
 * answer: start one for a whole test file. `artifacts` is where it keeps artifacts that it is sent (default in the folder).
 */
export async function startMlflow(
  options: { artifacts?: string; env?: Record<string, string> } = {},
): Promise<Server & { folder: string }> {
  const folder = temporary();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const store = ['--backend-store-uri', `sqlite:///${folder}/mlflow.db`];
  const artifacts = ['--artifacts-destination', options.artifacts ?? `${folder}/artifacts`];
  const listen = ['--workers', '1', '--host', '127.0.0.1', '--port', String(port)];
  const child = startPython(['-m', 'mlflow', 'server', ...listen, ...store, ...artifacts], {
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    DO_NOT_TRACK: 'true',
    ...options.env,
  });
  const end = async () => {
    await stop(child);
    // Its workers outlive it by a moment and would write into the folder.
    kill(child, 'SIGKILL');
    remove(folder);
  };
  await answers(`${url}/health`, child).catch(async (error) => {
    await end();
    throw error;
  });
  return { url, folder, env: { MLFLOW_TRACKING_URI: url }, stop: end };
}
