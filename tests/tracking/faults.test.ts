import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import path from 'node:path';
import {
  DUPLICATE_TAG,
  type MlflowOptions,
  openMlflow,
  openRunArtifacts,
  TrackingError,
  uploadRun,
} from '@pilotlight/tracking';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { remove, temporary } from '../folders.ts';
import { testWithPython } from '../python.ts';
import { freePort, startMlflow } from '../servers.ts';
import { type Fault, type FaultyProxy, startFaultyProxy } from './faultyProxy.ts';
import { type Reader, type ReadRun, recordRun, sha256, startReader, writeArtifact } from './runs.ts';

let server: Awaited<ReturnType<typeof startMlflow>> | null = null;
let proxy: FaultyProxy;
let reader: Reader;
let dir = '';
const log = { warn: () => {} };

test.before.each(() => {
  dir = temporary();
});
test.after.each(() => remove(dir));
test.after(async () => {
  reader?.stop();
  await proxy?.stop();
  await server?.stop();
});

function testWithMlflow(name: string, run: () => Promise<void>): void {
  testWithPython(name, async () => {
    if (server === null) {
      server = await startMlflow();
      proxy = await startFaultyProxy(server.url);
      reader = startReader();
    }
    proxy.calls.length = 0;
    proxy.bodies.length = 0;
    proxy.heal();
    await run();
  });
}

const QUICK: MlflowOptions = { pause_s: 0.02, timeout_s: 20 };
/** Enough for two calls of log-batch. */
const STEPS = 600;

function recordBoth(output: string): Promise<string> {
  return recordRun(output, (run) => {
    run.params({ rounds: 100, rate: 0.05 });
    for (let step = 0; step < STEPS; step += 1) run.metrics({ logloss: 1 / (step + 1), auc: step / STEPS }, step);
    run.metrics({ best: 0.75 });
    run.tags({ model_type: 'Domestic' });
    writeArtifact(output, 'model.txt', 'tree'.repeat(50_000));
    run.artifact('../model.txt');
  });
}

/** The run is there, once, with every point once. */
async function checkWhole(experiment: string): Promise<ReadRun> {
  const { runs } = await reader.read({ uri: server?.url ?? '', experiment, artifacts: true });
  const [run, ...others] = runs.filter(({ tags }) => tags[DUPLICATE_TAG] === undefined);
  assert.ok(run, experiment);
  assert.is(others.length, 0, `${experiment}: one run`);
  const steps = Array.from({ length: STEPS }, (_, step) => step);
  assert.equal(
    run.metrics,
    {
      logloss: steps.map((step) => [step, 1 / (step + 1)]),
      auc: steps.map((step) => [step, step / STEPS]),
      best: [[0, 0.75]],
    },
    experiment,
  );
  assert.equal(run.params, { rounds: '100', rate: '0.05' }, experiment);
  assert.equal(run.artifacts, { 'model.txt': sha256('tree'.repeat(50_000)) }, experiment);
  assert.is(run.status, 'FINISHED', experiment);
  return run;
}

const PLACES = {
  'the search of the experiment': /GET .*experiments\/get-by-name$/,
  'making the experiment': /experiments\/create$/,
  'the search of the run': /runs\/search$/,
  'making the run': /runs\/create$/,
  logging: /runs\/log-batch$/,
  'the artifact': /PUT .*artifacts\/artifacts\//,
  'ending the run': /runs\/update$/,
};

for (const fault of ['500 never', '500 done', '429', '503', 'cut never', 'cut done'] as Fault[]) {
  testWithMlflow(
    `${fault}, twice at every kind of call: the upload ends, nothing is lost, nothing is there twice`,
    async () => {
      const folder = await recordBoth(path.join(dir, 'out'));
      for (const match of Object.values(PLACES)) proxy.fail(fault, match, 2);
      await uploadRun(folder, { client: openMlflow(proxy.url, QUICK), experiment: fault, run_key: 'r-1', log });
      // A run that is made is found and not made again, so it meets one fault of this kind only.
      assert.is(proxy.left(), fault.endsWith('done') ? 1 : 0, 'the faults have happened');
      await checkWhole(fault);
    },
  );
}

testWithMlflow(
  'a hang at the calls that change something ends with the time limit, and nothing is there twice',
  async () => {
    for (const fault of ['hang never', 'hang done'] as const) {
      const experiment = fault;
      const folder = await recordBoth(path.join(dir, experiment));
      for (const match of [PLACES['making the run'], PLACES.logging, PLACES['ending the run']])
        proxy.fail(fault, match);
      const client = openMlflow(proxy.url, { ...QUICK, timeout_s: 4 });
      await uploadRun(folder, { client, experiment, run_key: 'r-1', log });
      assert.is(proxy.left(), 0);
      await checkWhole(experiment);
    }
  },
);

