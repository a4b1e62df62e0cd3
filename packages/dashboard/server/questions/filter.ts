import type { Parameter } from '../database.ts';

/** Conditions with their values bound. */
export type Where = { sql: string; parameters: Parameter[] };

export type FilterValues = {
  probability_min?: number | undefined;
  probability_max?: number | undefined;
  /** Column -> values, any of which will do. */
  anyOf: Readonly<Record<string, readonly string[] | undefined>>;
};

/** `probability`: the name of that column. */
export function whereOf(values: FilterValues, probability = 'probability'): Where {
  const parameters: Parameter[] = [];
  const bind = (value: Parameter) => {
    parameters.push(value);
    return `$${parameters.length}`;
  };
  const conditions: string[] = [];
  if (values.probability_min !== undefined) conditions.push(`${probability} >= ${bind(values.probability_min)}`);
  if (values.probability_max !== undefined) conditions.push(`${probability} <= ${bind(values.probability_max)}`);
  for (const [column, names] of Object.entries(values.anyOf)) {
    if (names === undefined) continue;
    // An ENUM compared with a name that it lacks would be an error, not an empty answer.
    const list = names.map((name) => `CAST(${bind(name)} AS VARCHAR)`).join(', ');
    conditions.push(names.length === 0 ? 'false' : `CAST(${column} AS VARCHAR) IN (${list})`);
  }
  return { sql: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, parameters };
}
