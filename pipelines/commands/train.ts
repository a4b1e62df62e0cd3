import { readFileSync } from 'node:fs';
import { InputError } from '@pilotlight/errors';
import { createLogger, createProgress } from '@pilotlight/logging';
import type { Command } from 'commander';
import { collect, existing, wholeNumber } from './options.ts';

type Options = {
  data: string[];
  valid?: string[];
  target: string;
  weight?: string;
  exclude?: string[];
  params?: string;
  rounds: number;
  earlyStoppingRounds?: number;
  out: string;
  json?: true;
};

const DEFAULT_ROUNDS = 100;
const DEFAULT_EARLY_STOPPING_ROUNDS = 50;

export function addTrainCommand(program: Command): void {
  program
    .command('train')
    .description('Train LightGBM on Parquet: every other column is a feature, text columns are categories')
    .requiredOption('--data <parquet>', 'training rows, a file or folder; may be given again', collect)
    .option('--valid <parquet>', 'validation rows for early stopping; may be given again', collect)
    .requiredOption('--target <column>', 'the label')
    .option('--weight <column>', 'row weights')
    .option('--exclude <column>', 'a column that is no feature; may be given again', collect)
    .option('--params <json>', 'JSON file of LightGBM parameters (objective, num_leaves, ...)')
    .option('--rounds <n>', 'trees at most', wholeNumber(1), DEFAULT_ROUNDS)
    .option(
      '--early-stopping-rounds <n>',
      `stop after this many rounds without gain on --valid (default ${DEFAULT_EARLY_STOPPING_ROUNDS} when --valid is given)`,
      wholeNumber(1),
    )
    .requiredOption('--out <file>', 'the model, LightGBM text')
    .option('--json', 'print the result as JSON')
    .action(trainCommand);
}

async function trainCommand(options: Options): Promise<void> {
  const { train } = await import('@pilotlight/modeling');
  const log = createLogger({ step: 'train' });
  const progress = createProgress(log, 'train');
  const early = options.earlyStoppingRounds ?? (options.valid ? DEFAULT_EARLY_STOPPING_ROUNDS : undefined);
  const result = await train({
    trainPaths: options.data.map((file) => existing(file, '--data')),
    ...(options.valid ? { validPaths: options.valid.map((file) => existing(file, '--valid')) } : {}),
    target: options.target,
    ...(options.weight ? { weight: options.weight } : {}),
    features: 'all',
    exclude: options.exclude ?? [],
    params: readParams(options.params),
    rounds: options.rounds,
    ...(early === undefined ? {} : { earlyStoppingRounds: early }),
    modelPath: options.out,
    onProgress: ({ iteration, rounds }) => progress.update(iteration, rounds, 'trees'),
  }).finally(() => progress.end());
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ model: options.out, ...result })}\n`);
    return;
  }
  const best = Object.entries(result.evaluations).map(
    ([name, values]) => `${name} ${values[result.bestIteration - 1]?.toPrecision(6) ?? '-'}`,
  );
  process.stdout.write(
    `${options.out}: ${result.bestIteration} of ${result.rounds} trees, ${result.trainRows} rows, ${result.features.length} features${best.length ? `; ${best.join(', ')}` : ''}\n`,
  );
}

function readParams(file: string | undefined): Record<string, string | number | boolean> {
  if (!file) return {};
  const refuse = (what: string, cause?: unknown) =>
    new InputError({
      code: 'params_invalid',
      what,
      where: file,
      todo: 'write one JSON object of LightGBM parameters, as {"objective": "binary"}',
      cause,
    });
  let params: unknown;
  try {
    params = JSON.parse(readFileSync(existing(file, '--params'), 'utf8'));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw refuse('not readable as JSON', cause);
  }
  if (params === null || typeof params !== 'object' || Array.isArray(params)) throw refuse('not a JSON object');
  const entries = Object.entries(params).map(([key, value]) => {
    if (Array.isArray(value)) return [key, value.join(',')];
    if (!['string', 'number', 'boolean'].includes(typeof value))
      throw refuse(`"${key}" is no text, number or true/false`);
    return [key, value];
  });
  return Object.fromEntries(entries);
}
