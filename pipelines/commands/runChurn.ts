import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { createLogger } from '@pilotlight/logging';
import { isStep, type Node } from '@pilotlight/pipeline';
import { type Command, Option } from 'commander';
import { type ChurnConfig, loadChurnConfig } from '../churn/config.ts';
import { churn } from '../churn/definition.ts';
import { checkFeatures } from '../churn/experiments.ts';
import { checkDate, inputError } from '../stepInputs.ts';
import { launchPipeline } from './launchPipeline.ts';
import { collect, existing, pairs, wholeNumber } from './options.ts';

export type ChurnOptions = {
  data: string;
  out: string;
  asOf: string;
  mode?: 'train' | 'score';
  registry?: string;
  modelVersion?: number;
  experiment?: string;
  config?: string;
  environment?: string;
  set?: string[];
  param?: string[];
  fresh?: true;
  json?: true;
};

const GROUP = 'churn';

/** Parameters that have an option of their own: by both ways at once, the run would not do what its first line says. */
const OPTIONS: Record<string, string> = {
  RawUri: '--data',
  OutputUri: '--out',
  RegistryUri: '--registry',
  AsOf: '--as-of',
  Mode: '--mode',
  ModelVersion: '--model-version',
  Experiment: '--experiment',
  ConfigUri: '--config',
};

export function addRunChurnCommand(run: Command): void {
  run
    .command('churn')
    .description('From raw files and meter readings to scored customers and recommendations')
    .requiredOption('--data <dir>', 'folder of the raw files')
    .requiredOption('--out <dir>', 'where everything goes')
    .requiredOption('--as-of <date>', 'YYYY-MM-DD; nothing later is looked at')
    .addOption(
      new Option(
        '--mode <mode>',
        'train, or score with the champion (default: score where there is one, else train)',
      ).choices(['train', 'score']),
    )
    .option('--registry <uri>', 'the model registry: a folder, s3://..., or mlflow:... (default <out>/registry)')
    .option('--model-version <n>', 'score with this version instead of the champion', wholeNumber(1))
    .option('--experiment <name>', "train on this feature set instead of the configuration's champion")
    .option('--config <file>', 'YAML or JSON file, or a folder of them')
    .option('--environment <name>', 'overlay beside the configuration')
    .option('--set <key=value>', 'override one configuration key; may be given again', collect)
    .option('--param <name=value>', 'a pipeline parameter; may be given again', collect)
    .option('--fresh', 'run every step again')
    .option('--json', 'print the result as JSON')
    .action(runChurn);
}

/** Runs the churn pipeline and prints what came out; a failed run has been logged, and its exit code is set. */
export async function runChurn(options: ChurnOptions): Promise<void> {
  const { value: config } = loadChurnConfig({
    file: options.config,
    environment: options.environment,
    sets: options.set,
  });
  checkFeatures(config);
  checkExperiment(options.experiment, config);
  const date = checkDate(options.asOf, '--as-of');
  const folders = chooseFolders(options);
  const parameters = checkParameters(pairs(options.param, '--param'));
  const { ModelGroup: group = GROUP } = parameters;
  const { mode, version } = await chooseModel(options, { registry: folders.registry, group });
  if (mode === 'train' && isLocal(folders.registry)) makeRegistry(folders.registry);
  createLogger({ execution_date: date }).info(
    { mode, registry: folders.registry, version },
    mode === 'train' ? 'training' : `scoring with version ${version}`,
  );
  const report = await launchPipeline({
    ...{ pipeline: 'churn', out: options.out, config, date, fresh: options.fresh === true },
    parameters: {
      RawUri: folders.data,
      OutputUri: options.out,
      RegistryUri: folders.registry,
      AsOf: date,
      Mode: mode,
      ModelGroup: group,
      ModelVersion: version,
      TextCacheUri: path.resolve(options.out, '.pilotlight', 'texts.jsonl'),
      ...(options.experiment ? { Experiment: options.experiment } : {}),
      ...parameters,
    },
  });
  if (report.status !== 'succeeded') return;
  const { printChurnResults } = await import('../churn/results.ts');
  printChurnResults(options.out, report, options.json === true);
}

