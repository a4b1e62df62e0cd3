import { uniqueView } from './dropDuplicates.ts';
import type { Session } from './session.ts';
import { dateLiteral, identifier } from './sql.ts';
import { rowNumber, type Staged } from './stageSource.ts';
import type { CheckReport } from './types.ts';

const BEGINNINGS = ['signup_date', 'start_date'];

export type DateRule = { column: string; check: 'future' | 'reversed'; broken: string };

/**
 * What dates must hold: no beginning after `asOf`, no end before its beginning (one in the future is no beginning).
 *
 * @returns rules with SQL that tells when each is broken; a broken one makes the value null
 */
export function dateRules({ spec }: Pick<Staged, 'spec'>, asOf: string): DateRule[] {
  const isDate = (name: string) => spec.columns[name]?.type === 'date';
  const future = (name: string) => `${identifier(name)} > ${dateLiteral(asOf)}`;
  const rules: DateRule[] = BEGINNINGS.filter(isDate).map((column) => ({
    column,
    check: 'future',
    broken: future(column),
  }));
  if (isDate('start_date') && isDate('end_date')) {
    const broken = `"end_date" < "start_date" AND NOT ${future('start_date')}`;
    rules.push({ column: 'end_date', check: 'reversed', broken });
  }
  return rules;
}

/** SQL of a source's declared column, null where one of the rules is broken. */
export function datedSql(name: string, rules: readonly DateRule[]): string {
  const rule = rules.find((one) => one.column === name);
  const column = identifier(name);
  return rule ? `CASE WHEN ${rule.broken} THEN NULL ELSE ${column} END AS ${column}` : column;
}

/** Counts how often each rule is broken among the rows that stay. */
export async function countDates(session: Session, staged: Staged, rules: readonly DateRule[]): Promise<CheckReport[]> {
  if (rules.length === 0) return [];
  const figures = rules.flatMap(({ column, broken }, i) => [
    `count(*) FILTER (WHERE ${broken}) AS count${i}`,
    `min_by(CAST(${identifier(column)} AS VARCHAR), (__row, ${identifier(column)})) FILTER (WHERE ${broken}) AS example${i}`,
    `min(__row) FILTER (WHERE ${broken}) AS first${i}`,
  ]);
  const [row = {}] = await session.rows(
    `SELECT ${figures.join(', ')} FROM ${identifier(uniqueView(staged.source.name))}`,
  );
  return rules.map(({ column, check }, i) => {
    const count = Number(row[`count${i}`]);
    const first = staged.source.ordered ? rowNumber(row[`first${i}`]) : null;
    const example = count === 0 ? null : { value: String(row[`example${i}`]), row: first };
    return { column, check, outcome: 'value_null', count, share: count / staged.rowsRead, example };
  });
}