testWithMlflow('no call is over the limits of MLflow, and there are no more calls than they make', async () => {
  const folder = await recordRun(path.join(dir, 'out'), (run) => {
    run.params(Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`p${index}`, 'ñ"'.repeat(3000)])));
    run.tags(Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`t${index}`, 'x'])));
    for (let step = 0; step < 2600; step += 1) run.metrics({ logloss: 1 / (step + 1) }, step);
  });
  await uploadRun(folder, { client: openMlflow(proxy.url, QUICK), experiment: 'limits', run_key: 'r-1', log });
  const batches = proxy.bodies.filter(({ call }) => PLACES.logging.test(call)).map(({ body }) => body);
  const sum = { params: 0, tags: 0, metrics: 0 };
  for (const body of batches) {
    const { params, tags, metrics } = JSON.parse(body.toString());
    assert.ok(body.length <= 1_000_000, `${body.length} bytes`);
    assert.ok(params.length <= 100 && tags.length <= 100, `${params.length} parameters, ${tags.length} tags`);
    assert.ok(params.length + tags.length + metrics.length <= 1000);
    sum.params += params.length;
    sum.tags += tags.length;
    sum.metrics += metrics.length;
  }
  assert.equal(sum, { params: 250, tags: 151, metrics: 2600 });
  // 74 parameters of 12,000 bytes fill a call, so they make four, the tags a fifth, which the metrics go on in.
  assert.ok(batches.length <= 7, `${batches.length} calls`);
});

testWithMlflow('uploaded again, nothing is sent that is there: no point, no parameter, no status', async () => {
  const folder = await recordBoth(path.join(dir, 'out'));
  const options = { client: openMlflow(proxy.url, QUICK), experiment: 'again', run_key: 'r-1', log };
  await uploadRun(folder, options);
  proxy.calls.length = 0;
  await uploadRun(folder, options);
  assert.equal(
    proxy.calls.filter((call) => /create|log-batch|update|set-tag/.test(call)),
    [],
  );
  await checkWhole('again');
});

testWithMlflow('a run is never made again before it was looked for', async () => {
  const folder = await recordBoth(path.join(dir, 'out'));
  for (const fault of ['500 never', 'cut never', 'cut done'] as const) proxy.fail(fault, PLACES['making the run']);
  await uploadRun(folder, { client: openMlflow(proxy.url, QUICK), experiment: 'looked for', run_key: 'r-1', log });
  const made = proxy.calls.flatMap((call, index) => (PLACES['making the run'].test(call) ? [index] : []));
  assert.is(made.length, 3);
  for (const index of made) assert.match(proxy.calls[index - 1] ?? '', PLACES['the search of the run']);
  await checkWhole('looked for');
});

testWithMlflow(
  'given up at any of its calls, as when the job is killed: the next upload ends with one whole run',
  async () => {
    const experiment = 'killed';
    const folder = await recordBoth(path.join(dir, experiment));
    for (let after = 0; ; after += 1) {
      const given = new AbortController();
      proxy.heal();
      proxy.fail(after % 2 === 0 ? 'hang done' : 'hang never', /./, 1, after);
      const options = { client: openMlflow(proxy.url, QUICK), experiment, run_key: 'r-1', log, signal: given.signal };
      const uploaded = uploadRun(folder, options).then(
        () => null,
        (error) => error,
      );
      const reason = new Error('the job is over');
      const hangs = setInterval(() => proxy.left() === 0 && given.abort(reason), 20);
      const error = await uploaded;
      clearInterval(hangs);
      if (error === null) break;
      assert.is(error, reason, `after ${after} calls`);
    }
    proxy.heal();
    await checkWhole(experiment);
  },
);

testWithMlflow(
  'down in the middle for good: the upload fails with the reason, and when MLflow is back it ends',
  async () => {
    const experiment = 'down';
    const folder = await recordBoth(path.join(dir, experiment));
    const options = { client: openMlflow(proxy.url, QUICK), experiment, run_key: 'r-1', log };
    proxy.fail('500 done', PLACES['the artifact'], 1000);
    const error = await failureOf(uploadRun(folder, options));
    assert.instance(error, TrackingError);
    assert.is(error.code, 'failed');
    assert.is(error.message, `MLflow at ${proxy.url}: 500 INTERNAL_ERROR: a bad day (attempt 5, the last)`);
    proxy.heal();
    const { runs } = await reader.read({ uri: server?.url ?? '', experiment });
    assert.equal(
      runs.map(({ status }) => status),
      ['RUNNING'],
    );
    const { run_id } = await uploadRun(folder, options);
    assert.is(run_id, runs[0]?.run_id);
    await checkWhole(experiment);
  },
);

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => assert.unreachable('it was taken'),
    (error) => error,
  );

