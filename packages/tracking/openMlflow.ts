import { setTimeout as sleep } from 'node:timers/promises';
import { credentialsProvider } from '@pilotlight/aws';
import { InputError } from '@pilotlight/errors';
import { TrackingError } from './errors.ts';
import { escapeText } from './escape.ts';
import { parseTrackingUri, type Target } from './parseTrackingUri.ts';
import { AttemptError, type FileBody, hashFile, type PreparedRequest, type RequestBody, sendOnce } from './sendOnce.ts';
import { type Signing, signRequest } from './signRequest.ts';

export type JsonObject = { [key: string]: unknown };

export type CallOptions = {
  /** Undefined values are left out; a list is written once for each of its items. */
  query?: Record<string, string | number | readonly string[] | undefined>;
  body?: object;
  signal?: AbortSignal;
};

export type MlflowClient = {
  /** The tracking URI, without credentials. */
  readonly uri: string;
  /** Where the server's pages are, without a slash at the end. Those of SageMaker open through a presigned URL alone. */
  readonly url: string;
  /**
   * A call of the REST API: `runs/create` stands for `/api/2.0/mlflow/runs/create`; a path that begins with a slash is taken as it
   * is. Faults that pass (429, 5xx, connections) are tried again with growing, scattered pauses, but for what must not be done
   * twice ({@link ONCE}): there a fault that leaves open whether it was done is thrown at once, with `maybeDone`. Fails with a
   * {@link TrackingError}; an aborted signal throws its own reason.
   */
  call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, options?: CallOptions): Promise<JsonObject>;
  /** The same for bytes: `file` is sent, the body of the answer to a GET is for the caller to read. A whole URL is another server's: it gets no credentials of ours. */
  transfer(method: 'GET' | 'PUT', path: string, options?: TransferOptions): Promise<Response>;
  /** Waits before attempt `attempt` + 1, or throws the signal's reason. */
  pause(attempt: number, signal?: AbortSignal): Promise<void>;
  readonly attemptsMax: number;
};

export type TransferOptions = {
  file?: FileBody;
  headers?: Record<string, string>;
  signal?: AbortSignal;
};

export type MlflowOptions = {
  /** Of one attempt of one call; default `MLFLOW_HTTP_REQUEST_TIMEOUT`, else 30. */
  timeout_s?: number;
  /** The first included; default `MLFLOW_HTTP_REQUEST_MAX_RETRIES` + 1, else 5. */
  attemptsMax?: number;
  /** Before the second attempt; then twice as long each time. Default 0.5. */
  pause_s?: number;
  /** Default: those that every SDK client would find. Used for ARNs alone. */
  credentials?: Signing['credentials'];
};

type Settings = Required<Omit<MlflowOptions, 'credentials'>> & {
  target: Target;
  credentials: Signing['credentials'];
};

/** Creating twice makes two, and not every server drops a point that it has; callers look before they try again. */
export const ONCE = /^(runs\/create|runs\/log-batch|model-versions\/create|\/.*\/mpu\/(create|complete)\/.*)$/;

const PAUSE_MAX_S = 20;
/** Of the slowest line that is waited for, beyond the time of a call. */
const TRANSFER_BYTES_PER_S = 200_000;

/**
 * A client of MLflow's REST API for a tracking URI (see `parseTrackingUri`). Nothing is sent before the first call. A URI that is
 * none is an InputError.
 */
export function openMlflow(uri: string, options: MlflowOptions = {}): MlflowClient {
  const target = parseTrackingUri(uri);
  const settings: Settings = {
    target,
    timeout_s: options.timeout_s ?? numberOf('MLFLOW_HTTP_REQUEST_TIMEOUT', 30),
    attemptsMax: options.attemptsMax ?? 1 + numberOf('MLFLOW_HTTP_REQUEST_MAX_RETRIES', 4),
    pause_s: options.pause_s ?? 0.5,
    credentials: options.credentials ?? credentialsProvider(),
  };
  return {
    uri: target.uri,
    url: target.url,
    attemptsMax: settings.attemptsMax,
    pause: (attempt, signal) => pause(settings, attempt, null, signal),
    call: async (method, path, { query = {}, body, signal } = {}) => {
      const url = urlOf(target, path, query);
      const text = body === undefined ? undefined : JSON.stringify(body);
      const sent = { method, url, body: text === undefined ? undefined : { text } };
      return send(settings, sent, { once: ONCE.test(path), signal }, (response) => readJson(target.uri, response));
    },
    transfer: async (method, path, { file, headers = {}, signal } = {}) => {
      const isForeign = /^https?:/.test(path);
      const url = isForeign ? new URL(path) : urlOf(target, path, {});
      const sent = { method, url, headers, isForeign, body: file };
      return send(settings, sent, { once: false, signal }, async (answer) => {
        // An answer that nobody reads would keep its connection.
        if (method === 'PUT') await answer.arrayBuffer();
        return answer;
      });
    },
  };
}

