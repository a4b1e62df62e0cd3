import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { remove, temporary } from '../folders.ts';
import { ROOT, skip } from '../python.ts';
import { layOutProcessing, layOutTraining, mountDisk, writeJson } from './jobFolders.ts';

const cli = path.join(import.meta.dirname, 'fakeCli.ts');
let dir = '';
let unmounts: (() => void)[] = [];
test.before.each(() => {
  dir = temporary();
  unmounts = [];
});
test.after.each(() => {
  for (const unmount of unmounts) unmount();
  remove(dir);
});

const at = (...parts: string[]) => path.join(dir, ...parts);
const root = () => at('ml');
const env = (more: Record<string, string> = {}) => {
  return { ...process.env, PILOTLIGHT_LOG_FORMAT: 'text', PILOTLIGHT_ML_ROOT: root(), ...more };
};

type Ended = { status: number | null; stderr: string; errors: string[] };

function job(step: string, args: string[] = [], more: Record<string, string> = {}): Ended {
  const { status, stderr } = spawnSync(process.execPath, [cli, step, ...args], { env: env(more), encoding: 'utf8' });
  return { status, stderr, errors: stderr.split('\n').filter((line) => line.includes('error: ')) };
}

const read = (...parts: string[]) => fs.readFileSync(at(...parts), 'utf8');
const names = (...parts: string[]) => fs.readdirSync(at(...parts)).sort();
const message = () => read('ml/output/message');
const failure = () => read('ml/output/failure');
const exists = (...parts: string[]) => fs.existsSync(at(...parts));

/** A processing job of Check with one file of rows. */
function layOutCheck(options: { hosts?: string[] } = {}): void {
  layOutProcessing(root(), { inputs: ['rows'], outputs: ['report'], ...options });
  fs.writeFileSync(at('ml/processing/input/rows/x'), 'rows');
}

function layOutLeft(options: { hyperparameters?: object; hosts?: string[] } = {}): void {
  layOutTraining(root(), { channels: ['rows'], ...options });
  fs.writeFileSync(at('ml/input/data/rows/x'), 'rows');
}

const places = () => [
  ...['--input', `rows=${at('ml/processing/input/rows')}`],
  ...['--output', `report=${at('ml/processing/output/report')}`],
];

async function until(what: () => boolean): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 20) {
    if (what()) return;
    await sleep(20);
  }
  throw new Error('it did not happen within 20 s');
}

type Running = { kill(signal: NodeJS.Signals): void; ended: Promise<Ended & { signal: string | null }> };

