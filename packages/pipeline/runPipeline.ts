import { InputError } from '@pilotlight/errors';
import { createProgress, type Logger, type Progress as ProgressBar } from '@pilotlight/logging';
import { checkGraph } from './checkGraph.ts';
import type { Step } from './definition.ts';
import { PipelineError } from './errors.ts';
import { executeStep, type StepResult } from './executeStep.ts';
import { type Plan, planRun } from './planRun.ts';
import { type RunReport, writeReport } from './report.ts';
import { openRunFolder, sortOutDone } from './runFolder.ts';
import { createRun, fail, note, type Run, type RunOptions } from './runState.ts';
import { settleNodes } from './settleNodes.ts';
import type { StepProgress } from './stepLog.ts';
import { listenForStop, type StopReason } from './stopSignals.ts';

const GRACE_MS = 15_000;

/**
 * Runs a pipeline on this machine: every step a child process, as many at a time as the graph and `maxParallel` allow.
 *
 * Steps whose outputs stand there, made from the same code, parameters and inputs, are skipped. Outputs appear under
 * `out` when their step ended well, and not before; so a run that was killed is resumed by the same command and ends with
 * the same bytes. After a failure nothing new starts and what runs is left to end. A failed run is in the report and its
 * exit code, and has been logged; an {@link InputError} is thrown for parameters, inputs or an output folder that cannot
 * be used, before anything is changed.
 */
export async function runPipeline(options: RunOptions): Promise<RunReport> {
  const faults = checkGraph(options.definition);
  if (faults.length > 0) throw new PipelineError('bad_definition', `pipeline ${options.definition.name}`, faults);
  const plan = await planRun(options);
  try {
    return await runPlan(plan, { ...options, log: options.log.child({ run_id: plan.runId }) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    const todo = 'free some space, then run the same command again';
    throw new InputError({ code: 'disk_full', what: 'the disk is full', where: plan.out, todo, cause: error });
  }
}

async function runPlan(plan: Plan, options: RunOptions): Promise<RunReport> {
  const release = await openRunFolder(plan);
  try {
    const run = createRun(plan, options, await sortOutDone(plan, options.fresh === true));
    await writeReport(plan.out, run.report);
    const forget = listenForStop(
      options.signal,
      (reason) => interrupt(run, reason),
      () => killAll(run, 'SIGKILL'),
    );
    await runNodes(run).finally(forget);
    return await closeRun(run);
  } finally {
    release();
  }
}

async function runNodes(run: Run): Promise<void> {
  const { maxParallel = 2 } = run.options;
  const running = new Map<string, Promise<void>>();
  for (;;) {
    for (const step of settleNodes(run)) {
      if (running.size >= Math.max(1, maxParallel)) break;
      run.progress.set(step.name, 'running');
      running.set(
        step.name,
        runOne(run, step).then(() => void running.delete(step.name)),
      );
    }
    if (running.size === 0) return;
    await Promise.race(running.values());
  }
}

async function runOne(run: Run, step: Step): Promise<void> {
  const { options, plan } = run;
  note(run, step.name, { status: 'running', started: new Date().toISOString() });
  options.log.info({ step: step.name }, 'started');
  const bars = showProgress(options.log, step);
  const result = await executeStep(step, plan, {
    stepCommand: options.stepCommand,
    onProgress: bars.update,
    leftOut: (name) => run.progress.get(name) === 'not_run',
    onStart: (child) => {
      run.children.set(step.name, child);
      if (run.report.status === 'interrupted') child.kill('SIGTERM');
    },
  });
  bars.end();
  run.children.delete(step.name);
  settleStep(run, step, result);
}

function settleStep(run: Run, step: Step, result: StepResult): void {
  const { duration_s, rss_bytes_max, exitCode, signal, message, log } = result;
  const facts = { duration_s, rss_bytes_max, exit_code: exitCode, ended: new Date().toISOString(), log };
  const ended = { ...facts, ...(signal ? { signal } : {}) };
  if (message === null) {
    run.progress.set(step.name, 'done');
    note(run, step.name, { ...ended, status: 'succeeded' });
    const peak = rss_bytes_max === null ? '' : `, ${Math.ceil(rss_bytes_max / 2 ** 20)} MiB at most`;
    run.options.log.info({ step: step.name, duration_s, rss_bytes_max }, `done in ${duration_s.toFixed(1)} s${peak}`);
  } else if (run.report.status === 'interrupted') {
    run.progress.set(step.name, 'failed');
    note(run, step.name, { ...ended, status: 'interrupted' });
  } else {
    fail(run, step.name, { ...ended, message });
  }
}

function showProgress(log: Logger, step: Step): { update(progress: StepProgress): void; end(): void } {
  const bars = new Map<string, ProgressBar>();
  return {
    update({ name, done, total, label }) {
      const title = name === step.name ? name : `${step.name} ${name}`;
      const bar = bars.get(name) ?? createProgress(log, title);
      bars.set(name, bar);
      bar.update(done, total, label);
    },
    end() {
      for (const bar of bars.values()) bar.end();
    },
  };
}

function interrupt(run: Run, { message, exitCode }: StopReason): void {
  const { report, options } = run;
  report.status = 'interrupted';
  report.exit_code = exitCode;
  report.message = `${message}: the same command goes on where this run stopped`;
  options.log.warn({ running: [...run.children.keys()] }, report.message);
  killAll(run, 'SIGTERM');
  setTimeout(() => killAll(run, 'SIGKILL'), GRACE_MS).unref();
}

function killAll(run: Run, signal: NodeJS.Signals): void {
  for (const child of run.children.values()) child.kill(signal);
}

async function closeRun(run: Run): Promise<RunReport> {
  const { report, plan } = run;
  if (report.status === 'running') report.status = 'succeeded';
  report.ended = new Date().toISOString();
  await writeReport(plan.out, report);
  return report;
}
