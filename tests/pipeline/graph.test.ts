import {
  checkGraph,
  type Definition,
  definePipeline,
  describeGraph,
  type Node,
  PipelineError,
  type Step,
} from '@pilotlight/pipeline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph, nextNodes, optionalNeeds, type Progress, runOrder } from '../../packages/pipeline/graph.ts';
import { fake, forked } from './fakePipeline.ts';

const resources = { instanceTypeParameter: 'T', instanceCountParameter: 'C', volumeGb: 1, timeLimitMinutes: 1 };

function step(name: string, more: Partial<Step> = {}): Step {
  return {
    ...{
      name,
      kind: 'processing',
      description: name,
      inputs: {},
      outputs: { o: { path: name } },
      parameters: [],
      resources,
    },
    ...more,
  };
}

function pipeline(...steps: Node[]): Definition {
  const text = { type: 'String', default: 'x', description: 'text' } as const;
  return { name: 'p', description: 'p', parameters: { T: text, C: text, A: text }, steps };
}

const reads = (name: string, output = 'o') => ({ inputs: { i: { step: name, output } } });
const stop: Node = { name: 'Stop', kind: 'fail', message: 'no', exitCode: 3 };
const gate = (more: object = {}): Node => ({
  ...{ name: 'Gate', kind: 'condition', all: [{ left: { parameter: 'A' }, op: 'Equals', right: 'x' }] },
  ...{ then: ['Stop'], otherwise: [] },
  ...more,
});

test('every node comes after what it depends on', () => {
  const order = runOrder(buildGraph(fake));
  assert.equal(order, ['First', 'Check', 'Gate', 'Stop', 'Left', 'Right', 'Last']);
  const backwards = { ...fake, steps: fake.steps.toReversed() };
  const other = runOrder(buildGraph(backwards));
  for (const [name, needs] of buildGraph(backwards)) {
    for (const need of needs) assert.ok(other.indexOf(need) < other.indexOf(name), `${need} before ${name}`);
  }
});

test('a condition stands before the nodes that it decides over', () => {
  assert.equal([...(buildGraph(fake).get('Stop') ?? [])], ['Gate']);
  assert.equal([...(buildGraph(fake).get('Left') ?? [])].sort(), ['First', 'Gate']);
});

test('what can start, and what never will', () => {
  const graph = buildGraph(fake);
  const next = (...states: Progress[]) => {
    const names = ['First', 'Check', 'Gate', 'Stop', 'Left', 'Right', 'Last'];
    return nextNodes(graph, new Map(names.map((name, index) => [name, states[index] ?? 'waiting'])));
  };
  assert.equal(next(), { ready: ['First'], never: [] });
  assert.equal(next('running'), { ready: [], never: [] });
  assert.equal(next('done'), { ready: ['Check'], never: [] });
  assert.equal(next('done', 'done', 'done', 'not_run'), { ready: ['Left', 'Right'], never: [] });
  assert.equal(next('done', 'done', 'done', 'not_run', 'running'), { ready: ['Right'], never: [] });
  assert.equal(next('done', 'done', 'done', 'not_run', 'failed', 'done'), { ready: [], never: ['Last'] });
  assert.equal(next('failed'), { ready: [], never: ['Check', 'Left', 'Right'] });
});

test('what a step reads by optional inputs alone it can do without', () => {
  const optional = { i: { step: 'A', output: 'o', optional: true } } as const;
  const needsOf = (more: Partial<Step>, ...others: Node[]) => {
    const definition = pipeline(step('A'), step('B', more), ...others);
    assert.equal(checkGraph(definition), []);
    return [...(optionalNeeds(definition).get('B') ?? [])];
  };
  assert.equal(needsOf({ inputs: optional }), ['A']);
  assert.equal(needsOf({ inputs: { ...optional, j: { step: 'A', output: 'o' } } }), [], 'another input needs it');
  assert.equal(needsOf({ inputs: optional, after: ['A'] }), [], 'it comes after it in any case');
  assert.equal(needsOf({ inputs: optional }, gate({ then: ['B'] })), ['A'], 'not so the condition over itself');
  assert.equal([...(optionalNeeds(forked).get('Use') ?? [])], ['Keep']);
  assert.equal([...(optionalNeeds(fake).get('Last') ?? [])], []);
});

test('a step waits for an optional input, and goes without one that was left out', () => {
  const names = ['Source', 'Choice', 'Learn', 'Keep', 'Use'];
  const next = (...states: Progress[]) => {
    const progress = new Map(names.map((name, index) => [name, states[index] ?? 'waiting']));
    return nextNodes(buildGraph(forked), progress, optionalNeeds(forked));
  };
  assert.equal(next('done', 'done'), { ready: ['Learn'], never: [] });
  assert.equal(next('done', 'done', 'done', 'running'), { ready: [], never: [] });
  assert.equal(next('done', 'done', 'not_run'), { ready: [], never: ['Keep'] });
  assert.equal(next('done', 'done', 'not_run', 'not_run'), { ready: ['Use'], never: [] });
  assert.equal(next('done', 'done', 'done', 'failed'), { ready: [], never: ['Use'] });
  assert.equal(next('failed', 'done', 'not_run', 'not_run'), { ready: [], never: ['Use'] });
});

test('a good pipeline has no faults and comes back as it is', () => {
  assert.equal(checkGraph(fake), []);
  assert.is(definePipeline(fake), fake);
});

