import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  evaluate,
  type Json,
  type JsonObject,
  Refused,
  readPipeline,
  resolveParameters,
  testConditions,
} from './executor/index.ts';
import { factOf, get, join, outputOf, pipelineOf, processing, training } from './toyPipeline.ts';

const refused = (steps: Json[], pattern: RegExp, parameters: Json[] = []) =>
  assert.throws(
    () => readPipeline(pipelineOf(steps, parameters)),
    (error: Error) => error instanceof Refused && pattern.test(error.message),
  );
const gate = (name: string, IfSteps: Json[], ElseSteps: Json[] = [], Conditions: Json[] = []) => ({
  Name: name,
  Type: 'Condition',
  Arguments: { Conditions, IfSteps, ElseSteps },
});
const scope = {
  parameters: new Map<string, string | number | boolean>([
    ['Word', 'a'],
    ['Share', 0.25],
    ['Count', 2],
  ]),
  execution: { PipelineExecutionId: 'abcdefghijkl' },
  property: (step: string, property: string) => `${step}:${property}`,
  propertyFile: async () => ({ drift: { flags: [true, false], share: 0.5 } }),
};

test('steps: what each needs, and the branches that it stands inside of', () => {
  const { nodes } = readPipeline(
    pipelineOf([
      processing('A', []),
      processing('B', [], { inputs: { a: outputOf('A') }, more: { DependsOn: ['C'] } }),
      processing('C', []),
      gate('G', [gate('H', [], [processing('D', [], { inputs: { b: outputOf('B') } })])]),
    ]),
  );
  const shape = [...nodes.values()].map(({ name, needs, branches }) => [
    name,
    [...needs],
    branches.map(({ condition, outcome }) => `${condition} ${outcome}`),
  ]);
  assert.equal(shape, [
    ['A', [], []],
    ['B', ['C', 'A'], []],
    ['C', [], []],
    ['G', [], []],
    ['H', [], ['G true']],
    ['D', ['B'], ['G true', 'H false']],
  ]);
});

test('a pipeline is refused for what leads nowhere', () => {
  refused([], /no steps/);
  refused([processing('A', []), processing('A', [])], /A is there twice/);
  refused([processing('A b', [])], /bad step name/);
  refused([processing('A', [get('Parameters.Nope')])], /A: unknown reference Parameters\.Nope/);
  refused([processing('A', [get('Execution.Nope')])], /A: unknown reference Execution\.Nope/);
  refused([processing('A', [outputOf('B')])], /A: unknown step B/);
  refused([processing('A', []), processing('B', [outputOf('A', 'other')])], /B: unknown reference .*'other'/);
  refused([processing('A', []), processing('B', [factOf('A', 'x')])], /B: unknown reference .*Facts/);
  refused(
    [processing('A', []), processing('B', [get('Steps.A.ModelArtifacts.S3ModelArtifacts')])],
    /unknown reference/,
  );
  refused([processing('A', [], { more: { DependsOn: ['A'] } })], /cyclic dependencies: A/);
  refused([gate('G', [processing('A', [])]), processing('B', [outputOf('A')])], /A stands in a branch/);
  const PropertyFiles = [{ PropertyFileName: 'Facts', OutputName: 'nope', FilePath: 'f.json' }];
  refused([processing('A', [], { more: { PropertyFiles } })], /Facts is in the unknown output nope/);
  assert.ok(
    readPipeline(
      pipelineOf([training('T', [], 's3://data/x'), processing('B', [get('Steps.T.ModelArtifacts.S3ModelArtifacts')])]),
    ),
  );
});

test('parameters: the given over the defaults, as their types say', () => {
  const declared: JsonObject[] = [
    { Name: 'Word', Type: 'String', DefaultValue: 'a', EnumValues: ['a', 'b'] },
    { Name: 'Share', Type: 'Float', DefaultValue: 0.25 },
    { Name: 'Count', Type: 'Integer' },
  ];
  assert.equal([...resolveParameters(declared, { Count: '2' })], [...scope.parameters]);
  assert.is(resolveParameters(declared, { Count: '2', Share: '1e-3' }).get('Share'), 0.001);
  const cases: [Record<string, string>, RegExp][] = [
    [{}, /Parameters \[Count\] do not have default values/],
    [{ Count: '1.5' }, /"1.5" is no Integer/],
    [{ Count: '1', Word: '' }, /Word: an empty value/],
    [{ Count: '1', Word: 'c' }, /c is none of a, b/],
    [{ Count: '1', Nope: 'x' }, /nonexistent parameters \[Nope\]/],
  ];
  for (const [given, pattern] of cases) assert.throws(() => resolveParameters(declared, given), pattern);
});

test('expressions are filled in wherever they stand', async () => {
  const filled = await evaluate(
    {
      list: [get('Parameters.Count'), 'text'],
      uri: join('s3://b', get('Execution.PipelineExecutionId'), get('Parameters.Share'), outputOf('A')),
      flag: factOf('A', 'drift.flags[1]'),
    },
    scope,
  );
  assert.equal(filled, {
    list: [2, 'text'],
    uri: "s3://b/abcdefghijkl/0.25/A:ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri",
    flag: false,
  });
  for (const [value, pattern] of [
    [get('Parameters.Nope'), /nothing at Parameters\.Nope/],
    [factOf('A', 'drift.nope'), /property file A\.Facts has nothing at drift\.nope/],
    [join('a', { b: 'c' }), /Std:Join of/],
  ] as const)
    assert.match(await failure(evaluate(value, scope)), pattern);
});

test('conditions compare values of one type', async () => {
  const compare = (Type: string, LeftValue: Json, RightValue: Json) => ({ Type, LeftValue, RightValue });
  const share = factOf('A', 'drift.share');
  const cases: [Json[], boolean][] = [
    [[compare('Equals', get('Parameters.Word'), 'a'), compare('Equals', factOf('A', 'drift.flags[0]'), true)], true],
    [[compare('Equals', get('Parameters.Word'), 'a'), compare('GreaterThan', share, 0.5)], false],
    [
      [
        compare('GreaterThanOrEqualTo', share, 0.5),
        compare('LessThan', share, 1),
        compare('LessThanOrEqualTo', share, 0.5),
      ],
      true,
    ],
    [[{ Type: 'Not', Expression: compare('Equals', share, 0.5) }], false],
    [[{ Type: 'Or', Conditions: [compare('LessThan', share, 0), compare('Equals', share, 0.5)] }], true],
    [[{ Type: 'In', QueryValue: get('Parameters.Word'), Values: ['b', 'a'] }], true],
  ];
  for (const [conditions, holds] of cases) assert.is(await testConditions(conditions, scope), holds);
  assert.match(await failure(testConditions([compare('Equals', share, '0.5')], scope)), /are of two types/);
  assert.match(await failure(testConditions([compare('Like', share, 1)], scope)), /unknown condition type Like/);
});

async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'it did not fail',
    (error: Error) => error.message,
  );
}

test.run();
