import { InputError } from '@pilotlight/errors';
import {
  type Condition,
  type Definition,
  evaluateCondition,
  formatStepArguments,
  isStep,
  parseStepArguments,
  readPath,
  resolveParameters,
  type Test,
} from '@pilotlight/pipeline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { explainFailure } from '../../packages/pipeline/explainFailure.ts';
import { fingerprintSteps, identifyRun, type Sources } from '../../packages/pipeline/fingerprint.ts';
import { betterError, readLines } from '../../packages/pipeline/stepLog.ts';
import { fake } from './fakePipeline.ts';

const definition: Definition = fake;
const steps = definition.steps.filter(isStep);
const check = steps[1];
if (!check) throw new Error('the fake pipeline has no second step');

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.instance(error, InputError);
    return (error as InputError).message;
  }
  throw new Error('nothing was refused');
}

function holds(left: unknown, op: Test['op'], right: string | number | boolean): boolean {
  const condition: Condition = {
    ...{ name: 'Gate', kind: 'condition', then: [], otherwise: [] },
    all: [{ left: { step: 'Check', propertyFile: 'Facts', path: 'a.b[1]' }, op, right }],
  };
  const file = left === undefined ? {} : { a: { b: [null, left] } };
  return evaluateCondition(condition, { definition: fake, parameters: {}, propertyFile: () => file });
}

for (const [op, below, equal, above] of [
  ['Equals', false, true, false],
  ['GreaterThan', false, false, true],
  ['GreaterThanOrEqualTo', false, true, true],
  ['LessThan', true, false, false],
  ['LessThanOrEqualTo', true, true, false],
] as const) {
  test(`the comparison ${op}`, () => {
    assert.equal([holds(1, op, 2), holds(2, op, 2), holds(3, op, 2)], [below, equal, above]);
  });
}

test('Equals compares texts and booleans too', () => {
  assert.ok(holds(true, 'Equals', true));
  assert.not(holds('a', 'Equals', 'b'));
});

test('a missing value, or one of another type, is refused', () => {
  assert.match(
    refusal(() => holds(undefined, 'Equals', true)),
    /needs a boolean and found nothing/,
  );
  assert.match(
    refusal(() => holds('true', 'Equals', true)),
    /found "true": Check\.Facts\.a\.b\[1\]/,
  );
  assert.match(
    refusal(() => holds(null, 'LessThan', 1)),
    /found null/,
  );
});

test('all tests must hold; the first that does not ends the reading; parameters have their type', () => {
  const all: Test[] = [
    { left: { parameter: 'Threshold' }, op: 'GreaterThan', right: 0.2 },
    { left: { parameter: 'InstanceCount' }, op: 'Equals', right: 1 },
    { left: { step: 'Check', propertyFile: 'Facts', path: 'x' }, op: 'Equals', right: true },
  ];
  const condition: Condition = { name: 'Gate', kind: 'condition', all, then: [], otherwise: [] };
  let read = 0;
  const evaluate = (parameters: Record<string, string>) =>
    evaluateCondition(condition, {
      ...{ definition: fake, parameters },
      propertyFile: () => {
        read += 1;
        return { x: true };
      },
    });
  assert.ok(evaluate({ Threshold: '0.25', InstanceCount: '1' }));
  assert.is(read, 1);
  assert.not(evaluate({ Threshold: '0.1', InstanceCount: '1' }));
  assert.is(read, 1);
});

test('a path into JSON', () => {
  const value = { a: [{ b: 1 }], n: null };
  assert.is(readPath(value, 'a[0].b'), 1);
  assert.is(readPath(value, 'n'), null);
  for (const path of ['a[1].b', 'n.x', 'toString', 'a.length.x', '']) assert.is(readPath(value, path), undefined, path);
});

test('parameters: the given value, else the default, else a refusal', () => {
  const resolved = resolveParameters(fake, { DataUri: 'd', Threshold: '1e-3' });
  assert.is(resolved.Threshold, '1e-3');
  assert.is(resolved.InstanceCount, '1');
  assert.match(
    refusal(() => resolveParameters(fake, {})),
    /^missing parameter: fake parameter DataUri: a folder$/,
  );
});

for (const [name, good, bad] of [
  ['Threshold', ['1', '-0.5', '.5', '1e9'], ['', 'NaN', 'Infinity', '0x1', '1,5', ' 1']],
  ['InstanceCount', ['0', '12', '-3'], ['1.5', '', '1e3', '9'.repeat(20)]],
  ['StopOnDrift', ['true', 'false'], ['TRUE', '1', '']],
  ['BaselineUri', ['', 'a b', 'ñ'], ['a\nb', 'a\0b']],
] as const) {
  test(`the forms of ${name}`, () => {
    for (const value of good) assert.is(resolveParameters(fake, { DataUri: 'd', [name]: value })[name], value);
    for (const value of bad) refusal(() => resolveParameters(fake, { DataUri: 'd', [name]: value }));
  });
}

test("a step's arguments survive the way there and back", () => {
  const handed = {
    inputs: { rows: '/a=b/c d', baseline: '/b' },
    outputs: { report: '/out' },
    parameters: { Threshold: '0.5' },
  };
  const args = formatStepArguments(handed);
  assert.equal(args.slice(0, 2), ['--input', 'rows=/a=b/c d']);
  assert.equal(parseStepArguments(fake, check, args), handed);
});

