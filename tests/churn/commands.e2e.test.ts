/** The commands of the churn system, each as a user types it, and what they say of what they cannot do. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { exists, hashes, readJson, remove, temporary } from '../folders.ts';
import { pilotlight } from '../pilotlight.ts';
import {
  AS_OF,
  churnArgs,
  differing,
  generateCustomers,
  readText,
  refused,
  refusedAtOnce,
  succeed,
} from './churnRun.ts';

const work = temporary();
const at = (...parts: string[]) => path.join(work, ...parts);
const [data, out, registry] = [at('data'), at('out'), at('out/registry')];
let printed = '';

test.before(() => {
  generateCustomers(data, 600, 3);
  printed = succeed(...churnArgs(data, out, '--mode', 'train', '--json')).stdout;
});
test.after(() => remove(work));

const helps: [command: string[], ...said: RegExp[]][] = [
  [[], /^ {2}run /m, /^ {2}step /m, /^ {2}experiments /m, /^ {2}registry /m, /^ {2}generate /m],
  [['run'], /^ {2}churn .*\n? *From raw files and meter readings/m, /^ {2}segmentation /m],
  [
    ['run', 'churn'],
    ...['data', 'out', 'as-of', 'mode', 'registry', 'model-version', 'experiment', 'config', 'set', 'param'].map(
      (name) => new RegExp(`^ {2}--${name} <`, 'm'),
    ),
    ...[/^ {2}--fresh /m, /^ {2}--json /m, /default <out>\/registry/, /choices: "train", "score"/],
  ],
  [
    ['generate', 'churn'],
    ...[
      /--customers <n>.*20099/,
      /--seed <n>.*7/,
      /--hours <n>[\s\S]*8784/,
      /"parquet", "csv", "csv\.gz"/,
      /--out <dir>/,
    ],
  ],
  [['experiments', 'churn'], /--gold <dir>/, /--run <dir>/, /--only <names>/, /--json/, /PR-AUC and ROC-AUC/],
  [
    ['registry'],
    ...['list', 'show', 'approve', 'reject', 'champion', 'history'].map((name) => new RegExp(`^ {2}${name} `, 'm')),
  ],
  [['registry', 'approve'], /--model-version <n>/, /--reason <text>/, /--by <name>/, /--force/],
  [['step'], /Arguments:\n {2}pipeline .*churn/, /--input <name=path>/, /--output <name=dir>/, /--param <name=value>/],
];

for (const [command, ...said] of helps) {
  test(`pilotlight ${[...command, '--help'].join(' ')}`, () => {
    const { code, stdout, stderr } = pilotlight(...command, '--help');
    assert.equal([code, stderr], [0, '']);
    assert.match(stdout, /^Usage: pilotlight /);
    for (const expected of said) assert.match(stdout, expected);
    assert.not.match(stdout, /undefined|\[object/);
  });
}

/** Step, the inputs that other steps made, its output and where it goes, the parameters it needs. */
const ALONE: [step: string, inputs: string[], output: string, folder: string, parameters?: string[]][] = [
  ['Bronze', ['raw=data'], 'bronze', 'bronze'],
  ['Silver', ['bronze=bronze'], 'silver', 'silver'],
  ['Gold', ['silver=silver'], 'gold', 'gold'],
  ['Train', ['gold=gold'], 'model', 'models'],
  ['Evaluate', ['gold=gold', 'model=models'], 'evaluation', 'evaluation', ['RegistryUri']],
  ['Register', ['model=models', 'evaluation=evaluation'], 'registration', 'registration', ['RegistryUri']],
  ['Score', ['gold=gold', 'registration=registration'], 'scored', 'scored', ['RegistryUri', 'Mode']],
  ['Recommend', ['gold=gold', 'scored=scored'], 'recommendations', 'recommendations'],
  [
    'DriftCheck',
    ['gold=gold', 'scored=scored', 'registration=registration'],
    'monitoring',
    'monitoring',
    ['RegistryUri', 'Mode'],
  ],
];

/** Of what another step of the chain made; the raw data come from their own place. */
const chain = (name: string) => (name === 'data' ? data : at('alone', name));

