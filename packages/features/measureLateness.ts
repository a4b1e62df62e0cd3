import pl, { type Expr } from 'nodejs-polars';
import { dayNumber, daysFrom } from './days.ts';

/**
 * How late each invoice is, and whether it is still open, from whatever the source has.
 *
 * Days late: the source's own `days_late`; else paid - due when paid by `asOf`; else `asOf` - due; at least 0; null without a
 * due date. Open: the source's own `is_open`; else, where payments are known, not paid by `asOf` and due before it; else days
 * late > 0 (null counts as not open). A payment after `asOf` has not happened yet.
 *
 * @param columns the columns that the invoices have
 * @param asOf `YYYY-MM-DD`
 * @returns expressions `days_late` (days) and `is_open`
 */
export function measureLateness(columns: readonly string[], asOf: string): Expr[] {
  const has = (name: string) => columns.includes(name);
  const paid = has('paid_date') ? pl.col('paid_date').ltEq(pl.lit(new Date(asOf)).cast(pl.Date)) : pl.lit(false);
  const isPaid = paid.fillNull(false);
  const daysLate = has('days_late') ? pl.col('days_late').cast(pl.Int32) : lateFromDates(columns, isPaid, asOf);
  return [daysLate.alias('days_late'), openFrom(columns, isPaid, daysLate, asOf).fillNull(false).alias('is_open')];
}

function lateFromDates(columns: readonly string[], isPaid: Expr, asOf: string): Expr {
  if (!columns.includes('due_date')) return pl.lit(null).cast(pl.Int32);
  const toDate = daysFrom('due_date', asOf);
  const late = columns.includes('paid_date')
    ? pl
        .when(isPaid)
        .then(dayNumber(pl.col('paid_date')).minus(dayNumber(pl.col('due_date'))))
        .otherwise(toDate)
    : toDate;
  return pl.when(late.lt(0)).then(pl.lit(0)).otherwise(late).cast(pl.Int32);
}

function openFrom(columns: readonly string[], isPaid: Expr, daysLate: Expr, asOf: string): Expr {
  if (columns.includes('is_open')) return pl.col('is_open');
  if (columns.includes('paid_date') && columns.includes('due_date')) {
    return isPaid.not().and(daysFrom('due_date', asOf).gt(0));
  }
  return daysLate.gt(0);
}
