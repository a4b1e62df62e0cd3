import { writeFileSync } from 'node:fs';
import { EXIT } from '@pilotlight/errors';
import { createLogger, createProgress, type Logger, memory, sampleMemory } from '@pilotlight/logging';
import type { Definition, Step } from './definition.ts';
import { explainFailure } from './explainFailure.ts';
import { findMissing } from './findMissing.ts';
import { fetchInputs } from './job/fetchInputs.ts';
import { fillFromJob } from './job/fillFromJob.ts';
import { findJob, type JobPlace } from './job/findJob.ts';
import { forgetLastWords, leaveLastWords } from './job/lastWords.ts';
import { removeAllOwn } from './job/leftovers.ts';
import { openScratch, type Scratch } from './job/openScratch.ts';
import { type Job, readJob } from './job/readJob.ts';
import { type Stop, watchForStop } from './job/watchForStop.ts';
import { findStep, parseStepArguments, type StepArguments } from './stepArguments.ts';
import type { StepContext, StepFunction } from './stepContext.ts';
import { checkOutputs, openGivenFolders, openTemporaryFolders } from './stepOutputs.ts';

export type StepOptions = {
  definition: Definition;
  step: string;
  /** `--input k=DIR --output k=DIR --param K=V ...`; inputs and outputs may be `s3://...` too. */
  args: readonly string[];
  run: StepFunction;
  /** Called when the step ended well and its outputs stand: what it throws is logged as a warning, and nothing is lost. */
  conclude?: (end: StepEnding) => Promise<void>;
};

/** A step that ended well. */
export type StepEnding = {
  step: string;
  /** What it was handed, as it can be read here. */
  inputs: Record<string, string>;
  /** Where what was written can be read, until the hook ends. */
  outputs: Record<string, string>;
  parameters: Record<string, string>;
  run: StepContext['run'];
  duration_s: number;
  rss_bytes_max: number;
  log: Logger;
  /** Aborted when the process is to stop. */
  signal: AbortSignal;
};

/**
 * Runs one step in this process and returns the exit code; a failure is logged as one error line, never thrown.
 *
 * In a SageMaker job, told by the files that the service puts there, the job's channels, places and hyperparameters hold where the
 * arguments are silent, and a failure's line is also left where the service looks for it.
 *
 * Environment, all optional: `PILOTLIGHT_RUN_ID` and `PILOTLIGHT_EXECUTION_DATE` name the run; `PILOTLIGHT_ML_ROOT` moves the job's
 * file tree away from `/opt/ml`; `PILOTLIGHT_STEP_FACTS` is a file that gets `{"rss_bytes_max", "duration_s"}` at the end;
 * `PILOTLIGHT_STEP_SUPERVISED=1` says that the caller publishes the outputs, holds stdin open as long as it lives, and is who a
 * failure is told to. Without it outputs appear in their places when the step ended well.
 */
export async function runStep(options: StepOptions): Promise<number> {
  const start = performance.now();
  const { env } = process;
  const supervised = env.PILOTLIGHT_STEP_SUPERVISED === '1';
  const place = supervised ? null : findJob(env);
  const log = createLogger({
    ...(env.PILOTLIGHT_RUN_ID ? { run_id: env.PILOTLIGHT_RUN_ID } : {}),
    step: options.step,
    ...(env.PILOTLIGHT_EXECUTION_DATE ? { execution_date: env.PILOTLIGHT_EXECUTION_DATE } : {}),
  });
  forgetLastWords(place);
  const stop = watchForStop(supervised, () => endAtOnce(place, STOPPED));
  const ignoreStray = supervised ? () => {} : catchStray(place, log, stop);
  const stopSampling = sampleMemory(log);
  const scratch = openScratch(place);
  try {
    await work(options, { start, supervised, place, log, stop, scratch });
    log.info({ duration_s: secondsSince(start), ...memory() }, 'done');
    return EXIT.done;
  } catch (error) {
    const { exitCode, message } = logFailure(error, log, stop);
    leaveLastWords(place, message);
    return exitCode;
  } finally {
    scratch.remove();
    stopSampling();
    ignoreStray();
    stop.end();
    writeFacts(env.PILOTLIGHT_STEP_FACTS, start);
  }
}

