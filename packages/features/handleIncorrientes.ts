import pl, { type Expr } from 'nodejs-polars';

export type IncorrientesRules = {
  /** How many of the newest invoices are looked at. */
  last_invoices: number;
  /** More days overdue than this is not up to date. */
  overdue_days_max: number;
  /** This many open invoices, or more, is not up to date. */
  open_invoices_min: number;
  /** No invoice in this many days before the execution date is not up to date. */
  window_days: number;
};

/**
 * Why a contract is not up to date: the first of `overdue`, `open_invoices`, `no_invoice` that holds; null when it is up to
 * date. A contract without invoices is `no_invoice`.
 *
 * @returns the expression `incorriente_reason` over `overdue_days`, `open_invoices`, `last_invoice_days`
 */
export function handleIncorrientes(rules: IncorrientesRules): Expr {
  return pl
    .when(pl.col('overdue_days').gt(rules.overdue_days_max))
    .then(pl.lit('overdue'))
    .when(pl.col('open_invoices').gtEq(rules.open_invoices_min))
    .then(pl.lit('open_invoices'))
    .when(pl.col('last_invoice_days').isNull().or(pl.col('last_invoice_days').gt(rules.window_days)))
    .then(pl.lit('no_invoice'))
    .otherwise(pl.lit(null).cast(pl.Utf8))
    .alias('incorriente_reason');
}
