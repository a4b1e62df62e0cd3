import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Call = { operation: string; input: Record<string, unknown> };
export type Answer = { status?: number; body: object };
export type JsonApi = { url: string; calls: Call[]; stop(): Promise<void> };

/**
 * A stand-in for AWS APIs of the JSON 1.1 protocol on loopback, for Transfer Family and SageMaker's MLflow, which moto has not: it
 * answers what `answer` says to each call, told by its operation (`ListFileTransferResults`).
 */
export async function startJsonApi(answer: (call: Call) => Answer): Promise<JsonApi> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const call = { operation, input: JSON.parse(Buffer.concat(chunks).toString() || '{}') };
    calls.push(call);
    const { status = 200, body } = answer(call);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An error as these APIs say it. */
export const refusal = (type: string, message = type): Answer => ({
  status: 400,
  body: { __type: type, message, Message: message },
});

/** What the SDK needs to sign; nobody's. */
export const CREDENTIALS = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_EC2_METADATA_DISABLED: 'true',
};