test('nobody there: one line with the URI and without the password, soon, and the folder is as it was', async () => {
  const folder = await recordBoth(path.join(dir, 'out'));
  const content = () => readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]);
  const before = content();
  const port = await freePort();
  const client = openMlflow(`http://ana:s3cret@127.0.0.1:${port}`, { ...QUICK, attemptsMax: 3 });
  const start = performance.now();
  const error = await failureOf(uploadRun(folder, { client, experiment: 'x', run_key: 'r-1', log }));
  assert.ok(performance.now() - start < 5000);
  assert.instance(error, TrackingError);
  assert.is(error.code, 'unreachable');
  assert.is(error.message, `MLflow at http://127.0.0.1:${port}: no connection (ECONNREFUSED) (attempt 3, the last)`);
  assert.equal(content(), before);
});

test('a server that never answers is given up after the tries, or when the caller has had enough', async () => {
  const { url, requests, stop } = await listen(() => {});
  try {
    const client = openMlflow(url, { pause_s: 0.02, timeout_s: 0.2, attemptsMax: 3 });
    const error = await failureOf(client.call('GET', 'experiments/get-by-name'));
    assert.is(error.message, `MLflow at ${url}: no answer in 0.2 s (attempt 3, the last)`);
    assert.is(requests(), 3);
    const reason = new Error('enough');
    const patient = openMlflow(url);
    const given = new AbortController();
    setTimeout(() => given.abort(reason), 100);
    assert.is(await failureOf(patient.call('GET', 'experiments/get-by-name', { signal: given.signal })), reason);
  } finally {
    stop();
  }
});

const ANSWERS: Record<
  string,
  { status: number; headers?: Record<string, string>; body: string; code: string; said: RegExp }
> = {
  'a page instead of MLflow': {
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<html>',
    code: 'bad_answer',
    said: /the answer is not MLflow's \(text\/html\)$/,
  },
  'JSON of somebody else': { status: 200, body: '[]', code: 'bad_answer', said: /the answer is not MLflow's/ },
  'a path that is not there': { status: 404, body: '<html>', code: 'bad_answer', said: /: 404 Not Found$/ },
  'a way to somewhere else': {
    status: 302,
    headers: { location: 'https://user:s3cret@sso.example.com/login?token=s3cret' },
    body: '',
    code: 'bad_answer',
    said: /sends on to https:\/\/sso\.example\.com\/login: name that URI$/,
  },
  'no permission': {
    status: 403,
    body: '{"Message":"User: arn:aws:sts::1:assumed-role/x is not authorized\\nto perform: sagemaker-mlflow:CreateRun"}',
    code: 'denied',
    said: /: 403 Forbidden: User: arn:aws:sts::1:assumed-role\/x is not authorized to perform: sagemaker-mlflow:CreateRun$/,
  },
  'no password': { status: 401, body: 'You are not authenticated.', code: 'denied', said: /: 401 Unauthorized$/ },
  'a refusal': {
    status: 400,
    body: '{"error_code":"INVALID_PARAMETER_VALUE","message":"no"}',
    code: 'refused',
    said: /: 400 INVALID_PARAMETER_VALUE: no$/,
  },
};

for (const [name, { status, headers = {}, body, code, said }] of Object.entries(ANSWERS)) {
  test(`${name} is told at once, in one line`, async () => {
    const { url, requests, stop } = await listen((_, response) => response.writeHead(status, headers).end(body));
    try {
      const error = await failureOf(openMlflow(url, QUICK).call('POST', 'runs/create', { body: {} }));
      assert.instance(error, TrackingError);
      assert.is(error.code, code);
      assert.match(error.message, said);
      assert.not.match(error.message, /s3cret|\n/);
      assert.is(requests(), 1);
    } finally {
      stop();
    }
  });
}

test('an artifact that breaks off is told in one line', async () => {
  const { url, stop } = await listen((_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('half');
    setTimeout(() => response.destroy(), 50);
  });
  try {
    const artifacts = openRunArtifacts(openMlflow(url, QUICK), 'mlflow-artifacts:/0/run/artifacts');
    const error = await failureOf(artifacts.read('model.txt').then((bytes) => bytes.toArray()));
    assert.instance(error, TrackingError);
    assert.is(error.message, `MLflow at ${url}: the connection broke in the middle of an artifact`);
  } finally {
    stop();
  }
});

test('a server that asks to wait is waited for', async () => {
  let asked = 0;
  const { url, stop } = await listen((_, response) => {
    asked += 1;
    if (asked > 1) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    else response.writeHead(429, { 'retry-after': '1' }).end();
  });
  try {
    const start = performance.now();
    assert.equal(await openMlflow(url, QUICK).call('POST', 'runs/create', { body: {} }), {});
    assert.ok(performance.now() - start >= 990);
  } finally {
    stop();
  }
});

async function listen(answer: RequestListener): Promise<{ url: string; requests(): number; stop(): void }> {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, requests: () => count, stop };
}

test.run();