const STOPPED = 'stopped before its end';

type Work = { start: number; supervised: boolean; place: JobPlace | null; log: Logger; stop: Stop; scratch: Scratch };

async function work(options: StepOptions, { start, supervised, place, log, stop, scratch }: Work): Promise<void> {
  const { signal } = stop;
  const step = findStep(options.definition, options.step);
  const job = place ? readJob(place) : null;
  const filled = job ? fillFromJob(job, step) : undefined;
  const handed = parseStepArguments(options.definition, step, options.args, filled);
  checkOutputs(handed.outputs, handed.inputs);
  const moving = { scratch, log, signal };
  const inputs = await fetchInputs(step, handed.inputs, moving);
  const outputs = await (supervised ? openGivenFolders(handed.outputs) : openTemporaryFolders(handed.outputs, moving));
  const progress = createProgress(log, step.name);
  try {
    log.info({ parameters: handed.parameters, ...(job?.name ? { job_name: job.name } : {}) }, 'started');
    const fields = createRunFields(handed);
    const hosts = job ? hostsOf(job) : undefined;
    await options.run({ ...fields, inputs, outputs: outputs.folders, log, progress, signal, ...(hosts && { hosts }) });
    signal.throwIfAborted();
    if (hosts && hosts.place > 0) return;
    if (!supervised) await requireOutputs(step, outputs.folders);
    const readable = await outputs.publish();
    stop.settle();
    const spent = { duration_s: secondsSince(start), rss_bytes_max: memory().rss_bytes_max };
    await conclude(options, { step: step.name, inputs, outputs: readable, ...fields, ...spent, log, signal });
  } finally {
    progress.end();
    await outputs.discard();
  }
}

function hostsOf({ hosts, host }: Job): StepContext['hosts'] | undefined {
  return hosts.length > 1 && host !== null ? { names: hosts, place: hosts.indexOf(host) } : undefined;
}

/** A runner looks itself, and says it in its own words. */
async function requireOutputs(step: Step, folders: Readonly<Record<string, string>>): Promise<void> {
  const missing = await findMissing(step, folders);
  if (missing !== null) throw new Error(missing);
}

async function conclude(options: StepOptions, ending: StepEnding): Promise<void> {
  try {
    await options.conclude?.(ending);
  } catch (error) {
    const { message, fields } = explainFailure(error);
    ending.log.warn(fields, `the step ended well, and what comes after it failed: ${message}`);
  }
}

function createRunFields({ parameters }: StepArguments): Pick<StepContext, 'parameters' | 'run'> {
  const { env } = process;
  const execution_date = env.PILOTLIGHT_EXECUTION_DATE ?? parameters.ExecutionDate ?? parameters.AsOf ?? '';
  return { parameters, run: { run_id: env.PILOTLIGHT_RUN_ID ?? 'none', execution_date } };
}

/** An error thrown outside of any promise would be Node's to tell, with a stack and nothing in the job's file. */
function catchStray(place: JobPlace | null, log: Logger, stop: Stop): () => void {
  const onStray = (error: unknown) => {
    const { exitCode, message, fields } = explainFailure(error);
    if (stop.settled()) {
      log.warn(fields, `the step ended well, and what comes after it failed: ${message}`);
      return;
    }
    log.error(fields, message);
    endAtOnce(place, message);
    process.exit(exitCode);
  };
  process.on('uncaughtException', onStray);
  return () => process.off('uncaughtException', onStray);
}

/** All that a process can still do that has to end now. */
function endAtOnce(place: JobPlace | null, message: string): void {
  removeAllOwn();
  leaveLastWords(place, message);
}

function logFailure(error: unknown, log: Logger, stop: Stop): { exitCode: number; message: string } {
  if (stop.signal.aborted) {
    log.error({ code: 'stopped' }, STOPPED);
    return { exitCode: stop.exitCode(), message: STOPPED };
  }
  const { exitCode, message, fields } = explainFailure(error);
  log.error(fields, message);
  return { exitCode, message };
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
