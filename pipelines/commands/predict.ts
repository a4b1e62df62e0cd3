import { createLogger, createProgress } from '@pilotlight/logging';
import { type Command, Option } from 'commander';
import { collect, existing } from './options.ts';

type Options = {
  model: string;
  data: string[];
  keep?: string[];
  kind: 'probability' | 'raw' | 'contributions';
  out: string;
  json?: true;
};

export function addPredictCommand(program: Command): void {
  program
    .command('predict')
    .description("Predict from Parquet to Parquet with a LightGBM text model (ours or Python's)")
    .requiredOption('--model <file>', 'the model')
    .requiredOption('--data <parquet>', 'rows, a file or folder; may be given again', collect)
    .option('--keep <column>', 'copy this column through; may be given again', collect)
    .addOption(
      new Option('--kind <kind>', 'what to predict')
        .choices(['probability', 'raw', 'contributions'])
        .default('probability'),
    )
    .requiredOption('--out <file>', 'Parquet')
    .option('--json', 'print the result as JSON')
    .action(predictCommand);
}

async function predictCommand(options: Options): Promise<void> {
  const { predict } = await import('@pilotlight/modeling');
  const progress = createProgress(createLogger({ step: 'predict' }), 'predict');
  const result = await predict({
    modelPath: existing(options.model, '--model'),
    dataPaths: options.data.map((file) => existing(file, '--data')),
    outPath: options.out,
    keepColumns: options.keep ?? [],
    kind: options.kind,
    onProgress: ({ done, total }) => progress.update(done, total, 'rows'),
  }).finally(() => progress.end());
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ out: options.out, ...result })}\n`);
    return;
  }
  process.stdout.write(`${options.out}: ${result.rows} rows\n`);
  for (const [column, { rows, examples }] of Object.entries(result.unseenCategories)) {
    process.stdout.write(
      `${column}: ${rows} rows with categories that training did not see (${examples.join(', ')}), taken as missing\n`,
    );
  }
}
