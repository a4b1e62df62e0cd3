import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { InputError } from '@pilotlight/errors';
import { PipelineError, requireInput, requireOutput, requireParameter, type StepContext } from '@pilotlight/pipeline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

let dir = '';
test.before.each(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));
  fs.mkdirSync(at('rows'));
  fs.writeFileSync(at('rows/x'), 'rows');
});
test.after.each(() => fs.rmSync(dir, { recursive: true, force: true }));

const at = (...parts: string[]) => path.join(dir, ...parts);
const cli = path.join(import.meta.dirname, 'fakeCli.ts');
const good = () => ['--input', `rows=${at('rows')}`, '--output', `report=${at('report')}`, '--param', 'Threshold=0.5'];

const step = (args: string[], env: Record<string, string> = {}) => run('Check', args, env);

function run(name: string, args: string[], env: Record<string, string> = {}) {
  const options = { env: { ...process.env, PILOTLIGHT_LOG_FORMAT: 'text', ...env }, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync(process.execPath, [cli, name, ...args], options);
  return { status, errors: stderr.split('\n').filter((line) => line.includes('error: ')), stderr };
}

test('a step by itself reads its inputs and publishes its outputs', () => {
  const { status, stderr } = step(good(), { PILOTLIGHT_STEP_FACTS: at('facts.json') });
  assert.is(status, 0, stderr);
  assert.match(fs.readFileSync(at('report/text.txt'), 'utf8'), /^Check\n\{"Threshold":"0\.5"\}\n\nrows: x=rows$/);
  const facts = JSON.parse(fs.readFileSync(at('facts.json'), 'utf8')) as Record<string, number>;
  assert.ok((facts.rss_bytes_max ?? 0) > 20e6);
  assert.ok((facts.duration_s ?? -1) >= 0);
  assert.equal(fs.readdirSync(dir).sort(), ['facts.json', 'report', 'rows']);
});

test('an output that is a file, or overlaps an input, is refused and nothing is touched', () => {
  fs.writeFileSync(at('precious.csv'), 'rows');
  fs.symlinkSync(at('rows'), at('link'));
  const given = (output: string) =>
    step([...good().slice(0, 2), '--output', `report=${output}`, '--param', 'Threshold=0.5']);
  for (const [output, says] of [
    [at('precious.csv'), /a file where a folder is to be/],
    [at('rows'), /write into its own input/],
    [at('rows/report'), /write into its own input/],
    [at('link/report'), /write into its own input/],
    [dir, /write into its own input/],
    [at('precious.csv/report'), /cannot be written/],
  ] as const) {
    const { status, errors } = given(output);
    assert.is(status, 2, output);
    assert.is(errors.length, 1);
    assert.match(errors[0] ?? '', says);
  }
  assert.equal(fs.readdirSync(dir).sort(), ['link', 'precious.csv', 'rows']);
  assert.equal(fs.readdirSync(at('rows')), ['x']);
  assert.is(fs.readFileSync(at('precious.csv'), 'utf8'), 'rows');
});

test('done again it replaces what it wrote and leaves what is not its own', () => {
  step(good());
  fs.writeFileSync(at('report/mine'), 'precious');
  step(good().with(-1, 'Threshold=0.6'));
  assert.match(fs.readFileSync(at('report/text.txt'), 'utf8'), /0\.6/);
  assert.is(fs.readFileSync(at('report/mine'), 'utf8'), 'precious');
});

test('outputs that would be mixed are refused', () => {
  for (const [rows, notes] of [
    [at('out'), at('out')],
    [at('out'), at('out/notes')],
    [at('out/rows'), at('out')],
  ]) {
    const args = ['--input', `data=${at('rows')}`, '--output', `rows=${rows}`, '--output', `notes=${notes}`];
    const { status, stderr } = run('First', args);
    assert.is(status, 2, stderr);
    assert.match(stderr, /the outputs notes and rows would be mixed|the outputs rows and notes would be mixed/);
  }
  assert.equal(fs.readdirSync(dir), ['rows']);
});

test('a step that ends well without its outputs has failed, and nothing is published', () => {
  for (const [behaviour, says] of [
    ['empty', /error: Check ended without writing its output report$/],
    ['factless', /error: Check ended without its property file Facts \(report\/facts\.json\), or it is no JSON$/],
  ] as const) {
    const { status, errors } = step(good(), { FAKE_Check: behaviour });
    assert.is(status, 1);
    assert.match(errors[0] ?? '', says);
    assert.equal(fs.readdirSync(dir), ['rows']);
  }
});

test('a step that fails leaves its outputs as they were', () => {
  step(good());
  const { status, errors } = step(good().with(-1, 'Threshold=0.6'), { FAKE_Check: 'input' });
  assert.is(status, 2);
  assert.is(errors.length, 1);
  assert.match(errors[0] ?? '', /Check: error: bad column amount_eur: hfac\.csv: correct it$/);
  assert.match(fs.readFileSync(at('report/text.txt'), 'utf8'), /0\.5/);
  assert.equal(fs.readdirSync(dir).sort(), ['report', 'rows']);
});

test('a fault of the step itself is one line without a stack', () => {
  const { status, errors, stderr } = step(good(), { FAKE_Check: 'bug' });
  assert.is(status, 1);
  assert.match(errors[0] ?? '', /error: index out of range$/);
  assert.not.match(stderr, / {4}at /);
});

test('bad arguments are one line, exit 2, and nothing is made', () => {
  for (const args of [
    ['--input', 'x=y'],
    ['--input', `rows=${at('absent')}`, '--output', `report=${at('report')}`],
  ]) {
    const { status, errors } = step(args);
    assert.is(status, 2);
    assert.is(errors.length, 1);
  }
  const unknown = spawnSync(process.execPath, [cli, 'Chekc'], { encoding: 'utf8' });
  assert.is(unknown.status, 2);
  assert.match(unknown.stderr, /no step Chekc: pipeline fake: use one of First, Check, Left, Right, Last/);
  assert.equal(fs.readdirSync(dir), ['rows']);
});

test('an optional input may be "none"', () => {
  assert.is(step([...good(), '--input', 'baseline=none']).status, 0);
  assert.not.match(fs.readFileSync(at('report/text.txt'), 'utf8'), /baseline/);
});

test('a supervised step writes where it is told, and ends when stdin does', async () => {
  const env = { ...process.env, PILOTLIGHT_STEP_SUPERVISED: '1', FAKE_Check: 'hang', FAKE_EVENTS: at('events') };
  const child = spawn(process.execPath, [cli, 'Check', ...good()], { env, stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = new Promise((resolve) => child.on('close', resolve));
  while (!fs.existsSync(at('events'))) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(fs.existsSync(at('report')));
  child.stdin.end();
  assert.is(await ended, 143);
});

test('a step says what it cannot do without', () => {
  const context = { inputs: { a: '/a' }, outputs: { o: '/o' }, parameters: { P: '' } } as unknown as StepContext;
  assert.is(requireInput(context, 'a'), '/a');
  assert.is(requireOutput(context, 'o'), '/o');
  assert.is(requireParameter(context, 'P'), '');
  assert.throws(
    () => requireInput(context, 'b'),
    (error: Error) => error instanceof InputError && /add --input b=DIR/.test(error.message),
  );
  assert.throws(
    () => requireParameter(context, 'Q'),
    (error: Error) => error instanceof InputError && /add --param Q=VALUE/.test(error.message),
  );
  assert.throws(
    () => requireOutput(context, 'x'),
    (error: Error) => error instanceof PipelineError,
  );
});

test.run();
