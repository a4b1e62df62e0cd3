import { identifier, literal } from '@pilotlight/tables';
import { inputError } from '../stepInputs.ts';
import type { Gold } from './goldTable.ts';
import type { ChurnMetadata } from './modelFolder.ts';
import type { Session } from './scoringSession.ts';

/** How many names a message lists. */
const LISTED_MAX = 5;

/**
 * Refuses a gold table that the model cannot score: a feature that Gold did not make, or made as another kind.
 *
 * @throws InputError `features_missing`, which lists all
 */
export function checkModelFeatures(model: ChurnMetadata, version: number, gold: Gold): void {
  const made = new Map(gold.features.features.map(({ name, kind }) => [name, kind]));
  const faults = model.features.flatMap(({ name, kind }) => {
    const found = made.get(name);
    if (found === undefined) return [name];
    return found === kind ? [] : [`${name} (${found}, the model takes it as ${kind})`];
  });
  if (faults.length === 0) return;
  const what = `model version ${version} needs features that gold lacks: ${faults.join(', ')}`;
  throw inputError('features_missing', what, gold.table, 'run Gold with the sources it was trained on, or train again');
}

/** Refuses gold without customers, or with one twice. @throws InputError `gold_empty`, `gold_customers` */
export async function checkCustomers(session: Session, table: string): Promise<number> {
  await checkColumns(session, table, ['customer_id'], 'run Gold again');
  const [counts] = await session.rows(
    `SELECT count(*) AS rows, count(customer_id) AS named, count(DISTINCT customer_id) AS customers FROM ${parquet(table)}`,
  );
  const { rows, named, customers } = counts as { rows: number; named: number; customers: number };
  if (rows === 0) throw inputError('gold_empty', 'no customer in gold', table, 'check the inputs of Bronze');
  if (named < rows)
    throw inputError('gold_customers', `${rows - named} rows without customer_id`, table, 'run Gold again');
  if (customers < rows) {
    throw inputError('gold_customers', `${rows - customers} rows repeat a customer`, table, 'run Gold again');
  }
  return rows;
}

/** Refuses a table without the columns. @throws InputError `columns_missing`, which lists all */
export async function checkColumns(session: Session, table: string, names: readonly string[], todo: string) {
  const columns = await columnsOf(session, table);
  const missing = names.filter((name) => !columns.has(name));
  if (missing.length === 0) return;
  throw inputError('columns_missing', `no column ${missing.join(', ')}`, table, todo);
}

/** Refuses scores that are not of gold's customers. @throws InputError `scores_customers` */
export async function checkSameCustomers(session: Session, scores: string, gold: string): Promise<void> {
  await checkColumns(session, scores, ['customer_id', 'churn_proba'], 'run Score again');
  const missing = await onlyIn(session, gold, scores);
  if (missing.count > 0) {
    const what = `${missing.count} customers of gold have no score (${missing.listed})`;
    throw inputError('scores_customers', what, scores, 'run Score again on this gold');
  }
  const extra = await onlyIn(session, scores, gold);
  if (extra.count === 0) return;
  const what = `${extra.count} scored customers are not in gold (${extra.listed})`;
  throw inputError('scores_customers', what, scores, 'run Score again on this gold');
}

async function onlyIn(session: Session, table: string, other: string): Promise<{ count: number; listed: string }> {
  const names = `SELECT customer_id FROM ${parquet(table)} a ANTI JOIN ${parquet(other)} b USING (customer_id)`;
  const [found] = await session.rows(
    `SELECT count(*) AS count, coalesce(array_to_string(min(customer_id, ${LISTED_MAX}), ', '), '') AS listed FROM (${names})`,
  );
  const { count, listed } = found as { count: number; listed: string };
  return { count, listed: count > LISTED_MAX ? `${listed}, ...` : listed };
}

/** The names of a Parquet file's columns. */
export async function columnsOf(session: Session, file: string): Promise<Set<string>> {
  const rows = await session.rows(`SELECT column_name FROM (DESCRIBE SELECT * FROM ${parquet(file)})`);
  return new Set(rows.map((row) => String(row.column_name)));
}

/** A column where the table has it, else null; numbers that are not finite are null. */
export function columnSql(columns: ReadonlySet<string>, name: string, type: 'DOUBLE' | 'VARCHAR' | 'DATE'): string {
  if (!columns.has(name)) return `CAST(NULL AS ${type}) AS ${identifier(name)}`;
  const cast = `TRY_CAST(${identifier(name)} AS ${type})`;
  return `${type === 'DOUBLE' ? `if(isfinite(${cast}), ${cast}, NULL)` : cast} AS ${identifier(name)}`;
}

export const parquet = (file: string): string => `read_parquet(${literal(file)})`;
