import type { Command } from 'commander';
import { printResults, recordMetrics } from '../segmentation/results.ts';
import { checkDate, defaultDate } from '../segmentation/stepInputs.ts';
import { launch, prepareConfig, type RunOptions, sourceFolders } from './launch.ts';
import { existing, pairs } from './options.ts';
import { addRunOptions } from './run.ts';

export function addScoreCommand(program: Command): void {
  const score = program.command('score').description('Score new rows with models of an earlier run; no labels needed');
  addRunOptions(score.command('segmentation').description('Check, join, score, cluster, report'))
    .requiredOption('--models <dir>', 'the models folder of a training run')
    .action(scoreSegmentation);
}

async function scoreSegmentation(options: RunOptions & { models: string }): Promise<void> {
  const { config, configPath, fingerprint } = prepareConfig(options);
  const report = await launch({
    pipeline: 'segmentation-score',
    out: options.out,
    fresh: options.fresh === true,
    fingerprint,
    parameters: {
      ...sourceFolders(options.data),
      OutputUri: options.out,
      ArtifactUri: options.out,
      ExecutionDate: options.executionDate ? checkDate(options.executionDate, '--execution-date') : defaultDate(config),
      ConfigUri: configPath,
      ModelsUri: existing(options.models, '--models'),
      ...pairs(options.param, '--param'),
    },
  });
  if (report.status !== 'succeeded') {
    process.exitCode = report.exit_code;
    return;
  }
  const facts = await recordMetrics(options.out, { dataset: config.dataset, report, types: [] });
  printResults(options.out, facts, options.json === true);
}
