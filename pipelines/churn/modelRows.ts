import path from 'node:path';
import pl from 'nodejs-polars';
import { dataFingerprint } from '../dataFingerprint.ts';
import { inputError } from '../stepInputs.ts';
import { GOLD_FEATURES, type Gold } from './goldTable.ts';
import type { LabelledCustomer, SplitCustomer } from './splitCustomers.ts';

/**
 * The customers of a gold table whose churn is known.
 *
 * @throws InputError `gold_invalid` for a table without the key and the label, a key that stands twice, or a label that is not 0 or 1
 */
export async function labelledCustomers(table: string): Promise<LabelledCustomer[]> {
  const refuse = (what: string, cause?: unknown) => inputError('gold_invalid', what, table, 'run Gold again', cause);
  const frame = await pl
    .scanParquet(table)
    .select(pl.col('customer_id').cast(pl.Utf8), pl.col('churn').cast(pl.Float64))
    .filter(pl.col('churn').isNotNull())
    .collect()
    .catch((cause: unknown) => {
      throw refuse('cannot be read as a table of customer_id and churn', cause);
    });
  const ids = frame.getColumn('customer_id').toArray() as string[];
  const labels = frame.getColumn('churn').toTypedArray() as Float64Array;
  const customers = ids.map((customer_id, row) => ({ customer_id, churn: labels[row] as number }));
  const wrong = customers.find(({ churn }) => churn !== 0 && churn !== 1);
  if (wrong) throw refuse(`churn of ${wrong.customer_id} is ${wrong.churn}`);
  if (new Set(ids).size < ids.length) throw refuse('a customer_id stands there twice');
  return customers;
}

/** Writes customer_id, churn, split, fold of the customers. */
export function writeSplit(customers: readonly SplitCustomer[], outPath: string): void {
  splitFrame(customers).writeParquet(outPath, { compression: 'zstd' });
}

/** Writes the rows of the given customers: `columns` of gold (all without), `fold` too; by customer_id. */
export async function writeRows(
  table: string,
  customers: readonly SplitCustomer[],
  outPath: string,
  columns?: readonly string[],
): Promise<void> {
  const folds = splitFrame(customers).select('customer_id', 'fold').lazy();
  const wanted = columns ? [...new Set(['customer_id', 'churn', ...columns])] : [pl.all()];
  const rows = pl
    .scanParquet(table)
    .select(...wanted)
    .join(folds, { on: 'customer_id', how: 'inner' })
    .sort('customer_id');
  (await rows.collect()).writeParquet(outPath, { compression: 'zstd' });
}

/** @throws InputError `feature_empty`, listing the features without a value in any row: nothing can be learned from them */
export function checkValues(rows: string, features: readonly string[], table: string): void {
  const frame = pl.readParquet(rows, { columns: [...features] });
  const empty = features.filter((name) => frame.getColumn(name).nullCount() === frame.height);
  if (empty.length === 0) return;
  throw inputError(
    'feature_empty',
    `no labelled customer has a value: ${empty.join(', ')}`,
    table,
    'correct the source, or declare them under features.absent',
  );
}

/** What a model says it was trained on: SHA-256 of gold's table and feature list. */
export function goldFingerprint({ table }: Gold): Promise<string> {
  return dataFingerprint([table, path.join(path.dirname(table), GOLD_FEATURES)]);
}

function splitFrame(customers: readonly SplitCustomer[]): pl.DataFrame {
  const fold = pl.Series(
    'fold',
    customers.map((one) => one.fold),
    pl.Int32,
  );
  return pl.DataFrame([
    pl.Series(
      'customer_id',
      customers.map((one) => one.customer_id),
      pl.Utf8,
    ),
    pl.Series(
      'churn',
      customers.map((one) => one.churn),
      pl.Int32,
    ),
    pl.Series(
      'split',
      customers.map((one) => one.split),
      pl.Utf8,
    ),
    fold,
  ]);
}
