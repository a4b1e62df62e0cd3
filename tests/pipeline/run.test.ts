import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { InputError } from '@pilotlight/errors';
import type { Logger } from '@pilotlight/logging';
import { type RunOptions, type RunReport, runPipeline } from '@pilotlight/pipeline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fake, forked } from './fakePipeline.ts';

let dir = '';
let said: string[] = [];
test.before.each(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));
  said = [];
  fs.mkdirSync(at('data'));
  fs.writeFileSync(at('data/x.csv'), 'a,b\n1,2\n');
});
test.after.each(() => {
  for (const key of Object.keys(process.env)) if (key.startsWith('FAKE_')) delete process.env[key];
  fs.rmSync(dir, { recursive: true, force: true });
});

const at = (...parts: string[]) => path.join(dir, ...parts);
const say = (fields: object, msg: string) => {
  said.push(`${'step' in fields ? `${fields.step}: ` : ''}${msg}`);
};
const log: Logger = { debug: say, info: say, warn: say, error: say, child: () => log };
const cli = path.join(import.meta.dirname, 'fakeCli.ts');

function run(parameters: Record<string, string> = {}, options: Partial<RunOptions> = {}): Promise<RunReport> {
  process.env.FAKE_EVENTS = at('events');
  return runPipeline({
    definition: fake,
    parameters: { DataUri: at('data'), ...parameters },
    out: at('out'),
    stepCommand: (step, args) => ({ command: process.execPath, args: [cli, step.name, ...args] }),
    sourceFingerprint: 'code-1',
    log,
    ...options,
  });
}

const status = (report: RunReport) => Object.fromEntries(report.steps.map((step) => [step.name, step.status]));
const events = () => (fs.existsSync(at('events')) ? fs.readFileSync(at('events'), 'utf8').trim().split('\n') : []);
const readRun = () => JSON.parse(fs.readFileSync(at('out/run.json'), 'utf8')) as RunReport;

function outputs(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of (fs.readdirSync(folder, { recursive: true }) as string[]).sort()) {
    const file = path.join(folder, name);
    if (name.startsWith('.pilotlight') || name === 'run.json' || fs.statSync(file).isDirectory()) continue;
    files[name] = fs.readFileSync(file, 'utf8');
  }
  return files;
}

async function refusal(work: Promise<unknown>): Promise<InputError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.instance(error, InputError);
  return error as InputError;
}

const ALL = { First: 'succeeded', Check: 'succeeded', Gate: 'succeeded', Stop: 'not_run' };

test('all steps run in order, the two in the middle at the same time, and hand on their outputs', async () => {
  process.env.FAKE_Left = 'slow';
  process.env.FAKE_Right = 'slow';
  const report = await run();
  assert.is(report.exit_code, 0);
  assert.is(report.status, 'succeeded');
  assert.equal(status(report), { ...ALL, Left: 'succeeded', Right: 'succeeded', Last: 'succeeded' });
  const seen = events();
  assert.equal(seen.slice(0, 4), ['start First', 'end First', 'start Check', 'end Check']);
  assert.equal(seen.slice(4, 6).sort(), ['start Left', 'start Right'], 'both start before either ends');
  assert.equal(seen.slice(8), ['start Last', 'end Last']);
  const result = fs.readFileSync(at('out/result/text.txt'), 'utf8');
  assert.match(result, /left: text\.txt=Left\n\{"Side":"Left"\}\n2026-01-31\nrows: text\.txt=First/);
  assert.match(result, /a,b\n1,2\n/);
});

test('the run report says what ran, on what, how long and with how much memory', async () => {
  const report = await run({ Threshold: '0.5' });
  assert.equal(readRun(), JSON.parse(JSON.stringify(report)));
  assert.match(report.run_id, /^[0-9a-f]{16}$/);
  assert.is(report.parameters.Threshold, '0.5');
  assert.is(report.execution_date, '2026-01-31');
  const first = report.steps[0];
  assert.is(first?.exit_code, 0);
  assert.ok((first?.duration_s ?? 0) > 0.02);
  assert.ok((first?.rss_bytes_max ?? 0) > 20e6, 'more than 20 MB, the least that Node needs');
  assert.ok((first?.rss_bytes_max ?? 0) < 1e9);
  assert.ok(
    said.some((line) => /^First: done in \d+\.\d s, \d+ MiB at most$/.test(line)),
    said.join('\n'),
  );
  assert.equal(fs.readdirSync(at('out/.pilotlight')).sort(), ['logs', 'owner.json', 'steps', 'work']);
  assert.equal(fs.readdirSync(at('out/.pilotlight/work')), []);
});

