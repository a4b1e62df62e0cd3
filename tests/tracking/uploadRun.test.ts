import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import {
  DUPLICATE_TAG,
  type MlflowClient,
  openExperiment,
  openMlflow,
  openRunArtifacts,
  type RunLog,
  TrackingError,
  type UploadOptions,
  uploadRun,
} from '@pilotlight/tracking';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { remove, temporary } from '../folders.ts';
import { testWithPython } from '../python.ts';
import { startMlflow } from '../servers.ts';
import { type Reader, recordRun, sha256, startReader, writeArtifact } from './runs.ts';

let server: Awaited<ReturnType<typeof startMlflow>> | null = null;
let reader: Reader | null = null;
let client: MlflowClient;
let dir = '';
let warned: object[] = [];
const log = { warn: (fields: object) => void warned.push(fields) };

test.before.each(() => {
  dir = temporary();
  warned = [];
});
test.after.each(() => remove(dir));
test.after(async () => {
  reader?.stop();
  await server?.stop();
});

/** The test with the server, which is started for the first one. */
function testWithMlflow(name: string, run: () => Promise<void>): void {
  testWithPython(name, async () => {
    server ??= await startMlflow();
    reader ??= startReader();
    client = openMlflow(server.url);
    await run();
  });
}

const upload = (folder: string, experiment: string, more: Partial<UploadOptions> = {}) =>
  uploadRun(folder, { client, experiment, run_key: 'r-1/TrainDomestic', log, ...more });
const runsOf = async (experiment: string, artifacts = false) => {
  const { runs } = await (reader as Reader).read({ uri: client.uri, experiment, artifacts });
  return runs.filter(({ tags }) => tags[DUPLICATE_TAG] === undefined);
};
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => assert.unreachable('it was taken'),
    (error) => error,
  );

const points = (count: number, of: (index: number) => number): [number, number][] =>
  Array.from({ length: count }, (_, index) => [index, of(index)]);
const record = (log: RunLog) => {
  log.params({ rounds: 100, rate: 0.05, balanced: true });
  log.metrics({ auc: 0.75 });
  log.tags({ model_type: 'Domestic' });
};

testWithMlflow('everything of a run log is in MLflow as its own client reads it, also in other scripts', async () => {
  const experiment = 'pilotlight – facturación 🏠';
  const folder = await recordRun(path.join(dir, 'out'), (log, output) => {
    log.params({
      objective: 'binary',
      rate: 0.1,
      rounds: 300,
      balanced: true,
      note: 'Señal "αβγ"\nline 2 🏠',
      empty: '',
    });
    for (const [step, value] of points(5, (index) => Math.sqrt(index) / 3)) log.metrics({ auc: value }, step);
    log.metrics({ 'test/log loss': -1e-300, tiny: Number.MIN_VALUE, huge: Number.MAX_VALUE, unmeasured: null }, 7);
    log.tags({ model_type: 'Doméstico', empty: '' });
    writeArtifact(output, 'report ñ 100%.html', '<html>ñ</html>');
    writeArtifact(output, 'charts/deep/roc.svg', '<svg/>');
    writeArtifact(output, 'charts/empty.txt', '');
    log.artifact('../report ñ 100%.html');
    log.artifact(path.join(output, 'charts'));
    writeArtifact(output, 'tracking/notes.txt', 'inside');
    log.artifact('notes.txt');
  });
  const { run_id, url } = await upload(folder, experiment, { tags: { 'pilotlight.step': 'TrainDomestic' } });
  const [run, ...others] = await runsOf(experiment, true);
  assert.is(others.length, 0);
  assert.ok(run);
  assert.is(run.run_id, run_id);
  assert.match(url, new RegExp(`^${client.uri}/#/experiments/\\d+/runs/${run_id}$`));
  assert.is(run.name, 'segmentation-Domestic');
  assert.is(run.status, 'FINISHED');
  assert.ok(run.ended);
  assert.equal(run.params, {
    objective: 'binary',
    rate: '0.1',
    rounds: '300',
    balanced: 'true',
    note: 'Señal "αβγ"\nline 2 🏠',
    empty: '',
  });
  assert.equal(run.metrics, {
    auc: points(5, (index) => Math.sqrt(index) / 3),
    'test/log loss': [[7, -1e-300]],
    tiny: [[7, Number.MIN_VALUE]],
    huge: [[7, Number.MAX_VALUE]],
  });
  const tags = Object.entries(run.tags).filter(([key]) => !key.startsWith('mlflow.'));
  assert.equal(Object.fromEntries(tags), {
    model_type: 'Doméstico',
    empty: '',
    'pilotlight.run_key': 'r-1/TrainDomestic',
    'pilotlight.execution_date': '2026-01-31',
    'pilotlight.step': 'TrainDomestic',
  });
  assert.equal(run.artifacts, {
    'report ñ 100%.html': sha256('<html>ñ</html>'),
    'charts/deep/roc.svg': sha256('<svg/>'),
    'charts/empty.txt': sha256(''),
    'notes.txt': sha256('inside'),
  });
  assert.equal(warned, []);
});

