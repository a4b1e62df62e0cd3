import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

export type FaultyProxy = { url: string; requests: string[]; stop(): Promise<void> };

/** What happens to a request: `pass`, or the answer of S3 to who may not, or none at all. */
export type Fate = 'pass' | 'deny' | 'hang';

/** Stands before another server on loopback and decides the fate of each request, told as `PUT /bucket/key`. */
export async function startFaultyProxy(target: string, fateOf: (line: string) => Fate): Promise<FaultyProxy> {
  const requests: string[] = [];
  const server = createServer((incoming, answer) => {
    const line = `${incoming.method} ${incoming.url}`;
    requests.push(line);
    const fate = fateOf(line);
    if (fate === 'pass') forward(target, incoming, answer);
    if (fate === 'deny') deny(incoming, answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(target: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const { method, headers, url } = incoming;
  const outgoing = request(new URL(url ?? '/', target), { method: method ?? 'GET', headers }, (response) => {
    answer.writeHead(response.statusCode ?? 500, response.headers);
    response.pipe(answer);
  });
  outgoing.on('error', () => answer.destroy());
  incoming.pipe(outgoing);
}

function deny(incoming: IncomingMessage, answer: ServerResponse): void {
  incoming.resume();
  answer.writeHead(403, { 'content-type': 'application/xml' });
  answer.end(
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
  );
}