test('one at a time when asked', async () => {
  process.env.FAKE_Left = 'slow';
  await run({}, { maxParallel: 1 });
  assert.equal(events().slice(4, 8), ['start Left', 'end Left', 'start Right', 'end Right']);
});

test('the same command again skips every step and changes no byte', async () => {
  const first = await run();
  const before = outputs(at('out'));
  fs.rmSync(at('events'));
  const second = await run();
  assert.equal(events(), []);
  assert.is(second.run_id, first.run_id);
  assert.is(second.exit_code, 0);
  assert.is(status(second).Last, 'skipped');
  assert.is(second.steps[0]?.duration_s, first.steps[0]?.duration_s, 'what the step cost is remembered');
  assert.equal(outputs(at('out')), before);
  assert.is(said.filter((line) => line.includes('skipped')).length, 5);
});

test('only what depends on a change runs again', async () => {
  await run();
  fs.rmSync(at('events'));
  const report = await run({ Threshold: '0.5' });
  assert.equal(events(), ['start Check', 'end Check'], 'nothing reads the report of Check but the gate');
  assert.is(status(report).First, 'skipped');
  fs.rmSync(at('events'));
  fs.appendFileSync(at('data/x.csv'), '3,4\n');
  await run({ Threshold: '0.5' });
  assert.is(events().length, 10, 'new data: all five steps');
  fs.rmSync(at('events'));
  await run({ Threshold: '0.5' }, { sourceFingerprint: 'code-2' });
  assert.is(events().length, 10, 'new code: all five steps');
  fs.rmSync(at('events'));
  await run({ Threshold: '0.5' }, { sourceFingerprint: 'code-2', fresh: true });
  assert.is(events().length, 10, 'asked for: all five steps');
});

test('an output that is gone or was cut is made again', async () => {
  await run();
  const before = outputs(at('out'));
  for (const harm of [
    () => fs.rmSync(at('out/models/Left'), { recursive: true }),
    () => fs.truncateSync(at('out/models/Left/text.txt'), 3),
    () => fs.writeFileSync(at('out/models/Left/extra'), ''),
    () => fs.rmSync(at('out/.pilotlight/steps/Left.json')),
    () => fs.writeFileSync(at('out/.pilotlight/steps/Left.json'), '{"half'),
  ]) {
    fs.rmSync(at('events'), { force: true });
    harm();
    await run();
    assert.equal(events(), ['start Left', 'end Left']);
    assert.equal(outputs(at('out')), before);
  }
});

test('an optional input is handed when it is there', async () => {
  fs.writeFileSync(at('baseline.txt'), 'the baseline');
  await run({ BaselineUri: at('baseline.txt') });
  assert.match(fs.readFileSync(at('out/report/text.txt'), 'utf8'), /baseline: the baseline/);
  await run({ BaselineUri: 'none' });
  assert.not.match(fs.readFileSync(at('out/report/text.txt'), 'utf8'), /baseline/);
});

const used = () => fs.readFileSync(at('out/result/text.txt'), 'utf8');
const learnt = { Source: 'succeeded', Choice: 'succeeded', Learn: 'succeeded', Keep: 'succeeded', Use: 'succeeded' };

test('a step that a condition left out is not handed to a reader that can do without it', async () => {
  const report = await run({ Mode: 'use' }, { definition: forked });
  assert.is(report.exit_code, 0);
  assert.equal(status(report), { ...learnt, Learn: 'not_run', Keep: 'not_run' });
  assert.match(used(), /rows: text\.txt=Source/);
  assert.not.match(used(), /kept:/);
  assert.not(fs.existsSync(at('out/model')));
});

