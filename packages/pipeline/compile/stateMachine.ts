import { type Definition, isStep, type Operand, type Step, type Test } from '../definition.ts';
import { type Block, type Fork, type Nested, nestBranches, openTurns, type Turn } from './branches.ts';
import { explainStates } from './machineFailure.ts';
import { failureStates, manifestStates } from './machineManifest.ts';
import { settingsOf, settingsStates } from './machineSettings.ts';
import { fixedInputs, type MachineContext, stepState } from './machineStep.ts';
import { type MachineOptions, OWN, type State, type StateMachine, type States, snakeCase } from './machineTypes.ts';
import { checkBucketUri, refuse } from './options.ts';

const COMPARISONS = {
  Equals: { string: 'StringEquals', number: 'NumericEquals', boolean: 'BooleanEquals' },
  GreaterThan: { number: 'NumericGreaterThan' },
  GreaterThanOrEqualTo: { number: 'NumericGreaterThanEquals' },
  LessThan: { number: 'NumericLessThan' },
  LessThanOrEqualTo: { number: 'NumericLessThanEquals' },
} as const;

/**
 * A definition as a state machine (Amazon States Language, JSONPath) that runs its steps one after the other, each as a SageMaker
 * processing job, and keeps the manifest of files.
 *
 * An execution's input is `{run_id, file_key}` and what {@link MachineOptions.inputs} may set (churn: `mode`, default `score`). A
 * step that reads another by an optional input has two states, `X` and `XWith<Step>`, and a choice before them that asks what the
 * condition above the other step asked: so its input is there exactly when it exists.
 *
 * @throws PipelineError for what has no form here: a condition over a property file; optional inputs of one step behind different
 * conditions; a step with the name of one of the machine's own states
 */
export function compileStateMachine(definition: Definition, options: MachineOptions): StateMachine {
  checkBucketUri(definition, options);
  const nested = nestBranches(definition);
  const context = { definition, options, settings: settingsOf(definition, options) };
  const steps: States = {};
  const first = addChain(nested.blocks, OWN.completed, { ...context, nested, states: steps });
  const own = {
    ...settingsStates(definition, options),
    ...manifestStates(first, options),
    ...explainStates(),
    ...failureStates(definition, options),
  };
  const taken = Object.keys(steps).filter((name) => name in own);
  if (taken.length > 0)
    throw refuse(
      definition,
      taken.map((name) => `${name} is a state of the machine itself`),
    );
  return {
    Comment: definition.description,
    StartAt: OWN.defaults,
    States: inOrder(OWN.defaults, { ...own, ...steps }),
  };
}

/** States as an execution meets them: first those on the way to the end, then those that errors lead to. */
function inOrder(start: string, states: States): States {
  const ordered = new Set<string>();
  const visit = (name: string) => {
    if (ordered.has(name) || !states[name]) return;
    ordered.add(name);
    const { Choices = [], Default, Next } = states[name] as Record<string, string> & { Choices?: { Next: string }[] };
    for (const next of [...Choices.map((choice) => choice.Next), Default, Next]) if (next !== undefined) visit(next);
  };
  visit(start);
  for (const name of Object.keys(states)) visit(name);
  return Object.fromEntries([...ordered].map((name) => [name, states[name] as State]));
}

type Building = MachineContext & { nested: Nested; states: States };

/** Adds the states of a chain of blocks that goes on to `next`; returns the name of its first. */
function addChain(blocks: readonly Block[], next: string, building: Building): string {
  return blocks.reduceRight((after, block) => addBlock(block, after, building), next);
}

function addBlock(block: Block, next: string, building: Building): string {
  if (block.kind === 'fork') return addFork(block, next, building);
  if (isStep(block)) return addStep(block, next, building);
  const error = { Error: block.name, Cause: block.message };
  return addState(building, block.name, { Type: 'Pass', Result: error, ResultPath: '$.error', Next: OWN.failure });
}

function addFork({ condition, then, otherwise }: Fork, next: string, building: Building): string {
  const no = addChain(otherwise, next, building);
  const yes = addChain(then, next, building);
  const test = holds(condition.all, building.definition);
  return addState(building, condition.name, { Type: 'Choice', Choices: [{ ...test, Next: yes }], Default: no });
}

function addStep(step: Step, next: string, building: Building): string {
  const inputs = fixedInputs(step, building);
  const { keys, turns, sources } = missable(step, building);
  const add = (name: string, given: readonly string[]) =>
    addState(building, name, stepState(step, given, next, building));
  if (keys.length === 0) return add(step.name, inputs);
  const without = add(
    step.name,
    inputs.filter((key) => !keys.includes(key)),
  );
  const whole = add(`${step.name}With${sources.join('And')}`, inputs);
  const tests = turns.map(({ condition, holds: side }) => {
    const test = holds(condition.all, building.definition);
    return side ? test : { Not: test };
  });
  const test = tests.length === 1 ? tests[0] : { And: tests };
  const choice = { Type: 'Choice', Choices: [{ ...test, Next: whole }], Default: without };
  return addState(building, `Has${sources.join('And')}For${step.name}`, choice);
}

/** The inputs of a step that its run may have to do without, and the turns that the run must have taken for them to be there. */
function missable(
  step: Step,
  { nested, definition }: Building,
): { keys: string[]; sources: string[]; turns: readonly Turn[] } {
  const found = Object.entries(step.inputs).flatMap(([key, source]) => {
    if (!('step' in source)) return [];
    const turns = openTurns(nested, source.step, step.name);
    return turns.length === 0 ? [] : [{ key, source: source.step, turns }];
  });
  const [first, ...others] = found;
  const describe = (turns: readonly Turn[]) => turns.map((turn) => `${turn.condition.name} ${turn.holds}`).join();
  if (first && others.some(({ turns }) => describe(turns) !== describe(first.turns)))
    throw refuse(definition, [`${step.name}: its optional inputs are behind different conditions`]);
  return {
    keys: found.map(({ key }) => key),
    sources: [...new Set(found.map(({ source }) => source))],
    turns: first?.turns ?? [],
  };
}

function holds(all: readonly Test[], definition: Definition): Record<string, unknown> {
  const [only, ...others] = all.map((test) => compareTo(test, definition));
  return others.length === 0 && only ? only : { And: [only, ...others] };
}

function compareTo({ left, op, right }: Test, definition: Definition): Record<string, unknown> {
  const operators: Readonly<Record<string, string>> = COMPARISONS[op];
  const operator = operators[typeof right];
  if (operator === undefined) throw refuse(definition, [`${op} ${JSON.stringify(right)} cannot be tested`]);
  return { Variable: variableOf(left, definition), [operator]: right };
}

function variableOf(operand: Operand, definition: Definition): string {
  if ('parameter' in operand) return `$.settings.${snakeCase(operand.parameter)}`;
  const { step, propertyFile } = operand;
  throw refuse(definition, [`a state machine does not read property files: ${step}.${propertyFile}`]);
}

function addState({ states, definition }: Building, name: string, state: State): string {
  if (name in states) throw refuse(definition, [`two states would be called ${name}`]);
  states[name] = state;
  return name;
}
