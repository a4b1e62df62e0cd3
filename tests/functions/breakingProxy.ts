import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request: it passes, its answer breaks off after so many bytes, or S3 asks to slow down or denies it. */
export type Fate = 'pass' | 'slow down' | 'deny' | { breakAfter_bytes: number };

export type BreakingProxy = { url: string; stop(): Promise<void> };

/** Stands before another server on loopback; `fateOf` is asked for each request, told as `GET /bucket/key`. */
export async function startBreakingProxy(target: string, fateOf: (line: string) => Fate): Promise<BreakingProxy> {
  const server = createServer((incoming, answer) => {
    const fate = fateOf(`${incoming.method} ${incoming.url}`);
    if (fate === 'slow down') refuse(incoming, answer, 503, 'SlowDown');
    else if (fate === 'deny') refuse(incoming, answer, 403, 'AccessDenied');
    else forward(target, incoming, answer, fate === 'pass' ? Number.POSITIVE_INFINITY : fate.breakAfter_bytes);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function refuse(incoming: IncomingMessage, answer: ServerResponse, status: number, code: string): void {
  incoming.resume();
  answer.writeHead(status, { 'content-type': 'application/xml' });
  answer.end(
    incoming.method === 'HEAD'
      ? ''
      : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  );
}

function forward(target: string, incoming: IncomingMessage, answer: ServerResponse, allowed_bytes: number): void {
  const { method, headers, url } = incoming;
  const outgoing = request(new URL(url ?? '/', target), { method: method ?? 'GET', headers }, (response) => {
    answer.writeHead(response.statusCode ?? 500, response.headers);
    let sent_bytes = 0;
    response.on('data', (chunk: Buffer) => {
      answer.write(chunk.subarray(0, Math.max(0, allowed_bytes - sent_bytes)));
      sent_bytes += chunk.length;
      if (sent_bytes > allowed_bytes) answer.destroy();
    });
    response.on('end', () => answer.end());
  });
  outgoing.on('error', () => answer.destroy());
  incoming.pipe(outgoing);
}