type Sent = { method: string; url: URL; body?: RequestBody; headers?: Record<string, string>; isForeign?: boolean };

async function send<T>(
  settings: Settings,
  sent: Sent,
  { once, signal }: { once: boolean; signal?: AbortSignal },
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const { target, attemptsMax } = settings;
  const bytes = sent.body && 'path' in sent.body ? sent.body.bytes : 0;
  const timeout_s = settings.timeout_s + bytes / TRANSFER_BYTES_PER_S;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      // Signed anew each time: a signature is good for minutes only.
      const prepared = await prepare(settings, sent);
      return await sendOnce(target.uri, prepared, { timeout_s, ...(signal && { signal }) }, read);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof AttemptError) || !error.again || (once && error.maybeDone)) throw error;
      if (attempt >= attemptsMax) throw lastOf(error, attempt);
      await pause(settings, attempt, error.wait_s, signal);
    }
  }
}

function lastOf(error: AttemptError, attempts: number): TrackingError {
  const what = error.message.slice(`MLflow at ${error.uri}: `.length);
  const { code, uri, maybeDone } = error;
  return new TrackingError({ code, uri, what: `${what} (attempt ${attempts}, the last)`, maybeDone, cause: error });
}

async function prepare({ target, credentials }: Settings, sent: Sent): Promise<PreparedRequest> {
  const { method, url, body, isForeign = false } = sent;
  const headers = { ...(isForeign ? {} : target.headers), ...describeBody(body), ...sent.headers };
  const unsigned = { method, url, headers, ...(body && { body }) };
  if (target.signing === null || isForeign) return unsigned;
  const signing = { ...target.signing, credentials };
  const signed = await signRequest({ method, url, headers, ...(await payloadOf(body)) }, signing).catch((error) => {
    const what = `no AWS credentials to sign with: ${(error as Error).message}`;
    throw new TrackingError({ code: 'denied', uri: target.uri, what, cause: error });
  });
  return { ...unsigned, headers: signed };
}

async function payloadOf(body: RequestBody | undefined): Promise<{ body?: string; bodySha256?: string }> {
  if (body === undefined) return {};
  return 'text' in body ? { body: body.text } : { bodySha256: await hashFile(body) };
}

function describeBody(body: RequestBody | undefined): Record<string, string> {
  if (body === undefined) return {};
  if ('text' in body) return { 'content-type': 'application/json' };
  return { 'content-type': 'application/octet-stream', 'content-length': String(body.bytes) };
}

async function readJson(uri: string, response: Response): Promise<JsonObject> {
  const text = await response.text();
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // Told below.
  }
  const what = `the answer is not MLflow's (${response.headers.get('content-type') ?? 'of no type'})`;
  throw new TrackingError({ code: 'bad_answer', uri, what });
}

/** Between half and the whole of the time, so that many clients that failed together do not come back together. */
async function pause(settings: Settings, attempt: number, wait_s: number | null, signal?: AbortSignal): Promise<void> {
  const grown = Math.min(settings.pause_s * 2 ** (attempt - 1), PAUSE_MAX_S);
  const wanted = Math.max(Math.min(wait_s ?? 0, PAUSE_MAX_S), grown * (0.5 + Math.random() / 2));
  await sleep(wanted * 1000, undefined, signal ? { signal } : {}).catch(() => {});
  signal?.throwIfAborted();
}

function urlOf(target: Target, path: string, query: NonNullable<CallOptions['query']>): URL {
  const whole = path.startsWith('/') ? path : `/api/2.0/mlflow/${path}`;
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one) =>
      one === undefined ? [] : [`${escapeText(name)}=${escapeText(one)}`],
    ),
  );
  return new URL(`${target.url}${whole}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`);
}

function numberOf(name: string, fallback: number): number {
  const given = process.env[name];
  if (given === undefined || given === '') return fallback;
  if (/^\d+$/.test(given)) return Number(given);
  throw new InputError({ code: 'bad_setting', what: 'not a whole number', where: name, todo: 'give one, or unset it' });
}
