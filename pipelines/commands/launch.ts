import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '@pilotlight/errors';
import { createLogger } from '@pilotlight/logging';
import { type RunReport, runPipeline } from '@pilotlight/pipeline';
import { findPipeline } from '../registry.ts';
import { type AppConfig, loadAppConfig } from '../segmentation/config.ts';
import { sourceFingerprint } from '../sourceFingerprint.ts';
import { existing } from './options.ts';

export type RunOptions = {
  data: string;
  out: string;
  config?: string;
  environment?: string;
  set?: string[];
  param?: string[];
  executionDate?: string;
  fresh?: true;
  json?: true;
};

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));

/**
 * The effective configuration, as one file that every step of the run is handed. Its name is its content's hash, so that a second
 * run on the same folder does not pull it from under the first.
 */
export function prepareConfig(options: RunOptions): { config: AppConfig; configPath: string; fingerprint: string } {
  const { value } = loadAppConfig({ file: options.config, environment: options.environment, sets: options.set });
  const text = `${JSON.stringify(value, null, 2)}\n`;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const folder = path.join(options.out, '.pilotlight', 'config');
  if (existsSync(options.out) && !statSync(options.out).isDirectory()) {
    throw new InputError({ code: 'out_not_folder', what: 'not a folder', where: options.out, todo: 'correct --out' });
  }
  mkdirSync(folder, { recursive: true });
  const configPath = path.join(folder, `${hash}.json`);
  if (!existsSync(configPath)) {
    writeFileSync(`${configPath}.${process.pid}`, text);
    renameSync(`${configPath}.${process.pid}`, configPath);
  }
  return { config: value, configPath, fingerprint: `${sourceFingerprint()}-${hash}` };
}

/** The three input folders: subfolders of the data folder where it has them, else the folder itself. */
export function sourceFolders(data: string): Record<'ClieInputUri' | 'PolaInputUri' | 'HfacInputUri', string> {
  const folder = path.resolve(existing(data, '--data'));
  const of = (name: string) => (existsSync(path.join(folder, name)) ? path.join(folder, name) : folder);
  return { ClieInputUri: of('clie'), PolaInputUri: of('pola'), HfacInputUri: of('hfac') };
}

type Launch = {
  pipeline: string;
  out: string;
  fresh: boolean;
  fingerprint: string;
  parameters: Record<string, string>;
};

/** Runs a pipeline in child processes of this same command. */
export function launch({ pipeline, out, fresh, fingerprint, parameters }: Launch): Promise<RunReport> {
  return runPipeline({
    definition: findPipeline(pipeline).definition,
    parameters,
    out,
    fresh,
    sourceFingerprint: fingerprint,
    stepCommand: (step, args) => ({ command: process.execPath, args: [CLI, 'step', pipeline, step.name, ...args] }),
    log: createLogger({ execution_date: parameters.ExecutionDate ?? '' }),
  });
}
