/** `[at, value]`, ascending in `at`. */
export type Knots = readonly (readonly [number, number])[];

/**
 * SQL of the line through `knots` at `x`, flat outside of them. At a number that is uniform on [0, 1] it is a draw from
 * the distribution that has these quantiles.
 */
export function curveSql(x: string, knots: Knots): string {
  const cases = knots.slice(1).map(([at, value], k) => {
    const [from, start] = knots[k] as readonly [number, number];
    return `WHEN ${x} < ${at} THEN ${start} + ${value - start} * greatest(0, (${x} - ${from}) / ${at - from})`;
  });
  return `CAST(CASE ${cases.join(' ')} ELSE ${knots.at(-1)?.[1]} END AS DOUBLE)`;
}

/** The same with logarithms of the values on the line: for what spans orders of magnitude. */
export function logCurveSql(x: string, knots: Knots): string {
  return `exp(${curveSql(
    x,
    knots.map(([at, value]) => [at, Math.log(value)] as const),
  )})`;
}

/** `[from, to, value]`, `from` in, `to` out. */
export type Bands = readonly (readonly [number, number, number])[];

/** SQL of the value of the band that `x` lies in, 0 in none. */
export function bandsSql(x: string, bands: Bands): string {
  const cases = bands.map(([from, to, value]) => `WHEN ${x} >= ${from} AND ${x} < ${to} THEN ${value}`);
  return `CAST(CASE ${cases.join(' ')} ELSE 0 END AS DOUBLE)`;
}

/**
 * SQL of a customer's place in a random order, on (0, 1): as good as a uniform draw, but a share of it is that share of
 * the customers exactly, so that the counts come out at any number of customers.
 */
export function quotaSql(order: string, within?: string): string {
  const partition = within ? `PARTITION BY ${within}` : '';
  const rank = `row_number() OVER (${partition} ORDER BY ${order}, c)`;
  return `(${rank} - 0.5) / count(*) OVER (${partition})`;
}
