import { createLogger, createProgress } from '@pilotlight/logging';
import { type Command, Option } from 'commander';
import { checkDate } from '../stepInputs.ts';
import { addGenerateChurnCommand } from './generateChurn.ts';
import { wholeNumber } from './options.ts';

type Options = { rows: number; seed: number; drift: string; out: string; format: 'parquet' | 'csv'; asOf: string };

export const GENERATED_AS_OF = '2026-01-06';

export function addGenerateCommand(program: Command): void {
  const generate = program.command('generate').description('Make raw data from a seed');
  addGenerateChurnCommand(generate);
  generate
    .command('segmentation')
    .description('CLIE, POLA and HFAC of any size, streaming: realistic skew, nulls, dirt, seasons, a real signal')
    .requiredOption('--rows <n>', 'contracts', wholeNumber(1))
    .option('--seed <n>', 'same seed, same bytes', wholeNumber(0), 7)
    .addOption(
      new Option('--drift <kind>', 'how this period differs from the training one')
        .choices(['none', 'mean', 'price', 'mix', 'missing', 'category', 'all'])
        .default('none'),
    )
    .addOption(new Option('--format <format>', 'of the files').choices(['parquet', 'csv']).default('parquet'))
    .option('--as-of <date>', 'YYYY-MM-DD of the newest data', GENERATED_AS_OF)
    .requiredOption('--out <dir>', 'where clie/, pola/ and hfac/ go')
    .action(generateCommand);
}

async function generateCommand(options: Options): Promise<void> {
  const { generateSegmentation } = await import('../segmentation/generate.ts');
  const log = createLogger({ step: 'generate' });
  const progress = createProgress(log, 'generate');
  try {
    await generateSegmentation({ ...options, asOf: checkDate(options.asOf, '--as-of'), log, progress });
  } finally {
    progress.end();
  }
  process.stdout.write(`${options.out}: ${options.rows} contracts, seed ${options.seed}, drift ${options.drift}\n`);
}