function checkExperiment(name: string | undefined, config: ChurnConfig): void {
  const known = Object.keys(config.features.experiments);
  if (name === undefined || known.includes(name)) return;
  throw inputError('experiment_unknown', `no experiment ${name}`, '--experiment', `use ${known.join(', ')}`);
}

function checkParameters(given: Record<string, string>): Record<string, string> {
  const twice = Object.keys(given).find((name) => name in OPTIONS);
  if (twice === undefined) return given;
  const what = `the parameter ${twice} has an option of its own`;
  throw inputError('option_invalid', what, '--param', `give ${OPTIONS[twice]}`);
}

/** `registry` may be a URI. */
type Folders = { data: string; registry: string };

/** Before anything is written: a registry among what a run replaces would be lost, and one in the raw data would be data. */
function chooseFolders({ data: given, out, registry: named }: ChurnOptions): Folders {
  const data = path.resolve(existing(given, '--data'));
  if (existsSync(out) && !statSync(out).isDirectory())
    throw inputError('out_not_folder', 'not a folder', out, 'correct --out');
  if (isIn(path.resolve(out), data)) {
    throw inputError('overlap', 'the run would write into its own input', path.resolve(out), 'correct --out');
  }
  if (named !== undefined && !isLocal(named)) return { data, registry: named };
  const registry = path.resolve(named ?? path.join(out, 'registry'));
  const nodes: readonly Node[] = churn.steps;
  const outputs = nodes.filter(isStep).flatMap((step) => Object.values(step.outputs).map((output) => output.path));
  const taken = [data, ...[...outputs, '.pilotlight'].map((output) => path.resolve(out, output))];
  const other = taken.find((folder) => isIn(registry, folder));
  if (other === undefined) return { data, registry };
  throw inputError('overlap', `the registry would be in ${other}`, registry, 'give another folder by --registry');
}

/** A registry in a folder of this machine: any other is named by a scheme. */
const isLocal = (registry: string) => !/^[a-z][a-z0-9+.-]*:/i.test(registry);

const isIn = (file: string, folder: string) => `${file}${path.sep}`.startsWith(`${folder}${path.sep}`);

type Choice = { mode: 'train' | 'score'; version: string };

/** The champion's number, not its title: a run that is repeated after the champion has changed scores again. */
async function chooseModel(options: ChurnOptions, place: { registry: string; group: string }): Promise<Choice> {
  const choice = await chooseVersion(options, place);
  const [name, given, mode] =
    choice.mode === 'train'
      ? ['--model-version', options.modelVersion, 'score']
      : ['--experiment', options.experiment, 'train'];
  if (given === undefined) return choice;
  const what = `this run is to ${choice.mode}, and ${name} is of --mode ${mode}`;
  throw inputError('option_invalid', what, name, `add --mode ${mode}, or leave ${name} out`);
}

async function chooseVersion(
  { mode, modelVersion }: ChurnOptions,
  { registry, group }: { registry: string; group: string },
): Promise<Choice> {
  const train: Choice = { mode: 'train', version: 'champion' };
  if (mode === 'train') return train;
  if (mode === undefined && modelVersion === undefined && !(await hasChampion(registry, group))) return train;
  const { findModel } = await import('../churn/scoringModel.ts');
  const { version } = await findModel({ registry, group, wanted: String(modelVersion ?? 'champion') });
  return { mode: 'score', version: String(version) };
}

async function hasChampion(registry: string, group: string): Promise<boolean> {
  if (isLocal(registry) && !existsSync(registry)) return false;
  const { openRegistry } = await import('@pilotlight/registry');
  return (await openRegistry(registry).champion(group)) !== null;
}

function makeRegistry(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    const todo = 'give another folder by --registry';
    throw inputError('bad_registry', 'the registry cannot be made', folder, todo, cause);
  }
}
