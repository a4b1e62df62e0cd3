/** The draws of one row: column `c` has its own, `k` of them. */
type Draw = { uniform: (k: number) => string; normal: (k: number) => string; shift: number };
type Shape = { prefix: 'n' | 'k' | 'b' | 'd'; nulls: number; sql: (draw: Draw) => string };

/** Draws that a column may take. */
const DRAWS = 4;
const COLUMNS_MAX = 10_000;

/**
 * What columns look like, in turn: floats of full precision (normal, log-normal, heavy-tailed, of two humps), of single precision,
 * amounts in cents, mostly zero, integers small and large, ranks of 1 to 6, text of 5, 40 and 800 categories, booleans and dates;
 * none to half of them null.
 */
const SHAPES: readonly Shape[] = [
  { prefix: 'n', nulls: 0.1, sql: ({ normal, shift }) => `${normal(0)} + ${shift}` },
  { prefix: 'n', nulls: 0, sql: ({ normal, shift }) => `${normal(0)} + ${shift}` },
  { prefix: 'n', nulls: 0, sql: ({ uniform, shift }) => `${uniform(0)} * ${1 + shift}` },
  { prefix: 'n', nulls: 0.03, sql: ({ normal, shift }) => `round(exp(3.5 + ${shift} + 0.8 * ${normal(0)}), 2)` },
  { prefix: 'k', nulls: 0, sql: ({ uniform, shift }) => category('K', 40, `power(${uniform(0)}, ${2 + shift})`) },
  { prefix: 'n', nulls: 0, sql: zeroOrAmount },
  { prefix: 'n', nulls: 0, sql: ({ uniform, shift }) => whole(`-4 * ln(1 - ${uniform(0)}) * ${1 + shift}`, 'INTEGER') },
  { prefix: 'b', nulls: 0, sql: ({ uniform, shift }) => `${uniform(0)} < ${0.3 + shift}` },
  {
    prefix: 'd',
    nulls: 0.2,
    sql: ({ uniform }) => `DATE '2015-01-01' + ${whole(`3650 * sqrt(${uniform(0)})`, 'INTEGER')}`,
  },
  { prefix: 'n', nulls: 0.01, sql: ({ normal, shift }) => `CAST(20 + ${shift} + 5 * ${normal(0)} AS FLOAT)` },
  { prefix: 'n', nulls: 0, sql: ({ uniform, shift }) => `1 / power(1 - ${uniform(0)}, ${0.6 + shift})` },
  { prefix: 'n', nulls: 0.05, sql: ({ uniform }) => whole(`1 + 6 * power(${uniform(0)}, 0.8)`, 'SMALLINT') },
  { prefix: 'n', nulls: 0, sql: ({ uniform }) => whole(`100000000 * ${uniform(0)}`, 'BIGINT') },
  {
    prefix: 'k',
    nulls: 0.08,
    sql: ({ uniform, shift }) => category('REGION ', 5, `power(${uniform(0)}, ${1 + shift})`),
  },
  { prefix: 'n', nulls: 0.02, sql: ({ normal }) => `exp(0.7 * ${normal(0)})` },
  { prefix: 'n', nulls: 0.5, sql: ({ normal, shift }) => `10 * ${normal(0)} + ${shift}` },
  {
    prefix: 'n',
    nulls: 0,
    sql: ({ normal, uniform }) => `${normal(0)} + CASE WHEN ${uniform(2)} < 0.3 THEN 6 ELSE 0 END`,
  },
  { prefix: 'n', nulls: 0.04, sql: ({ normal, shift }) => whole(`exp(5 + ${shift} + 0.9 * ${normal(0)})`, 'BIGINT') },
  { prefix: 'k', nulls: 0.01, sql: ({ uniform }) => category('C', 800, `power(${uniform(0)}, 4)`) },
  { prefix: 'b', nulls: 0.15, sql: ({ uniform }) => `${uniform(0)} < 0.5` },
];

/** `SELECT` of the rows from `start` to before `end`. Names say the type: `n` number, `k` category, `b` boolean, `d` date. */
export function drawnTable(start: number, end: number, columns: number, period: 0 | 1): string {
  const features = Array.from({ length: columns }, (_, c) => {
    const { prefix, nulls, sql } = SHAPES[c % SHAPES.length] as Shape;
    const value = sql(drawsOf(c, period));
    const drawn =
      nulls === 0 ? value : `CASE WHEN ${uniform(c, DRAWS - 1, period)} < ${nulls} THEN NULL ELSE ${value} END`;
    return `${drawn} AS ${prefix}${c}`;
  });
  const signal = "coalesce(n0, 0) + 1.5 * n1 * n2 + CASE WHEN k4 IN ('K0', 'K1', 'K5') THEN 0.8 ELSE 0 END - 2";
  const label = `CAST(${uniform(COLUMNS_MAX - 1, 0, period)} < 1 / (1 + exp(-(${signal}))) AS INTEGER) AS y`;
  return `SELECT *, ${label} FROM (SELECT i, ${features.join(', ')} FROM (SELECT range AS i FROM range(${start}, ${end})))`;
}

function drawsOf(c: number, period: number): Draw {
  const normal = (k: number) =>
    `sqrt(-2 * ln(1 - ${uniform(c, k, period)})) * cos(6.283185307179586 * ${uniform(c, k + 1, period)})`;
  // Every third column moves a little, so that drift is found in some.
  return { uniform: (k) => uniform(c, k, period), normal, shift: c % 3 === 0 ? 0.05 * period : 0 };
}

/** Uniform in [0, 1), a draw of its own for each row, column, place and period. */
function uniform(c: number, k: number, period: number): string {
  const stream = (period * COLUMNS_MAX + c) * DRAWS + k;
  return `((hash(i * ${2 * COLUMNS_MAX * DRAWS} + ${stream}) >> 11) / 9007199254740992.0)`;
}

function zeroOrAmount({ uniform, shift }: Draw): string {
  return `CASE WHEN ${uniform(1)} < 0.7 THEN 0 ELSE round(-50 * ln(1 - ${uniform(0)}) * ${1 + shift}, 2) END`;
}

function whole(value: string, type: string): string {
  return `CAST(floor(${value}) AS ${type})`;
}

function category(name: string, categories: number, share: string): string {
  return `'${name}' || ${whole(`${categories} * ${share}`, 'INTEGER')}`;
}
