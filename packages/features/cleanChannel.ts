import pl, { type Expr } from 'nodejs-polars';

export const UNKNOWN_CHANNEL = 'Unknown';

/**
 * The sales channel's name: its code trimmed, in lower case, looked up; null and blank are `Unknown`, a code that is not in the list stays
 * as it is, so that nothing is lost. Expression `sales_channel`.
 *
 * @param names code in lower case -> name
 */
export function cleanChannel(names: Readonly<Record<string, string>>): Expr {
  const code = pl.col('sales_channel').str.strip().str.toLowerCase();
  const unknown = code.isNull().or(code.eq(pl.lit('')));
  const first = pl.when(unknown).then(pl.lit(UNKNOWN_CHANNEL));
  const cases = Object.entries(names).reduce(
    (chain, [raw, name]) => chain.when(code.eq(pl.lit(raw.toLowerCase()))).then(pl.lit(name)),
    first as ReturnType<ReturnType<typeof first.when>['then']>,
  );
  return cases.otherwise(code).alias('sales_channel');
}
