import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { TrackingError, type TrackingFault } from './errors.ts';

/** `bytes` bytes of a file, from `start` on (default its beginning). */
export type FileBody = { path: string; bytes: number; start?: number };

export type RequestBody = { text: string } | FileBody;

export type PreparedRequest = {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body?: RequestBody;
};

/** A fault of one attempt. `again`: it may be otherwise next time; `wait_s`: what the server asks to wait before. */
export class AttemptError extends TrackingError {
  readonly again: boolean;
  readonly wait_s: number | null;

  constructor(facts: ConstructorParameters<typeof TrackingError>[0] & { again: boolean; wait_s?: number | null }) {
    super(facts);
    this.again = facts.again;
    this.wait_s = facts.wait_s ?? null;
  }
}

/** Faults before a request left: the server cannot have done anything. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];
const TEXT_MAX = 300;

/**
 * One attempt: `read` is handed a good answer, and the time limit holds until it has what it wants; everything else is an
 * {@link AttemptError}, but for the caller's own abort, which is passed on as it is.
 */
export async function sendOnce<T>(
  uri: string,
  request: PreparedRequest,
  limits: { timeout_s: number; signal?: AbortSignal },
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const { signal, timeout_s } = limits;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeout_s * 1000);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      // A redirect would lose the body, the signature or the host that a password is for.
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal,
      ...bodyOf(request.body),
    });
    if (response.ok) return await read(response);
    throw explainAnswer(uri, response, await response.text());
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof TrackingError) throw error;
    throw explainConnection(uri, error, limit.signal.aborted ? timeout_s : null);
  } finally {
    clearTimeout(timer);
  }
}

function bodyOf(body: RequestBody | undefined): RequestInit {
  if (body === undefined) return {};
  if ('text' in body) return { body: body.text };
  return { body: Readable.toWeb(streamOf(body)) as ReadableStream, duplex: 'half' } as RequestInit;
}

function streamOf({ path, bytes, start = 0 }: FileBody): Readable {
  return bytes === 0 ? Readable.from([]) : createReadStream(path, { start, end: start + bytes - 1 });
}

/** SHA-256 of what would be sent, as hexadecimal. */
export async function hashFile(body: FileBody): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of streamOf(body)) hash.update(chunk);
  return hash.digest('hex');
}

/** Why there was no answer at all. */
function explainConnection(uri: string, error: unknown, timeout_s: number | null): AttemptError {
  if (timeout_s !== null) {
    const what = `no answer in ${timeout_s} s`;
    return new AttemptError({ code: 'unreachable', uri, what, maybeDone: true, again: true, cause: error });
  }
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const code = cause?.code ?? '';
  const isTrust = /CERT|SSL|TLS|SELF_SIGNED/.test(code);
  return new AttemptError({
    code: 'unreachable',
    uri,
    what: `no connection (${code || cause?.message || (error as Error).message})`,
    maybeDone: !NEVER_SENT.includes(code) && !isTrust,
    again: !isTrust,
    cause: error,
  });
}

function explainAnswer(uri: string, response: Response, text: string): AttemptError {
  const { status } = response;
  const said = parseFault(text);
  const named = said.error_code ?? '';
  const fact = (code: TrackingFault, more: { again?: boolean; maybeDone?: boolean; what?: string } = {}) => {
    const { again = false, maybeDone = false, what = `${status} ${named || response.statusText}`.trim() } = more;
    const detail = said.message ? `${what}: ${said.message}` : what;
    return new AttemptError({ code, uri, what: detail, again, maybeDone, wait_s: retryAfter(response) });
  };
  if (status >= 300 && status < 400) {
    const to = URL.parse(response.headers.get('location') ?? '', uri);
    return fact('bad_answer', { what: `sends on to ${to ? `${to.origin}${to.pathname}` : 'nowhere'}: name that URI` });
  }
  if (named === 'RESOURCE_DOES_NOT_EXIST') return fact('not_found');
  if (named === 'RESOURCE_ALREADY_EXISTS') return fact('exists');
  if (status === 429) return fact('throttled', { again: true });
  if (status === 401 || status === 403) return fact('denied');
  if (status === 501) return fact('unsupported');
  if (status >= 500) return fact('failed', { again: true, maybeDone: true });
  // What MLflow's database refuses: two who wrote the same at the same time. The second finds it there when it comes again.
  if (named === 'BAD_REQUEST') return fact('failed', { again: true, maybeDone: true });
  if (status === 408) return fact('unreachable', { again: true, maybeDone: true });
  return fact(named === '' && status === 404 ? 'bad_answer' : 'refused');
}

/** MLflow writes `error_code` and `message`; AWS, in front of it, `message` or `Message` alone; others, anything. */
function parseFault(text: string): { error_code?: string; message?: string } {
  try {
    const { error_code, message, Message } = JSON.parse(text);
    const told = message ?? Message;
    return { ...(error_code && { error_code: String(error_code) }), ...(told && { message: shorten(String(told)) }) };
  } catch {
    return {};
  }
}

function shorten(text: string): string {
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
