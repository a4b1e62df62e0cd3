import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type FaultProxy, startFaultProxy } from '../faultProxy.ts';
import { hashes, readJson, remove, temporary } from '../folders.ts';
import { pilotlight } from '../pilotlight.ts';
import { python, testWithPython } from '../python.ts';
import { type Account, compiledScore, deployedSegmentation, downloadRun, grounds, openAccount } from './account.ts';
import { checkRequests, type Execution, type Fault, getText, keysUnder, putFolder, putText } from './executor/index.ts';
import { notAllowed } from './permissions.ts';
import { stepAlone } from './stepAlone.ts';

const DATE = '2026-01-06';
const FAST = ['--set', 'modeling.boosting.rounds=20', '--set', 'modeling.boosting.early_stopping_rounds=5'];
const JOBS = ['PreprocessSplit', 'DriftCheck', 'TrainDomestic', 'TrainIndustrial', 'InferenceReporting'];
const work = temporary();
const at = (...parts: string[]) => path.join(work, ...parts);
const segmentation = deployedSegmentation();
let account: Account;
let proxy: FaultProxy;
let first: Execution;

const uri = (...parts: string[]) => [account.bucketUri, ...parts].join('/');
const asked = () => ({ ExecutionDate: DATE, ConfigUri: uri('tmp/config') });
const run = (id: string, more: Partial<Parameters<Account['start']>[1]> = {}) =>
  account.start(segmentation, { id, ...more, parameters: { ...asked(), ...more.parameters } });

/** A step of it by itself, on what the first run left. */
const alone = (step: string, id: string, more: Partial<Parameters<Account['start']>[1]> = {}) =>
  account.start(stepAlone(segmentation, step, first), {
    id,
    ...more,
    parameters: { ...asked(), ...more.parameters },
  });

const dataUris = (prefix: string) => ({
  ClieInputUri: uri(prefix, 'clie/'),
  PolaInputUri: uri(prefix, 'pola/'),
  HfacInputUri: uri(prefix, 'hfac/'),
});

function locally(code: number, ...args: string[]): void {
  const outcome = pilotlight(...args);
  assert.is(outcome.code, code, outcome.stderr);
}

const whyNot = ({ steps }: Execution): string =>
  Object.entries(steps)
    .filter(([, { status }]) => status === 'Failed')
    .map(([name, { failureReason, jobs }]) => `${name}: ${failureReason}\n${jobs.at(-1)?.logs.join('').slice(-2000)}`)
    .join('\n');

const statuses = ({ steps }: Execution) =>
  Object.fromEntries(Object.entries(steps).map(([name, { status }]) => [name, status]));

/** What a run left in the bucket, by the names that it has on this machine. */
async function hashesOf(execution: Execution): Promise<Record<string, string>> {
  assert.is(execution.status, 'Succeeded', whyNot(execution));
  assert.equal(execution.violations, []);
  assert.equal(checkRequests(execution), []);
  const folder = at('downloaded', execution.id);
  await downloadRun(account, execution, folder);
  return hashes(folder);
}

/** The one line by which a step's job told why it failed. */
function lineOf(execution: Execution, step: string): string {
  const record = execution.steps[step];
  const job = record?.jobs.at(-1);
  assert.equal([execution.status, record?.status, job?.status], ['Failed', 'Failed', 'Failed']);
  const line = job?.exitMessage ?? record?.failureReason ?? '';
  assert.not.match(line, '\n');
  assert.not.match(line, /^\s*$|NaN|undefined|\bat .*:\d+:\d+/);
  return line;
}

test.before(async () => {
  if (python() === null) return;
  account = await openAccount(at('jobs'));
  proxy = await startFaultProxy(account.moto.url);
  process.env.PILOTLIGHT_CODE_VERSION = account.codeVersion;
  const generate = (name: string, ...more: string[]) =>
    locally(0, 'generate', 'segmentation', '--rows', '1500', ...more, '--out', at(name));
  generate('data', '--seed', '3');
  generate('drifted', '--seed', '5', '--drift', 'all');
  locally(0, 'run', 'segmentation', '--data', at('data'), '--out', at('local'), ...FAST);
  await putFolder(account.s3, at('data'), uri('raw/segmentation'));
  await putFolder(account.s3, at('drifted'), uri('tmp/drifted'));
  await putFolder(account.s3, at('local/.pilotlight/config'), uri('tmp/config'));
});
test.after(async () => {
  await proxy?.stop();
  await account?.close();
  remove(work);
});

testWithPython('the deployed pipeline makes what the local runner makes, byte for byte', async () => {
  first = await run('a1b2c3d4e5f6', { endpoint: proxy.url });
  assert.equal(await hashesOf(first), hashes(at('local')));
  for (const name of JOBS) assert.is(first.steps[name]?.jobs.length, 1, name);
  assert.is(first.steps.DriftFound?.status, 'NotStarted');
});

