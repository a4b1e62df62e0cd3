/**
 * Random numbers as SQL: a hash of what they are for, so that any row can be made alone, in any order, by any thread.
 * Hashed twice: DuckDB combines several arguments by exclusive or, which would make two seeds' numbers each other's
 * mirror.
 *
 * @returns definitions of `u(id, stream)`, uniform on [0, 1), and `gauss(id, stream)`, standard normal (Box-Muller)
 */
export function randomMacros(seed: number): string[] {
  return [
    `CREATE MACRO u(id, stream) AS CAST(hash(hash(id, stream, ${Math.trunc(seed)})) >> 11 AS DOUBLE) / 9007199254740992`,
    `CREATE MACRO gauss(id, stream) AS
      sqrt(-2 * ln(1 - u(id, stream || ':radius'))) * cos(2 * pi() * u(id, stream || ':angle'))`,
  ];
}

/** SQL that picks one of `values` by the uniform number `draw`; shares are made to add up to 1. */
export function pickSql(draw: string, values: Readonly<Record<string, number>>): string {
  const total = Object.values(values).reduce((sum, share) => sum + share, 0);
  const names = Object.keys(values);
  let upTo = 0;
  const cases = names.slice(0, -1).map((name) => {
    upTo += (values[name] as number) / total;
    return `WHEN ${draw} < ${upTo} THEN '${name}'`;
  });
  return `CASE ${cases.join(' ')} ELSE '${names.at(-1)}' END`;
}

/** SQL of a value looked up by a text column. */
export function lookUpSql(column: string, values: Readonly<Record<string, number>>): string {
  const cases = Object.entries(values).map(([name, value]) => `WHEN '${name}' THEN CAST(${value} AS DOUBLE)`);
  return `CASE ${column} ${cases.join(' ')} END`;
}
