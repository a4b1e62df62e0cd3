import type { Session } from './session.ts';
import { columnList, identifier } from './sql.ts';
import { keptSql, rowNumber, type Staged } from './stageSource.ts';
import type { CheckReport } from './types.ts';

/** Name of the relation of rows that are whole and the first of their key. */
export const uniqueView = (source: string): string => `${source}_unique`;

/**
 * Leaves out rows that lack what they need and rows whose key was there before: the row that comes first in the files
 * stays; after a `query`, where rows have no order, the one whose values sort first.
 *
 * @returns the `duplicate` check; the rows that stay are the view {@link uniqueView}
 */
export async function dropDuplicates(session: Session, staged: Staged): Promise<CheckReport> {
  const { source, spec, relation, rowsRead } = staged;
  const duplicates = identifier(`${source.name}_duplicates`);
  await session.run(`
    CREATE TABLE ${duplicates} AS SELECT row, __row, key FROM (
      SELECT rowid AS row, __row, concat_ws(' ', ${columnList(spec.key)}) AS key, ${copySql(staged)} AS copy
      FROM ${relation} WHERE ${keptSql(staged)})
    WHERE copy > 1`);
  await session.run(`
    CREATE VIEW ${identifier(uniqueView(source.name))} AS
    SELECT * FROM ${relation} staged
    WHERE ${keptSql(staged)} AND NOT EXISTS (FROM ${duplicates} d WHERE d.row = staged.rowid)`);
  const [found] = await session.rows(`
    SELECT count(*) AS count, min(__row) AS first, min_by(key, (__row, key)) AS example FROM ${duplicates}`);
  return duplicateReport(staged, { ...found, rowsRead });
}

/** SQL of a row's number among those of its key, the one that stays first. */
export function copySql({ source, spec }: Pick<Staged, 'source' | 'spec'>): string {
  const order = source.ordered ? ['__row'] : Object.keys(spec.columns).map(identifier);
  return `row_number() OVER (PARTITION BY ${columnList(spec.key)} ORDER BY ${order.join(', ')})`;
}

export function duplicateReport({ source, spec }: Staged, found: Record<string, unknown>): CheckReport {
  const count = Number(found.count ?? 0);
  const row = source.ordered ? rowNumber(found.first) : null;
  return {
    column: spec.key.join('+'),
    check: 'duplicate',
    outcome: 'row_dropped',
    count,
    share: count / Number(found.rowsRead),
    example: count === 0 ? null : { value: String(found.example), row },
  };
}
