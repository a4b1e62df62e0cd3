import path from 'node:path';
import { writeFile, writeJson } from '@pilotlight/artifacts';
import { InputError } from '@pilotlight/errors';
import { createLogger, createProgress } from '@pilotlight/logging';
import type { Command } from 'commander';
import { collect, existing } from './options.ts';

type Options = {
  gold?: string;
  run?: string;
  out?: string;
  config?: string;
  set?: string[];
  only?: string[];
  json?: true;
};

export function addExperimentsCommand(program: Command): void {
  const experiments = program.command('experiments').description('Compare feature sets by cross-validation');
  experiments
    .command('churn')
    .description('PR-AUC and ROC-AUC of each experiment of the configuration, on all labelled customers')
    .option('--gold <dir>', 'folder that Gold wrote')
    .option('--run <dir>', 'output folder of a run, with gold/ in it')
    .option('--out <dir>', 'where experiments.json and experiments.txt go (default experiments/ beside gold/)')
    .option('--config <file>', 'YAML or JSON file, or a folder of them')
    .option('--set <key=value>', 'override one configuration key; may be given again', collect)
    .option('--only <names>', 'only these, with commas between', (names: string) => names.split(',').filter(Boolean))
    .option('--json', 'print the result as JSON')
    .action(experimentsCommand);
}

async function experimentsCommand(options: Options): Promise<void> {
  const folder = goldFolder(options);
  const { loadChurnConfig } = await import('../churn/config.ts');
  const { checkFeatures } = await import('../churn/experiments.ts');
  const { readGold } = await import('../churn/goldTable.ts');
  const { renderExperiments, runExperiments } = await import('../churn/experimentTable.ts');
  const config = loadChurnConfig({ file: options.config, sets: options.set }).value;
  checkFeatures(config);
  const progress = createProgress(createLogger({ step: 'experiments' }), 'experiments');
  const table = await runExperiments({
    config,
    gold: readGold(folder),
    only: options.only,
    signal: new AbortController().signal,
    onProgress: (done, total, label) => progress.update(done, total, label),
  }).finally(() => progress.end());
  const out = options.out ?? path.join(path.dirname(path.resolve(folder)), 'experiments');
  const text = renderExperiments(table);
  await writeJson(path.join(out, 'experiments.json'), table);
  await writeFile(path.join(out, 'experiments.txt'), text);
  process.stdout.write(options.json ? `${JSON.stringify({ out, ...table })}\n` : `${text}\n${out}\n`);
}

function goldFolder({ gold, run }: Options): string {
  if ((gold === undefined) === (run === undefined)) {
    const what = gold === undefined ? 'no gold table' : 'a gold table and a run';
    throw new InputError({ code: 'option_invalid', what, where: '--gold, --run', todo: 'give one of the two' });
  }
  return gold === undefined ? path.join(existing(run as string, '--run'), 'gold') : existing(gold, '--gold');
}