test('each step alone, one after the other, gives the bytes of the run', () => {
  const config = path.join(out, '.pilotlight/config', readdirSync(path.join(out, '.pilotlight/config'))[0] as string);
  const values: Record<string, string> = { RegistryUri: at('alone/registry'), Mode: 'train' };
  for (const [step, inputs, output, folder, parameters = []] of ALONE) {
    const from = inputs.map((pair) => pair.split('=') as [string, string]);
    const { stdout } = succeed(
      ...['step', 'churn', step, '--output', `${output}=${chain(folder)}`, '--param', `AsOf=${AS_OF}`],
      ...from.flatMap(([name, source]) => ['--input', `${name}=${chain(source)}`]),
      ...['--input', `config=${config}`],
      ...parameters.flatMap((name) => ['--param', `${name}=${values[name]}`]),
    );
    assert.is(stdout, '', step);
    assert.equal(differing(hashes(chain(folder)), hashes(path.join(out, folder))), [], step);
  }
  assert.equal(differing(hashes(at('alone')), hashes(out)), []);
});

test('Score alone takes the champion, or the version that it is told, without a registration', () => {
  const score = (name: string, version: string) => {
    const parameters = [`AsOf=${AS_OF}`, `RegistryUri=${registry}`, `ModelVersion=${version}`];
    succeed(
      ...['step', 'churn', 'Score', '--input', `gold=${path.join(out, 'gold')}`, '--output', `scored=${at(name)}`],
      ...parameters.flatMap((pair) => ['--param', pair]),
    );
    return hashes(at(name));
  };
  assert.equal(differing(score('champion', 'champion'), hashes(path.join(out, 'scored'))), []);
  assert.equal(differing(score('first', '1'), hashes(path.join(out, 'scored'))), []);
});

test('a step that cannot work says why in its last line, and writes nothing', () => {
  const target = at('never');
  const refuse = (expected: RegExp, step: string, ...more: string[]) =>
    refused(expected, 'step', 'churn', step, ...more);
  const gold = ['--input', `gold=${path.join(out, 'gold')}`];
  const date = ['--param', `AsOf=${AS_OF}`];
  refuse(/no step Golden: pipeline churn: use one of Bronze, Silver, Gold, Train/, 'Golden');
  refuse(/missing output silver: step Silver/, 'Silver');
  refuse(/input "bronze" is missing/, 'Silver', '--output', `silver=${target}`, ...date);
  refuse(
    /no such input bronze: .*nowhere/,
    'Silver',
    '--output',
    `silver=${target}`,
    '--input',
    `bronze=${at('nowhere')}`,
  );
  const silver = ['--input', `silver=${path.join(out, 'silver')}`];
  refuse(/"2024-13-01" is no date/, 'Gold', '--output', `gold=${target}`, ...silver, '--param', 'AsOf=2024-13-01');
  refuse(
    /unknown --param Nope: step Train: use one of AsOf/,
    'Train',
    '--output',
    `model=${target}`,
    '--param',
    'Nope=1',
  );
  refuse(/no experiment "E99"/, 'Train', ...gold, ...date, '--output', `model=${target}`, '--param', 'Experiment=E99');
  refuse(/needs the parameter RegistryUri/, 'Score', ...gold, ...date, '--output', `scored=${target}`);
  const other = ['--param', 'AsOf=2024-11-30', '--param', `RegistryUri=${registry}`];
  refuse(
    /made for 2024-12-31, and this run is for 2024-11-30/,
    'Score',
    ...gold,
    ...other,
    '--output',
    `scored=${target}`,
  );
  assert.not.ok(exists(target));
});

/** Features of each experiment, as counted in the retailer's own registry of features. */
const EXPERIMENTS = {
  ...{ E0_baseline: 15, E1_lifecycle_market: 23, E2_add_risk: 36, E3_add_behavioral: 47, E4_add_sentiment: 50 },
  ...{ E5_full: 56, E6_with_strings: 64, E7_market_only: 21, E8_no_sentiment: 53 },
};
const FEW = ['--set', 'modeling.boosting.rounds=8', '--set', 'modeling.folds=2'];

