import pl, { type Expr } from 'nodejs-polars';

export const ESTRATO_CLASSES = ['BAJO', 'MEDIO', 'ALTO', 'DESCONOCIDO'] as const;

/** Socio-economic stratum 1-2 low, 3-4 middle, 5-6 high; null or anything else unknown. Expression `estrato_class`. */
export function classifyEstrato(): Expr {
  const estrato = pl.col('estrato');
  return pl
    .when(estrato.gtEq(1).and(estrato.ltEq(2)))
    .then(pl.lit('BAJO'))
    .when(estrato.gtEq(3).and(estrato.ltEq(4)))
    .then(pl.lit('MEDIO'))
    .when(estrato.gtEq(5).and(estrato.ltEq(6)))
    .then(pl.lit('ALTO'))
    .otherwise(pl.lit('DESCONOCIDO'))
    .alias('estrato_class');
}