test('a step that a condition chose is handed to that reader, which waits for it', async () => {
  process.env.FAKE_Keep = 'slow';
  const report = await run({ Mode: 'learn' }, { definition: forked });
  assert.equal(status(report), learnt);
  assert.match(used(), /kept: text\.txt=Keep/);
  assert.equal(events().slice(-3), ['end Keep', 'start Use', 'end Use']);
});

test('the reader runs again when the choice changed, and is not handed what an earlier run left', async () => {
  await run({ Mode: 'learn' }, { definition: forked });
  const withKept = used();
  fs.rmSync(at('events'));
  const report = await run({ Mode: 'use' }, { definition: forked });
  assert.equal(events(), ['start Use', 'end Use']);
  assert.equal(status(report), { ...learnt, Source: 'skipped', Learn: 'not_run', Keep: 'not_run' });
  assert.not.match(used(), /kept:/);
  await run({ Mode: 'learn' }, { definition: forked });
  assert.is(used(), withKept);
});

test('the reader does not run when what it could do without has failed', async () => {
  process.env.FAKE_Keep = 'input';
  const report = await run({ Mode: 'learn' }, { definition: forked });
  assert.is(report.exit_code, 2);
  assert.equal(status(report), { ...learnt, Keep: 'failed', Use: 'not_run' });
  assert.not(fs.existsSync(at('out/result')));
});

test('the gate ends the run with the exit code and message of the fail step, again when run again', async () => {
  for (const first of ['succeeded', 'skipped']) {
    const report = await run({ StopOnDrift: 'true' });
    assert.is(report.exit_code, 3);
    assert.is(report.status, 'failed');
    assert.is(report.message, 'drift found');
    assert.equal(status(report), {
      ...{ First: first, Check: first, Gate: 'succeeded', Stop: 'failed' },
      ...{ Left: 'not_run', Right: 'not_run', Last: 'not_run' },
    });
    assert.is(report.steps[2]?.holds, true);
    assert.ok(fs.existsSync(at('out/report/facts.json')), 'the report stands');
    assert.not(fs.existsSync(at('out/models')));
  }
});

test('the gate lets a run pass whose facts are below its bound', async () => {
  process.env.FAKE_DRIFT = '0.1';
  const report = await run({ StopOnDrift: 'true' });
  assert.is(report.exit_code, 0);
  assert.is(report.steps[2]?.holds, false);
});

test('a gate that cannot read its fact does not pass', async () => {
  process.env.FAKE_Check = 'mistyped';
  const report = await run({ StopOnDrift: 'true' });
  assert.is(report.exit_code, 1);
  assert.is(status(report).Left, 'not_run');
  assert.match(report.message ?? '', /needs a number and found "much": Check\.Facts\.drift\.overall/);
});

test('outputs of an earlier run do not stand beside those of one that stopped', async () => {
  await run();
  await run({ StopOnDrift: 'true', ExecutionDate: '2026-02-28' });
  assert.equal(Object.keys(outputs(at('out'))), [
    'notes/text.txt',
    'report/facts.json',
    'report/text.txt',
    'rows/text.txt',
  ]);
});

test('a step that fails ends the run with its code and one line; its sibling is left to end', async () => {
  process.env.FAKE_Left = 'input';
  process.env.FAKE_Right = 'slow';
  const report = await run();
  assert.is(report.exit_code, 2);
  assert.is(report.message, 'Left failed: bad column amount_eur: hfac.csv: correct it');
  assert.equal(status(report), { ...ALL, Left: 'failed', Right: 'succeeded', Last: 'not_run' });
  assert.not(fs.existsSync(at('out/models/Left')), 'nothing half-written');
  assert.ok(fs.existsSync(at('out/models/Right/text.txt')));
  const line = said.find((one) => one.startsWith('Left: failed'));
  assert.ok(line?.endsWith(`(log: ${at('out/.pilotlight/logs/Left.jsonl')})`), line);
  delete process.env.FAKE_Left;
  const resumed = await run();
  assert.is(resumed.exit_code, 0);
  assert.is(status(resumed).Right, 'skipped');
});

