"""The Swiss meter data as raw files for Bronze, and their months by another way: swiss_meter.py PARQUET OUT_FOLDER."""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

HOLIDAYS = [(1, 1), (1, 6), (5, 1), (8, 15), (10, 12), (11, 1), (12, 6), (12, 8), (12, 25)]
PEAK, STANDARD = [10, 11, 12, 13, 18, 19, 20, 21], [8, 9, 14, 15, 16, 17, 22, 23]
YEAR = 2024


def main(source: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    wide = pl.read_parquet(source)
    quarters = [column for column in wide.columns if column.startswith("V") and column[1:].isdigit()]
    long = wide.unpivot(quarters, index=["VID", "week"], variable_name="quarter", value_name="kwh")
    mondays = {week: datetime.fromisocalendar(YEAR, int(week[1:]), 1) for week in wide["week"].unique()}
    start = pl.col("week").replace_strict(mondays, return_dtype=pl.Datetime("us"))
    readings = long.select(
        pl.col("VID").cast(pl.String).alias("meter"),
        (start + (pl.col("quarter").str.slice(1).cast(pl.Int64) - 1) * timedelta(minutes=15)).alias("time"),
        pl.col("kwh"),
    )
    readings.write_parquet(out / "readings.parquet")
    readings.select("meter").unique().sort("meter").write_csv(out / "households.csv")
    sum_months(readings).write_parquet(out / "expected.parquet")


def sum_months(readings: pl.DataFrame) -> pl.DataFrame:
    time = pl.col("time").dt
    holiday = pl.any_horizontal((time.month() == month) & (time.day() == day) for month, day in HOLIDAYS)
    working = (time.weekday() <= 5) & ~holiday
    value = pl.col("kwh").clip(lower_bound=0)
    tiers = {
        "elec_kwh_tier_1_peak": working & time.hour().is_in(PEAK),
        "elec_kwh_tier_2_standard": working & time.hour().is_in(STANDARD),
        "elec_kwh_tier_3_offpeak": ~(working & time.hour().is_in(PEAK + STANDARD)),
    }
    return (
        readings.group_by(pl.col("meter").alias("customer_id"), time.strftime("%Y-%m").alias("month"))
        .agg(
            value.sum().alias("monthly_elec_kwh"),
            *(value.filter(rule).sum().alias(name) for name, rule in tiers.items()),
            holiday.sum().alias("holiday_hours_in_month"),
            pl.len().alias("readings"),
            (pl.col("kwh") < 0).sum().alias("negative_elec_readings"),
        )
        .sort("customer_id", "month")
    )


main(Path(sys.argv[1]), Path(sys.argv[2]))
print("{}")