const faults: [string, Definition, RegExp][] = [
  ['no steps', pipeline(), /no steps/],
  ['a name twice', pipeline(step('A'), step('A', { outputs: { o: { path: 'b' } } })), /duplicate name A/],
  ['a bad name', pipeline(step('a b')), /bad step name "a b"/],
  ['a name too long', pipeline(step('x'.repeat(65))), /bad step name/],
  ['an unknown upstream step', pipeline(step('A', reads('B'))), /A: reads from the unknown step B/],
  [
    'an optional input from an unknown step',
    pipeline(step('A', { inputs: { i: { step: 'B', output: 'o', optional: true } } })),
    /A: reads from the unknown step B/,
  ],
  [
    'a cycle by an optional input',
    pipeline(step('A', { inputs: { i: { step: 'B', output: 'o', optional: true } } }), step('B', reads('A'))),
    /cycle among A, B/,
  ],
  ['an unknown output', pipeline(step('A'), step('B', reads('A', 'x'))), /B: reads the unknown output A\.x/],
  ['an input from a condition', pipeline(stop, gate(), step('B', reads('Gate'))), /unknown output Gate\.o/],
  ['an unknown parameter', pipeline(step('A', { parameters: ['Z'] })), /A: unknown parameter Z/],
  ['an unknown input parameter', pipeline(step('A', { inputs: { i: { parameter: 'Z' } } })), /unknown parameter Z/],
  ['an unknown step before', pipeline(step('A', { after: ['Z'] })), /A: comes after the unknown step Z/],
  ['a cycle', pipeline(step('A', reads('B')), step('B', reads('A')), step('C')), /cycle among A, B/],
  ['a step that reads itself', pipeline(step('A', reads('A'))), /cycle among A/],
  ['a cycle through a condition', pipeline(step('A'), stop, gate({ otherwise: ['A'], all: [] }), step('B')), /nothing/],
  ['an argument that is a parameter', pipeline(step('A', { parameters: ['A'], arguments: { A: '1' } })), /an argument/],
  ['no output', pipeline(step('A', { outputs: {} })), /A: it has no output/],
  ['a path twice', pipeline(step('A'), step('B', { outputs: { o: { path: 'A' } } })), /B\.o: its path A overlaps/],
  ['a path in another', pipeline(step('A'), step('B', { outputs: { o: { path: 'A/x' } } })), /overlaps that of A\.o/],
  ['a path outside', pipeline(step('A', { outputs: { o: { path: '../x' } } })), /bad path "\.\.\/x"/],
  ['an absolute path', pipeline(step('A', { outputs: { o: { path: '/x' } } })), /bad path "\/x"/],
  ["the runner's own path", pipeline(step('A', { outputs: { o: { path: '.pilotlight' } } })), /runner's own/],
  ['a fail step of no condition', pipeline(step('A'), stop), /Stop: no condition leads to this fail step/],
  ['an exit code of 0', pipeline({ ...stop, exitCode: 0 } as Node, gate()), /exit code 0/],
  ['a condition to nowhere', pipeline(gate({ then: ['Z'] })), /Gate: leads to the unknown step Z/],
  ['a condition that decides nothing', pipeline(gate({ then: [] })), /decides over nothing/],
  ['both branches the same', pipeline(stop, gate({ otherwise: ['Stop'] })), /leads to Stop either way/],
  [
    'an unknown property file',
    pipeline(
      step('A'),
      stop,
      gate({ all: [{ left: { step: 'A', propertyFile: 'F', path: 'x' }, op: 'Equals', right: 1 }] }),
    ),
    /tests the unknown property file A\.F/,
  ],
  [
    'an order of texts',
    pipeline(stop, gate({ all: [{ left: { parameter: 'A' }, op: 'LessThan', right: 'x' }] })),
    /LessThan needs a number/,
  ],
  [
    'a property file in no output',
    pipeline(step('A', { propertyFiles: { F: { output: 'z', path: 'x.json' } } })),
    /property file F is in the unknown output z/,
  ],
  [
    'a default of another type',
    { ...pipeline(step('A')), parameters: { T: { type: 'Integer', default: 'x', description: '' } } },
    /parameter T: its default is no Integer/,
  ],
];

for (const [what, definition, expected] of faults) {
  test(`refused: ${what}`, () => {
    const found = checkGraph(definition);
    assert.ok(
      found.some((fault) => expected.test(fault)),
      found.join('; '),
    );
  });
}

test('all faults are told at once', () => {
  const bad = pipeline(step('A', { ...reads('B'), parameters: ['Z'] }), stop);
  try {
    definePipeline(bad);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, PipelineError);
    assert.is((error as PipelineError).faults.length, 3);
  }
});

test('a pipeline as text', () => {
  const text = describeGraph(fake);
  assert.match(text, /^fake: Steps that copy text\n\nFirst {2}\(processing\) {2}reads the data\n {2}data <- DataUri\n/);
  assert.match(text, /baseline <- BaselineUri \(optional\)/);
  assert.match(text, /Gate {2}\(condition\) {2}StopOnDrift = "true" and Check\.Facts\.drift\.overall > 0\.1\n/);
  assert.match(text, / {2}yes -> Stop\n {2}no {2}-> Left, Right\n/);
  assert.match(text, /Stop {2}\(fail, exit code 3\) {2}drift found/);
  assert.match(describeGraph(forked), /Use .*\n {2}rows <- Source\.rows\n {2}kept <- Keep\.kept \(optional\)\n/);
  assert.match(text, / {2}StopOnDrift \(default false\) {2}a choice; one of true, false\n/);
});

test.run();
