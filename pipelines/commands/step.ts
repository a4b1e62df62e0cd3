import { runStep } from '@pilotlight/pipeline';
import type { Command } from 'commander';
import { findPipeline, findStepFunction, PIPELINE_NAMES } from '../registry.ts';
import { collect } from './options.ts';

type Options = { input?: string[]; output?: string[]; param?: string[] };

export function addStepCommand(program: Command): void {
  program
    .command('step')
    .description('Run one step: a function of input folders, output folders and parameters')
    .argument('<pipeline>', PIPELINE_NAMES.join(', '))
    .argument('<name>', 'step')
    .option('--input <name=path>', 'an input folder or file; may be given again', collect)
    .option('--output <name=dir>', 'an output folder; may be given again', collect)
    .option('--param <name=value>', 'a parameter; may be given again', collect)
    .action(stepCommand);
}

async function stepCommand(pipeline: string, name: string, options: Options): Promise<void> {
  const again = (flag: string, values: string[] = []) => values.flatMap((value) => [flag, value]);
  process.exitCode = await runStep({
    definition: findPipeline(pipeline).definition,
    step: name,
    args: [
      ...again('--input', options.input),
      ...again('--output', options.output),
      ...again('--param', options.param),
    ],
    run: findStepFunction(pipeline, name),
  });
}
