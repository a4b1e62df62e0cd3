import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '@pilotlight/errors';
import { type Condition, type Fail, isStep, type Node, type Step } from './definition.ts';
import { evaluateCondition } from './evaluateCondition.ts';
import { explainFailure } from './explainFailure.ts';
import { branches, nextNodes } from './graph.ts';
import { fail, leaveOut, note, type Run } from './runState.ts';

/** Decides all that needs no child process, until only steps to start are left; returns those. */
export function settleNodes(run: Run): Step[] {
  for (;;) {
    if (run.report.status !== 'running') return abandonWaiting(run);
    const { ready, never } = nextNodes(run.plan.graph, run.progress, run.plan.optional);
    for (const name of never) leaveOut(run, name);
    const toStart: Step[] = [];
    let decided = never.length > 0;
    for (const name of ready) {
      const node = run.nodes.get(name)?.node;
      if (!node) continue;
      if (isStep(node) && !run.done.has(name)) toStart.push(node);
      else {
        decide(run, node);
        decided = true;
        break;
      }
    }
    if (!decided) return toStart;
  }
}

function abandonWaiting(run: Run): Step[] {
  for (const [name, progress] of run.progress) if (progress === 'waiting') leaveOut(run, name);
  return [];
}

function decide(run: Run, node: Node): void {
  if (node.kind === 'condition') decideCondition(run, node);
  else if (node.kind === 'fail') endByFail(run, node);
  else skip(run, node);
}

function skip(run: Run, step: Step): void {
  const facts = run.done.get(step.name);
  run.progress.set(step.name, 'done');
  note(run, step.name, { status: 'skipped', ...facts });
  run.options.log.info({ step: step.name }, 'skipped: done before, nothing it depends on has changed');
}

function decideCondition(run: Run, condition: Condition): void {
  const { plan, options } = run;
  const { name } = condition;
  try {
    const holds = evaluateCondition(condition, {
      definition: plan.definition,
      parameters: plan.parameters,
      propertyFile: (step, file) => readPropertyFile(run, step, file),
    });
    const chosen = holds ? condition.then : condition.otherwise;
    run.progress.set(name, 'done');
    note(run, name, { status: 'succeeded', holds });
    for (const other of branches(condition)) if (!chosen.includes(other)) leaveOut(run, other);
    options.log.info({ step: name, holds }, `${holds ? 'yes' : 'no'}: on to ${chosen.join(', ') || 'the end'}`);
  } catch (error) {
    const { message } = explainFailure(error);
    fail(run, name, { exit_code: EXIT.failure, message });
  }
}

function readPropertyFile(run: Run, stepName: string, fileName: string): unknown {
  const step = run.nodes.get(stepName)?.node;
  const file = step && isStep(step) ? step.propertyFiles?.[fileName] : undefined;
  const output = step && isStep(step) && file ? step.outputs[file.output] : undefined;
  if (!file || !output) return undefined;
  return JSON.parse(readFileSync(join(run.plan.out, output.path, file.path), 'utf8'));
}

function endByFail(run: Run, node: Fail): void {
  fail(run, node.name, { exit_code: node.exitCode, message: node.message });
}
