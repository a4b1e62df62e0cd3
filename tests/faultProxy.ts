import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is done to a request instead of passing it on, or to its answer. */
export type Fault =
  /** The server is not asked; an error as S3 gives it, or `body`. */
  | { kind: 'answer'; status: number; code?: string; message?: string; headers?: Record<string, string>; body?: string }
  /** The connection is cut when so many bytes of the request's body have come; the server is not asked. */
  | { kind: 'cut_request'; after_bytes: number }
  /** The server does its work; the connection is cut when so many bytes of the answer's body have gone back. */
  | { kind: 'cut_response'; after_bytes: number }
  /** The server does its work; nothing of its answer goes back. */
  | { kind: 'lose_response' }
  /** Nothing is said, and the connection stays open: for ever, or behind so many bytes of the answer's body. */
  | { kind: 'hang'; after_bytes?: number }
  /** Passed on later. */
  | { kind: 'delay'; delay_ms: number }
  /** A byte in the middle of the answer's body is another. */
  | { kind: 'garble' };

export type Rule = {
  method?: string;
  /** In the path with its query, as the request line has it. */
  path?: RegExp;
  /** Which of the requests that match, from 1 on; all of them where it is left out. */
  nth?: readonly number[];
  fault: Fault;
};

export type Passed = { method: string; path: string; status: number };

/** S3's answer to who may not. */
export const DENIED: Fault = { kind: 'answer', status: 403, code: 'AccessDenied', message: 'Access Denied' };
/** S3's answer to who asks too much. */
export const SLOW_DOWN: Fault = { kind: 'answer', status: 503, code: 'SlowDown', message: 'SlowDown' };

export type FaultProxy = {
  url: string;
  /** Every request that came, as `PUT /bucket/key`. */
  requests: string[];
  /** Every request that the server behind was asked, with its answer, in the order of the answers. */
  passed: Passed[];
  /** How often a fault has struck. */
  struck: number;
  /** Sets the rules, and counts all from the beginning. */
  rules(rules: readonly Rule[]): void;
  stop(): Promise<void>;
};

/**
 * A proxy on loopback before the server at `url`, which breaks what its rules say; where none does, what `faultFor` says of the request,
 * told as `PUT /bucket/key`.
 */
export async function startFaultProxy(
  url: string,
  faultFor: (line: string) => Fault | null = () => null,
): Promise<FaultProxy> {
  let active: { rule: Rule; matched: number }[] = [];
  const proxy = { requests: [] as string[], passed: [] as Passed[], struck: 0 };
  const faultOf = (asked: IncomingMessage): Fault | null => {
    const line = `${asked.method} ${asked.url}`;
    proxy.requests.push(line);
    let found: Fault | null = null;
    for (const one of active) {
      if (one.rule.method !== undefined && one.rule.method !== asked.method) continue;
      if (one.rule.path && !one.rule.path.test(asked.url ?? '')) continue;
      one.matched += 1;
      if (!found && (one.rule.nth === undefined || one.rule.nth.includes(one.matched))) found = one.rule.fault;
    }
    found ??= faultFor(line);
    if (found) proxy.struck += 1;
    return found;
  };
  const server = createServer((asked, answer) => {
    // A client that goes away is what is being tested.
    asked.on('error', () => {});
    answer.on('error', () => {});
    // Kept, since a request that has ended forgets its socket.
    const cut = closerOf(asked.socket);
    handle(new URL(url), { asked, answer, cut }, faultOf(asked), proxy.passed).catch(cut);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${address.port}`,
    rules: (rules: readonly Rule[]) => {
      active = rules.map((rule) => ({ rule, matched: 0 }));
      proxy.passed.length = 0;
      proxy.struck = 0;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

const closerOf = (socket: Socket) => () => void socket.destroy();

type Exchange = { asked: IncomingMessage; answer: ServerResponse; cut: () => void };

async function handle(server: URL, exchange: Exchange, fault: Fault | null, passed: Passed[]): Promise<void> {
  const { asked, answer, cut } = exchange;
  if (fault?.kind === 'cut_request') return cutRequest(exchange, fault.after_bytes);
  const body = await bytesOf(asked);
  if (fault?.kind === 'hang' && fault.after_bytes === undefined) return;
  if (fault?.kind === 'answer') return answerAs(asked, answer, fault);
  if (fault?.kind === 'delay') await sleep(fault.delay_ms);
  const came = await forward(server, asked, body);
  passed.push({ method: asked.method ?? '', path: asked.url ?? '', status: came.statusCode ?? 0 });
  if (fault?.kind === 'lose_response') {
    came.resume();
    return cut();
  }
  answer.writeHead(came.statusCode ?? 502, came.rawHeaders);
  if (fault?.kind === 'cut_response' || fault?.kind === 'hang') {
    await sendPart(came, answer, fault.after_bytes ?? 0);
    if (fault.kind === 'cut_response') cut();
    return;
  }
  if (fault?.kind === 'garble') {
    const bytes = await bytesOf(came);
    const middle = bytes.length >> 1;
    if (bytes.length > 0) bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    answer.end(bytes);
    return;
  }
  came.pipe(answer);
}

async function cutRequest({ asked, cut }: Exchange, after_bytes: number): Promise<void> {
  let bytes = 0;
  for await (const chunk of asked) {
    bytes += chunk.length;
    if (bytes >= after_bytes) break;
  }
  cut();
}

/** So many bytes of the answer, and the rest is thrown away; returns when they are on their way. */
async function sendPart(came: IncomingMessage, answer: ServerResponse, after_bytes: number): Promise<void> {
  const bytes = (await bytesOf(came)).subarray(0, after_bytes);
  await new Promise<void>((sent) => {
    if (bytes.length === 0) {
      answer.flushHeaders();
      setImmediate(sent);
    } else answer.write(bytes, () => sent());
  });
  await sleep(20);
}

function answerAs(asked: IncomingMessage, answer: ServerResponse, fault: Extract<Fault, { kind: 'answer' }>): void {
  const { status, code = 'InternalError', message = 'made by the test', headers = {} } = fault;
  const error = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body = fault.body ?? error;
  answer.writeHead(status, { 'content-type': 'application/xml', ...headers });
  answer.end(asked.method === 'HEAD' ? undefined : body);
}

async function forward(server: URL, asked: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const headers = { ...asked.headers };
  // The body is here as a whole; asking the server first whether it wants it would only cost a round.
  delete headers.expect;
  delete headers['transfer-encoding'];
  const sent = request({
    host: server.hostname,
    port: server.port,
    method: asked.method,
    path: asked.url,
    headers: { ...headers, 'content-length': String(body.length) },
  });
  sent.end(body);
  const [came] = await once(sent, 'response');
  return came as IncomingMessage;
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
