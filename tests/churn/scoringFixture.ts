import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { StepFunction } from '@pilotlight/pipeline';
import { evaluate } from '../../pipelines/churn/steps/evaluate.ts';
import { register } from '../../pipelines/churn/steps/register.ts';
import { train } from '../../pipelines/churn/steps/train.ts';
import { contextOf, writeConfig, writeGold } from './goldFixture.ts';

export const temporary = (): string => mkdtempSync(path.join(tmpdir(), 'pilotlight-'));
export const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });
export const readJson = (...parts: string[]) => JSON.parse(readFileSync(path.join(...parts), 'utf8'));

/** Runs a step on `<root>/<name>` folders: `run(score, { gold: 'gold' }, { scored: 'scored' }, { ModelVersion: '1' })`. */
export async function runStep(
  root: string,
  step: StepFunction,
  inputs: Record<string, string>,
  outputs: Record<string, string>,
  parameters: Record<string, string> = {},
): Promise<void> {
  const inRoot = (folders: Record<string, string>) =>
    Object.fromEntries(Object.entries(folders).map(([name, folder]) => [name, path.join(root, folder)]));
  const common = { RegistryUri: path.join(root, 'registry'), ModelGroup: 'churn' };
  await step(contextOf({ inputs: inRoot(inputs), outputs: inRoot(outputs), parameters: { ...common, ...parameters } }));
}

/** A root with `gold`, `models`, `evaluation` and `config.json`, made by the steps themselves. */
export async function trainedRoot(customers = 900): Promise<string> {
  const root = temporary();
  writeGold(path.join(root, 'gold'), { customers });
  writeConfig(path.join(root, 'config.json'), (config) => {
    Object.assign(config.modeling.promotion, { pr_auc_min: 0.05 });
  });
  await runStep(root, train, { gold: 'gold', config: 'config.json' }, { model: 'models' });
  const inputs = { gold: 'gold', model: 'models', config: 'config.json' };
  await runStep(root, evaluate, inputs, { evaluation: 'evaluation' });
  return root;
}

/** A copy of a trained root, so that a test may spoil it. */
export function copyOf(root: string): string {
  const copy = temporary();
  cpSync(root, copy, { recursive: true });
  return copy;
}

export const registerIn = (root: string, out = 'registration'): Promise<void> =>
  runStep(root, register, { model: 'models', evaluation: 'evaluation', config: 'config.json' }, { registration: out });

/** Changes a JSON file in place. */
export function changeJson<T = Record<string, unknown>>(file: string, change: (value: T) => void): void {
  const value = JSON.parse(readFileSync(file, 'utf8')) as T;
  change(value);
  writeFileSync(file, JSON.stringify(value));
}

/** Fails unless the work is refused on one line that says so. */
export async function refuses(work: () => Promise<unknown>, message: RegExp): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { name, message: text } = error as Error;
    if (name !== 'InputError') throw error;
    if (!message.test(text) || text.includes('\n')) throw new Error(`another message: ${text}`, { cause: error });
    return;
  }
  throw new Error('it was not refused');
}