testWithPython('its metrics log is the local one but for what each step took, alone and in its week', async () => {
  const [run, week, ...others] = await keysUnder(account.s3, uri('metrics-logs/'));
  const names = [run, week].map((key) => key?.split('/').at(-1));
  assert.equal([names, others], [[`run_${DATE}_${first.id}.txt`, 'week_2026-W02.txt'], []]);
  const log = await getText(account.s3, uri('metrics-logs/segmentation', names[0] ?? ''));
  assert.is(await getText(account.s3, uri('metrics-logs/segmentation', names[1] ?? '')), log);
  const [local] = readdirSync(at('local/metrics-logs')).filter((name) => name.startsWith('run_'));
  const expected = readFileSync(at('local/metrics-logs', local ?? ''), 'utf8');
  const withoutRun = (text: string) => text.split('\nSTEPS\n')[0]?.replace(/run \S+/, '');
  assert.is(withoutRun(log), withoutRun(expected));
  const steps = log.split('\nSTEPS\n')[1]?.match(/^\w+(?= +[\d.]+ s +\d+ MiB$)/gm) ?? [];
  assert.equal(steps.toSorted(), JOBS.toSorted());
  assert.is(steps.at(-1), 'InferenceReporting');
});

testWithPython('the role of the jobs allows what they ask of S3', () => {
  assert.ok(
    proxy.passed.some(({ method }) => method === 'PUT'),
    'what a step took is told',
  );
  assert.equal(notAllowed(grounds, proxy.passed), []);
  const { pathname } = new URL(uri('models/x').replace('s3:/', 'http://s3'));
  assert.is(notAllowed(grounds, [{ method: 'DELETE', path: pathname, status: 204 }]).length, 1);
});

