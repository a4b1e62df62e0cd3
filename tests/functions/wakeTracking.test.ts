import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WakeTracking } from '../../packages/functions/index.ts';
import { failureOf, invocation } from './invocation.ts';
import { type Answer, CREDENTIALS, type JsonApi, refusal, startJsonApi } from './jsonApi.ts';

const APP = 'arn:aws:sagemaker:eu-west-1:111111111111:mlflow-app/app-0123456789AB';
const SERVER = 'arn:aws:sagemaker:eu-west-1:111111111111:mlflow-tracking-server/pilotlight-dev-mlflow';

let api: JsonApi;
let answers: Record<string, () => Answer> = {};

test.before(async () => {
  api = await startJsonApi(({ operation }) => answers[operation]?.() ?? refusal('UnknownOperationException'));
  Object.assign(process.env, CREDENTIALS, { AWS_ENDPOINT_URL: api.url, PILOTLIGHT_LOG_LEVEL: 'silent' });
});

test.after(() => api.stop());

let copies = 0;

/** The function as it starts in a new container: configuration is read once. */
async function ask(uri: string | undefined): Promise<WakeTracking['output']> {
  if (uri === undefined) delete process.env.MLFLOW_TRACKING_URI;
  else process.env.MLFLOW_TRACKING_URI = uri;
  copies += 1;
  const { handler } = await import(`../../packages/functions/wakeTracking.ts?copy=${copies}`);
  api.calls.length = 0;
  return handler({}, invocation());
}

const operations = () => api.calls.map(({ operation }) => operation);

async function withServer(answer: (path: string) => number, run: (url: string) => Promise<void>): Promise<void> {
  const server: Server = createServer((request, response) => {
    response.writeHead(answer(request.url ?? ''));
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  server.closeAllConnections();
  server.close();
}

test('no MLflow: nothing to wait for', async () => {
  assert.equal(await ask('none'), { status: 'ready' });
  assert.equal(operations(), []);
});

test('an app is ready when it is made, and nothing starts it', async () => {
  const expected = {
    ...{ Creating: 'starting', Updating: 'starting', Created: 'ready', Updated: 'ready', UpdateFailed: 'ready' },
    ...{ CreateFailed: 'failed', Deleting: 'failed', Deleted: 'failed', DeleteFailed: 'failed', Melted: 'failed' },
  };
  for (const [Status, status] of Object.entries(expected)) {
    answers = { DescribeMlflowApp: () => ({ body: { Arn: APP, Status } }) };
    const output = await ask(APP);
    assert.is(output.status, status, Status);
    if (status === 'failed') assert.is(output.reason, `${APP} is ${Status}`);
    assert.equal(api.calls, [{ operation: 'DescribeMlflowApp', input: { Arn: APP } }]);
  }
});

test('a stopped server is started once, then waited for', async () => {
  let state = 'Stopped';
  answers = {
    DescribeMlflowTrackingServer: () => ({
      body: { TrackingServerStatus: state, IsActive: state === 'Started' ? 'Active' : 'Inactive' },
    }),
    StartMlflowTrackingServer: () => {
      state = 'Starting';
      return { body: { TrackingServerArn: SERVER } };
    },
  };
  assert.equal(await ask(SERVER), { status: 'starting' });
  const input = { TrackingServerName: 'pilotlight-dev-mlflow' };
  assert.equal(api.calls, [
    { operation: 'DescribeMlflowTrackingServer', input },
    { operation: 'StartMlflowTrackingServer', input },
  ]);
  assert.equal(await ask(SERVER), { status: 'starting' });
  assert.equal(operations(), ['DescribeMlflowTrackingServer']);
  state = 'Started';
  assert.equal(await ask(SERVER), { status: 'ready' });
});

test('every status of a server means something', async () => {
  const cases: [string, string, string][] = [
    ['Creating', 'Inactive', 'starting'],
    ['Created', 'Active', 'ready'],
    ['Updating', 'Active', 'starting'],
    ['Updated', 'Active', 'ready'],
    ['Stopping', 'Active', 'starting'],
    ['MaintenanceInProgress', 'Active', 'starting'],
    ['MaintenanceComplete', 'Active', 'ready'],
    ['MaintenanceFailed', 'Active', 'ready'],
    ['UpdateFailed', 'Active', 'ready'],
    ['StopFailed', 'Active', 'ready'],
    ['CreateFailed', 'Inactive', 'failed'],
    ['StartFailed', 'Inactive', 'failed'],
    ['Deleting', 'Inactive', 'failed'],
    ['Exploded', 'Active', 'failed'],
  ];
  for (const [TrackingServerStatus, IsActive, status] of cases) {
    answers = { DescribeMlflowTrackingServer: () => ({ body: { TrackingServerStatus, IsActive } }) };
    assert.is((await ask(SERVER)).status, status, TrackingServerStatus);
    assert.equal(operations(), ['DescribeMlflowTrackingServer'], TrackingServerStatus);
  }
});

test('a server that was changed while it was stopped is started', async () => {
  answers = {
    DescribeMlflowTrackingServer: () => ({ body: { TrackingServerStatus: 'Updated', IsActive: 'Inactive' } }),
    StartMlflowTrackingServer: () => ({ body: {} }),
  };
  assert.equal(await ask(SERVER), { status: 'starting' });
  assert.is(operations().at(-1), 'StartMlflowTrackingServer');
});

test('somebody else started it in between', async () => {
  answers = {
    DescribeMlflowTrackingServer: () => ({ body: { TrackingServerStatus: 'Stopped', IsActive: 'Inactive' } }),
    StartMlflowTrackingServer: () => refusal('ConflictException'),
  };
  assert.equal(await ask(SERVER), { status: 'starting' });
});

test('no right to it, and none of that name: one line that names it', async () => {
  answers = { DescribeMlflowTrackingServer: () => refusal('AccessDeniedException') };
  assert.match((await failureOf(ask(SERVER))).message, /no right to it: arn:.*pilotlight-dev-mlflow/);
  answers = { DescribeMlflowApp: () => refusal('ResourceNotFound') };
  assert.match((await failureOf(ask(APP))).message, /not there: arn:.*app-0123456789AB/);
});

test("a server of one's own: ready when it answers, failed when not; nothing of its address but the host is told", async () => {
  const paths: string[] = [];
  const noting = (status: number) => (path: string) => {
    paths.push(path);
    return status;
  };
  await withServer(noting(200), async (url) => assert.equal(await ask(url), { status: 'ready' }));
  await withServer(noting(401), async (url) => assert.equal(await ask(`${url}/mlflow/`), { status: 'ready' }));
  assert.equal(paths, ['/health', '/mlflow/health']);
  await withServer(noting(502), async (url) => {
    const output = await ask(url);
    assert.is(output.status, 'failed');
    assert.match(output.reason ?? '', /answers with 502/);
  });
  const output = await ask('http://user:secret@127.0.0.1:1');
  assert.is(output.status, 'failed');
  assert.not.match(output.reason ?? '', /secret/);
});

test('what is no tracking URI is refused', async () => {
  for (const uri of ['databricks', 'file:///mlruns', APP.replace('mlflow-app', 'model'), 'http://'])
    assert.match((await failureOf(ask(uri))).message, /MLFLOW_TRACKING_URI/);
  assert.match((await failureOf(ask(undefined))).message, /MLFLOW_TRACKING_URI is not set/);
  assert.match((await failureOf(ask(''))).message, /MLFLOW_TRACKING_URI is not set/);
});

test.run();
