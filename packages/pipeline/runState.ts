import { join } from 'node:path';
import { EXIT } from '@pilotlight/errors';
import type { Logger } from '@pilotlight/logging';
import type { Definition, Node } from './definition.ts';
import type { StepCommand } from './executeStep.ts';
import type { Progress } from './graph.ts';
import type { RunningStep } from './launchStep.ts';
import type { StepFacts } from './marker.ts';
import type { Plan } from './planRun.ts';
import type { NodeReport, RunReport } from './report.ts';

export type RunOptions = {
  definition: Definition;
  parameters: Readonly<Record<string, string>>;
  out: string;
  /** The command that runs a step with these arguments; it ends in {@link runStep}. */
  stepCommand: StepCommand;
  /** Changes when code or configuration changes: steps are then run again. */
  sourceFingerprint: string;
  /** Steps at the same time; 2 by default. */
  maxParallel?: number;
  log: Logger;
  /** Runs every step again. */
  fresh?: boolean;
  signal?: AbortSignal;
};

export type Run = {
  plan: Plan;
  options: RunOptions;
  report: RunReport;
  nodes: ReadonlyMap<string, { node: Node; report: NodeReport }>;
  done: ReadonlyMap<string, StepFacts>;
  progress: Map<string, Progress>;
  children: Map<string, RunningStep>;
};

export function createRun(plan: Plan, options: RunOptions, done: ReadonlyMap<string, StepFacts>): Run {
  const { definition, runId, executionDate, fingerprints, inputs } = plan;
  const steps = definition.steps.map(({ name, kind }): NodeReport => {
    const fingerprint = fingerprints.get(name);
    return { name, kind, status: 'waiting', ...(fingerprint ? { fingerprint } : {}) };
  });
  const report: RunReport = {
    schema_version: 1,
    run_id: runId,
    pipeline: definition.name,
    execution_date: executionDate,
    status: 'running',
    exit_code: EXIT.done,
    source_fingerprint: plan.sourceFingerprint,
    parameters: plan.parameters,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input?.fingerprint ?? null])),
    steps,
    started: new Date().toISOString(),
    ended: null,
  };
  const nodes = new Map(
    steps.flatMap((one, index) => {
      const node = definition.steps[index];
      return node ? [[one.name, { node, report: one }] as const] : [];
    }),
  );
  const progress = new Map(steps.map(({ name }): [string, Progress] => [name, 'waiting']));
  return { plan, options, report, nodes, done, progress, children: new Map() };
}

export function leaveOut(run: Run, name: string): void {
  run.progress.set(name, 'not_run');
  note(run, name, { status: 'not_run' });
}

export function fail(
  run: Run,
  name: string,
  facts: Partial<NodeReport> & { exit_code: number | null; message: string },
): void {
  const { report, options } = run;
  run.progress.set(name, 'failed');
  note(run, name, { status: 'failed', ...facts });
  const where = facts.log ? ` (log: ${join(run.plan.out, facts.log)})` : '';
  const message = facts.message.startsWith(`${name} `) ? facts.message.slice(name.length + 1) : facts.message;
  options.log.error({ step: name, exit_code: facts.exit_code }, `${message}${where}`);
  if (report.status !== 'running') return;
  report.status = 'failed';
  report.exit_code = facts.exit_code !== null && facts.exit_code > 0 ? facts.exit_code : EXIT.failure;
  report.message = facts.message;
}

export function note(run: Run, name: string, facts: Partial<NodeReport>): void {
  const entry = run.nodes.get(name);
  if (entry) Object.assign(entry.report, facts);
}
