import { InputError } from '@pilotlight/errors';
import { createLogger, type Logger } from '@pilotlight/logging';
import { ChecksFailed, functionError } from './errors.ts';

/** What Lambda tells of an invocation, as far as the functions use it. */
export type Invocation = { awsRequestId: string; getRemainingTimeInMillis(): number };

export type Tools<Setup> = {
  setup: Setup;
  log: Logger;
  /** Fires a little before Lambda ends the function, so that what was begun can be taken back. */
  signal: AbortSignal;
};

export type Handler<Output> = (event: unknown, invocation: Invocation) => Promise<Output>;

/** Time to take back what was begun. */
const RESERVE_MS = 5_000;

/**
 * A Lambda handler: configuration and clients are made once and kept, every log line has the request's id, and a failure is one log line
 * and one error whose name and message are all that the caller gets. Faults of what was given have no stack: it would say nothing.
 *
 * @param prepare reads the environment and makes clients; called again by the next invocation where it failed
 */
export function makeHandler<Setup, Output>(
  name: string,
  prepare: () => Setup,
  work: (event: unknown, tools: Tools<Setup>) => Promise<Output>,
): Handler<Output> {
  let kept: { setup: Setup } | undefined;
  return async (event, invocation) => {
    const log = createLogger().child({ function: name, request_id: invocation.awsRequestId });
    try {
      kept ??= { setup: prepare() };
      return await untilLate(name, invocation, (signal) =>
        work(event, { setup: (kept as { setup: Setup }).setup, log, signal }),
      );
    } catch (error) {
      throw told(error, log);
    }
  };
}

async function untilLate<Output>(
  name: string,
  invocation: Invocation,
  work: (signal: AbortSignal) => Promise<Output>,
): Promise<Output> {
  const late = new AbortController();
  const allowed_ms = Math.max(0, invocation.getRemainingTimeInMillis() - RESERVE_MS);
  const todo = 'give the function more time, or less to do';
  const timer = setTimeout(() => late.abort(functionError('late', 'not done in time', name, todo)), allowed_ms);
  try {
    return await work(late.signal);
  } catch (error) {
    // Whatever broke because of the signal has that one cause.
    throw late.signal.aborted ? late.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

function told(error: unknown, log: Logger): unknown {
  const known = error instanceof InputError || error instanceof ChecksFailed;
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  const line = message.replace(/\s*\n\s*/g, ' ');
  const code = error instanceof InputError ? { code: error.code } : {};
  log.error({ error: name, ...code, ...(known ? {} : { stack: (error as Error).stack }) }, line);
  if (known) error.stack = `${name}: ${line}`;
  return error;
}
