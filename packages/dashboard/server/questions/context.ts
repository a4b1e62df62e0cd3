import type { Logger } from '@pilotlight/logging';
import type { Model } from '../../api.ts';
import type { Database } from '../database.ts';
import { NotAvailable } from '../notAvailable.ts';
import type { Results, Run } from '../results/run.ts';
import type { CustomerTables } from './customerTables.ts';

/** What every question works with. */
export type Context = {
  results: Results;
  database: Database;
  customers: CustomerTables;
  /** A folder for what is needed for a moment. */
  scratch: string;
  log: Logger;
};

/** Asked for by a query: no such run, part or customer. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

/** The run asked for, or the newest that has a file of this name. */
export async function chooseRun(
  { results }: Context,
  model: Model,
  wanted: string | undefined,
  pattern: RegExp,
  what: string,
): Promise<Run> {
  const runs = await results.runs(model);
  const has = (run: Run) => run.files.some((name) => pattern.test(name));
  if (wanted !== undefined) {
    const run = runs.find(({ ref }) => ref.run_id === wanted);
    if (run === undefined) throw new NotFound(`no run ${wanted} of ${model}`);
    if (has(run)) return run;
    throw new NotAvailable(`run ${wanted} has no ${what} (${run.ref.status})`, 'choose another run');
  }
  const run = runs.find(has);
  if (run !== undefined) return run;
  const [fault] = await results.faults();
  const reason = runs.length > 0 ? `no run of ${model} has ${what}` : `there is no run of ${model}`;
  const todo = `run the pipeline: pilotlight run ${model}, or pilotlight demo ${model}`;
  throw new NotAvailable(fault === undefined ? reason : `${reason}; ${fault}`, todo);
}

export const SCORED = { churn: /^scored\/scores\.parquet$/, segmentation: /^clusters\/.*\.parquet$/ } as const;
