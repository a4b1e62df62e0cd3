import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/**
 * What may go wrong with one call. `never`: it is not handed on; `done`: the server behind does it, then the answer is lost.
 * - `500 never`, `500 done`, `429`, `503`: such an answer, the last two not handed on.
 * - `cut never`: the connection breaks in the middle of the body; `cut done`: instead of the answer.
 * - `hang never`, `hang done`: no answer, for as long as the client waits.
 */
export type Fault = '500 never' | '500 done' | '429' | '503' | 'cut never' | 'cut done' | 'hang never' | 'hang done';

export type FaultyProxy = {
  url: string;
  /** Every call that came, as `POST /mlflow/runs/create`, in order. */
  calls: string[];
  /** The whole bodies that came, with their calls. */
  bodies: { call: string; body: Buffer }[];
  /** The next `times` calls that match (default 1) meet the fault, those of the first `after` (default 0) not counted. */
  fail(fault: Fault, match: RegExp, times?: number, after?: number): void;
  /** How many faults are still to happen. */
  left(): number;
  /** None of them will. */
  heal(): void;
  stop(): Promise<void>;
};

type Plan = { fault: Fault; match: RegExp; times: number; after: number };

/** A server on loopback that hands calls on to `target` and does not always keep its word. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const calls: string[] = [];
  const bodies: FaultyProxy['bodies'] = [];
  let plans: Plan[] = [];
  const server = createServer((request, response) => {
    const call = `${request.method} ${(request.url ?? '').replace(/\?.*$/, '').replace(/^\/api\/2\.0/, '')}`;
    calls.push(call);
    const fault = nextFault(plans, call);
    answer(target, request, response, fault, (body) => bodies.push({ call, body })).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    bodies,
    fail: (fault, match, times = 1, after = 0) => {
      plans = [...plans, { fault, match, times, after }];
    },
    heal: () => {
      plans = [];
    },
    left: () => plans.reduce((sum, { times }) => sum + times, 0),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function nextFault(plans: Plan[], call: string): Fault | null {
  const plan = plans.find(({ match, times }) => times > 0 && match.test(call));
  if (plan === undefined) return null;
  if (plan.after > 0) {
    plan.after -= 1;
    return null;
  }
  plan.times -= 1;
  return plan.fault;
}

async function answer(
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault | null,
  note: (body: Buffer) => void,
): Promise<void> {
  if (fault === 'cut never') {
    request.once('data', () => request.socket.destroy());
    request.once('end', () => request.socket.destroy());
    return;
  }
  const body = Buffer.concat(await request.toArray());
  note(body);
  if (fault === 'hang never') return;
  if (fault === '429') return end(response, 429, { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'slow down' });
  if (fault === '503') return end(response, 503, { message: 'no worker' });
  if (fault === '500 never') return end(response, 500, { error_code: 'INTERNAL_ERROR', message: 'a bad day' });
  const forwarded = await fetch(`${target}${request.url}`, {
    method: request.method ?? 'GET',
    headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
    ...(body.length > 0 && { body }),
  });
  const bytes = Buffer.from(await forwarded.arrayBuffer());
  if (fault === 'hang done') return;
  if (fault === 'cut done') request.socket.destroy();
  else if (fault === '500 done') end(response, 500, { error_code: 'INTERNAL_ERROR', message: 'a bad day' });
  else response.writeHead(forwarded.status, { 'content-type': forwarded.headers.get('content-type') ?? '' }).end(bytes);
}

function end(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
