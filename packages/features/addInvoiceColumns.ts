import pl, { type Expr } from 'nodejs-polars';

export type InvoiceStatistic = 'mean' | 'min' | 'max' | 'std' | 'trend';

/**
 * Statistics of each measure over windows of the newest invoices.
 *
 * Nulls are left out of every statistic. `mean`, `min`, `max` are null when nothing is left; `std` (sample, n - 1) and
 * `trend` (least-squares slope per invoice, time growing towards the newest) are null below two values.
 *
 * @param options windows in invoices, not longer than the positions that {@link pivotInvoices} made
 * @returns one expression a column, `<measure>_<statistic>_last<window>`, over the position columns
 */
export function addInvoiceColumns(options: {
  measures: readonly string[];
  windows: readonly number[];
  statistics: readonly InvoiceStatistic[];
}): Expr[] {
  return options.measures.flatMap((measure) =>
    options.windows.flatMap((window) =>
      options.statistics.map((statistic) =>
        STATISTICS[statistic](positions(measure, window)).alias(`${measure}_${statistic}_last${window}`),
      ),
    ),
  );
}

/** `amount_m01` is the amount on the newest invoice. */
export function positionName(measure: string, position: number): string {
  return `${measure}_m${String(position).padStart(2, '0')}`;
}

const positions = (measure: string, window: number): Expr[] =>
  Array.from({ length: window }, (_, k) => pl.col(positionName(measure, k + 1)));

const STATISTICS: Record<InvoiceStatistic, (values: Expr[]) => Expr> = {
  mean,
  min: (values) => pl.minHorizontal(values),
  max: (values) => pl.maxHorizontal(values),
  std,
  trend,
};

function mean(values: Expr[]): Expr {
  return nullBelow(1, values, sum(values).div(count(values)));
}

function std(values: Expr[]): Expr {
  const center = mean(values);
  const squares = sum(values.map((value) => value.minus(center).pow(2)));
  return nullBelow(2, values, squares.div(count(values).minus(1)).pow(0.5));
}

function trend(values: Expr[]): Expr {
  const times = values.map((value, k) => pl.when(value.isNotNull()).then(pl.lit(-k)).otherwise(pl.lit(null)));
  const timeCenter = sum(times).div(count(values));
  const valueCenter = mean(values);
  const products = values.map((value, k) => timeAt(k, timeCenter).mul(value.minus(valueCenter)));
  const squares = values.map((value, k) =>
    pl.when(value.isNotNull()).then(timeAt(k, timeCenter).pow(2)).otherwise(pl.lit(0)),
  );
  return nullBelow(2, values, sum(products).div(sum(squares)));
}

const timeAt = (k: number, center: Expr): Expr => pl.lit(-k).minus(center);
const sum = (values: Expr[]): Expr =>
  values.map((value) => value.fillNull(0)).reduce((total, value) => total.plus(value));
const count = (values: Expr[]): Expr =>
  values.map((value) => value.isNotNull().cast(pl.Int32)).reduce((total, value) => total.plus(value));
const nullBelow = (least: number, values: Expr[], result: Expr): Expr =>
  pl.when(count(values).gtEq(least)).then(result).otherwise(pl.lit(null)).cast(pl.Float64);
