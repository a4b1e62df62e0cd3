import { InputError } from '@pilotlight/errors';
import pl, { type Expr } from 'nodejs-polars';
import { dayNumber, dayOf } from './days.ts';

export type DateStrategy = 'relative';

/**
 * Dates as days relative to the contract's reference invoice: negative before it, positive after.
 *
 * The reference is `last_invoice_date`, or `asOf` for a contract without one. A null date stays null.
 *
 * @param strategy `relative`. `cyclical` (sine and cosine of the calendar) is refused: it drops the year, so that a contract
 *   of last month and one of ten years ago look alike.
 * @returns one expression a date column, `<date>_days`
 * @throws InputError `date_strategy`
 */
export function normalizeDatesRelativeToInvoice(dates: readonly string[], asOf: string, strategy: string): Expr[] {
  if (strategy !== 'relative') {
    throw new InputError({
      code: 'date_strategy',
      what: `date strategy "${strategy}" is not supported`,
      where: 'modeling.date_strategy',
      todo: 'use "relative" (days before or after the reference invoice); "cyclical" would lose the year',
    });
  }
  const reference = dayNumber(pl.col('last_invoice_date')).fillNull(dayOf(asOf));
  return dates.map((date) => dayNumber(pl.col(date)).minus(reference).cast(pl.Int32).alias(`${date}_days`));
}
