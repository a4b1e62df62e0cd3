import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import path from 'node:path';
import { openMlflow, signRequest, TrackingError } from '@pilotlight/tracking';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { remove, temporary } from '../folders.ts';
import { runPython, testWithPython } from '../python.ts';

/** The key pair of AWS's documentation, which is nobody's. */
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const SERVER_ARN = 'arn:aws:sagemaker:eu-west-2:123456789012:mlflow-tracking-server/er-dev';
const APP_ARN = 'arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-0123456789AB';

type Case = {
  service: string;
  region: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
  date: string;
  key: string;
  secret: string;
  token?: string;
};

const signatureOf = (headers: IncomingHttpHeaders) =>
  /Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '')?.[1];
const byBotocore = (cases: Case[]) => runPython('sigv4_oracle.py', [], cases) as { signature: string }[];

test('a call to a tracking server has the signature that is known for it', async () => {
  const headers = await signRequest(
    {
      method: 'POST',
      url: new URL('https://eu-west-2.experiments.sagemaker.aws/api/2.0/mlflow/runs/create'),
      headers: { 'content-type': 'application/json', 'x-mlflow-sm-tracking-server-arn': SERVER_ARN },
      body: '{"experiment_id":"1"}',
    },
    {
      service: 'sagemaker-mlflow',
      region: 'eu-west-2',
      credentials: { ...KEYS, sessionToken: 'tok' },
      date: new Date('2026-11-21T09:00:00Z'),
    },
  );
  assert.is(signatureOf(headers), 'd916c69c7d397d1941a0997a990e9dc02cc888044ef1b939f6766b4c0a943038');
  assert.is(headers['x-amz-security-token'], 'tok');
});

const APP_CASES: Omit<Case, 'date' | 'key' | 'secret'>[] = [
  { method: 'POST', url: '/api/2.0/mlflow/runs/create', body: '{"experiment_id":"1","run_name":"Doméstico 🏠"}' },
  { method: 'GET', url: '/api/2.0/mlflow/experiments/get-by-name?experiment_name=a%20b%2Fc%26d%3De%2B%C3%B1~%27' },
  { method: 'GET', url: '/api/2.0/mlflow/model-versions/search?page_token=b&page_token=a&max_results=200&filter=' },
  { method: 'DELETE', url: '/api/2.0/mlflow/registered-models/alias', body: '{}', token: 'a/b+c==' },
].map((one) => ({
  ...one,
  url: `https://mlflow.sagemaker.eu-west-1.app.aws${one.url}`,
  service: 'sagemaker',
  region: 'eu-west-1',
  headers: { 'x-sm-mlflow-app-arn': APP_ARN, ...(one.body && { 'content-type': 'application/json' }) },
}));

testWithPython(
  'calls to an app are signed as botocore signs them: queries, escapes, other scripts, with and without a token',
  async () => {
    const cases = APP_CASES.map((one) => ({
      ...one,
      date: '20261121T090000Z',
      key: KEYS.accessKeyId,
      secret: KEYS.secretAccessKey,
    }));
    const expected = byBotocore(cases);
    for (const [index, { method, url, headers, body, token, service, region }] of cases.entries()) {
      const signed = await signRequest(
        { method, url: new URL(url), headers, ...(body && { body }) },
        {
          service,
          region,
          credentials: { ...KEYS, ...(token && { sessionToken: token }) },
          date: new Date('2026-11-21T09:00:00Z'),
        },
      );
      assert.is(signatureOf(signed), expected[index]?.signature, `${method} ${url}`);
    }
  },
);

type Received = { method: string; url: string; headers: IncomingHttpHeaders; body: Buffer };

/** A server that keeps what it is sent and answers `{}`. */
async function listen(): Promise<{ url: string; received: Received[]; stop(): void }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    received.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

testWithPython('what goes over the wire for either ARN is what was signed: host, header, service, bytes', async () => {
  const folder = temporary();
  const server = await listen();
  process.env.SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT = server.url;
  try {
    const file = { path: path.join(folder, 'model.bin'), bytes: 3 };
    writeFileSync(file.path, 'a\u00f1');
    for (const arn of [SERVER_ARN, APP_ARN]) {
      const client = openMlflow(arn, { credentials: { ...KEYS, sessionToken: 'tok' } });
      await client.call('POST', 'runs/create', { body: { run_name: 'Doméstico' } });
      await client.call('GET', 'experiments/get-by-name', {
        query: { experiment_name: "a b+ñ/'!*()", of: ['2', '1'] },
      });
      await client.transfer('PUT', '/api/2.0/mlflow-artifacts/artifacts/0/m%C3%B1.bin', { file });
    }
  } finally {
    delete process.env.SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT;
    server.stop();
    remove(folder);
  }
  assert.is(server.received.length, 6);
  const cases = server.received.map((received, index) => caseOf(received, server.url, index < 3));
  const expected = byBotocore(cases).map(({ signature }) => signature);
  assert.equal(
    server.received.map(({ headers }) => signatureOf(headers)),
    expected,
  );
  for (const { headers, body } of server.received) {
    assert.is(headers['x-amz-content-sha256'], createHash('sha256').update(body).digest('hex'));
  }
});

/** The request as it came, to be signed again. */
function caseOf({ method, url, headers, body }: Received, origin: string, isServer: boolean): Case {
  const arn = isServer ? 'x-mlflow-sm-tracking-server-arn' : 'x-sm-mlflow-app-arn';
  const names = ['content-type', 'content-length', arn];
  const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? [];
  assert.ok(signed.includes(arn) && signed.includes('host'), `signed: ${signed}`);
  const kept = names.filter((name) => signed.includes(name)).map((name) => [name, String(headers[name])]);
  return {
    service: isServer ? 'sagemaker-mlflow' : 'sagemaker',
    region: isServer ? 'eu-west-2' : 'eu-west-1',
    method,
    url: `${origin}${url}`,
    headers: Object.fromEntries(kept),
    body: body.toString('utf8'),
    date: String(headers['x-amz-date']),
    key: KEYS.accessKeyId,
    secret: KEYS.secretAccessKey,
    token: 'tok',
  };
}

test('without credentials the refusal is one line that names the ARN', async () => {
  const credentials = () => Promise.reject(new Error('Could not load credentials\nfrom any providers'));
  const client = openMlflow(APP_ARN, { credentials });
  const error = await client.call('GET', 'experiments/get-by-name').catch((caught) => caught);
  assert.instance(error, TrackingError);
  assert.is(error.code, 'denied');
  assert.is(
    error.message,
    `MLflow at ${APP_ARN}: no AWS credentials to sign with: Could not load credentials from any providers`,
  );
});

test.run();
