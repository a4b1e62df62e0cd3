#!/usr/bin/env node
/** The one entry point: of the image's jobs, and of a person at a terminal. */
import { EXIT, InputError } from '@pilotlight/errors';
import { leaveLastWordsOfProcess } from '@pilotlight/pipeline';
import { Command, CommanderError } from 'commander';
import { addCompileCommand } from './commands/compile.ts';
import { addConfigCommand } from './commands/config.ts';
import { addDashboardCommand } from './commands/dashboard.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDriftCommand } from './commands/drift.ts';
import { addExperimentsCommand } from './commands/experiments.ts';
import { addGenerateCommand } from './commands/generate.ts';
import { addPredictCommand } from './commands/predict.ts';
import { addRegistryCommand } from './commands/registry.ts';
import { addRunCommand } from './commands/run.ts';
import { addScoreCommand } from './commands/score.ts';
import { addStepCommand } from './commands/step.ts';
import { addTrainCommand } from './commands/train.ts';

const program = new Command('pilotlight')
  .description('Customer models of an energy retailer: from raw files to scored, segmented customers')
  .version('0.1.0')
  .configureOutput({
    outputError: (text, write) => {
      const line = text
        .replace(/^error: /, '')
        .replaceAll('\n', ' ')
        .trim();
      write(`pilotlight: ${line} (--help shows the options)\n`);
    },
  })
  .exitOverride();
for (const add of [
  addDemoCommand,
  addRunCommand,
  addScoreCommand,
  addDashboardCommand,
  addStepCommand,
  addDriftCommand,
  addExperimentsCommand,
  addRegistryCommand,
  addTrainCommand,
  addPredictCommand,
  addGenerateCommand,
  addCompileCommand,
  addConfigCommand,
]) {
  add(program);
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** One line on stderr for whatever went wrong, and the exit code that goes with it. */
function explain(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
  const line = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  if (process.argv[2] === 'step') leaveLastWordsOfProcess(line);
  if (error instanceof CommanderError) return EXIT.input;
  process.stderr.write(`pilotlight: ${line}\n`);
  if (process.env.PILOTLIGHT_LOG_LEVEL === 'debug') process.stderr.write(`${(error as Error).stack}\n`);
  if (error instanceof InputError) return EXIT.input;
  return isFullDisk(error) ? EXIT.input : EXIT.failure;
}

function isFullDisk(error: unknown): boolean {
  return (error as NodeJS.ErrnoException)?.code === 'ENOSPC';
}
