import { mkdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { publishFolder } from '@pilotlight/artifacts';
import { trackingParameter } from './compile/options.ts';
import type { Step } from './definition.ts';
import { explainFailure } from './explainFailure.ts';
import { findMissing } from './findMissing.ts';
import { launchStep, type RunningStep, type StepEnd } from './launchStep.ts';
import { removeOutputs, type StepFacts, writeMarker } from './marker.ts';
import { handedTo, inputsOf, type Plan } from './planRun.ts';
import { formatStepArguments } from './stepArguments.ts';
import type { StepProgress } from './stepLog.ts';

export type StepCommand = (step: Step, args: string[]) => { command: string; args: string[] };

/** How a step ended: `message` is null when it ended well and its outputs stand in their places. */
export type StepResult = StepFacts & {
  exitCode: number | null;
  signal: string | null;
  message: string | null;
  log: string;
};

export type StepHooks = {
  stepCommand: StepCommand;
  onProgress(progress: StepProgress): void;
  /** Whether this run does without a step. */
  leftOut(step: string): boolean;
  /** Handed the child, so that it can be stopped. */
  onStart(child: RunningStep): void;
};

/**
 * Runs a step as a child process into a temporary folder; when it ended well and wrote what it should, moves its outputs
 * to their places and writes its marker. Never throws: what goes wrong is in `message`.
 */
export async function executeStep(step: Step, plan: Plan, hooks: StepHooks): Promise<StepResult> {
  const start = performance.now();
  const work = join(plan.out, '.pilotlight', 'work', `${step.name}-${process.pid}`);
  const logPath = join(plan.out, '.pilotlight', 'logs', `${step.name}.jsonl`);
  const log = relative(plan.out, logPath);
  let end: StepEnd = { exitCode: null, signal: null, lastError: null, rss_bytes_max: null };
  const measure = () => ({
    duration_s: Math.round(performance.now() - start) / 1000,
    rss_bytes_max: end.rss_bytes_max,
  });
  try {
    await removeOutputs(plan.out, step);
    end = await launch(step, plan, hooks, { work, logPath });
    const facts = measure();
    const message = describeEnd(step, end) ?? (await findMissing(step, outputFolders(step, work)));
    if (message === null) await publish(step, plan, work, facts);
    return { ...facts, exitCode: end.exitCode, signal: end.signal, message, log };
  } catch (error) {
    const { exitCode, message } = explainFailure(error);
    return { ...measure(), exitCode, signal: null, message: `${step.name} failed: ${message}`, log };
  } finally {
    await rm(work, { recursive: true, force: true }).catch(() => {});
  }
}

async function launch(
  step: Step,
  plan: Plan,
  hooks: StepHooks,
  { work, logPath }: { work: string; logPath: string },
): Promise<StepEnd> {
  await mkdir(join(logPath, '..'), { recursive: true });
  const outputs = outputFolders(step, work);
  for (const folder of Object.values(outputs)) await mkdir(folder, { recursive: true });
  const handed = { inputs: inputsOf(step, plan, hooks.leftOut), outputs, parameters: handedTo(step, plan) };
  const child = launchStep({
    ...hooks.stepCommand(step, formatStepArguments(handed)),
    env: {
      PILOTLIGHT_RUN_ID: plan.runId,
      PILOTLIGHT_EXECUTION_DATE: plan.executionDate,
      PILOTLIGHT_STEP_SUPERVISED: '1',
      ...trackingOf(plan),
    },
    logPath,
    factsPath: join(work, 'facts.json'),
    onProgress: hooks.onProgress,
  });
  hooks.onStart(child);
  return child.ended;
}

function outputFolders(step: Step, work: string): Record<string, string> {
  return Object.fromEntries(Object.keys(step.outputs).map((key) => [key, join(work, 'outputs', key)]));
}

/** As in a job: by the environment. `none`, the default, leaves what the person has set. */
function trackingOf({ definition, parameters }: Plan): Record<string, string> {
  const uri = parameters[trackingParameter(definition) ?? ''];
  return uri === undefined || uri === 'none' ? {} : { MLFLOW_TRACKING_URI: uri };
}

/** Why a step's end is a failure, in one line; null when it is not. */
function describeEnd(step: Step, { exitCode, signal, lastError }: StepEnd): string | null {
  if (exitCode === 0) return null;
  if (signal === 'SIGKILL') return `${step.name} was killed (SIGKILL): most often the machine had no memory left`;
  if (signal) return `${step.name} crashed (${signal})${lastError ? `: ${lastError}` : ''}`;
  return `${step.name} failed: ${lastError ?? `it ended with exit code ${exitCode} and said nothing`}`;
}

async function publish(step: Step, plan: Plan, work: string, facts: StepFacts): Promise<void> {
  for (const [key, { path }] of Object.entries(step.outputs)) {
    await publishFolder(join(work, 'outputs', key), join(plan.out, path));
  }
  await writeMarker(plan.out, step, plan.fingerprints.get(step.name) ?? '', facts);
}
