import pl, { type Expr } from 'nodejs-polars';

/** Days since 1970-01-01 of a date column; null stays null. */
export const dayNumber = (date: Expr): Expr => date.cast(pl.Date).cast(pl.Int32);

/** Days since 1970-01-01 of `YYYY-MM-DD`. */
export const dayOf = (date: string): number => Math.round(Date.parse(`${date}T00:00:00Z`) / 86_400_000);

/** `asOf` - column, in days. */
export const daysFrom = (column: string, asOf: string): Expr =>
  pl
    .lit(dayOf(asOf))
    .minus(dayNumber(pl.col(column)))
    .cast(pl.Int32);
