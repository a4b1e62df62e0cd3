import type { Command } from 'commander';
import { MODEL_TYPES } from '../segmentation/config.ts';
import { printResults, recordMetrics } from '../segmentation/results.ts';
import { checkDate, defaultDate } from '../segmentation/stepInputs.ts';
import { launch, prepareConfig, type RunOptions, sourceFolders } from './launch.ts';
import { collect, existing, pairs } from './options.ts';

type Options = RunOptions & { baseline?: string; failOnDrift?: true; driftThreshold?: string; previous?: string };

export function addRunCommand(program: Command): void {
  const run = program
    .command('run')
    .description('Run a whole pipeline on this machine; the same command again goes on where it stopped');
  addRunOptions(run.command('segmentation').description('Check, join, drift, train, score, cluster, report'))
    .option('--baseline <dir>', 'output folder of the run that drift is measured against')
    .option('--previous <dir>', 'output folder of the run that BENCHMARK is compared with')
    .option('--drift-threshold <psi>', 'PSI above which drift is HIGH')
    .option('--fail-on-drift', 'stop before training when the overall drift flag is up (exit 3)')
    .action(runSegmentation);
}

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

export async function runSegmentation(options: Options): Promise<void> {
  const { config, configPath, fingerprint } = prepareConfig(options);
  const executionDate = options.executionDate
    ? checkDate(options.executionDate, '--execution-date')
    : defaultDate(config);
  const report = await launch({
    pipeline: 'segmentation',
    out: options.out,
    fresh: options.fresh === true,
    fingerprint,
    parameters: {
      ...sourceFolders(options.data),
      OutputUri: options.out,
      ArtifactUri: options.out,
      ExecutionDate: executionDate,
      ConfigUri: configPath,
      ...(options.baseline ? { BaselineFeaturesUri: existing(options.baseline, '--baseline') } : {}),
      ...(options.previous
        ? { PreviousBenchmarkUri: `${existing(options.previous, '--previous')}/benchmark`, BenchmarkMode: 'compare' }
        : {}),
      ...(options.driftThreshold ? { DriftThreshold: options.driftThreshold } : {}),
      ...(options.failOnDrift ? { FailOnDrift: 'true' } : {}),
      ...pairs(options.param, '--param'),
    },
  });
  if (report.status !== 'succeeded') {
    process.exitCode = report.exit_code;
    return;
  }
  const facts = await recordMetrics(options.out, { dataset: config.dataset, report, types: MODEL_TYPES });
  printResults(options.out, facts, options.json === true);
}
