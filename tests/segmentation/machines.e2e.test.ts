/** The training step as a job of two machines, each a process with the folders that SageMaker gives it. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readJson, remove, temporary } from '../folders.ts';
import { pilotlight } from '../pilotlight.ts';
import { ROOT } from '../python.ts';
import { freePort } from '../servers.ts';

const work = temporary();
test.after(() => remove(work));
const at = (...parts: string[]) => path.join(work, ...parts);
const FAST = ['--set', 'modeling.boosting.rounds=40', '--set', 'modeling.boosting.early_stopping_rounds=40'];
const RUN = ['--data', at('data'), '--out', at('alone'), '--execution-date', '2026-01-06', ...FAST];

type End = { code: number; stderr: string };

/** One machine of the job: its part of `/opt/ml`, and the command that SageMaker would start. */
function machine(name: string, hosts: string[], config = at('alone/.pilotlight/config')): Promise<End> {
  const root = at(`ml-${name.split(':').at(-1)}`);
  mkdirSync(path.join(root, 'input/config'), { recursive: true });
  mkdirSync(path.join(root, 'model'), { recursive: true });
  writeFileSync(path.join(root, 'input/config/resourceconfig.json'), JSON.stringify({ current_host: name, hosts }));
  const args = ['step', 'segmentation', 'TrainDomestic', '--input', `splits=${at('alone/splits')}`];
  const rest = [
    '--input',
    `config=${config}`,
    '--output',
    `model=${root}/model`,
    '--param',
    'ExecutionDate=2026-01-06',
  ];
  const env = { ...process.env, PILOTLIGHT_ML_ROOT: root, PILOTLIGHT_RUN_ID: 'run-1' };
  const options = { env, cwd: ROOT, timeout: 120_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, ['pipelines/cli.ts', ...args, ...rest], options, (error, _, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stderr });
    });
  });
}

test.before(() => {
  const made = pilotlight('generate', 'segmentation', '--rows', '12000', '--seed', '3', '--out', at('data'));
  assert.is(made.code, 0, made.stderr);
  const alone = pilotlight('run', 'segmentation', ...RUN);
  assert.is(alone.code, 0, alone.stderr);
  cutRows(at('alone/splits/Domestic/train'));
});

/** So few contracts are one row group; machines share row groups. */
function cutRows(folder: string): void {
  const files = readdirSync(folder).filter((name) => name.endsWith('.parquet'));
  for (const name of files) {
    const rows = pl.readParquet(path.join(folder, name));
    const quarter = Math.ceil(rows.height / 4);
    for (let k = 0; k < 4; k += 1) {
      rows.slice(k * quarter, quarter).writeParquet(path.join(folder, name.replace('.parquet', `-${k}.parquet`)));
    }
    rmSync(path.join(folder, name));
  }
}

const rocAuc = (folder: string) => readJson(folder, 'training.json').metrics.inference.roc_auc as number;

test('two machines train the model that one trains, and the first alone writes it', async () => {
  const hosts = [`localhost:${await freePort()}`, `localhost:${await freePort()}`].toSorted();
  const ends = await Promise.all(hosts.map((host) => machine(host, hosts)));
  for (const { code, stderr } of ends) assert.is(code, 0, stderr);
  const [first, second] = hosts.map((host) => at(`ml-${host.split(':').at(-1)}`, 'model')) as [string, string];
  assert.ok(existsSync(path.join(first, 'model.tar.gz')));
  assert.equal(readdirSync(second), []);
  const [together, alone] = [rocAuc(first), rocAuc(at('alone/models/Domestic'))];
  assert.ok(Math.abs(together - alone) < 0.01, `ROC-AUC ${together} of two machines, ${alone} of one`);
  assert.is(
    readJson(first, 'training.json').rows.train,
    readJson(at('alone/models/Domestic'), 'training.json').rows.train,
  );
});

test('a machine without an address is one line', async () => {
  const end = await machine('algo-1.invalid', ['algo-1.invalid', 'algo-2.invalid']);
  assert.is(end.code, 2);
  assert.match(end.stderr, /no address of machine algo-[12]\.invalid/);
});

test.run();
