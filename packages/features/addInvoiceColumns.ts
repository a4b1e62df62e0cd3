import pl, { type Expr, type LazyDataFrame } from 'nodejs-polars';

export type InvoiceStatistic = 'mean' | 'min' | 'max' | 'std' | 'trend';

export type InvoiceColumnOptions = {
  /** Standard invoice column -> short name of the measure. */
  measures: Readonly<Record<string, string>>;
  /** In invoices, counted from the newest. */
  windows: readonly number[];
  statistics: readonly InvoiceStatistic[];
};

/**
 * What adds statistics of each measure over windows of the newest invoices, as columns `<measure>_<statistic>_last<window>`. Made once
 * and used for every part of the data: hundreds of expressions take polars' JavaScript side longer to build than a part to compute.
 *
 * Nulls are left out of every statistic. `mean`, `min`, `max` are null when nothing is left; `std` (sample, n - 1) and
 * `trend` (least-squares slope per invoice, time growing towards the newest) are null below two values.
 *
 * @returns of `contracts`, one row a contract, with `policy_id` (a contract without invoices gets nulls), and `invoices`, with
 *   `policy_id` and `position` (0 is a contract's newest), in any order
 */
export function addInvoiceColumns(
  options: InvoiceColumnOptions,
): (contracts: LazyDataFrame, invoices: LazyDataFrame) => LazyDataFrame {
  // A grouped pass a window: statistics written over the position columns are many times the expressions.
  const windows = options.windows.map((window) => windowStatistics(window, options));
  return (contracts, invoices) =>
    windows.reduce(
      (joined, statistics) =>
        joined.join(statistics(invoices), { on: 'policy_id', how: 'left', maintainOrder: 'left' }),
      contracts,
    );
}

function windowStatistics(window: number, options: InvoiceColumnOptions): (invoices: LazyDataFrame) => LazyDataFrame {
  const measures = Object.entries(options.measures);
  const name = (measure: string, statistic: string) => `${measure}_${statistic}_last${window}`;
  const isInWindow = pl.col('position').lt(window);
  const sums = measures.flatMap(([column, measure]) =>
    options.statistics.flatMap((statistic) => AGGREGATES[statistic](column, name(measure, statistic))),
  );
  const columns = measures.flatMap(([, measure]) =>
    options.statistics.map((statistic) => finish(statistic, name(measure, statistic)).alias(name(measure, statistic))),
  );
  return (invoices) =>
    invoices
      .filter(isInWindow)
      .groupBy('policy_id', true)
      .agg(...sums)
      .select(pl.col('policy_id'), ...columns);
}

const value = (column: string): Expr => pl.col(column).cast(pl.Float64);
const time = (): Expr => pl.col('position').cast(pl.Float64).mul(-1);

const AGGREGATES: Record<InvoiceStatistic, (column: string, name: string) => Expr[]> = {
  mean: (column, name) => [value(column).mean().alias(name)],
  min: (column, name) => [value(column).min().alias(name)],
  max: (column, name) => [value(column).max().alias(name)],
  std: (column, name) => [value(column).std().alias(name)],
  trend: (column, name) => {
    const known = pl.col(column).isNotNull().cast(pl.Float64);
    return [
      known.sum().alias(`${name}|n`),
      value(column).mean().alias(`${name}|x`),
      time().mul(known).sum().alias(`${name}|t`),
      time().mul(time()).mul(known).sum().alias(`${name}|tt`),
      time().mul(value(column)).sum().alias(`${name}|tx`),
    ];
  },
};

/** The slope from its sums: (sum of t x - mean x sum of t) / (sum of t^2 - (sum of t)^2 / n). */
function finish(statistic: InvoiceStatistic, name: string): Expr {
  if (statistic !== 'trend') return pl.col(name);
  const [n, x, t, tt, tx] = ['n', 'x', 't', 'tt', 'tx'].map((part) => pl.col(`${name}|${part}`)) as [
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
  ];
  const slope = tx.minus(x.mul(t)).div(tt.minus(t.mul(t).div(n)));
  return pl.when(n.gtEq(2)).then(slope).otherwise(pl.lit(null)).cast(pl.Float64);
}