test('experiments prints and saves the table of E0 to E8', () => {
  const { stdout } = succeed('experiments', 'churn', '--run', out, ...FEW);
  const saved = readJson(out, 'experiments/experiments.json');
  const measured: { experiment: string; features: number; pr_auc: number; roc_auc: number }[] = saved.experiments;
  assert.equal(Object.fromEntries(measured.map(({ experiment, features }) => [experiment, features])), EXPERIMENTS);
  assert.equal([saved.rows, saved.folds, saved.rounds, saved.as_of], [600, 2, 8, AS_OF]);
  for (const { experiment, features, pr_auc, roc_auc } of measured) {
    assert.ok(pr_auc > 0 && pr_auc < 1 && roc_auc > 0 && roc_auc < 1, experiment);
    const line = new RegExp(`^${experiment} +${features} .* ${pr_auc.toFixed(4)} .* ${roc_auc.toFixed(4)} `, 'm');
    assert.match(stdout, line);
  }
  assert.ok(stdout.startsWith(readText(out, 'experiments/experiments.txt')));
  assert.match(stdout, new RegExp(`${path.join(out, 'experiments')}\n$`));
  const figure = (name: string) => measured.find(({ experiment }) => experiment === name)?.pr_auc as number;
  assert.ok(figure('E5_full') > figure('E7_market_only'), 'the texts nearly know the outcome');
});

test('experiments on a gold folder, only some, as JSON, give the same figures', () => {
  const all = readJson(out, 'experiments/experiments.json').experiments;
  const some = ['--only', 'E8_no_sentiment,E0_baseline', '--out', at('some'), '--json'];
  const { stdout } = succeed('experiments', 'churn', '--gold', path.join(out, 'gold'), ...FEW, ...some);
  const { out: place, ...table } = JSON.parse(stdout);
  assert.is(place, at('some'));
  assert.equal(table, readJson(at('some'), 'experiments.json'));
  assert.equal(table.experiments, [all[0], all[8]]);
});

test('experiments that cannot be made are refused', () => {
  const experiments = ['experiments', 'churn'];
  refusedAtOnce(/no gold table: --gold, --run/, ...experiments);
  refusedAtOnce(/a gold table and a run/, ...experiments, '--run', out, '--gold', path.join(out, 'gold'));
  refusedAtOnce(/no such file or folder: .*nowhere/, ...experiments, '--run', at('nowhere'));
  refusedAtOnce(/gold_master\.parquet: give the folder that Gold wrote/, ...experiments, '--gold', data);
  refusedAtOnce(/no experiment E99: --only: use E0_baseline/, ...experiments, '--run', out, '--only', 'E99');
  refusedAtOnce(/modeling\.fold is no known key/, ...experiments, '--run', out, '--set', 'modeling.fold=3');
});

test('--json prints one JSON document and nothing else', () => {
  const run = JSON.parse(printed);
  assert.equal([run.out, run.status], [out, 'succeeded']);
  const shown = (...more: string[]) =>
    JSON.parse(succeed('registry', ...more, '--registry', registry, '--json').stdout);
  assert.equal(
    shown('list').map(({ version, status }: { version: number; status: string }) => [version, status]),
    [[1, 'approved']],
  );
  assert.is(
    shown('show', '--model-version', '1').facts.metrics.pr_auc,
    readJson(out, 'evaluation/evaluation.json').pr_auc,
  );
  assert.is(shown('champion').folder, path.join(registry, 'churn/versions/1/artifacts'));
  assert.is(shown('history').length, 1);
});

