import { formatConfig } from '@pilotlight/config';
import type { Command } from 'commander';
import { loadAppConfig } from '../segmentation/config.ts';
import { collect } from './options.ts';

export function addConfigCommand(program: Command): void {
  program
    .command('config')
    .description('Configuration')
    .command('show')
    .description('Print the effective configuration of the segmentation pipeline and where each value came from')
    .option('--config <file>', 'YAML or JSON file, or a folder of them')
    .option('--environment <name>', 'overlay beside the file, as powerco.dev.yaml for "dev"')
    .option('--set <key=value>', 'override one key; may be given again', collect)
    .option('--json', 'as JSON: {value, origins}')
    .action((options: { config?: string; environment?: string; set?: string[]; json?: true }) => {
      const loaded = loadAppConfig({ file: options.config, environment: options.environment, sets: options.set });
      const text = options.json ? JSON.stringify(loaded, null, 2) : formatConfig(loaded);
      process.stdout.write(`${text}\n`);
    });
}
