import pl, { type Expr } from 'nodejs-polars';
import { daysFrom } from './days.ts';

export const DAYS_A_MONTH = 30.44;

/** Months from a date to `asOf` (positive in the past), to one decimal, halves away from zero. */
export function monthsSince(column: string, asOf: string): Expr {
  return oneDecimal(daysFrom(column, asOf).cast(pl.Float64).div(DAYS_A_MONTH));
}

/** Months from `asOf` to `next_renewal_date`, to one decimal; negative when it has passed. Expression `months_to_renewal`. */
export function monthsToRenewal(asOf: string): Expr {
  const days = daysFrom('next_renewal_date', asOf).cast(pl.Float64).mul(-1);
  return oneDecimal(days.div(DAYS_A_MONTH)).alias('months_to_renewal');
}

/** Whole months since the first activation, else since the contract's start, cut off towards zero. Expression `tenure_months`. */
export function tenureMonths(asOf: string): Expr {
  const days = daysFrom('customer_first_activation_date', asOf).fillNull(daysFrom('contract_start_date', asOf));
  return days.cast(pl.Float64).div(DAYS_A_MONTH).cast(pl.Int32).alias('tenure_months');
}

/** `expired` up to 0 months, then right-closed `0-3m`, `3-6m`, `6-12m`, `12m+`. Expression `renewal_bucket`. */
export const renewalBucket = (): Expr =>
  bucket(
    'months_to_renewal',
    [
      [0, 'expired'],
      [3, '0-3m'],
      [6, '3-6m'],
      [12, '6-12m'],
    ],
    '12m+',
  ).alias('renewal_bucket');

/** Right-closed `0-6m`, `6-12m`, `1-2y`, `2-5y`, `5y+`. Expression `tenure_bucket`. */
export const tenureBucket = (): Expr =>
  bucket(
    'tenure_months',
    [
      [6, '0-6m'],
      [12, '6-12m'],
      [24, '1-2y'],
      [60, '2-5y'],
    ],
    '5y+',
  ).alias('tenure_bucket');

function bucket(column: string, bounds: readonly (readonly [number, string])[], rest: string): Expr {
  const [first, ...others] = bounds as [readonly [number, string], ...(readonly [number, string])[]];
  const value = pl.col(column);
  const start = pl.when(value.ltEq(first[0])).then(pl.lit(first[1]));
  const chain = others.reduce(
    (cases, [bound, name]) => cases.when(value.ltEq(bound)).then(pl.lit(name)),
    start as ReturnType<ReturnType<typeof start.when>['then']>,
  );
  return chain.when(value.isNotNull()).then(pl.lit(rest)).otherwise(pl.lit(null).cast(pl.Utf8));
}

/** The last rounding makes 0.3 of the 0.30000000000000004 that polars' division by a constant gives. */
function oneDecimal(value: Expr): Expr {
  const size = value.abs().mul(10).add(0.5).floor().div(10).round(1);
  return pl.when(value.lt(0)).then(size.mul(-1)).otherwise(size);
}
