import type { Command } from 'commander';
import { addRunOptions, type RunOptions, runOn } from './launch.ts';
import { existing } from './options.ts';

export function addScoreCommand(program: Command): void {
  const score = program.command('score').description('Score new rows with models of an earlier run; no labels needed');
  addRunOptions(score.command('segmentation').description('Check, join, score, cluster, report'))
    .requiredOption('--models <dir>', 'the models folder of a training run')
    .action((options: RunOptions & { models: string }) =>
      runOn('segmentation-score', options, { ModelsUri: existing(options.models, '--models') }),
    );
}
