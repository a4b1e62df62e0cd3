import { compileSageMaker, compileStateMachine, lintPipelineJson, lintStateMachine } from '@pilotlight/pipeline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { churn } from '../../pipelines/churn/definition.ts';
import { segmentation } from '../../pipelines/segmentation/definition.ts';
import { CHURN, SEGMENTATION } from './compileCases.ts';

// biome-ignore lint/suspicious/noExplicitAny: the tests break JSON
type Any = any;

const clone = (value: unknown): Any => JSON.parse(JSON.stringify(value));
const pipeline = clone(compileSageMaker(segmentation, SEGMENTATION));
const machine = clone(compileStateMachine(churn, CHURN));
const get = (path: string) => ({ Get: path });

/** A sound definition with one fault, and what the linter is to say; nothing else may be wrong with it. */
type Case = [name: string, spoil: (sound: Any) => void, said: RegExp];

const inElse = ({ Steps }: Any, index: number): Any => Steps[2].Arguments.ElseSteps[index];

const PIPELINE_CASES: Case[] = [
  ['another version', (one) => (one.Version = '2021-01-01'), /^Version is 2021-01-01/],
  ['no steps', (one) => (one.Steps = []), /^it has no steps$/],
  ['a step twice', ({ Steps }) => Steps.push(clone(Steps[0])), /^duplicate step PreprocessSplit$/],
  ['twice, once in a branch', (one) => one.Steps.push({ ...inElse(one, 0) }), /^duplicate step TrainDomestic$/],
  ['a parameter twice', ({ Parameters }) => Parameters.push(Parameters[0]), /^duplicate parameter ClieInputUri$/],
  ['a name with a dot', (one) => (inElse(one, 2).Name = 'a.b'), /^a\.b: bad name/],
  ['a long name', (one) => (inElse(one, 2).Name = 'a'.repeat(65)), /^a+: bad name/],
  ['an unknown type', ({ Parameters }) => (Parameters[0].Type = 'Text'), /^parameter ClieInputUri: unknown type Text$/],
  [
    'a wrong default',
    ({ Parameters }) => (Parameters[7].DefaultValue = 1.5),
    /ProcessingInstanceCount: its default is/,
  ],
  ['an unlisted default', ({ Parameters }) => (Parameters[19].DefaultValue = 'no'), /FailOnDrift: .* not among/],
  [
    'an empty default',
    ({ Parameters }) => (Parameters[11].DefaultValue = ''),
    /^Parameters\.11\.DefaultValue: an empty/,
  ],
  ['an empty argument', (one) => (one.Steps[0].Arguments.RoleArn = ''), /Arguments\.RoleArn: an empty text$/],
  [
    'an unknown parameter',
    (one) => (one.Steps[0].Arguments.RoleArn = get('Parameters.Role')),
    /^PreprocessSplit: unknown parameter Role$/,
  ],
  [
    'an unknown variable',
    (one) => (one.Steps[0].Arguments.Environment.PILOTLIGHT_RUN_ID = get('Execution.Id')),
    /^PreprocessSplit: unknown variable Execution\.Id$/,
  ],
  [
    'a step that is not there',
    (one) => (one.Steps[1].DependsOn = ['Nope']),
    /^DriftCheck: needs the unknown step Nope$/,
  ],
  ['a branch from outside', (one) => (one.Steps[1].DependsOn = ['TrainDomestic']), /which stands in a branch/],
  ['the other branch', (one) => (inElse(one, 0).DependsOn = ['DriftFound']), /needs DriftFound, which stands in/],
  ['the own condition', (one) => (inElse(one, 0).DependsOn = ['DriftGate']), /is inside DriftGate and cannot name it/],
  ['itself', (one) => (one.Steps[0].DependsOn = ['PreprocessSplit']), /^PreprocessSplit: needs itself$/],
  ['a circle', (one) => (one.Steps[0].DependsOn = ['DriftCheck']), /^circle among PreprocessSplit, DriftCheck, /],
  [
    'an unknown output',
    (one) => (one.Steps[0].Arguments.ProcessingOutputConfig.Outputs[1].OutputName = 'groups'),
    /unknown output PreprocessSplit\.cohorts$/,
  ],
  [
    'a model of a processing step',
    (one) => (inElse(one, 0).Arguments.RoleArn = get('Steps.DriftCheck.ModelArtifacts.S3ModelArtifacts')),
    /is nothing that a Processing step has$/,
  ],
  [
    'an unknown property file',
    (one) => (one.Steps[1].PropertyFiles[0].PropertyFileName = 'Other'),
    /^DriftGate: unknown property file DriftCheck\.DriftSummary$/,
  ],
  [
    'a property file of no output',
    (one) => (one.Steps[1].PropertyFiles[0].OutputName = 'other'),
    /^DriftCheck: property file DriftSummary is in the unknown output other$/,
  ],
  [
    'a property file read as a value',
    (one) => (one.Steps[2].Arguments.Conditions[1].LeftValue = get('Steps.DriftCheck.PropertyFiles.DriftSummary')),
    /a property file is read by Std:JsonGet/,
  ],
  ['no tests', (one) => (one.Steps[2].Arguments.Conditions = []), /^DriftGate: it tests nothing$/],
  ['an unknown test', (one) => (one.Steps[2].Arguments.Conditions[0].Type = 'Is'), /unknown condition type Is$/],
  ['one side', (one) => delete one.Steps[2].Arguments.Conditions[0].RightValue, /Equals compares two values$/],
  ['a retry of one type', (one) => (one.Steps[0].RetryPolicies[0].ExceptionType = 'x'), /ExceptionType .* is a list$/],
  ['a retry for ever', (one) => delete one.Steps[0].RetryPolicies[0].MaxAttempts, /MaxAttempts or ExpireAfterMin/],
  [
    'a moment',
    (one) => (one.Steps[0].Arguments.Environment.AT = '2026-01-31T10:00:00Z'),
    /Environment\.AT: a moment in time/,
  ],
  [
    'a moment as jobs are named',
    (one) => (one.Steps[0].Arguments.Environment.AT = 'job-2026-01-31-10-00-00-123'),
    /a moment in time/,
  ],
  ['a moment as a number', (one) => (one.Steps[0].Arguments.Environment.AT = 'a1769853600000'), /a moment in time/],
  [
    'a long argument',
    (one) => one.Steps[0].Arguments.AppSpecification.ContainerArguments.push('a'.repeat(257)),
    /an argument has over 256 characters/,
  ],
  [
    'eleven inputs',
    ({ Steps }) => {
      const { ProcessingInputs } = Steps[0].Arguments;
      while (ProcessingInputs.length < 11) ProcessingInputs.push(ProcessingInputs[0]);
    },
    /^PreprocessSplit: 11 inputs, 10 are allowed$/,
  ],
  ['too long', (one) => (one.Metadata = { a: 'a'.repeat(1_048_576) }), /characters, 1048576 are allowed$/],
];

