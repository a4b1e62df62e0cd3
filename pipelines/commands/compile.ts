import { InputError } from '@pilotlight/errors';
import {
  type CompileOptions,
  compileSageMaker,
  compileStateMachine,
  type Definition,
  lintPipelineJson,
  lintStateMachine,
  type OutputRoots,
  PipelineError,
} from '@pilotlight/pipeline';
import { Argument, type Command, Option } from 'commander';
import { churn, churnRoots } from '../churn/definition.ts';
import { segmentation, segmentationRoots, segmentationScore } from '../segmentation/definition.ts';
import { collect, pairs } from './options.ts';

type Target = 'sagemaker' | 'asl';
type Options = { target?: Target; set?: string[] };

const PIPELINES: Record<string, { definition: Definition; target: Target; roots: OutputRoots }> = {
  [segmentation.name]: { definition: segmentation, target: 'sagemaker', roots: segmentationRoots },
  [segmentationScore.name]: { definition: segmentationScore, target: 'sagemaker', roots: segmentationRoots },
  [churn.name]: { definition: churn, target: 'asl', roots: churnRoots },
};

/** What an execution of the machine may set, beside the file and the run. */
const MACHINE_INPUTS = ['AsOf', 'ExecutionDate', 'Mode', 'Experiment', 'ModelVersion'];

const TEXTS = [
  'roleArn',
  'image',
  'bucketUri',
  'kmsKeyId',
  'codeVersion',
  'stack',
  'tableName',
  'alertTopicArn',
  'cache',
];
const LISTS = ['subnetIds', 'securityGroupIds'];
const NUMBERS = ['volumeGb', 'timeLimitMinutes'];
const SETTABLE = [...TEXTS, ...LISTS, ...NUMBERS].join(', ');

export function addCompileCommand(program: Command): void {
  program
    .command('compile')
    .description('Print a pipeline as the JSON that runs it on AWS')
    .addArgument(new Argument('<pipeline>').choices(Object.keys(PIPELINES)))
    .addOption(
      new Option('--target <kind>', 'SageMaker pipeline or Step Functions machine (default: what it runs as)').choices([
        'sagemaker',
        'asl',
      ]),
    )
    .option('--set <key=value>', `a parameter's default, or one of ${SETTABLE}, tag.NAME; may be given again`, collect)
    .action((name: string, options: Options) => {
      process.stdout.write(`${JSON.stringify(compile(name, options), null, 2)}\n`);
    });
}

/** What is not set stands in the JSON by its name in capitals, so that it shows. */
function compile(name: string, { target, set }: Options): unknown {
  const pipeline = PIPELINES[name] as (typeof PIPELINES)[string];
  const { definition, roots } = pipeline;
  const given = readSettings(definition, pairs(set, '--set'));
  const { texts, lists, numbers, defaults, tags } = given;
  const options = {
    roleArn: texts.roleArn ?? 'ROLE_ARN',
    image: texts.image ?? 'IMAGE_BY_DIGEST',
    bucketUri: texts.bucketUri ?? 's3://BUCKET',
    kmsKeyId: texts.kmsKeyId ?? 'KMS_KEY_ARN',
    codeVersion: texts.codeVersion ?? 'CODE_VERSION',
    subnetIds: lists.subnetIds ?? ['SUBNET_ID'],
    securityGroupIds: lists.securityGroupIds ?? ['SECURITY_GROUP_ID'],
    resources: numbers,
    ...(texts.stack === undefined ? {} : { stack: texts.stack }),
    ...{ tags, roots, defaults },
  };
  try {
    if ((target ?? pipeline.target) === 'asl') return checked(machine(definition, options, texts), lintStateMachine);
    const cache = texts.cache === undefined ? undefined : { expireAfter: texts.cache };
    return checked(compileSageMaker(definition, { ...options, cache }), lintPipelineJson);
  } catch (cause) {
    if (!(cause instanceof PipelineError)) throw cause;
    throw refuse('compile_refused', cause.faults.join('; '), `pipeline ${name}`, 'correct --set or --target', cause);
  }
}

function machine(definition: Definition, options: CompileOptions, texts: Readonly<Record<string, string>>): unknown {
  const { bucketUri } = options;
  const folders = {
    RawUri: `${bucketUri}/raw`,
    OutputUri: `${bucketUri}/scored`,
    RegistryUri: `${bucketUri}/models/registry`,
  };
  const known = Object.entries(folders).filter(([name]) => name in definition.parameters);
  return compileStateMachine(definition, {
    ...options,
    defaults: { ...Object.fromEntries(known), ...options.defaults },
    inputs: MACHINE_INPUTS.filter((name) => name in definition.parameters),
    tableName: texts.tableName ?? 'MANIFEST_TABLE',
    ...(texts.alertTopicArn === undefined ? {} : { alertTopicArn: texts.alertTopicArn }),
  });
}

function checked(compiled: unknown, lint: (compiled: unknown) => string[]): unknown {
  const faults = lint(compiled);
  if (faults.length === 0) return compiled;
  throw refuse('compile_faults', faults.join('; '), 'compiled JSON', 'correct --set');
}

type Given = {
  texts: Record<string, string>;
  lists: Record<string, string[]>;
  numbers: Record<string, number>;
  defaults: Record<string, string>;
  tags: Record<string, string>;
};

function readSettings(definition: Definition, set: Readonly<Record<string, string>>): Given {
  const given: Given = { texts: {}, lists: {}, numbers: {}, defaults: {}, tags: {} };
  for (const [key, value] of Object.entries(set)) {
    if (value === '') throw refuse('option_invalid', `${key} is empty`, '--set', 'give it a value, "none" for nothing');
    if (TEXTS.includes(key)) given.texts[key] = value;
    else if (LISTS.includes(key)) given.lists[key] = value.split(',');
    else if (NUMBERS.includes(key)) given.numbers[key] = readNumber(key, value);
    else if (key.startsWith('tag.')) given.tags[key.slice('tag.'.length)] = value;
    else if (key in definition.parameters) given.defaults[key] = value;
    else {
      const names = [SETTABLE, 'tag.NAME', ...Object.keys(definition.parameters)].join(', ');
      throw refuse('option_invalid', `nothing is called ${key}`, '--set', `use one of ${names}`);
    }
  }
  return given;
}

function readNumber(key: string, value: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw refuse('option_invalid', `${key} is ${value}`, '--set', 'give a whole number above 0');
}

function refuse(code: string, what: string, where: string, todo: string, cause?: unknown): InputError {
  return new InputError({ code, what, where, todo, cause });
}
