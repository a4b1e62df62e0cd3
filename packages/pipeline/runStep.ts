import { existsSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { EXIT, InputError } from '@pilotlight/errors';
import { createLogger, createProgress, type Logger, memory, sampleMemory } from '@pilotlight/logging';
import type { Definition, Step } from './definition.ts';
import { explainFailure } from './explainFailure.ts';
import { findStep, parseStepArguments, type StepArguments } from './stepArguments.ts';
import type { StepContext, StepFunction } from './stepContext.ts';
import { checkOutputs, openGivenFolders, openTemporaryFolders } from './stepOutputs.ts';

export type StepOptions = {
  definition: Definition;
  step: string;
  /** `--input k=DIR --output k=DIR --param K=V ...` */
  args: readonly string[];
  run: StepFunction;
};

const GRACE_MS = 10_000;

/**
 * Runs one step in this process and returns the exit code; a failure is logged as one error line, never thrown.
 *
 * Environment, all optional: `PILOTLIGHT_RUN_ID` and `PILOTLIGHT_EXECUTION_DATE` name the run; `PILOTLIGHT_STEP_FACTS`
 * is a file that gets `{"rss_bytes_max", "duration_s"}` at the end; `PILOTLIGHT_STEP_SUPERVISED=1` says that the caller
 * publishes the outputs and holds stdin open as long as it lives. Without it outputs are written beside their place and
 * moved there when the step ended well.
 */
export async function runStep(options: StepOptions): Promise<number> {
  const start = performance.now();
  const { env } = process;
  const supervised = env.PILOTLIGHT_STEP_SUPERVISED === '1';
  const log = createLogger({
    ...(env.PILOTLIGHT_RUN_ID ? { run_id: env.PILOTLIGHT_RUN_ID } : {}),
    step: options.step,
    ...(env.PILOTLIGHT_EXECUTION_DATE ? { execution_date: env.PILOTLIGHT_EXECUTION_DATE } : {}),
  });
  const stop = watchForStop(supervised);
  const stopSampling = sampleMemory(log);
  try {
    await work(options, log, stop.signal, supervised);
    log.info({ duration_s: secondsSince(start), ...memory() }, 'done');
    return EXIT.done;
  } catch (error) {
    return logFailure(error, log, stop);
  } finally {
    stopSampling();
    stop.end();
    writeFacts(env.PILOTLIGHT_STEP_FACTS, start);
  }
}

async function work(options: StepOptions, log: Logger, signal: AbortSignal, supervised: boolean): Promise<void> {
  const step = findStep(options.definition, options.step);
  const handed = parseStepArguments(options.definition, step, options.args);
  const inputs = findInputs(step, handed.inputs);
  const targets = Object.fromEntries(Object.entries(handed.outputs).map(([key, path]) => [key, resolve(path)]));
  checkOutputs(targets, inputs);
  log.info({ parameters: handed.parameters }, 'started');
  const outputs = await (supervised ? openGivenFolders(targets) : openTemporaryFolders(targets));
  const progress = createProgress(log, step.name);
  try {
    const context: StepContext = {
      ...createRunFields(handed),
      inputs,
      outputs: outputs.folders,
      log,
      progress,
      signal,
    };
    await options.run(context);
    signal.throwIfAborted();
    await outputs.publish();
  } finally {
    progress.end();
    await outputs.discard();
  }
}

function createRunFields({ parameters }: StepArguments): Pick<StepContext, 'parameters' | 'run'> {
  const { env } = process;
  const execution_date = env.PILOTLIGHT_EXECUTION_DATE ?? parameters.ExecutionDate ?? '';
  return { parameters, run: { run_id: env.PILOTLIGHT_RUN_ID ?? 'none', execution_date } };
}

function findInputs(step: Step, given: Readonly<Record<string, string>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(given)) {
    const source = step.inputs[key];
    if (value === 'none' && source && 'parameter' in source && source.optional) continue;
    const path = resolve(value);
    if (!existsSync(path)) {
      const todo = `correct --input ${key}=DIR`;
      throw new InputError({ code: 'missing_input', what: `no such input ${key}`, where: path, todo });
    }
    found[key] = path;
  }
  return found;
}

type Stop = { signal: AbortSignal; exitCode(): number; end(): void };

/** Aborts on SIGINT, SIGTERM, or the end of whoever started the step; a step that does not listen is ended after a while. */
function watchForStop(supervised: boolean): Stop {
  const controller = new AbortController();
  let exitCode = 0;
  const stop = (name: 'SIGINT' | 'SIGTERM') => {
    if (controller.signal.aborted) return;
    exitCode = 128 + constants.signals[name];
    controller.abort(new Error('stopped'));
    setTimeout(() => process.exit(exitCode), GRACE_MS).unref();
  };
  const [onInt, onTerm] = [() => stop('SIGINT'), () => stop('SIGTERM')];
  process.on('SIGINT', onInt);
  process.on('SIGTERM', onTerm);
  if (supervised) {
    process.stdin.on('error', onTerm).on('end', onTerm).resume();
    process.stdin.unref();
  }
  const end = () => {
    process.off('SIGINT', onInt);
    process.off('SIGTERM', onTerm);
    if (supervised) process.stdin.off('error', onTerm).off('end', onTerm).pause();
  };
  return { signal: controller.signal, exitCode: () => exitCode, end };
}

function logFailure(error: unknown, log: Logger, stop: Stop): number {
  if (stop.signal.aborted) {
    log.error({ code: 'stopped' }, 'stopped before its end');
    return stop.exitCode();
  }
  const { exitCode, message, fields } = explainFailure(error);
  log.error(fields, message);
  return exitCode;
}

function writeFacts(path: string | undefined, start: number): void {
  if (!path) return;
  const facts = { rss_bytes_max: memory().rss_bytes_max, duration_s: secondsSince(start) };
  try {
    writeFileSync(path, `${JSON.stringify(facts)}\n`);
  } catch {
    // The figures are for the report only; a full disk has been told already.
  }
}

function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1000;
}