testWithMlflow(
  'past the limits of one call: thousands of points, hundreds of parameters and tags, long values',
  async () => {
    const many = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`p${index}`, `🏠${'ñ'.repeat(5990)}`]));
    const folder = await recordRun(path.join(dir, 'out'), (log) => {
      log.params({ ...many, long: '🏠'.repeat(6001), fits: '🏠'.repeat(6000) });
      log.tags({
        ...Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`t${index}`, `${index}`])),
        long: 'x'.repeat(9000),
      });
      for (let step = 0; step < 1300; step += 1) log.metrics({ logloss: 1 / (step + 1), auc: step / 1300 }, step);
    });
    await upload(folder, 'limits');
    const [run] = await runsOf('limits');
    assert.ok(run);
    assert.equal(
      run.metrics.logloss,
      points(1300, (step) => 1 / (step + 1)),
    );
    assert.equal(
      run.metrics.auc,
      points(1300, (step) => step / 1300),
    );
    assert.is(Object.keys(run.params).length, 252);
    assert.is(run.params.p249, many.p249);
    assert.is(run.params.fits, '🏠'.repeat(6000));
    assert.is(run.params.long, `${'🏠'.repeat(5999)}…`);
    assert.is(run.tags.t149, '149');
    assert.is(run.tags.long, `${'x'.repeat(4999)}…`);
    assert.equal(warned, [{ names: ['long', 'long'] }]);
  },
);

testWithMlflow('uploaded again, nothing is there twice; a run of another key is another run', async () => {
  const folder = await recordRun(path.join(dir, 'out'), (log) => {
    record(log);
    for (let step = 0; step < 20; step += 1) log.metrics({ logloss: 1 / (step + 1) }, step);
    log.metrics({ logloss: 0.5 }, 3);
    log.metrics({ logloss: 0.5 }, 3);
  });
  const first = await upload(folder, 'again');
  const [before] = await runsOf('again');
  assert.equal(await upload(folder, 'again'), first);
  assert.equal(await runsOf('again'), [before]);
  assert.is(before?.metrics.logloss?.length, 21, 'the same point twice in a log is one point');
  const other = await upload(folder, 'again', { run_key: "r-1/TrainDomestic's" });
  assert.is.not(other.run_id, first.run_id);
  assert.is((await upload(folder, 'again', { run_key: "r-1/TrainDomestic's" })).run_id, other.run_id);
  assert.is((await runsOf('again')).length, 2);
});

testWithMlflow('a run that a person deleted stays deleted, and the next upload makes a new one', async () => {
  const folder = await recordRun(path.join(dir, 'out'), record);
  const first = await upload(folder, 'deleted run');
  await client.call('POST', 'runs/delete', { body: { run_id: first.run_id } });
  const second = await upload(folder, 'deleted run');
  assert.is.not(second.run_id, first.run_id);
  assert.equal(
    (await runsOf('deleted run')).map(({ run_id }) => run_id),
    [second.run_id],
  );
});

