import pl, { type Expr } from 'nodejs-polars';

/** Two columns as one text, `left_x_right`; null is `Unknown`, flags are 0 or 1. */
export function crossLevels(left: string, right: string): Expr {
  const text = (name: string) => pl.col(name).cast(pl.Utf8).fillNull(pl.lit('Unknown'));
  return pl.concatString([text(left), pl.lit('_x_'), text(right)], '');
}
