import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { NotAvailable } from './notAvailable.ts';
import type { Run } from './results/run.ts';

/** A JSON file of a run. Not there, no JSON, or not what it should be: {@link NotAvailable}, naming the file. */
export async function readResult<T extends z.ZodType>(run: Run, name: string, schema: T): Promise<z.infer<T>> {
  if (!run.files.includes(name)) {
    throw new NotAvailable(`run ${run.ref.run_id} has no ${name}`, 'let the run finish, or run the pipeline again');
  }
  const text = await readFile(await run.open(name), 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new NotAvailable(`${name} of run ${run.ref.run_id} is no JSON`, 'run the pipeline again', { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [fault] = parsed.error.issues;
  const where = fault ? `${fault.path.join('.')}: ${fault.message}` : '';
  throw new NotAvailable(`${name} of run ${run.ref.run_id} is not as expected (${where})`, 'run the pipeline again');
}

/** The same, but null where it is missing or cannot be used. */
export async function readIfThere<T extends z.ZodType>(run: Run, name: string, schema: T): Promise<z.infer<T> | null> {
  try {
    return await readResult(run, name, schema);
  } catch (error) {
    if (error instanceof NotAvailable) return null;
    throw error;
  }
}

/** Local paths of the Parquet files of a run whose names match. */
export async function openAll(run: Run, pattern: RegExp): Promise<string[]> {
  return Promise.all(run.files.filter((name) => pattern.test(name)).map((name) => run.open(name)));
}
