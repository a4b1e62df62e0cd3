import path from 'node:path';
import type { Command } from 'commander';
import { addRunOptions, type RunOptions, runOn } from './launch.ts';
import { existing } from './options.ts';
import { addRunChurnCommand } from './runChurn.ts';

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
  addRunChurnCommand(run);
}

export function runSegmentation(options: Options): Promise<void> {
  const { baseline, previous, driftThreshold, failOnDrift } = options;
  return runOn('segmentation', options, {
    ...(baseline ? { BaselineFeaturesUri: existing(baseline, '--baseline') } : {}),
    ...(previous
      ? { PreviousBenchmarkUri: path.join(existing(previous, '--previous'), 'benchmark'), BenchmarkMode: 'compare' }
      : {}),
    ...(driftThreshold ? { DriftThreshold: driftThreshold } : {}),
    ...(failOnDrift ? { FailOnDrift: 'true' } : {}),
  });
}
