/** Steps of the real pipelines as SageMaker would start them, and by themselves: the same bytes. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hashes, remove, temporary } from '../folders.ts';
import { pilotlight } from '../pilotlight.ts';
import { ROOT } from '../python.ts';
import { layOutProcessing, layOutTraining } from './jobFolders.ts';

const work = temporary();
const at = (...parts: string[]) => path.join(work, ...parts);
test.after(() => remove(work));

const DATE = '2026-01-06';

test.before(() => {
  const made = pilotlight('generate', 'segmentation', '--rows', '1500', '--seed', '11', '--out', at('data'));
  assert.is(made.code, 0, made.stderr);
});

type Ended = { code: number | null; stderr: string };

function job(root: string, step: string, ...args: string[]): Ended {
  const cli = path.join(ROOT, 'pipelines/cli.ts');
  const env = {
    ...process.env,
    PILOTLIGHT_LOG_FORMAT: 'text',
    PILOTLIGHT_ML_ROOT: root,
    PILOTLIGHT_RUN_ID: 'exec-1',
    PILOTLIGHT_EXECUTION_DATE: DATE,
    PILOTLIGHT_CODE_VERSION: 'tested',
    MLFLOW_TRACKING_URI: 'none',
  };
  const result = spawnSync(process.execPath, [cli, 'step', 'segmentation', step, ...args], { env, encoding: 'utf8' });
  return { code: result.status, stderr: result.stderr };
}

function alone(step: string, ...args: string[]): void {
  const { code, stderr } = job(at('no-job'), step, ...args);
  assert.is(code, 0, stderr);
}

const RAW = ['clie', 'pola', 'hfac'];
const pairs = (flag: string, names: readonly string[], folder: string) =>
  names.flatMap((name) => [flag, `${name}=${path.join(folder, name)}`]);

test('PreprocessSplit as a processing job', () => {
  const settings = ['--param', `ExecutionDate=${DATE}`, '--param', 'Mode=train', '--input', 'config=none'];
  alone(
    'PreprocessSplit',
    ...pairs('--input', RAW, at('data')),
    ...pairs('--output', ['splits', 'cohorts'], at('alone')),
    ...settings,
  );
  const root = at('processing');
  layOutProcessing(root, { inputs: RAW, outputs: ['splits', 'cohorts'] });
  for (const name of RAW) cpSync(at('data', name), path.join(root, 'processing/input', name), { recursive: true });
  const { code, stderr } = job(
    root,
    'PreprocessSplit',
    ...pairs('--input', RAW, path.join(root, 'processing/input')),
    ...pairs('--output', ['splits', 'cohorts'], path.join(root, 'processing/output')),
    ...settings,
  );
  assert.is(code, 0, stderr);
  const expected = hashes(at('alone'));
  assert.ok(Object.keys(expected).length > 5);
  assert.equal(hashes(path.join(root, 'processing/output')), expected);
  assert.not(existsSync(path.join(root, 'output')));
});

test('TrainDomestic as a training job: channels, a configuration that is a folder with one file, hyperparameters', () => {
  const shown = pilotlight('config', 'show', 'segmentation', '--set', 'modeling.boosting.rounds=20', '--json');
  writeFileSync(at('fast.json'), JSON.stringify(JSON.parse(shown.stdout).value));
  const own = ['--output', `model=${at('alone-model')}`, '--param', `ExecutionDate=${DATE}`];
  alone('TrainDomestic', '--input', `splits=${at('alone/splits')}`, '--input', `config=${at('fast.json')}`, ...own);
  const root = at('training');
  const hyperparameters = { ExecutionDate: DATE, ModelType: 'Domestic', sagemaker_submit_directory: 's3://x/y' };
  layOutTraining(root, { channels: ['splits', 'config'], hyperparameters });
  cpSync(at('alone/splits'), path.join(root, 'input/data/splits'), { recursive: true });
  cpSync(at('fast.json'), path.join(root, 'input/data/config/fast.json'));
  const { code, stderr } = job(root, 'TrainDomestic');
  assert.is(code, 0, stderr);
  const expected = hashes(at('alone-model'));
  assert.ok('model.tar.gz' in expected && 'tracking/run.jsonl' in expected, Object.keys(expected).join());
  assert.equal(hashes(path.join(root, 'model')), expected);
});

test('bad data, as a user would meet it: the line names the file, in the job file too', () => {
  const root = at('bad');
  layOutProcessing(root, { inputs: RAW, outputs: ['splits', 'cohorts'] });
  for (const name of RAW) cpSync(at('data', name), path.join(root, 'processing/input', name), { recursive: true });
  const file = readdirSync(path.join(root, 'processing/input/clie'))[0] ?? '';
  writeFileSync(path.join(root, 'processing/input/clie', file), 'no Parquet');
  const { code, stderr } = job(root, 'PreprocessSplit', '--param', `ExecutionDate=${DATE}`);
  assert.is(code, 2, stderr);
  const message = readFileSync(path.join(root, 'output/message'), 'utf8');
  assert.ok(message.includes(file), message);
  assert.not.match(message, /\n/);
  assert.equal(readdirSync(path.join(root, 'processing/output/splits')), []);
});

test.run();
