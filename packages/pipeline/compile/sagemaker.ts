import type { Condition, Definition, Operand, Step } from '../definition.ts';
import { isStep } from '../definition.ts';
import { type Block, type Nested, nestBranches, openTurns } from './branches.ts';
import { getParameter, jsonGet } from './expressions.ts';
import {
  asJson,
  type CompileOptions,
  checkBucketUri,
  defaultsOf,
  type Json,
  type JsonObject,
  refuse,
} from './options.ts';
import { jobArguments } from './sagemakerJob.ts';

export type SageMakerOptions = CompileOptions & {
  /**
   * Lets SageMaker reuse a step's outputs of an earlier run with the same arguments: a file that changed under the same URI does not
   * count, so give inputs by dated folders. The environment is part of what is compared, so steps are then not told the run's id.
   */
  cache?: { expireAfter: string } | undefined;
  /** How faults of the service and missing capacity are tried again; false: not at all. */
  retries?: Retries | false;
};

export type Retries = { maxAttempts: number; interval_s: number; backoffRate: number };

export type SageMakerPipeline = {
  Version: '2020-12-01';
  Metadata: JsonObject;
  Parameters: JsonObject[];
  Steps: JsonObject[];
};

const RETRIES: Retries = { maxAttempts: 3, interval_s: 60, backoffRate: 2 };

/** What passes by itself: faults of the service, and machines that are not to be had just now. A step's own failure does not. */
const RETRIED = [
  ['Step.SERVICE_FAULT', 'Step.THROTTLING'],
  ['SageMaker.JOB_INTERNAL_ERROR', 'SageMaker.CAPACITY_ERROR', 'SageMaker.RESOURCE_LIMIT'],
];

/**
 * A definition as a SageMaker pipeline (schema 2020-12-01). The same definition and options give the same bytes: no time and no
 * random name is in it.
 *
 * Steps that one side of a condition leads to stand in its `IfSteps` or `ElseSteps`, with all that needs them. What a step reads of
 * another is a reference, from which SageMaker derives the order; only `after` needs `DependsOn`.
 *
 * @throws PipelineError where SageMaker cannot do what the definition asks for: an optional input of a step in another branch
 * (there is no reference to a step that may not run), a training step with more than one output
 */
export function compileSageMaker(definition: Definition, options: SageMakerOptions): SageMakerPipeline {
  checkBucketUri(definition, options);
  const nested = nestBranches(definition);
  const steps = definition.steps.filter(isStep);
  for (const step of steps) {
    for (const [key, source] of Object.entries(step.inputs)) {
      if (!('step' in source) || openTurns(nested, source.step, step.name).length === 0) continue;
      const why = `its input ${key} may be left out, and a SageMaker step cannot refer to what did not run`;
      throw refuse(definition, [`${step.name}: ${why}: compile it to a state machine`]);
    }
  }
  return {
    Version: '2020-12-01',
    Metadata: {},
    Parameters: compileParameters(definition, options),
    Steps: nested.blocks.map((block) => compileBlock(block, { definition, options, nested })),
  };
}

function compileParameters(definition: Definition, options: SageMakerOptions): JsonObject[] {
  const defaults = defaultsOf(definition, options);
  return Object.entries(definition.parameters).map(([Name, { type, values }]) => {
    const value = defaults[Name];
    return {
      Name,
      Type: type,
      ...(value === undefined ? {} : { DefaultValue: asJson(value) }),
      ...(values && type === 'String' ? { EnumValues: [...values] } : {}),
    };
  });
}

type Context = { definition: Definition; options: SageMakerOptions; nested: Nested };

function compileBlock(block: Block, context: Context): JsonObject {
  if (block.kind === 'fail') return { Name: block.name, Type: 'Fail', Arguments: { ErrorMessage: block.message } };
  if (block.kind !== 'fork') return compileStep(block, context);
  const inside = (blocks: readonly Block[]) => blocks.map((one) => compileBlock(one, context));
  return {
    Name: block.condition.name,
    Type: 'Condition',
    Arguments: {
      Conditions: compileTests(block.condition),
      IfSteps: inside(block.then),
      ElseSteps: inside(block.otherwise),
    },
  };
}

function compileStep(step: Step, { definition, options, nested }: Context): JsonObject {
  const { cache, retries = RETRIES } = options;
  const files = Object.entries(step.propertyFiles ?? {});
  // A step in a condition's branch waits for it as it is; naming it beside that would be a circle.
  const around = (nested.turns.get(step.name) ?? []).map(({ condition }) => condition.name);
  const after = (step.after ?? []).filter((name) => !around.includes(name));
  return {
    Name: step.name,
    Type: step.kind === 'training' ? 'Training' : 'Processing',
    Description: step.description,
    Arguments: jobArguments(step, definition, options),
    ...(after.length > 0 ? { DependsOn: after } : {}),
    ...(cache ? { CacheConfig: { Enabled: true, ExpireAfter: cache.expireAfter } } : {}),
    ...(retries ? { RetryPolicies: retryPolicies(retries) } : {}),
    ...(files.length > 0 ? { PropertyFiles: files.map(([name, file]) => compilePropertyFile(name, file)) } : {}),
  };
}

function compilePropertyFile(name: string, { output, path }: { output: string; path: string }): JsonObject {
  return { PropertyFileName: name, OutputName: output, FilePath: path };
}

function retryPolicies({ maxAttempts, interval_s, backoffRate }: Retries): JsonObject[] {
  return RETRIED.map((types) => ({
    ExceptionType: types,
    IntervalSeconds: interval_s,
    BackoffRate: backoffRate,
    MaxAttempts: maxAttempts,
  }));
}

function compileTests({ all }: Condition): Json[] {
  return all.map(({ left, op, right }) => ({ Type: op, LeftValue: compileOperand(left), RightValue: right }));
}

function compileOperand(operand: Operand): JsonObject {
  if ('parameter' in operand) return getParameter(operand.parameter);
  return jsonGet(operand.step, operand.propertyFile, operand.path);
}