test("a step's parameters have their defaults, its arguments their values", () => {
  const left = steps.find((step) => step.name === 'Left') ?? check;
  assert.equal(parseStepArguments(fake, check, ['--output', 'report=x']).parameters, { Threshold: '0.25' });
  assert.equal(parseStepArguments(fake, left, ['--output', 'model=x']).parameters, { Side: 'Left' });
});

for (const [what, args, message] of [
  ['an unknown input', ['--input', 'x=y'], /unknown --input x: step Check: use one of rows, baseline/],
  ['an unknown parameter', ['--param', 'X=1'], /unknown --param X/],
  ['an unknown option', ['--out', 'x=y'], /Unknown option '--out'/],
  ['a value without a name', ['--input', 'rows'], /--input rows: step Check: write --input name=value/],
  ['an empty value', ['--input', 'rows='], /write --input name=value/],
  ['a name twice', ['--output', 'report=a', '--output', 'report=b'], /stands there twice/],
  ['a missing output', [], /missing output report: step Check: add --output report=DIR/],
  ['a bad value', ['--output', 'report=a', '--param', 'Threshold=x'], /"x" is no Float/],
] as const) {
  test(`a step's arguments: ${what} is refused`, () => {
    assert.match(
      refusal(() => parseStepArguments(fake, check, args)),
      message,
    );
  });
}

const sources = (more: Partial<Sources> = {}): Sources => ({
  definition: fake,
  sourceFingerprint: 'code-1',
  parameters: resolveParameters(fake, { DataUri: 'd' }),
  inputs: { DataUri: 'print', BaselineUri: null },
  ...more,
});

function changedBy(more: Partial<Sources>): string[] {
  const [before, after] = [fingerprintSteps(sources()), fingerprintSteps(sources(more))];
  return [...before.keys()].filter((name) => before.get(name) !== after.get(name));
}

test('fingerprints change with what a step depends on, near and far, and with nothing else', () => {
  const { parameters } = sources();
  const all = ['First', 'Check', 'Left', 'Right', 'Last'];
  assert.equal(changedBy({}), []);
  assert.equal(changedBy({ sourceFingerprint: 'code-2' }), all);
  assert.equal(changedBy({ inputs: { DataUri: 'other', BaselineUri: null } }), all);
  assert.equal(changedBy({ inputs: { DataUri: 'print', BaselineUri: 'there' } }), ['Check']);
  assert.equal(changedBy({ parameters: { ...parameters, Threshold: '0.5' } }), ['Check']);
  assert.equal(changedBy({ parameters: { ...parameters, DataUri: 'elsewhere', InstanceType: 'big' } }), []);
});

test("the run's id changes with what the run depends on, and not with where things are", () => {
  const { parameters } = sources();
  const id = identifyRun(sources());
  assert.match(id, /^[0-9a-f]{16}$/);
  assert.is(identifyRun(sources({ parameters: { ...parameters, DataUri: 'x', InstanceType: 'big' } })), id);
  assert.is.not(identifyRun(sources({ parameters: { ...parameters, StopOnDrift: 'true' } })), id);
  assert.is.not(identifyRun(sources({ sourceFingerprint: 'code-2' })), id);
  assert.is.not(identifyRun(sources({ inputs: { DataUri: 'other', BaselineUri: null } })), id);
});

test('failures as one line with an exit code', () => {
  const input = new InputError({ code: 'x', what: 'a', where: 'b', todo: 'c' });
  assert.is(explainFailure(input).exitCode, 2);
  assert.is(explainFailure(input).message, 'a: b: c');
  const full = explainFailure(Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC', path: '/x/y' }));
  assert.is(full.message, 'the disk is full: /x/y: free some space, then run the same command again');
  assert.match(explainFailure(new Error('IO Error: No space left on device')).message, /^the disk is full/);
  assert.is(explainFailure(new Error('a\n  b')).message, 'a b');
  for (const odd of [undefined, null, 'text', 7]) assert.is(explainFailure(odd).exitCode, 1);
});

test('of what a dying program prints, the line that names the error is kept', () => {
  const keep = (...lines: string[]) => lines.reduce<string | null>(betterError, null);
  assert.is(keep('file.ts:1', 'TypeError: x is null', '    at f (file.ts:1)', 'Node.js v24'), 'TypeError: x is null');
  assert.is(keep('one', 'two'), 'two');
  const panic = "thread 'main' panicked at src/lib.rs:1:1:";
  assert.is(keep(panic, 'index out of bounds'), panic);
});

test("a step's output is logged as JSON lines; its errors and progress are picked out", async () => {
  const written: string[] = [];
  const seen: unknown[] = [];
  const sink = { write: (line: string) => void written.push(line), end: async () => {} };
  const lines = readLines(sink, (progress) => seen.push(progress));
  lines.read('{"level":"info","msg":"x","progress":"rows","done":1,"total":4,"label":"file"}');
  lines.read('plain "text"');
  lines.read('   ');
  lines.read('{"broken');
  assert.is(lines.lastError(), '{"broken');
  lines.read('{"level":"error","msg":"what: where: todo"}');
  lines.read('later text');
  assert.is(lines.lastError(), 'what: where: todo', 'what the step itself calls an error comes first');
  assert.equal(seen, [{ name: 'rows', done: 1, total: 4, label: 'file' }]);
  for (const line of written) JSON.parse(line);
  assert.is(written.length, 5);
});

test.run();