/** A job whose step has begun. */
async function begun(step: string, args: string[], behaviour: string): Promise<Running> {
  const more = { [`FAKE_${step}`]: behaviour, FAKE_EVENTS: at('events') };
  const child = spawn(process.execPath, [cli, step, ...args], { env: env(more), stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended & { signal: string | null }>((resolve) => {
    child.on('close', (status, signal) => resolve({ status, signal, stderr, errors: [] }));
  });
  await until(() => exists('events') && read('events').includes(`start ${step}`));
  return { kill: (signal) => void child.kill(signal), ended };
}

test('a processing job: the places of its configuration hold where the command line is silent', () => {
  layOutCheck();
  const { status, stderr } = job('Check', ['--param', 'Threshold=0.5']);
  assert.is(status, 0, stderr);
  assert.match(read('ml/processing/output/report/text.txt'), /^Check\n\{"Threshold":"0\.5"\}\n\nrows: x=rows$/);
  assert.equal(names('ml/processing/output/report'), ['facts.json', 'text.txt']);
  assert.not(exists('ml/output'), 'nothing failed');
  assert.equal(names('ml'), ['config', 'processing']);
});

test('a processing job: the same bytes as the step by itself', () => {
  layOutCheck();
  assert.is(job('Check', places()).status, 0);
  const args = ['--input', `rows=${at('ml/processing/input/rows')}`, '--output', `report=${at('alone')}`];
  assert.is(job('Check', args, { PILOTLIGHT_ML_ROOT: at('nowhere') }).status, 0);
  for (const name of ['facts.json', 'text.txt']) {
    assert.is(read('ml/processing/output/report', name), read('alone', name));
  }
});

test('a training job: channels, model folder, hyperparameters', () => {
  layOutLeft({ hyperparameters: { Side: 'of the job', sagemaker_program: 'x', sagemaker_region: '"eu-west-1"' } });
  const { status, stderr } = job('Left');
  assert.is(status, 0, stderr);
  assert.is(read('ml/model/text.txt'), 'Left\n{"Side":"of the job"}\n\nrows: x=rows');
  assert.equal(names('ml/output'), ['data'], 'nothing failed');
});

test('a training job: the command line goes before hyperparameters, the definition behind them', () => {
  layOutLeft({ hyperparameters: { Side: 'of the job' } });
  assert.is(job('Left', ['--param', 'Side=of the line']).status, 0);
  assert.match(read('ml/model/text.txt'), /"Side":"of the line"/);
  writeJson(at('ml/input/config/hyperparameters.json'), {});
  assert.is(job('Left').status, 0);
  assert.match(read('ml/model/text.txt'), /"Side":"Left"/);
});

for (const [what, lay, step, says, last] of [
  [
    'an unknown hyperparameter',
    () => layOutLeft({ hyperparameters: { Sidee: 'x' } }),
    'Left',
    /unknown hyperparameter Sidee: .*hyperparameters\.json: use one of Side$/,
    failure,
  ],
  [
    'a hyperparameter that is no text',
    () => layOutLeft({ hyperparameters: { Side: 3 } }),
    'Left',
    /the hyperparameter Side is no text: .*hyperparameters\.json: /,
    failure,
  ],
  [
    'two hosts of a training job',
    () => layOutLeft({ hosts: ['algo-1', 'algo-2'] }),
    'Left',
    /the job has 2 machines \(algo-1, algo-2\), and this step cannot share its work: step Left: set InstanceCount to 1$/,
    failure,
  ],
  [
    'two hosts of a processing job',
    () => layOutCheck({ hosts: ['algo-1', 'algo-2'] }),
    'Check',
    /the job has 2 machines \(algo-1, algo-2\)/,
    message,
  ],
  [
    'hosts that are no list',
    () => {
      layOutCheck();
      writeJson(at('ml/config/resourceconfig.json'), { hosts: 'algo-1' });
    },
    'Check',
    /hosts is no list of names: .*resourceconfig\.json: /,
    message,
  ],
  [
    'a file of the job that is no JSON',
    () => {
      layOutLeft();
      fs.writeFileSync(at('ml/input/config/hyperparameters.json'), '{"Side": ');
    },
    'Left',
    /the job's file cannot be read \(.*\): .*hyperparameters\.json: /,
    failure,
  ],
  [
    'a channel that is not there',
    () => {
      layOutLeft();
      remove(at('ml/input/data/rows'));
    },
    'Left',
    /no such input rows: .*input\/data\/rows: correct --input rows=DIR$/,
    failure,
  ],
] as const) {
  test(`${what}: one line, exit 2, in the job's file too`, () => {
    lay();
    const { status, errors } = job(step);
    assert.is(status, 2);
    assert.is(errors.length, 1, errors.join('\n'));
    assert.match(errors[0] ?? '', says);
    assert.ok((errors[0] ?? '').endsWith(last()), last());
    const out = step === 'Left' ? 'ml/model' : 'ml/processing/output/report';
    assert.equal(names(out), []);
  });
}

test('what the step says of bad input stands in the job file, and a later try that ends well takes it away', () => {
  layOutCheck();
  assert.is(job('Check', [], { FAKE_Check: 'input' }).status, 2);
  assert.is(message(), 'bad column amount_eur: hfac.csv: correct it');
  assert.equal(names('ml/processing/output/report'), []);
  assert.is(job('Check').status, 0);
  assert.not(exists('ml/output/message'));
});

for (const [behaviour, code, says] of [
  ['bug', 1, /^index out of range$/],
  ['full', 1, /^the disk is full: /],
  ['outside', 1, /^thrown outside any promise$/],
] as const) {
  test(`a step that ends by "${behaviour}": exit ${code}, one line without a stack`, () => {
    layOutLeft();
    const { status, errors } = job('Left', [], { FAKE_Left: behaviour });
    assert.is(status, code);
    assert.is(errors.length, 1, errors.join('\n'));
    assert.match(failure(), says);
    assert.equal(names('ml/model'), []);
    assert.equal(names('ml'), ['input', 'model', 'output']);
  });
}

test('a long failure is cut at 1024 bytes, on one line and between characters', () => {
  layOutCheck();
  assert.is(job('Check', [], { FAKE_Check: 'long' }).status, 2);
  const line = message();
  assert.ok(Buffer.byteLength(line) <= 1024 && Buffer.byteLength(line) > 1000, String(Buffer.byteLength(line)));
  assert.match(line, /^bad columns ñandú, /);
  assert.ok(line.endsWith('...'));
  assert.not.match(line, /\n|\ufffd/);
});

test('a failure file that cannot be written costs nothing but itself', () => {
  layOutCheck();
  fs.writeFileSync(at('ml/output'), 'a file where a folder is to be');
  const { status, errors } = job('Check', [], { FAKE_Check: 'input' });
  assert.is(status, 2);
  assert.is(errors.length, 1);
});

test('SIGTERM: exit 143, nothing that would be uploaded, and the same job done again ends well', async () => {
  layOutCheck();
  const running = await begun('Check', [], 'hang');
  assert.match(names('ml/processing/output/report').join(), /^\.pilotlight-report-\d+$/, 'hidden, and in the mount');
  running.kill('SIGTERM');
  assert.is((await running.ended).status, 143);
  assert.equal(names('ml/processing/output/report'), []);
  assert.is(message(), 'stopped before its end');
  assert.is(job('Check').status, 0);
  assert.not(exists('ml/output/message'));
});

test('SIGTERM, and a step that does not listen: the same after ten seconds', async () => {
  layOutLeft();
  const running = await begun('Left', [], 'deaf');
  running.kill('SIGTERM');
  assert.is((await running.ended).status, 143);
  assert.equal(names('ml/model'), []);
  assert.is(failure(), 'stopped before its end');
});

test('kill -9 leaves no result, and the same job done again leaves nothing else', async () => {
  layOutCheck();
  const running = await begun('Check', [], 'deaf');
  running.kill('SIGKILL');
  assert.is((await running.ended).signal, 'SIGKILL');
  assert.match(names('ml/processing/output/report').join(), /^\.pilotlight-report-\d+$/);
  assert.is(job('Check').status, 0);
  assert.equal(names('ml/processing/output/report'), ['facts.json', 'text.txt']);
});

test('what a process of the same number left in another container goes too', () => {
  layOutCheck();
  const report = at('ml/processing/output/report');
  const wrapper = `mkdir "${report}/.pilotlight-report-$$" "${report}/.pilotlight-other-$$"; exec "$0" "$@"`;
  const { status } = spawnSync('sh', ['-c', wrapper, process.execPath, cli, 'Check'], { env: env() });
  assert.is(status, 0);
  assert.match(names('ml/processing/output/report').join(), /^\.pilotlight-other-\d+,facts\.json,text\.txt$/);
});

test('a step that its runner watches is no job, wherever it runs', () => {
  layOutCheck({ hosts: ['algo-1', 'algo-2'] });
  const given = [...places().slice(0, 2), '--output', `report=${at('given')}`];
  const options = { env: env({ PILOTLIGHT_STEP_SUPERVISED: '1' }), input: '' };
  const child = spawnSync(process.execPath, [cli, 'Check', ...given], { ...options, encoding: 'utf8' });
  assert.not.match(child.stderr, /machines/);
  assert.not(exists('ml/output'));
});

test('a wrong command is in the job file too', () => {
  const pilotlight = (...args: string[]) => {
    const options = { cwd: ROOT, env: env(), encoding: 'utf8' } as const;
    return spawnSync(process.execPath, [path.join(ROOT, 'pipelines/cli.ts'), 'step', ...args], options);
  };
  layOutProcessing(root(), {});
  for (const [args, says] of [
    [['chrun', 'Bronze'], /^no pipeline "chrun": first argument: use one of /],
    [['churn', 'Bronse'], /^no step Bronse: pipeline churn: use one of Bronze, /],
    [['churn', 'Bronze', '--inputt', 'x=y'], /unknown option '--inputt'/],
    [['churn', 'Bronze', '--input', 'x'], /"x" is not KEY=VALUE/],
  ] as const) {
    const { status, stderr } = pilotlight(...args);
    assert.is(status, 2, stderr);
    assert.match(message(), says);
    assert.not.match(message(), /\n/);
    remove(at('ml/output'));
  }
});

test('the hook is handed what the step was and took, once the outputs stand', () => {
  layOutCheck();
  const names_ = { PILOTLIGHT_RUN_ID: 'run-1', PILOTLIGHT_EXECUTION_DATE: '2026-01-31' };
  assert.is(job('Check', [], { ...names_, FAKE_CONCLUDE: at('ending.json') }).status, 0);
  const ending = JSON.parse(read('ending.json'));
  assert.is(ending.step, 'Check');
  assert.equal(ending.outputs, { report: at('ml/processing/output/report') });
  assert.equal(ending.parameters, { Threshold: '0.25' });
  assert.equal(ending.run, { run_id: 'run-1', execution_date: '2026-01-31' });
  assert.ok(ending.duration_s > 0 && ending.duration_s < 60);
  assert.ok(ending.rss_bytes_max > 20e6);
  assert.match(ending.texts[0], /^Check/);
  assert.is(ending.aborted, false);
});

for (const fault of ['throw', 'stray']) {
  test(`a hook that fails (${fault}) is a warning, and nothing is lost`, () => {
    layOutCheck();
    const { status, errors, stderr } = job('Check', [], { FAKE_CONCLUDE: fault });
    assert.is(status, 0, stderr);
    assert.equal(errors, []);
    const says = { throw: 'the hook failed', stray: 'stray' }[fault];
    assert.match(stderr, new RegExp(`warning: the step ended well, and what comes after it failed: ${says}\n`));
    assert.not.match(stderr, / {4}at /);
    assert.equal(names('ml/processing/output/report'), ['facts.json', 'text.txt']);
    assert.not(exists('ml/output'));
  });
}

const probe = temporary();
const mayMount = mountDisk(probe);
mayMount?.();
remove(probe);

function testWithMounts(name: string, run: () => Promise<void> | void): void {
  if (mayMount) test(name, run);
  else skip(name, 'this user may not mount');
}

const mount = (folder: string, size?: string) => {
  const unmount = mountDisk(folder, size);
  if (unmount) unmounts.push(unmount);
};

testWithMounts('outputs that are mounts, twice over, with a kill between', async () => {
  layOutCheck();
  mount(at('ml/processing/output/report'));
  const running = await begun('Check', [], 'deaf');
  running.kill('SIGKILL');
  await running.ended;
  for (const threshold of ['0.5', '0.6']) {
    const { status, stderr } = job('Check', ['--param', `Threshold=${threshold}`]);
    assert.is(status, 0, stderr);
    assert.match(read('ml/processing/output/report/text.txt'), new RegExp(threshold.replace('.', '\\.')));
    assert.equal(names('ml/processing/output/report'), ['facts.json', 'text.txt']);
  }
});

testWithMounts('the model folder as a mount', () => {
  layOutLeft();
  mount(at('ml/model'));
  assert.is(job('Left').status, 0);
  assert.equal(names('ml/model'), ['text.txt']);
});

testWithMounts('a mount that is full: one line, and no part of a result', () => {
  layOutCheck();
  mount(at('ml/processing/output/report'), '1m');
  const { status, errors } = job('Check', [], { FAKE_Check: 'big' });
  assert.is(status, 1);
  assert.is(errors.length, 1);
  assert.match(message(), /^the disk is full: /);
  assert.equal(names('ml/processing/output/report'), []);
});

test.run();