testWithMlflow(
  'a killed step: what it wrote is there, the run is killed; run again, the same run is finished',
  async () => {
    const output = path.join(dir, 'out');
    const killed = await recordRun(
      output,
      (log) => {
        log.params({ rounds: 100 });
        log.metrics({ logloss: 0.9 }, 1);
        log.artifact('../never-written.txt');
      },
      null,
    );
    appendFileSync(path.join(killed, 'run.jsonl'), '{"event":"metrics","step":2,"values":{"logl');
    const { run_id } = await upload(killed, 'killed');
    const [cut] = await runsOf('killed');
    assert.is(cut?.status, 'KILLED');
    assert.equal(cut?.metrics, { logloss: [[1, 0.9]] });
    assert.equal(warned, [{ artifact: '../never-written.txt' }]);
    const whole = await recordRun(output, (log) => {
      log.params({ rounds: 100 });
      log.metrics({ logloss: 0.9 }, 1);
      log.metrics({ logloss: 0.8 }, 2);
    });
    assert.is((await upload(whole, 'killed')).run_id, run_id);
    const [run, ...others] = await runsOf('killed');
    assert.is(others.length, 0);
    assert.is(run?.status, 'FINISHED');
    assert.equal(run?.metrics, {
      logloss: [
        [1, 0.9],
        [2, 0.8],
      ],
    });
  },
);

testWithMlflow('a run that says it failed is failed', async () => {
  const folder = await recordRun(path.join(dir, 'out'), record, 'failed');
  await upload(folder, 'failed');
  assert.is((await runsOf('failed'))[0]?.status, 'FAILED');
});

testWithMlflow('many uploads at once make one experiment and one run, every point once', async () => {
  const folder = await recordRun(path.join(dir, 'out'), (log) => {
    record(log);
    for (let step = 0; step < 50; step += 1) log.metrics({ logloss: 1 / (step + 1) }, step);
  });
  const ids = await Promise.all(Array.from({ length: 5 }, () => openExperiment(client, 'at once')));
  assert.is(new Set(ids).size, 1);
  await Promise.all(Array.from({ length: 4 }, () => upload(folder, 'at once')));
  const runs = await runsOf('at once');
  assert.is(runs.length, 1);
  assert.equal(
    runs[0]?.metrics.logloss,
    points(50, (step) => 1 / (step + 1)),
  );
  assert.is(runs[0]?.status, 'FINISHED');
  assert.is((await upload(folder, 'at once')).run_id, runs[0]?.run_id);
});

testWithMlflow('a deleted experiment is told in one line', async () => {
  const folder = await recordRun(path.join(dir, 'out'), record);
  const experiment_id = await openExperiment(client, 'gone');
  await client.call('POST', 'experiments/delete', { body: { experiment_id } });
  const error = await failureOf(upload(folder, 'gone'));
  assert.instance(error, TrackingError);
  assert.is(error.code, 'deleted');
  assert.is(
    error.message,
    `MLflow at ${client.uri}: the experiment "gone" is deleted: restore it, or name another one`,
  );
});

testWithMlflow(
  'a parameter that the run has otherwise is a conflict, and nothing of the upload is logged',
  async () => {
    await upload(await recordRun(path.join(dir, 'a'), record), 'conflict');
    const [before] = await runsOf('conflict');
    const other = await recordRun(path.join(dir, 'b'), (log) => {
      log.params({ rounds: 200, more: 1 });
      log.metrics({ auc: 0.9 }, 5);
    });
    const error = await failureOf(upload(other, 'conflict'));
    assert.instance(error, TrackingError);
    assert.is(error.code, 'conflict');
    assert.match(error.message, /the run has the parameter rounds as "100", not "200"$/);
    assert.equal(await runsOf('conflict'), [before]);
  },
);

