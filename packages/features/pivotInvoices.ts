import pl, { type LazyDataFrame } from 'nodejs-polars';

export type PivotOptions = {
  /** Standard invoice column -> short name of the measure. */
  measures: Readonly<Record<string, string>>;
  /** How many of the newest invoices become columns. */
  last: number;
  /** How many of the newest invoices count for lateness. */
  latenessLast: number;
};

/**
 * What makes the newest invoices of each contract columns, newest first. Made once and used for every part of the data, as
 * {@link addInvoiceColumns} is.
 *
 * @returns of `invoices` sorted by `policy_id`, then `invoice_date` newest first, with `days_late` and `is_open`: one row a contract
 *   that has invoices, in the order met, with `policy_id`, `invoice_count`, `last_invoice_date`, `overdue_days` and `open_invoices`
 *   (see {@link handleIncorrientes}), and `<measure>_m01`..; a position that a contract does not have is null
 */
export function pivotInvoices(options: PivotOptions): (invoices: LazyDataFrame) => LazyDataFrame {
  const measures = Object.entries(options.measures);
  const lists = [
    pl.len().clip(0, options.last).cast(pl.Int32).alias('invoice_count'),
    pl.col('invoice_date').first().alias('last_invoice_date'),
    overdueDays(options.latenessLast),
    openInvoices(options.latenessLast),
    ...measures.map(([column, measure]) => pl.col(column).cast(pl.Float64).head(options.last).implode().alias(measure)),
  ];
  const columns = [
    ...['policy_id', 'invoice_count', 'last_invoice_date', 'overdue_days', 'open_invoices'].map((name) => pl.col(name)),
    ...measures.flatMap(([, measure]) =>
      Array.from({ length: options.last }, (_, k) =>
        pl
          .col(measure)
          .lst.get(k)
          .alias(positionName(measure, k + 1)),
      ),
    ),
  ];
  return (invoices) =>
    invoices
      .groupBy('policy_id', true)
      .agg(...lists)
      .select(...columns);
}

/** `amount_m01` is the amount on the newest invoice. */
export function positionName(measure: string, position: number): string {
  return `${measure}_m${String(position).padStart(2, '0')}`;
}

/** Days late of the latest of the open invoices; 0 when none is open or none says how late. */
function overdueDays(last: number) {
  const late = pl.when(pl.col('is_open')).then(pl.col('days_late')).otherwise(pl.lit(null));
  return late.head(last).max().fillNull(0).cast(pl.Int32).alias('overdue_days');
}

function openInvoices(last: number) {
  return pl.col('is_open').cast(pl.Int32).head(last).sum().fillNull(0).cast(pl.Int32).alias('open_invoices');
}
