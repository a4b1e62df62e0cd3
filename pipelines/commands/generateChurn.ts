import { createLogger, createProgress } from '@pilotlight/logging';
import { type Command, Option } from 'commander';
import { wholeNumber } from './options.ts';

type Options = {
  customers: number;
  seed: number;
  hours: number;
  format: 'parquet' | 'csv' | 'csv.gz' | 'both';
  out: string;
};

const HOURS_2024 = 8784;

export function addGenerateChurnCommand(generate: Command): void {
  generate
    .command('churn')
    .description('The seven raw files of the churn system: customers, prices, texts, hourly meter readings of 2024')
    .option('--customers <n>', 'how many', wholeNumber(1), 20_099)
    .option('--seed <n>', 'same seed, same bytes', wholeNumber(0), 7)
    .option('--hours <n>', 'readings a customer, the first ones of each month', wholeNumber(12), HOURS_2024)
    .addOption(
      new Option('--format <format>', 'of the hourly file')
        .choices(['parquet', 'csv', 'csv.gz', 'both'])
        .default('parquet'),
    )
    .requiredOption('--out <dir>', 'a folder for the seven files; it may hold nothing else')
    .action(generateCommand);
}

async function generateCommand({ customers, seed, hours, format, out }: Options): Promise<void> {
  const { generateChurn } = await import('../churn/generate.ts');
  const log = createLogger({ step: 'generate' });
  const progress = createProgress(log, 'generate');
  try {
    const formats = format === 'both' ? (['parquet', 'csv'] as const) : [format];
    await generateChurn({ customers, seed, hours, out, formats: [...formats], log, progress });
  } finally {
    progress.end();
  }
  process.stdout.write(`${out}: ${customers} customers, ${customers * hours} readings, seed ${seed}\n`);
}
