import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '@pilotlight/errors';
import { createLogger } from '@pilotlight/logging';
import { runPipeline } from '@pilotlight/pipeline';
import type { Command } from 'commander';
import { findPipeline } from '../registry.ts';
import { type AppConfig, loadAppConfig } from '../segmentation/config.ts';
import { printResults, recordMetrics } from '../segmentation/results.ts';
import { checkDate, defaultDate } from '../segmentation/stepInputs.ts';
import { sourceFingerprint } from '../sourceFingerprint.ts';
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

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));

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
  const { config, configPath, fingerprint } = prepareConfig(options);
  const { executionDate } = options;
  const asOf = executionDate ? checkDate(executionDate, '--execution-date') : defaultDate(config);
  const report = await runPipeline({
    definition: findPipeline(pipeline).definition,
    parameters: {
      ...sourceFolders(options.data),
      OutputUri: options.out,
      ArtifactUri: options.out,
      ExecutionDate: asOf,
      ConfigUri: configPath,
      ...parameters,
      ...pairs(options.param, '--param'),
    },
    out: options.out,
    fresh: options.fresh === true,
    sourceFingerprint: fingerprint,
    stepCommand: (step, args) => ({ command: process.execPath, args: [CLI, 'step', pipeline, step.name, ...args] }),
    log: createLogger({ execution_date: asOf }),
  });
  if (report.status !== 'succeeded') {
    process.exitCode = report.exit_code;
    return;
  }
  const facts = await recordMetrics(options.out, { dataset: config.dataset, report });
  printResults(options.out, facts, options.json === true);
}

/**
 * The effective configuration, as one file that every step of the run is handed. Its name is its content's hash, so that a second
 * run on the same folder does not pull it from under the first.
 */
function prepareConfig(options: RunOptions): { config: AppConfig; configPath: string; fingerprint: string } {
  const { value } = loadAppConfig({ file: options.config, environment: options.environment, sets: options.set });
  const text = `${JSON.stringify(value, null, 2)}\n`;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const folder = path.join(options.out, '.pilotlight', 'config');
  if (existsSync(options.out) && !statSync(options.out).isDirectory()) {
    throw new InputError({ code: 'out_not_folder', what: 'not a folder', where: options.out, todo: 'correct --out' });
  }
  mkdirSync(folder, { recursive: true });
  const configPath = path.join(folder, `${hash}.json`);
  if (!existsSync(configPath)) {
    writeFileSync(`${configPath}.${process.pid}`, text);
    renameSync(`${configPath}.${process.pid}`, configPath);
  }
  return { config: value, configPath, fingerprint: `${sourceFingerprint()}-${hash}` };
}

/** The three input folders: subfolders of the data folder where it has them, else the folder itself. */
function sourceFolders(data: string): Record<'ClieInputUri' | 'PolaInputUri' | 'HfacInputUri', string> {
  const folder = path.resolve(existing(data, '--data'));
  const of = (name: string) => (existsSync(path.join(folder, name)) ? path.join(folder, name) : folder);
  return { ClieInputUri: of('clie'), PolaInputUri: of('pola'), HfacInputUri: of('hfac') };
}