test('a run with wrong options is one line, exit 2, and no folder', () => {
  const target = at('wrong');
  const wrong = (expected: RegExp, ...more: string[]) => refusedAtOnce(expected, ...churnArgs(data, target, ...more));
  const [, , , , ...rest] = churnArgs(data, target);
  refusedAtOnce(/no such file or folder: .*nowhere: correct --data/, 'run', 'churn', '--data', at('nowhere'), ...rest);
  refusedAtOnce(/required option '--as-of <date>' not specified/, 'run', 'churn', '--data', data, '--out', target);
  for (const date of ['2024-02-30', '31.12.2024', 'today', '']) wrong(/is no date: --as-of/, '--as-of', date);
  wrong(/'--mode <mode>' argument 'both' is invalid/, '--mode', 'both');
  wrong(/whole number, 1 or more/, '--model-version', '0');
  wrong(/no experiment E99: --experiment: use E0_baseline/, '--experiment', 'E99');
  wrong(/modeling\.round is no known key/, '--set', 'modeling.round=3');
  wrong(/no such configuration: no\.yaml/, '--config', 'no.yaml');
  wrong(/"Nope" is not KEY=VALUE/, '--param', 'Nope');
  wrong(/the parameter Mode has an option of its own: --param: give --mode/, '--param', 'Mode=train');
  wrong(/unknown option '--dta'/, '--dta', 'x');
  wrong(/this run is to train, and --model-version is of --mode score/, '--mode', 'train', '--model-version', '1');
  const scoring = ['--registry', registry, '--experiment', 'E2_add_risk'];
  wrong(/this run is to score, and --experiment is of --mode train/, ...scoring);
  wrong(/there is no version 2: group churn/, '--registry', registry, '--model-version', '2');
  wrong(
    /nothing is registered in the group other/,
    '--registry',
    registry,
    '--mode',
    'score',
    '--param',
    'ModelGroup=other',
  );
  assert.not.ok(exists(target));
});

test('folders that would destroy one another are refused before anything is written', () => {
  const before = hashes(data);
  const train = (place: string, ...more: string[]) => churnArgs(data, place, '--mode', 'train', ...more);
  refusedAtOnce(/would write into its own input/, ...train(data));
  refusedAtOnce(/would write into its own input/, ...train(path.join(data, 'out')));
  refusedAtOnce(/not a folder: .*churn_label\.csv: correct --out/, ...train(path.join(data, 'churn_label.csv')));
  refusedAtOnce(/the registry would be in .*data: /, ...train(at('new'), '--registry', path.join(data, 'registry')));
  refusedAtOnce(/the registry would be in .*models: /, ...train(at('new'), '--registry', at('new/models')));
  writeFileSync(at('file'), '');
  refusedAtOnce(
    /the registry cannot be made: .*file: give another folder/,
    ...train(at('new'), '--registry', at('file')),
  );
  refusedAtOnce(
    /the registry cannot be used .*file: give a folder/,
    ...churnArgs(data, at('new'), '--registry', at('file')),
  );
  refused(
    /holds a run of the pipeline churn|holds ".*", which is none/,
    'generate',
    'churn',
    '--customers',
    '9',
    '--out',
    out,
  );
  assert.equal(hashes(data), before);
  assert.not.ok(exists(at('new')));
});

test('generate with wrong options is one line, exit 2, and no folder', () => {
  const wrong = (expected: RegExp, ...more: string[]) =>
    refusedAtOnce(expected, 'generate', 'churn', '--out', at('none'), ...more);
  wrong(/'--customers <n>' argument '0' is invalid/, '--customers', '0');
  wrong(/'--customers <n>' argument 'ten' is invalid/, '--customers', 'ten');
  wrong(/12 or more/, '--hours', '5', '--customers', '9');
  wrong(/9000 hours: --hours: give a whole number from 12 to 8784/, '--hours', '9000', '--customers', '9');
  wrong(/'--format <format>' argument 'xml' is invalid/, '--format', 'xml');
  refusedAtOnce(/required option '--out <dir>' not specified/, 'generate', 'churn');
  assert.not.ok(exists(at('none')));
});

test('registry without a registry is one line, exit 2, and no folder', () => {
  const nowhere = at('no-registry');
  for (const name of ['list', 'history', 'champion', 'show']) {
    refusedAtOnce(/the registry has no group churn: .*no-registry/, 'registry', name, '--registry', nowhere);
    refusedAtOnce(/required option '--registry <uri>' not specified/, 'registry', name);
  }
  const approve = ['registry', 'approve', '--registry', registry];
  refusedAtOnce(/required option '--reason <text>' not specified/, ...approve, '--model-version', '1');
  refusedAtOnce(/there is no version 9: group churn/, ...approve, '--model-version', '9', '--reason', 'why');
  assert.not.ok(exists(nowhere));
});

test.run();
