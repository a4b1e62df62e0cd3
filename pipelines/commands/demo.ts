import path from 'node:path';
import { Argument, type Command } from 'commander';
import { demoChurn } from './demoChurn.ts';
import { GENERATED_AS_OF } from './generate.ts';
import { generateOnce } from './generateOnce.ts';
import { wholeNumber } from './options.ts';
import { runSegmentation } from './run.ts';

type Options = { rows?: number; seed: number; out?: string };

const DEMO_ROWS = 100_000;

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('A whole system on generated data: raw files, training, scores, reports')
    .addArgument(
      new Argument(
        '[system]',
        '100,000 contracts with 1.2 million invoices; 20,099 customers with 5.8 million meter readings',
      )
        .choices(['segmentation', 'churn'])
        .default('segmentation'),
    )
    .option('--rows <n>', 'contracts or customers', wholeNumber(1000))
    .option('--seed <n>', 'same seed, same data', wholeNumber(0), 7)
    .option('--out <dir>', 'where everything goes (default out/demo, out/demo-churn)')
    .action((system: string, options: Options) => (system === 'churn' ? demoChurn(options) : demo(options)));
}

async function demo({ rows = DEMO_ROWS, seed, out = 'out/demo' }: Options): Promise<void> {
  const data = path.join(out, 'data');
  const facts = { rows, seed, as_of: GENERATED_AS_OF };
  await generateOnce({ marker: path.join(data, 'generated.json'), data, facts }, async (watch) => {
    const { generateSegmentation } = await import('../segmentation/generate.ts');
    await generateSegmentation({
      rows,
      seed,
      ...watch,
      drift: 'none',
      out: data,
      format: 'parquet',
      asOf: GENERATED_AS_OF,
    });
  });
  await runSegmentation({ data, out, executionDate: GENERATED_AS_OF });
}
