import pl, { type Expr } from 'nodejs-polars';

/**
 * Not industrial: Residential. Industrial: SME up to `corporatePowerKwMin` of contracted power (kW, bound included), Corporate above it.
 * Null where the kind, or an industrial customer's power, is unknown. Expression `segment`.
 */
export function classifySegment(corporatePowerKwMin: number): Expr {
  const power = pl.col('contracted_power_kw');
  const isIndustrial = pl.col('is_industrial');
  return pl
    .when(isIndustrial.eq(pl.lit(false)))
    .then(pl.lit('Residential'))
    .when(isIndustrial.and(power.ltEq(corporatePowerKwMin)))
    .then(pl.lit('SME'))
    .when(isIndustrial.and(power.gt(corporatePowerKwMin)))
    .then(pl.lit('Corporate'))
    .otherwise(pl.lit(null).cast(pl.Utf8))
    .alias('segment');
}

/** `Primary_Residence` or `Second_Residence` of residential customers, null of others and where it is unknown. */
export function classifyResidence(): Expr {
  const isResidential = pl.col('segment').eq(pl.lit('Residential'));
  const isSecond = pl.col('is_second_residence');
  return pl
    .when(isResidential.and(isSecond))
    .then(pl.lit('Second_Residence'))
    .when(isResidential.and(isSecond.eq(pl.lit(false))))
    .then(pl.lit('Primary_Residence'))
    .otherwise(pl.lit(null).cast(pl.Utf8))
    .alias('residential_type');
}
