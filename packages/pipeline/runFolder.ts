import { access, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { takeLock, writeJson } from '@pilotlight/artifacts';
import { InputError } from '@pilotlight/errors';
import { isStep, type Step } from './definition.ts';
import { findDone, removeOutputs, type StepFacts } from './marker.ts';
import type { Plan } from './planRun.ts';

/**
 * Makes the output folder this run's: takes its lock, refuses a folder of another pipeline or with files that no run made,
 * removes what killed runs left. Returns what gives the lock back.
 */
export async function openRunFolder(plan: Plan): Promise<() => void> {
  const own = join(plan.out, '.pilotlight');
  const release = await lock(plan.out, join(own, 'lock'));
  try {
    await claim(plan, join(own, 'owner.json'));
    await rm(join(own, 'work'), { recursive: true, force: true });
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * The steps that need not run again, with what they cost. Outputs of all others are removed, so that what stands in the
 * output folder belongs together.
 */
export async function sortOutDone(plan: Plan, fresh: boolean): Promise<Map<string, StepFacts>> {
  const done = new Map<string, StepFacts>();
  for (const step of plan.definition.steps.filter(isStep)) {
    const facts = fresh ? null : await findDone(plan.out, step, plan.fingerprints.get(step.name) ?? '');
    if (facts) done.set(step.name, facts);
    else await removeOutputs(plan.out, step);
  }
  return done;
}

async function lock(out: string, path: string): Promise<() => void> {
  try {
    await mkdir(out, { recursive: true });
    return takeLock(path, (who) => ({
      what: `${who} is running in this output folder`,
      where: out,
      todo: `wait for it, choose another folder, or remove ${path} when that process is gone`,
    }));
  } catch (error) {
    if (error instanceof InputError) throw error;
    const what = `the output folder cannot be written (${(error as Error).message})`;
    throw new InputError({ code: 'bad_out', what, where: out, todo: 'choose another folder', cause: error });
  }
}

async function claim(plan: Plan, path: string): Promise<void> {
  const owner = await readOwner(path);
  const { name } = plan.definition;
  if (owner === name) return;
  if (owner !== null) {
    const what = `the output folder holds a run of the pipeline ${owner}`;
    throw new InputError({ code: 'bad_out', what, where: plan.out, todo: 'choose another folder' });
  }
  const paths = plan.definition.steps.filter(isStep).flatMap((step) => outputPaths(step, plan.out));
  for (const taken of [...paths, join(plan.out, 'run.json')]) {
    if (!(await exists(taken))) continue;
    const what = 'the output folder has files that no run made';
    throw new InputError({ code: 'bad_out', what, where: taken, todo: 'choose another folder, or remove them' });
  }
  await writeJson(path, { schema_version: 1, pipeline: name });
}

function outputPaths(step: Step, out: string): string[] {
  return Object.values(step.outputs).map(({ path }) => join(out, path));
}

async function readOwner(path: string): Promise<string | null> {
  try {
    const { pipeline } = JSON.parse(await readFile(path, 'utf8')) as { pipeline?: unknown };
    return String(pipeline);
  } catch {
    return null;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
