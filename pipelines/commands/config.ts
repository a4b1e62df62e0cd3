import { formatConfig } from '@pilotlight/config';
import { Argument, type Command } from 'commander';
import { loadChurnConfig } from '../churn/config.ts';
import { loadAppConfig } from '../segmentation/config.ts';
import { collect } from './options.ts';

type Options = { config?: string; environment?: string; set?: string[]; json?: true };

export function addConfigCommand(program: Command): void {
  program
    .command('config')
    .description('Configuration')
    .command('show')
    .description('Print the effective configuration of a pipeline and where each value came from')
    .addArgument(new Argument('[pipeline]').choices(['segmentation', 'churn']).default('segmentation'))
    .option('--config <file>', 'YAML or JSON file, or a folder of them')
    .option('--environment <name>', 'overlay beside the file, as powerco.dev.yaml for "dev"')
    .option('--set <key=value>', 'override one key; may be given again', collect)
    .option('--json', 'as JSON: {value, origins}')
    .action((pipeline: string, options: Options) => {
      const from = { file: options.config, environment: options.environment, sets: options.set };
      const loaded = pipeline === 'churn' ? loadChurnConfig(from) : loadAppConfig(from);
      const text = options.json ? JSON.stringify(loaded, null, 2) : formatConfig(loaded);
      process.stdout.write(`${text}\n`);
    });
}
