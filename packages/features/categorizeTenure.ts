import pl, { type Expr } from 'nodejs-polars';
import { daysFrom } from './days.ts';

export type TenureBand = {
  name: string;
  /** Inclusive; the last band has none. */
  months_max?: number | undefined;
};

/** Mean Gregorian month, in days. */
const MONTH_DAYS = 30.4375;
const NEW_CUSTOMER: TenureBand = { name: 'Cliente Nuevo', months_max: 12 };

/**
 * Months since `start_date`, the tenure category (Cat_And) and its number: 1 is `Cliente Nuevo` (up to 12 months), then the
 * configured bands; 0 and `Desconocido` without a start date.
 *
 * @returns expressions `tenure_months`, `cat_and`, `tenure_rank`
 */
export function categorizeTenure(asOf: string, bands: readonly TenureBand[]): Expr[] {
  const months = daysFrom('start_date', asOf).cast(pl.Float64).div(MONTH_DAYS);
  const all = [NEW_CUSTOMER, ...bands];
  const rank = all.slice(0, -1).reduceRight<Expr>(
    (otherwise, band, k) =>
      pl
        .when(months.ltEq(band.months_max ?? Number.POSITIVE_INFINITY))
        .then(pl.lit(k + 1))
        .otherwise(otherwise),
    pl.lit(all.length),
  );
  const known = pl.when(months.isNull()).then(pl.lit(0)).otherwise(rank);
  const name = all.reduceRight<Expr>(
    (otherwise, band, k) =>
      pl
        .when(known.eq(k + 1))
        .then(pl.lit(band.name))
        .otherwise(otherwise),
    pl.lit('Desconocido'),
  );
  return [months.alias('tenure_months'), name.alias('cat_and'), known.cast(pl.Int32).alias('tenure_rank')];
}
