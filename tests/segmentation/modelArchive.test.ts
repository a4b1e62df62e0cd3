import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ModelMetadata,
  openArchives,
  openModels,
  typesWithModel,
  writeArchive,
} from '../../pipelines/segmentation/modelArchive.ts';
import { readJson, remove, temporary } from '../folders.ts';

const METADATA: ModelMetadata = {
  schema_version: 1,
  model_type: 'Domestic',
  target: 'late',
  execution_date: '2026-01-06',
  code_version: 'test',
  data_fingerprint: 'none',
  features: [{ name: 'amount', kind: 'numeric' }],
  categories: {},
  parameters: {},
  best_iteration: 1,
  rounds: 1,
  threshold: 0.5,
  rows: { train: 1 },
  metrics: {},
};
/** Where SageMaker leaves what a training job writes to /opt/ml/model. */
const JOB = 'Domestic/pipelines-0a1b2c3d4e5f-TrainDomestic-AbCdEfGhIj/output/model';
const work = temporary();
const folderOf = (name: string) => path.join(work, name);

async function modelsIn(name: string, ...places: string[]): Promise<string> {
  for (const place of places) {
    const folder = path.join(folderOf(name), place);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'model.txt'), 'tree\n');
    await writeArchive(folder, path.join(folder, 'model.txt'), METADATA);
  }
  return folderOf(name);
}

async function refused(models: string, code: string): Promise<InputError> {
  try {
    (await openModels(models, ['Domestic'])).close();
  } catch (error) {
    assert.instance(error, InputError);
    assert.is((error as InputError).code, code);
    assert.not.match((error as InputError).message, '\n');
    return error as InputError;
  }
  throw new Error('must be refused');
}

test.after(() => remove(work));

test('a model is found right in its folder, and where a training job of SageMaker left it', async () => {
  for (const [name, place] of [
    ['local', 'Domestic'],
    ['cloud', JOB],
  ] as const) {
    const models = await modelsIn(name, place);
    const { archives, close } = await openModels(models, ['Domestic']);
    const modelPath = archives.get('Domestic')?.modelPath as string;
    assert.equal(readJson(path.dirname(modelPath), 'metadata.json'), METADATA);
    close();
    assert.equal(typesWithModel(models, ['Domestic', 'Industrial']), ['Domestic']);
  }
});

test('what a killed job left half done is not looked at', async () => {
  const models = await modelsIn('killed', JOB, 'Domestic/another-job/output/model/.pilotlight-1');
  (await openModels(models, ['Domestic'])).close();
});

test('two models of a type are refused with their names, whatever the depth', async () => {
  const error = await refused(await modelsIn('two', 'Domestic', JOB), 'model_ambiguous');
  assert.match(error.message, /2 Domestic models where there is to be one/);
  assert.match(error.message, JOB);
});

test('no model, or that of another type, is refused with the place', async () => {
  assert.match((await refused(folderOf('nowhere'), 'model_missing')).message, path.join('nowhere', 'Domestic'));
  const other = await modelsIn('other', 'Domestic');
  cpSync(path.join(other, 'Domestic'), path.join(other, 'Industrial'), { recursive: true });
  try {
    await openArchives(new Map([['Industrial', path.join(other, 'Industrial')]]));
    assert.unreachable('must be refused');
  } catch (error) {
    assert.match((error as Error).message, /not that of a Industrial model/);
  }
});

test.run();
