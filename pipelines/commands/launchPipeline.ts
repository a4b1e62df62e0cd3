import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '@pilotlight/errors';
import { createLogger } from '@pilotlight/logging';
import { type RunReport, runPipeline } from '@pilotlight/pipeline';
import { findPipeline } from '../registry.ts';
import { sourceFingerprint } from '../sourceFingerprint.ts';

export type Launch = {
  pipeline: string;
  out: string;
  /** YYYY-MM-DD, for the log. */
  date: string;
  /** The effective configuration. */
  config: unknown;
  /** All but `ConfigUri`. */
  parameters: Record<string, string>;
  fresh: boolean;
};

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));

/** Runs a pipeline, every step a child process of this same command. A failed run has been logged, and its exit code is set. */
export async function launchPipeline(launch: Launch): Promise<RunReport> {
  const { pipeline, out, date, fresh } = launch;
  const { configPath, fingerprint } = writeConfig(out, launch.config);
  const report = await runPipeline({
    definition: findPipeline(pipeline).definition,
    parameters: { ConfigUri: configPath, ...launch.parameters },
    out,
    fresh,
    sourceFingerprint: fingerprint,
    stepCommand: (step, args) => ({ command: process.execPath, args: [CLI, 'step', pipeline, step.name, ...args] }),
    log: createLogger({ execution_date: date }),
  });
  if (report.status !== 'succeeded') process.exitCode = report.exit_code;
  return report;
}

/**
 * The effective configuration, as one file that every step of the run is handed. Its name is its content's hash, so that a second
 * run on the same folder does not pull it from under the first.
 */
function writeConfig(out: string, config: unknown): { configPath: string; fingerprint: string } {
  const text = `${JSON.stringify(config, null, 2)}\n`;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const folder = path.join(out, '.pilotlight', 'config');
  if (existsSync(out) && !statSync(out).isDirectory()) {
    throw new InputError({ code: 'out_not_folder', what: 'not a folder', where: out, todo: 'correct --out' });
  }
  const configPath = path.join(folder, `${hash}.json`);
  try {
    mkdirSync(folder, { recursive: true });
    if (!existsSync(configPath)) {
      writeFileSync(`${configPath}.${process.pid}`, text);
      renameSync(`${configPath}.${process.pid}`, configPath);
    }
  } catch (cause) {
    const what = `the output folder cannot be written (${(cause as Error).message})`;
    throw new InputError({ code: 'bad_out', what, where: out, todo: 'choose another folder', cause });
  }
  return { configPath, fingerprint: `${sourceFingerprint()}-${hash}` };
}
