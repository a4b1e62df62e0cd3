import { lintReferences } from './lintReferences.ts';
import { flattenSteps, isRecord, listOf, type Place, type Rule, walk } from './pipelineJson.ts';

const VERSION = '2020-12-01';
const LENGTH_MAX = 1_048_576;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const PARAMETER_NAME = /^[A-Za-z0-9_-]{1,256}$/;
const TYPES = { String: 'string', Integer: 'number', Float: 'number', Boolean: 'boolean' } as const;
const COMPARISONS = ['Equals', 'GreaterThan', 'GreaterThanOrEqualTo', 'LessThan', 'LessThanOrEqualTo'];
const STEP_TYPES = ['Processing', 'Training', 'Condition', 'Fail'];
const ARGUMENT_LENGTH_MAX = 256;

/** A moment: ISO with its time of day, the form that job names have, or milliseconds since 1970. */
const MOMENT = /\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}|\d{4}(-\d{2}){5}|(?<!\d)1[6-9]\d{11}(?!\d)/;

/**
 * Faults of a SageMaker pipeline definition that AWS would find late (when it is made, or when it runs) or never: names, references
 * to what is not there or cannot have run, empty values, sizes, and moments, which would spoil the cache. Empty when there are none.
 *
 * @param pipeline the definition, as text or parsed
 */
export function lintPipelineJson(pipeline: unknown): string[] {
  const parsed = typeof pipeline === 'string' ? parse(pipeline) : pipeline;
  if (!isRecord(parsed)) return ['it is no JSON object'];
  const length = typeof pipeline === 'string' ? pipeline.length : JSON.stringify(parsed).length;
  const places = flattenSteps(parsed);
  return [
    ...(length > LENGTH_MAX ? [`${length} characters, ${LENGTH_MAX} are allowed`] : []),
    ...(parsed.Version === VERSION ? [] : [`Version is ${parsed.Version}, not ${VERSION}`]),
    ...(places.length === 0 ? ['it has no steps'] : []),
    ...listOf(parsed.Parameters).flatMap(lintParameter),
    ...lintTwice(listOf(parsed.Parameters), 'parameter'),
    ...lintTwice(
      places.map(({ step }) => step),
      'step',
    ),
    ...places.flatMap(lintStep),
    ...lintReferences(parsed, places),
    ...lintValues(parsed),
  ];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function lintTwice(all: readonly Rule[], what: string): string[] {
  const names = all.map(({ Name }) => String(Name));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [...new Set(twice)].map((name) => `duplicate ${what} ${name}`);
}

function lintParameter({ Name, Type, DefaultValue, EnumValues }: Rule): string[] {
  const faults: string[] = [];
  if (!PARAMETER_NAME.test(String(Name))) faults.push(`bad parameter name ${JSON.stringify(Name)}`);
  const type = TYPES[String(Type) as keyof typeof TYPES];
  if (!type) faults.push(`parameter ${Name}: unknown type ${Type}`);
  else if (DefaultValue !== undefined && !isRecord(DefaultValue) && !fits(DefaultValue, Type, type))
    faults.push(`parameter ${Name}: its default is no ${Type}`);
  if (DefaultValue !== undefined && Array.isArray(EnumValues) && !EnumValues.includes(DefaultValue))
    faults.push(`parameter ${Name}: its default is not among its values`);
  return faults;
}

const fits = (value: unknown, name: unknown, type: string) =>
  typeof value === type && (name !== 'Integer' || Number.isInteger(value));

function lintStep({ step, name }: Place): string[] {
  const faults = NAME.test(name) ? [] : ['bad name: use 1 to 64 of A-Z a-z 0-9 _ -'];
  const { Type, Arguments } = step;
  if (!STEP_TYPES.includes(String(Type))) faults.push(`unknown type ${Type}`);
  if (!isRecord(Arguments)) faults.push('it has no Arguments');
  else if (Type === 'Condition') faults.push(...lintCondition(Arguments));
  else faults.push(...lintJob(Arguments));
  for (const policy of listOf(step.RetryPolicies)) {
    if (!Array.isArray(policy.ExceptionType)) faults.push('ExceptionType of a retry policy is a list');
    if ((policy.MaxAttempts === undefined) === (policy.ExpireAfterMin === undefined))
      faults.push('a retry policy has MaxAttempts or ExpireAfterMin, one of the two');
  }
  return faults.map((fault) => `${name}: ${fault}`);
}

function lintCondition({ Conditions, IfSteps, ElseSteps }: Rule): string[] {
  const faults = listOf(Conditions).flatMap(lintTest);
  if (listOf(Conditions).length === 0) faults.push('it tests nothing');
  if (listOf(IfSteps).length + listOf(ElseSteps).length === 0) faults.push('it decides over nothing');
  return faults;
}

function lintTest(test: Rule): string[] {
  const { Type } = test;
  if (COMPARISONS.includes(String(Type))) {
    return test.LeftValue === undefined || test.RightValue === undefined ? [`${Type} compares two values`] : [];
  }
  if (Type === 'Not') return isRecord(test.Expression) ? lintTest(test.Expression) : ['Not has no Expression'];
  if (Type === 'Or') return listOf(test.Conditions).flatMap(lintTest);
  if (Type === 'In') return Array.isArray(test.Values) ? [] : ['In has no Values'];
  return [`unknown condition type ${Type}`];
}

/** Limits of the requests that a job is made by. */
function lintJob(job: Rule): string[] {
  const limited = (what: string, list: unknown, max: number) =>
    listOf(list).length > max ? [`${listOf(list).length} ${what}, ${max} are allowed`] : [];
  const outputs = isRecord(job.ProcessingOutputConfig) ? job.ProcessingOutputConfig.Outputs : [];
  const program = [job.AppSpecification, job.AlgorithmSpecification].find(isRecord) ?? {};
  const texts = [program.ContainerEntrypoint, program.ContainerArguments].flatMap((list) => listOf(list) as unknown[]);
  const long = texts.filter((text) => typeof text === 'string' && text.length > ARGUMENT_LENGTH_MAX);
  return [
    ...limited('inputs', job.ProcessingInputs, 10),
    ...limited('outputs', outputs, 10),
    ...limited('channels', job.InputDataConfig, 20),
    ...limited('arguments', program.ContainerArguments, 100),
    ...long.map((text) => `an argument has over ${ARGUMENT_LENGTH_MAX} characters: ${String(text).slice(0, 40)}...`),
  ];
}

/** Empty texts, which are refused when a run starts (what joins others may be empty), and moments. */
function lintValues(pipeline: Rule): string[] {
  const faults: string[] = [];
  walk(pipeline, (value, path) => {
    if (typeof value !== 'string') return;
    if (value === '' && !path.endsWith('Std:Join.On')) faults.push(`${path}: an empty text`);
    if (MOMENT.test(value)) faults.push(`${path}: a moment in time, which spoils the cache: ${value}`);
  });
  return faults;
}