testWithMlflow('a log that is none is refused before anything is made', async () => {
  const start = '{"event":"start","schema_version":1,"run_id":"r","name":"n","execution_date":"2026-01-31"}\n';
  const end = '{"event":"end"}\n';
  const cases: Record<string, [string | null, RegExp]> = {
    no_folder: [null, /there is no run log/],
    empty: ['', /the run log is empty/],
    half_a_start: ['{"event":"sta', /the run log is empty/],
    no_start: [end, /does not begin as a run log of version 1/],
    torn: [`${start}{"event":"met\n${end}`, /line 2 of run\.jsonl is not JSON/],
    infinite: [`${start}{"event":"metrics","step":0,"values":{"auc":1e999}}\n`, /the metric auc is no finite number/],
    nan: [`${start}{"event":"metrics","step":0,"values":{"auc":"NaN"}}\n`, /the metric auc is no finite number/],
    step: [`${start}{"event":"metrics","step":0.5,"values":{"auc":1}}\n`, /the step 0\.5 is no whole number/],
    object: [`${start}{"event":"params","values":{"a":{}}}\n`, /the parameter a is no text/],
    unknown: [`${start}{"event":"dance"}\n`, /an unknown event "dance"/],
    outside: [`${start}{"event":"artifact","path":"../../etc/passwd"}\n${end}`, /outside of the step's output/],
    absolute: [`${start}{"event":"artifact","path":"/etc/passwd"}\n${end}`, /outside of the step's output/],
    missing: [`${start}{"event":"artifact","path":"../model.txt"}\n${end}`, /an artifact of the run is not there/],
  };
  for (const [name, [text, expected]] of Object.entries(cases)) {
    const folder = path.join(dir, name, 'tracking');
    if (text !== null) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'run.jsonl'), text);
    }
    const error = await failureOf(upload(folder, 'refused'));
    assert.instance(error, InputError, name);
    assert.match(error.message, expected, name);
    assert.ok(error.message.includes(path.join(dir, name)), `${name}: ${error.message}`);
    assert.not.match(error.message, /\n/, name);
  }
  assert.equal(await runsOf('refused'), []);
});

testWithMlflow('two artifacts that would have one name are refused', async () => {
  const folder = await recordRun(path.join(dir, 'out'), (log, output) => {
    writeArtifact(output, 'a.txt', 'outside');
    writeArtifact(output, 'tracking/a.txt', 'inside');
    log.artifact('a.txt');
    log.artifact('../a.txt');
  });
  const error = await failureOf(upload(folder, 'names'));
  assert.match(error.message, /two artifacts of the run have one name/);
});

testWithMlflow('an upload leaves the folder as it is, and needs nothing but the journal', async () => {
  const folder = await recordRun(path.join(dir, 'out'), record);
  for (const name of ['params', 'metrics', 'tags', 'artifacts']) rmSync(path.join(folder, `${name}.json`));
  const before = readFileSync(path.join(folder, 'run.jsonl'), 'utf8');
  await upload(folder, 'journal');
  assert.is(readFileSync(path.join(folder, 'run.jsonl'), 'utf8'), before);
  assert.equal((await runsOf('journal'))[0]?.params, { rounds: '100', rate: '0.05', balanced: 'true' });
});

testWithMlflow('artifacts are listed and read by the proxy, and a place that cannot be written is told', async () => {
  const folder = await recordRun(path.join(dir, 'out'), (log, output) => {
    writeArtifact(output, 'model/model.txt', 'x'.repeat(3_000_000));
    writeArtifact(output, "model/it's (1)!.txt", 'ñ');
    log.artifact('../model');
  });
  const { run_id } = await upload(folder, 'artifacts');
  const { run } = (await client.call('GET', 'runs/get', { query: { run_id } })) as {
    run: { info: { artifact_uri: string } };
  };
  const artifacts = openRunArtifacts(client, run.info.artifact_uri);
  const listed = await Array.fromAsync(artifacts.list());
  assert.equal(
    listed.sort((a, b) => a.bytes - b.bytes),
    [
      { name: "model/it's (1)!.txt", bytes: 2 },
      { name: 'model/model.txt', bytes: 3_000_000 },
    ],
  );
  const read = await (await artifacts.read('model/model.txt')).toArray();
  assert.is(Buffer.concat(read).toString(), 'x'.repeat(3_000_000));
  assert.throws(
    () => openRunArtifacts(client, 'file:///srv/mlruns/0/artifacts'),
    (error: Error) =>
      error instanceof TrackingError && error.code === 'unsupported' && error.message.includes('file:///'),
  );
});

test.run();