testWithPython('drift against an earlier run stops it before training; throttling only makes it slower', async () => {
  proxy.rules([
    { method: 'GET', nth: [1, 2, 5, 9], fault: { kind: 'answer', status: 503, code: 'SlowDown' } },
    { method: 'GET', nth: [12], fault: { kind: 'cut_response', after_bytes: 10 } },
  ]);
  const execution = await run('drifted00001', {
    parameters: {
      ...dataUris('tmp/drifted'),
      FailOnDrift: 'true',
      BaselineFeaturesUri: uri('models/segmentation/splits', first.id),
      BaselineModelsUri: uri('models/segmentation/models', first.id),
    },
    endpoint: proxy.url,
  });
  assert.ok(proxy.struck >= 4, `${proxy.struck} faults`);
  assert.equal(notAllowed(grounds, proxy.passed), []);
  assert.equal(statuses(execution), {
    PreprocessSplit: 'Succeeded',
    DriftCheck: 'Succeeded',
    DriftGate: 'Succeeded',
    DriftFound: 'Failed',
    TrainDomestic: 'NotStarted',
    TrainIndustrial: 'NotStarted',
    InferenceReporting: 'NotStarted',
  });
  assert.is(execution.steps.DriftGate?.outcome, true);
  assert.match(String(execution.steps.DriftFound?.failureReason), /^drift found and FailOnDrift is "true"/);
  assert.equal(execution.violations, []);
  await downloadRun(account, execution, at('drifted-cloud'));
  const options = ['--baseline', at('local'), '--fail-on-drift', ...FAST];
  locally(3, 'run', 'segmentation', '--data', at('drifted'), '--out', at('drifted-local'), ...options);
  const [theirs, ours] = ['drifted-local', 'drifted-cloud'].map((name) =>
    readJson(at(name), 'drift/drift_summary.json'),
  );
  assert.is(ours.overall_drift, true);
  assert.is.not(ours.prediction_drift, 'NOT_MEASURED');
  const logs = execution.steps.DriftCheck?.jobs.at(-1)?.logs.join('') ?? '';
  const { _aws, run_id, FeaturesDrifted, ...metrics } = JSON.parse(/^\{"_aws".*$/m.exec(logs)?.[0] ?? '{}');
  assert.equal(metrics, { Stack: 'dev', Pipeline: 'segmentation', DriftDetected: 1, DriftNotMeasurable: 0 });
  assert.is(FeaturesDrifted, ours.features_drifted);
  assert.equal(ours, theirs);
});

testWithPython('models of an earlier run score new rows as they do on this machine', async () => {
  const parameters = {
    ...asked(),
    ...dataUris('tmp/drifted'),
    ModelsUri: uri('models/segmentation/models', first.id),
  };
  const roots = { ArtifactUri: uri('models/segmentation'), OutputUri: uri('scored/segmentation') };
  const execution = await account.start(compiledScore(), {
    id: 'score0000001',
    parameters: { ...parameters, ...roots },
  });
  locally(
    0,
    ...[
      'score',
      'segmentation',
      '--models',
      at('local/models'),
      '--data',
      at('drifted'),
      '--out',
      at('scored'),
      ...FAST,
    ],
  );
  assert.equal(await hashesOf(execution), hashes(at('scored')));
});

testWithPython('machines that go away at any moment: tried again by the policies, and the same bytes', async () => {
  const seconds = JOBS.map((name, index) => [name, 300 + ((index * 277) % 900)] as const);
  const faults = ({ step, attempt }: { step: string; attempt: number }): Fault | undefined => {
    const after_ms = seconds.find(([name]) => name === step)?.[1];
    return attempt === 1 && after_ms !== undefined ? { kind: 'machine lost', after_ms } : undefined;
  };
  const execution = await run('lost00000001', { faults });
  assert.equal(await hashesOf(execution), hashes(at('local')));
  const tries = JOBS.map((name) => execution.steps[name]?.jobs.length ?? 0);
  assert.ok(
    tries.some((count) => count > 1),
    `tries: ${tries}`,
  );
  for (const type of ['Domestic', 'Industrial']) {
    const keys = await keysUnder(account.s3, uri('models/segmentation/models', execution.id, `${type}/`));
    assert.is(keys.filter((key) => key.endsWith('model.tar.gz')).length, 1, type);
  }
});

testWithPython(
  'a job whose process is killed fails at once and leaves nothing that is taken for a result',
  async () => {
    for (const [index, after_ms] of [150, 400, 650].entries()) {
      const execution = await alone('TrainDomestic', `killed00000${index}`, {
        faults: () => ({ kind: 'killed', after_ms }),
      });
      const [job, ...others] = execution.steps.TrainDomestic?.jobs ?? [];
      assert.equal([job?.exitCodes, others.length], [[137], 0]);
      const prefix = `models/segmentation/models/${execution.id}/Domestic/${job?.name}/output/model/`;
      const names = (await keysUnder(account.s3, uri(prefix))).map((key) => key.slice(prefix.length));
      assert.equal(
        names.filter((name) => !name.startsWith('.')),
        [],
      );
    }
  },
);

testWithPython('what is wrong with an input is one line that names it', async () => {
  const nothing = uri('tmp/nothing');
  await putText(account.s3, uri('tmp/broken/config.json'), '{"modeling": ');
  const cases: [Record<string, string>, RegExp][] = [
    [{ ClieInputUri: nothing }, /^ClientError: .*tmp\/nothing.*\(input clie\)/],
    [{ HfacInputUri: 's3://no-such-bucket-here/hfac' }, /^ClientError: .*s3:\/\/no-such-bucket-here\/hfac/],
    [{ ConfigUri: nothing }, /nothing is there.*tmp\/nothing/],
    [{ ConfigUri: 's3://no-such-bucket-here/config' }, /no-such-bucket-here/],
    [{ ConfigUri: 'https://example.com/config.yaml' }, /https:\/\/example\.com\/config\.yaml/],
    [{ ConfigUri: uri('tmp/broken') }, /config\.json/],
    [{ ExecutionDate: 'yesterday' }, /"yesterday" is no date/],
    [{ ProcessingInstanceCount: '2' }, /\b2\b.*(host|machine|instance)/i],
    [{ ImageUri: 'nowhere/image@sha256:00' }, /Cannot find the image nowhere/],
  ];
  for (const [index, [parameters, pattern]] of cases.entries()) {
    const execution = await run(`wrong0000${100 + index}`, { parameters });
    assert.match(lineOf(execution, 'PreprocessSplit'), pattern);
  }
});

testWithPython('a permission that is missing is one line that names the URI', async () => {
  proxy.rules([{ path: /tmp\/config/, fault: { kind: 'answer', status: 403, code: 'AccessDenied' } }]);
  const execution = await run('denied000001', { endpoint: proxy.url });
  assert.match(lineOf(execution, 'PreprocessSplit'), new RegExp(`denied.*${uri('tmp/config')}`, 'i'));
});

testWithPython('so is a baseline that is not there, or has no models', async () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ BaselineFeaturesUri: uri('models/segmentation/splits/nothing') }, /nothing is there.*splits\/nothing/],
    [
      { BaselineFeaturesUri: uri('models/segmentation/splits', first.id), BaselineModelsUri: uri('tmp/config') },
      /no model of any type/,
    ],
  ];
  for (const [index, [parameters, pattern]] of cases.entries()) {
    const execution = await alone('DriftCheck', `baseline000${index}`, { parameters });
    assert.match(lineOf(execution, 'DriftCheck'), pattern);
  }
});

testWithPython('a training job tells its failure by its own file', async () => {
  // Two machines would train together, and nobody here knows the second one's name.
  const execution = await alone('TrainDomestic', 'train0000001', { parameters: { TrainingInstanceCount: '2' } });
  const line = lineOf(execution, 'TrainDomestic');
  assert.match(line, /^AlgorithmError: no address of machine algo-\d: .*, exit code: 2$/);
});

test.run();
