import { runStep } from '@pilotlight/pipeline';
import type { Command } from 'commander';
import { concludeStep } from '../conclude.ts';
import { findPipeline, findStepFunction, PIPELINE_NAMES } from '../registry.ts';
import { collect, pairs } from './options.ts';
import { stepFromRun } from './stepFromRun.ts';

const EXIT_LIMIT_MS = 5000;

type Options = { run?: string; input?: string[]; output?: string[]; param?: string[] };

export function addStepCommand(program: Command): void {
  program
    .command('step')
    .description('Run one step: a function of input folders, output folders and parameters')
    .argument('<pipeline>', PIPELINE_NAMES.join(', '))
    .argument('<name>', 'step')
    .option('--run <dir>', 'a run whose folders and parameters the step takes, where they are not given')
    .option('--input <name=path>', 'an input folder or file, or s3://...; may be given again', collect)
    .option('--output <name=dir>', 'an output folder, or s3://...; may be given again', collect)
    .option('--param <name=value>', 'a parameter; may be given again', collect)
    .action(stepCommand);
}

async function stepCommand(pipeline: string, name: string, options: Options): Promise<void> {
  const { definition } = findPipeline(pipeline);
  const again = (flag: string, values: string[] = []) => values.flatMap((value) => [flag, value]);
  const fromRun = options.run === undefined ? undefined : stepFromRun(definition, name, options.run);
  const values = (kind: 'input' | 'output' | 'param') => {
    const given = options[kind] ?? [];
    const own = pairs(given, `--${kind}`);
    const rest = Object.entries(fromRun?.[kind] ?? {}).filter(([key]) => !(key in own));
    return again(`--${kind}`, [...given, ...rest.map(([key, value]) => `${key}=${value}`)]);
  };
  process.exitCode = await runStep({
    definition,
    step: name,
    args: [...values('input'), ...values('output'), ...values('param')],
    run: findStepFunction(pipeline, name),
    conclude: concludeStep(pipeline),
  });
  // What still waits for an answer that nobody needs any more must not hold a job.
  setTimeout(() => process.exit(), EXIT_LIMIT_MS).unref();
}
