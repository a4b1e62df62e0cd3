import type { Definition, Parameter, Step } from '../definition.ts';
import { PipelineError } from '../errors.ts';
import { checkValue } from '../parameters.ts';

/** Text, or an object that stands for it and is written as it is: an expression of the target, a token of another tool. */
export type Value = string | Readonly<Record<string, unknown>>;

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/**
 * By output, as `Step.output`, the parameter that holds the URI it goes under; `*` stands for all that are not named. What neither
 * names goes under {@link CompileOptions.bucketUri}.
 */
export type OutputRoots = Readonly<Record<string, string>>;

/** What a definition does not say and every job needs. */
export type CompileOptions = {
  /** The role that jobs run as. */
  roleArn: Value;
  /** By digest. It becomes the default of the parameter `ImageUri`, where the definition has it. */
  image: Value;
  /** `s3://BUCKET` or `s3://BUCKET/PREFIX`, no slash at the end: where outputs go, unless {@link CompileOptions.roots} says another place. */
  bucketUri: string;
  /** Encrypts volumes and outputs. */
  kmsKeyId: Value;
  subnetIds: readonly Value[];
  securityGroupIds: readonly Value[];
  codeVersion: Value;
  /** Told to every job as `PILOTLIGHT_STACK`: dev, staging, prod. Left out: jobs are told nothing. */
  stack?: Value;
  tags?: Readonly<Record<string, Value>>;
  /** Defaults of parameters, before those of the definition. */
  defaults?: Readonly<Record<string, Value | number | boolean>>;
  roots?: OutputRoots;
  /** Instead of what each step asks for. */
  resources?: { volumeGb?: number; timeLimitMinutes?: number };
};

/** The date of a run, by whatever name the definition has it. */
const DATES = ['ExecutionDate', 'AsOf'];
const IMAGE = 'ImageUri';
const TRACKING = 'MlflowTrackingUri';

export const dateParameter = ({ parameters }: Definition): string | undefined =>
  DATES.find((name) => Object.hasOwn(parameters, name));

export const imageParameter = ({ parameters }: Definition): string | undefined =>
  Object.hasOwn(parameters, IMAGE) ? IMAGE : undefined;

export const trackingParameter = ({ parameters }: Definition): string | undefined =>
  Object.hasOwn(parameters, TRACKING) ? TRACKING : undefined;

/**
 * The default of every parameter that has one: the options', else the definition's.
 *
 * @throws PipelineError where an option names no parameter, or a default is empty: SageMaker refuses `""` when a run starts, so
 * "nothing" is the word `none`
 * @throws InputError where a value does not fit its parameter
 */
export function defaultsOf(
  definition: Definition,
  options: Pick<CompileOptions, 'defaults' | 'image'>,
): Record<string, Value | number | boolean> {
  const image = imageParameter(definition);
  const given = { ...(image ? { [image]: options.image } : {}), ...options.defaults };
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(definition.parameters, name));
  if (unknown.length > 0) throw refuse(definition, [`no parameter ${unknown.join(', ')}`]);
  const found: Record<string, Value | number | boolean> = {};
  for (const [name, parameter] of Object.entries(definition.parameters)) {
    const value = given[name] ?? parameter.default;
    if (value === '') throw refuse(definition, [`the default of ${name} is empty: write "none"`]);
    if (value !== undefined) found[name] = readDefault(definition, name, parameter, value);
  }
  return found;
}

/** @throws PipelineError where the bucket's URI would make URIs that no bucket has */
export function checkBucketUri(definition: Definition, { bucketUri }: Pick<CompileOptions, 'bucketUri'>): void {
  if (!/^s3:\/\/[^/\s]+(\/[^/\s]+)*$/.test(bucketUri))
    throw refuse(definition, [`bad bucketUri ${JSON.stringify(bucketUri)}: write s3://BUCKET or s3://BUCKET/PREFIX`]);
}

/** The parameter under whose value an output goes, or undefined where it goes under the bucket. */
export function rootOf(
  definition: Definition,
  step: Step,
  output: string,
  roots: CompileOptions['roots'],
): string | undefined {
  const root = roots?.[`${step.name}.${output}`] ?? roots?.['*'];
  if (root === undefined || Object.hasOwn(definition.parameters, root)) return root;
  throw refuse(definition, [`${step.name}.${output} is to go under the unknown parameter ${root}`]);
}

/**
 * Where an output goes below its root, in two parts with the run between them. The run stands behind the first folder, so that a
 * layer (`bronze/`, `scored/`) is one prefix for lifecycle rules and policies, and a run's part of it is one folder.
 */
export function splitPath(path: string): { layer: string; rest: string | undefined } {
  const [layer = '', ...rest] = path.split('/');
  return { layer, rest: rest.length > 0 ? rest.join('/') : undefined };
}

export function limitsOf(
  { resources }: Step,
  options: Pick<CompileOptions, 'resources'>,
): { volumeGb: number; timeLimit_s: number } {
  const { volumeGb = resources.volumeGb, timeLimitMinutes = resources.timeLimitMinutes } = options.resources ?? {};
  return { volumeGb, timeLimit_s: timeLimitMinutes * 60 };
}

/** Tags as the service wants them, in the order of their keys. */
export function tagList(tags: CompileOptions['tags'] = {}): { Key: string; Value: Json }[] {
  const entries = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([Key, value]) => ({ Key, Value: asJson(value) }));
}

export const asJson = (value: Value | number | boolean): Json => value as Json;

export const asList = (values: readonly Value[]): Json[] => values.map(asJson);

export function refuse({ name }: Definition, faults: readonly string[]): PipelineError {
  return new PipelineError('bad_definition', `pipeline ${name} cannot be compiled`, faults);
}

function readDefault(
  definition: Definition,
  name: string,
  parameter: Parameter,
  value: Value | number | boolean,
): Value | number | boolean {
  if (typeof value === 'object') return value;
  const text = checkValue(definition, name, parameter, String(value));
  if (parameter.type === 'String') return text;
  return parameter.type === 'Boolean' ? text === 'true' : Number(text);
}
