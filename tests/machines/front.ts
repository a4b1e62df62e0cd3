import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// biome-ignore lint/suspicious/noExplicitAny: bodies of calls are looked into
export type Any = any;

/** A call as `Service.Action` (`SageMaker.CreateProcessingJob`, `SNS.Publish`, `Lambda.<function>`), and what it was made with. */
export type Call = { action: string; input: Any };

/** An error as a service says it. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export const throttled = () => new ServiceError('ThrottlingException', 'Rate exceeded');

export type Answer = (input: Any) => unknown;

/** What a call ends in instead of an answer: an error, or nothing at all. */
export type Fault = ServiceError | 'hang';

/**
 * Stands before moto, on loopback: answers the calls that it was given an answer for, breaks those that it was told to break, hands all
 * others on to moto, and keeps what it was asked.
 */
export class Front {
  readonly calls: Call[] = [];
  /** What subscribers of topics got. */
  readonly messages: { Subject?: string; Message: string }[] = [];
  private readonly answers = new Map<string, Answer>();
  private readonly acts = new Map<string, () => Promise<void>>();
  private readonly faults = new Map<string, Fault[]>();
  private readonly server = createServer((incoming, response) => {
    this.handle(incoming, response).catch((error) => response.destroy(error));
  });
  private readonly motoPort: number;

  constructor(motoPort: number) {
    this.motoPort = motoPort;
  }

  /** @returns the port */
  async open(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** Answers an action (`Service.Action`) from now on, instead of moto. What it throws is the service's error, or the function's. */
  answer(action: string, answer: Answer): void {
    this.answers.set(action, answer);
  }

  /** Does something before moto gets a request: `GET /bucket/key`. */
  before(what: string, act: () => Promise<void>): void {
    this.acts.set(what, act);
  }

  /** The next calls of an action end in these, one each. */
  breakNext(action: string, ...faults: Fault[]): void {
    this.faults.set(action, [...(this.faults.get(action) ?? []), ...faults]);
  }

  /** Inputs of the calls of an action, in their order. */
  callsOf(action: string): Any[] {
    return this.calls.filter((call) => call.action === action).map(({ input }) => input);
  }

  /** As new, but for who listens. */
  reset(): void {
    this.calls.length = 0;
    this.messages.length = 0;
    this.answers.clear();
    this.acts.clear();
    this.faults.clear();
  }

  private async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(incoming);
    if (incoming.url === '/subscriber') {
      this.messages.push(JSON.parse(body.toString()));
      response.end();
      return;
    }
    const call = callOf(incoming, body);
    const answer = call && this.answers.get(call.action);
    if (call) this.calls.push(call);
    const fault = call && this.faults.get(call.action)?.shift();
    if (fault === 'hang') return;
    await this.acts.get(`${incoming.method} ${incoming.url?.split('?')[0]}`)?.();
    if (!fault && !answer) return pass(incoming, body, this.motoPort, response);
    try {
      if (fault) throw fault;
      write(response, 200, {}, (await answer?.(call?.input)) ?? {});
    } catch (error) {
      writeError(response, call as Call, error as Error);
    }
  }
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Which action of which service; null for what has no such name (S3, moto's own). */
function callOf({ headers, url = '' }: IncomingMessage, body: Buffer): Call | null {
  const lambda = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(url)?.[1];
  if (lambda !== undefined) {
    return { action: `Lambda.${decodeURIComponent(lambda).split(':').at(-1)}`, input: JSON.parse(body.toString()) };
  }
  const [, service, action] = /^(\w+?)(?:_\d+|Service)?\.(\w+)$/.exec(String(headers['x-amz-target'] ?? '')) ?? [];
  if (service !== undefined) return { action: `${service}.${action}`, input: JSON.parse(body.toString()) };
  if (!String(headers['content-type']).startsWith('application/x-www-form-urlencoded')) return null;
  const form = Object.fromEntries(new URLSearchParams(body.toString()));
  return { action: `SNS.${form.Action}`, input: form };
}

function pass({ method, url, headers }: IncomingMessage, body: Buffer, port: number, response: ServerResponse): void {
  const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', (error) => response.destroy(error));
  onward.end(body);
}

function writeError(response: ServerResponse, { action }: Call, error: Error): void {
  if (!(error instanceof ServiceError)) {
    // What a function threw: Lambda itself did well.
    const [status, said] = action.startsWith('Lambda.')
      ? ([200, { errorType: error.name, errorMessage: error.message }] as const)
      : ([500, { __type: 'InternalFailure', message: String(error.stack) }] as const);
    write(response, status, { 'x-amz-function-error': 'Unhandled' }, said);
  } else if (action.startsWith('SNS.')) writeXml(response, error);
  else
    write(response, error.status, { 'x-amzn-errortype': error.code }, { __type: error.code, message: error.message });
}

function write(response: ServerResponse, status: number, headers: Record<string, string>, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': '0', ...headers });
  response.end(JSON.stringify(body));
}

function writeXml(response: ServerResponse, { code, status, message }: ServiceError): void {
  response.writeHead(status, { 'content-type': 'text/xml' });
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  response.end(`<ErrorResponse>${error}<RequestId>0</RequestId></ErrorResponse>`);
}