const MACHINE_CASES: Case[] = [
  ['no start', (one) => (one.StartAt = 'Nope'), /^it starts at the unknown Nope$/],
  ['a way to nowhere', ({ States }) => (States.Bronze.Next = 'Nope'), /^Bronze: leads to the unknown Nope$/],
  ['a state that nothing leads to', ({ States }) => (States.More = { Type: 'Succeed' }), /^More: nothing leads to it$/],
  ['no way on', ({ States }) => delete States.Settings.Next, /^Settings: it needs Next or End/],
  ['two ways on', ({ States }) => (States.Bronze.End = true), /^Bronze: it needs Next or End/],
  ['an end that goes on', ({ States }) => (States.PipelineComplete.Next = 'Bronze'), /an end has no Next/],
  ['a choice without a way out', ({ States }) => delete States.TrainOrScore.Default, /TrainOrScore: it has no Default/],
  ['a choice that leads nowhere', ({ States }) => delete States.TrainOrScore.Choices[0].Next, /a choice has no Next$/],
  ['no retry', ({ States }) => delete States.Gold.Retry, /^Gold: it has no Retry$/],
  ['no catch', ({ States }) => delete States.Gold.Catch, /^Gold: it has no Catch of States\.ALL$/],
  ['a catch of some', ({ States }) => (States.Gold.Catch[0].ErrorEquals = ['A']), /^Gold: it has no Catch of/],
  ['no time limit', ({ States }) => delete States.Gold.TimeoutSeconds, /^Gold: it has no TimeoutSeconds$/],
  ['heartbeats', ({ States }) => (States.Gold.HeartbeatSeconds = 60), /^Gold: a \.sync task sends no heartbeats$/],
  ['all before some', ({ States }) => States.UpdateManifest.Retry.reverse(), /States\.ALL stands alone, and last$/],
  ['all among some', ({ States }) => States.Gold.Catch[0].ErrorEquals.push('A'), /States\.ALL stands alone/],
  ['too long', (one) => (one.Comment = 'a'.repeat(1_048_576)), /characters, 1048576 are allowed$/],
];

function check(sound: Any, lint: (json: unknown) => string[], cases: Case[]): void {
  assert.equal(lint(sound), []);
  for (const [name, spoil, said] of cases) {
    const spoilt = clone(sound);
    spoil(spoilt);
    const faults = lint(spoilt);
    assert.ok(
      faults.some((fault) => said.test(fault)),
      `${name}: ${faults.join('; ') || 'nothing said'}`,
    );
  }
}

test('each fault of a pipeline is named', () => check(pipeline, lintPipelineJson, PIPELINE_CASES));

test('each fault of a state machine is named', () => check(machine, lintStateMachine, MACHINE_CASES));

test('text is read too, and what is no JSON is said', () => {
  assert.equal(lintPipelineJson(JSON.stringify(pipeline)), []);
  assert.equal(lintPipelineJson('{'), ['it is no JSON object']);
  assert.equal(lintPipelineJson(null), ['it is no JSON object']);
  assert.equal(lintStateMachine({}), ['it has no states']);
  assert.equal(lintStateMachine(undefined), ['it is no JSON object']);
});

test('other tests of conditions are known', () => {
  const other = clone(pipeline);
  const { Conditions } = other.Steps[2].Arguments;
  const [first] = Conditions;
  Conditions.push({ Type: 'Not', Expression: first }, { Type: 'Or', Conditions: [first] });
  Conditions.push({ Type: 'In', QueryValue: get('Parameters.FailOnDrift'), Values: ['true'] });
  assert.equal(lintPipelineJson(other), []);
});

test('machines inside a state are looked into', () => {
  const inner = { StartAt: 'A', States: { A: { Type: 'Pass' } } };
  const work = { Next: 'Done', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }] };
  const States = {
    Both: { Type: 'Parallel', Branches: [inner], ...work, Next: 'Each' },
    Each: { Type: 'Map', ItemProcessor: inner, ...work },
    Done: { Type: 'Succeed' },
  };
  const faults = lintStateMachine({ StartAt: 'Both', States });
  const at = (name: string) => [`${name}/A: it needs Next or End, one of the two`, `${name}/it has no end`];
  assert.equal(faults, [...at('Both'), ...at('Each')]);
});

test.run();
