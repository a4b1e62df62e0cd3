import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { loadAppConfig } from '../segmentation/config.ts';
import { printResults, recordMetrics } from '../segmentation/results.ts';
import { defaultDate } from '../segmentation/stepInputs.ts';
import { checkDate } from '../stepInputs.ts';
import { launchPipeline } from './launchPipeline.ts';
import { collect, existing, pairs } from './options.ts';

export type RunOptions = {
  data: string;
  out: string;
  config?: string;
  environment?: string;
  set?: string[];
  param?: string[];
  executionDate?: string;
  fresh?: true;
  json?: true;
};

/** The options that every way of running the segmentation has. */
export function addRunOptions(command: Command): Command {
  return command
    .requiredOption('--data <dir>', 'folder of the raw files (or of clie/, pola/, hfac/)')
    .requiredOption('--out <dir>', 'where everything goes')
    .option('--config <file>', 'YAML or JSON file, or a folder of them')
    .option('--environment <name>', 'overlay beside the configuration')
    .option('--set <key=value>', 'override one configuration key; may be given again', collect)
    .option('--param <name=value>', 'a pipeline parameter; may be given again', collect)
    .option(
      '--execution-date <date>',
      "YYYY-MM-DD; nothing later is looked at (default the configuration's, else today)",
    )
    .option('--fresh', 'run every step again')
    .option('--json', 'print the result as JSON');
}

/**
 * Runs a pipeline on raw files, every step a child process of this same command; then writes the metrics log and prints the
 * result. A failed run has been logged, and the exit code is its own.
 */
export async function runOn(pipeline: string, options: RunOptions, parameters: Record<string, string>): Promise<void> {
  const { executionDate, out } = options;
  const { value: config } = loadAppConfig({
    file: options.config,
    environment: options.environment,
    sets: options.set,
  });
  const asOf = executionDate ? checkDate(executionDate, '--execution-date') : defaultDate(config);
  const report = await launchPipeline({
    ...{ pipeline, out, config, date: asOf, fresh: options.fresh === true },
    parameters: {
      ...sourceFolders(options.data),
      OutputUri: out,
      ArtifactUri: out,
      ExecutionDate: asOf,
      ...parameters,
      ...pairs(options.param, '--param'),
    },
  });
  if (report.status !== 'succeeded') return;
  const facts = await recordMetrics(out, report);
  printResults(out, facts, options.json === true);
}

/** The three input folders: subfolders of the data folder where it has them, else the folder itself. */
function sourceFolders(data: string): Record<'ClieInputUri' | 'PolaInputUri' | 'HfacInputUri', string> {
  const folder = path.resolve(existing(data, '--data'));
  const of = (name: string) => (existsSync(path.join(folder, name)) ? path.join(folder, name) : folder);
  return { ClieInputUri: of('clie'), PolaInputUri: of('pola'), HfacInputUri: of('hfac') };
}
