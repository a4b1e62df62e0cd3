"""The meter file to customer-months by polars' streaming engine."""

import polars as pl
from figures import main
from tariff import COUNTS, HOLIDAYS, PERIODS, WORKDAY_HOURS


def consumption(job: dict) -> None:
    time, elec, gas = pl.col("timestamp"), pl.col("consumption_elec_kwh"), pl.col("consumption_gas_m3")
    holiday = (time.dt.month().cast(pl.Int32) * 100 + time.dt.day()).is_in(HOLIDAYS)
    workday = (time.dt.weekday() <= 5) & ~holiday
    tiers = [workday & time.dt.hour().is_in(hours) for hours in WORKDAY_HOURS.values()]
    tier = pl.when(tiers[0]).then(0).when(tiers[1]).then(1).otherwise(2)
    values = {
        "elec_kwh": elec.clip(lower_bound=0),
        "gas_m3": gas.clip(lower_bound=0),
        "holiday_hours_in_month": holiday,
        "negative_elec_readings": elec < 0,
        "negative_gas_readings": gas < 0,
    }
    keys = {"year": time.dt.year(), "month": time.dt.month(), "tier": tier}
    found = (
        pl.scan_parquet(job["data"]["consumption"])
        .select("customer_id", **keys, **values)
        .group_by("customer_id", *keys)
        .agg(pl.col(name).sum() for name in values)
        .collect(engine="streaming")
    )
    wide(found).write_parquet(job["months"]["polars"])


def wide(found: pl.DataFrame) -> pl.DataFrame:
    """One row a customer and month of one a customer, month and tariff period."""
    sums = [
        pl.col(energy).filter(pl.col("tier") == tier).sum().alias(f"{energy}_{period}")
        for energy in ("elec_kwh", "gas_m3")
        for tier, period in enumerate(PERIODS)
    ]
    months = found.group_by("customer_id", "year", "month").agg(*sums, *(pl.col(name).sum() for name in COUNTS))
    month = pl.format("{}-{}", "year", pl.col("month").cast(pl.String).str.zfill(2))
    return months.with_columns(month=month).drop("year")


if __name__ == "__main__":
    main({"consumption": consumption})