for (const [behaviour, message, code] of [
  ['bug', /^First failed: index out of range$/, 1],
  ['full', /^First failed: the disk is full: .*free some space, then run the same command again$/, 1],
  ['sigkill', /^First was killed \(SIGKILL\): most often the machine had no memory left$/, 1],
  ['sigsegv', /^First crashed \(SIGSEGV\)/, 1],
  ['outside', /^First failed: Error: thrown outside any promise$/, 1],
  ['empty', /^First ended without writing its output rows$/, 1],
] as const) {
  test(`a step that ends by "${behaviour}" is told in one line, and leaves nothing`, async () => {
    process.env.FAKE_First = behaviour;
    const report = await run();
    assert.match(report.message ?? '', message);
    assert.not.match(report.message ?? '', /\n/);
    assert.is(report.exit_code, code);
    assert.equal(outputs(at('out')), {});
    assert.equal(fs.readdirSync(at('out/.pilotlight/work')), []);
  });
}

test('MLflow is handed to the steps as to a job: by the environment', async () => {
  const definition = {
    ...fake,
    parameters: { ...fake.parameters, MlflowTrackingUri: { type: 'String', default: 'none', description: 'MLflow' } },
  } as const;
  const tell = `require('node:fs').writeFileSync(${JSON.stringify(at('told'))}, String(process.env.MLFLOW_TRACKING_URI))`;
  const stepCommand = () => ({ command: process.execPath, args: ['-e', tell] });
  const told = async (parameters: Record<string, string>) => {
    await run(parameters, { definition, stepCommand, fresh: true });
    return fs.readFileSync(at('told'), 'utf8');
  };
  delete process.env.MLFLOW_TRACKING_URI;
  assert.is(await told({}), 'undefined');
  assert.is(await told({ MlflowTrackingUri: 'http://mlflow' }), 'http://mlflow');
  process.env.MLFLOW_TRACKING_URI = 'http://set-by-the-person';
  assert.is(await told({}), 'http://set-by-the-person');
  delete process.env.MLFLOW_TRACKING_URI;
});

test('a step that ends well without its property file has failed', async () => {
  process.env.FAKE_Check = 'factless';
  const report = await run();
  assert.is(report.message, 'Check ended without its property file Facts (report/facts.json), or it is no JSON');
  assert.not(fs.existsSync(at('out/report')));
});

