import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { explainAws } from '../errors.ts';
import type { Trigger } from '../types.ts';
import { type Item, type Manifest, readItem, type Taking, takeAgain, takeNew } from './takeFile.ts';

export type Machine = { sfn: SFNClient; machineArn: string };

type Run = Trigger['output']['runs'][number];

/** Others may take the file between two of our looks at it; each turn, one of us gets on. */
const TURNS_MAX = 5;

/**
 * Sees to it that a file has its run, once: takes it in the manifest, then starts the machine under the name of the run.
 *
 * - New, or failed: taken for a run of its own, and started.
 * - Started: whoever took it may have died before the start, so it is started again; a name that runs already is the same run.
 * - Started, but its execution is over without having written so (stopped by a person, or by its own time limit): it has failed.
 * - Completed: nothing.
 *
 * The machine takes the file over by `run_id`: its first state finds its own run in the item, any other run does not.
 */
export async function runFile(fileKey: string, manifest: Manifest, machine: Machine): Promise<Run> {
  let taking = await takeNew(fileKey, manifest);
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const { item } = taking;
    if (item.status === 'completed') return runOf(item, 'done');
    if (item.status === 'failed') {
      taking = await takeAgain(item, manifest);
      continue;
    }
    if (await start(item, manifest, machine)) return runOf(item, taking.isNew ? 'started' : 'running');
    taking = await lookAgain(item, manifest);
  }
  throw new Error(`${fileKey}: others change its item all the time`);
}

const runOf = ({ file_key, run_id }: Item, outcome: Run['outcome']): Run => ({ file_key, run_id, outcome });

/** What to do with a run whose name is taken: an execution writes how it ended before it ends, so what is `started` now has died. */
async function lookAgain(item: Item, manifest: Manifest): Promise<Taking> {
  const now = await readItem(item.file_key, manifest);
  if (now === null) return takeNew(item.file_key, manifest);
  if (now.run_id !== item.run_id || now.status !== 'started') return { item: now, isNew: false };
  return takeAgain(now, manifest);
}

/** @returns whether the run is on; false where an execution of its name is over */
async function start(item: Item, { signal }: Manifest, { sfn, machineArn }: Machine): Promise<boolean> {
  const { run_id, file_key } = item;
  const command = new StartExecutionCommand({
    stateMachineArn: machineArn,
    name: run_id,
    // Nothing but what the item has: the same name with another input would be refused.
    input: JSON.stringify({ run_id, file_key }),
  });
  try {
    await sfn.send(command, { abortSignal: signal });
    return true;
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return false;
    throw explainAws(error, machineArn);
  }
}