test('a full disk is one line, and the same command goes on when there is space', async () => {
  fs.mkdirSync(at('small'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', at('small')]).status !== 0) {
    console.log('skipped: a full disk: no right to mount a small one');
    return;
  }
  try {
    process.env.FAKE_Check = 'big';
    const report = await run({}, { out: at('small/out') });
    assert.is(report.exit_code, 1);
    assert.match(
      report.message ?? '',
      /^Check failed: the disk is full: .*: free some space, then run the same command again$/,
    );
    assert.not(fs.existsSync(at('small/out/report')));
    delete process.env.FAKE_Check;
    const resumed = await run({}, { out: at('small/out') });
    assert.is(resumed.exit_code, 0);
    assert.is(status(resumed).First, 'skipped');
    fs.writeFileSync(at('small/filler'), '');
    assert.throws(() => fs.appendFileSync(at('small/filler'), Buffer.alloc(4e6)), /ENOSPC/);
    const error = await refusal(run({}, { out: at('small/out2') }));
    assert.match(error.message, /^the disk is full: |cannot be written \(ENOSPC/);
  } finally {
    spawnSync('umount', [at('small')]);
  }
});

test('a command that cannot be started is told', async () => {
  const report = await run({}, { stepCommand: () => ({ command: at('absent'), args: [] }) });
  assert.match(report.message ?? '', /^First failed: .*absent cannot be started: /);
  assert.is(report.exit_code, 1);
});

test("a step's log is JSON lines with the run's context; its progress is passed on", async () => {
  process.env.FAKE_First = 'noisy';
  const report = await run();
  const lines = fs.readFileSync(at('out/.pilotlight/logs/First.jsonl'), 'utf8').trim().split('\n');
  const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const started = records.find((record) => record.msg === 'started');
  assert.is(started?.run_id, report.run_id);
  assert.is(started?.step, 'First');
  assert.is(started?.execution_date, '2026-01-31');
  assert.ok(records.some((record) => record.msg === 'plain text on stdout'));
  assert.ok(said.includes('First 50 %'), said.join('\n'));
});

test('an abort stops the running step and leaves a run that can go on', async () => {
  process.env.FAKE_Check = 'hang';
  const controller = new AbortController();
  const running = run({}, { signal: controller.signal });
  while (!events().includes('start Check')) await new Promise((resolve) => setTimeout(resolve, 20));
  controller.abort();
  const report = await running;
  assert.is(report.status, 'interrupted');
  assert.is(report.exit_code, 130);
  assert.equal(status(report), {
    ...{ First: 'succeeded', Check: 'interrupted', Gate: 'not_run', Stop: 'not_run' },
    ...{ Left: 'not_run', Right: 'not_run', Last: 'not_run' },
  });
  delete process.env.FAKE_Check;
  const resumed = await run();
  assert.is(resumed.exit_code, 0);
  assert.is(status(resumed).First, 'skipped');
});

test('an input may stand in the output folder beside the outputs; a small file counts by its content', async () => {
  fs.mkdirSync(at('out/given'), { recursive: true });
  fs.writeFileSync(at('out/given/baseline.txt'), 'the baseline');
  await run({ BaselineUri: at('out/given/baseline.txt') });
  fs.rmSync(at('events'));
  fs.utimesSync(at('out/given/baseline.txt'), 1, 1);
  await run({ BaselineUri: at('out/given/baseline.txt') });
  assert.equal(events(), []);
  fs.writeFileSync(at('out/given/baseline.txt'), 'A baseline..');
  await run({ BaselineUri: at('out/given/baseline.txt') });
  assert.equal(events(), ['start Check', 'end Check']);
});

test('the id of a run does not depend on where it writes', async () => {
  const one = await run();
  const two = await run({}, { out: at('elsewhere') });
  assert.is(two.run_id, one.run_id);
  assert.equal(outputs(at('elsewhere')), outputs(at('out')));
  const three = await run({ Threshold: '0.5' }, { out: at('elsewhere') });
  assert.is.not(three.run_id, one.run_id);
});

for (const [what, parameters, options, message] of [
  ['an unknown parameter', { Treshold: '1' }, {}, /unknown parameter: fake parameter Treshold: use one of DataUri/],
  ['a value of another type', { Threshold: 'much' }, {}, /"much" is no Float: fake parameter Threshold/],
  ['a value that is not allowed', { StopOnDrift: 'yes' }, {}, /not allowed: .*StopOnDrift: use one of true, false/],
  ['a missing input', { DataUri: '/absent/folder' }, {}, /no such file or folder: \/absent\/folder: .*DataUri/],
  ['an input elsewhere', { DataUri: 's3://bucket/x' }, {}, /not a local path: s3:\/\/bucket\/x/],
  ['"none" for an input that is needed', { DataUri: 'none' }, {}, /no such file or folder: .*none/],
] as const) {
  test(`refused, and nothing written: ${what}`, async () => {
    const error = await refusal(run(parameters, options));
    assert.match(error.message, message);
    assert.not(fs.existsSync(at('out')));
  });
}

test('refused: input and output inside one another, and a file as output folder', async () => {
  const own = /the run would write into its own input/;
  assert.match((await refusal(run({}, { out: at('data/out') }))).message, own);
  assert.match((await refusal(run({ DataUri: dir }))).message, own);
  fs.mkdirSync(at('out/models/Left/old'), { recursive: true });
  assert.match((await refusal(run({ BaselineUri: at('out/models/Left/old') }))).message, own);
  assert.match((await refusal(run({ BaselineUri: at('out/models') }))).message, own);
  fs.rmSync(at('out'), { recursive: true });
  fs.writeFileSync(at('out'), 'a file');
  assert.match((await refusal(run())).message, /the output folder cannot be written/);
});

test("refused: an output folder with somebody's files, or of another pipeline", async () => {
  fs.mkdirSync(at('out/models/Left'), { recursive: true });
  fs.writeFileSync(at('out/models/Left/mine'), 'precious');
  assert.match((await refusal(run())).message, /files that no run made: .*Left/);
  assert.is(fs.readFileSync(at('out/models/Left/mine'), 'utf8'), 'precious');
  fs.rmSync(at('out/models'), { recursive: true });
  await run();
  const other = { ...fake, name: 'other' };
  assert.match((await refusal(run({}, { definition: other }))).message, /holds a run of the pipeline fake/);
});

test.run();
