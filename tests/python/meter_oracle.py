"""Messy meter readings in every storage that Parquet has for them, and what they add up to by polars.

stdin: {"folder": where to write}; stdout: [{"name", "paths", "options", "rows", "report"}], one a case.
"""

import datetime
import json
import os
import sys

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

LAST_DAY = datetime.date(2024, 11, 30)
HOLIDAYS = ["10-12", "11-01", "12-25"]
READING_MAX = 50.0
PERIODS = {1: "tier_1_peak", 2: "tier_2_standard", 3: "tier_3_offpeak"}


def readings(customers, minutes, start, days, seed):
    """Customer by customer, time by time; one in 25 is missing, negative or impossible, one in 40 is not there."""
    random = np.random.default_rng(seed)
    count = days * 1440 // minutes
    times = [start + datetime.timedelta(minutes=minutes * i) for i in range(count)]
    frame = pl.DataFrame({
        "customer": [f"C{number:03d}" for number in range(customers) for _ in times],
        "time": times * customers,
        "elec": np.round(random.gamma(2, 0.4, customers * count), 3),
        "gas": np.round(random.gamma(1, 0.2, customers * count), 4),
    }).with_columns(pl.col("time").cast(pl.Datetime("us")))
    odd = np.array([None, -0.5, -0.001, float("nan"), float("inf"), 50.001, 1e300], dtype=object)
    for name in ["elec", "gas"]:
        values = frame[name].to_list()
        for row in np.flatnonzero(random.random(frame.height) < 0.04):
            values[row] = odd[random.integers(len(odd))]
        frame = frame.with_columns(pl.Series(name, values, dtype=pl.Float64, strict=False))
    return frame.filter(pl.Series(random.random(frame.height) > 0.025))


def again(frame, share, seed):
    """Some rows once more, with other readings."""
    some = frame.sample(fraction=share, seed=seed, shuffle=True)
    return some.with_columns(pl.col("elec") + 1, pl.lit(None, pl.Float64).alias("gas"))


def repeated(frame):
    """The hour that the autumn clock change gives twice."""
    hour = pl.col("time").dt.date() == datetime.date(2024, 10, 27)
    return frame.filter(hour & (pl.col("time").dt.hour() == 2)).with_columns(pl.col("elec") * 2)


def expected(frames, has_gas=True):
    frame = pl.concat(frames).with_row_index("row")
    if not has_gas:
        frame = frame.with_columns(pl.lit(None, pl.Float64).alias("gas"))
    without_customer = frame.filter(pl.col("customer").is_null()).height
    frame = frame.filter(pl.col("customer").is_not_null())
    without_time = frame.filter(pl.col("time").is_null()).height
    frame = frame.filter(pl.col("time").is_not_null())
    after = frame.filter(pl.col("time").dt.date() > LAST_DAY).height
    frame = frame.filter(pl.col("time").dt.date() <= LAST_DAY)
    before = frame.height
    time = pl.col("time").dt
    autumn = (time.month() == 10) & (time.day() > 24) & (time.weekday() == 7) & (time.hour() == 2)
    copy = pl.col("row").rank("ordinal", descending=True).over("customer", "time")
    frame = frame.filter(copy <= pl.when(autumn).then(2).otherwise(1))
    holiday = time.strftime("%m-%d").is_in(HOLIDAYS)
    peak = time.hour().is_in([10, 11, 12, 13, 18, 19, 20, 21])
    frame = frame.with_columns(
        time.strftime("%Y-%m").alias("month"),
        holiday.alias("holiday"),
        pl.when((time.weekday() > 5) | holiday).then(3).when(peak).then(1)
        .when(time.hour() >= 8).then(2).otherwise(3).alias("period"),
        *[(pl.col(name).is_not_null() & (pl.col(name).is_nan() | (pl.col(name) > READING_MAX))).alias(f"{name}_invalid")
          for name in ["elec", "gas"]],
    )
    frame = frame.with_columns(
        pl.when(~pl.col(f"{name}_invalid")).then(pl.col(name)).alias(name) for name in ["elec", "gas"]
    ).with_columns((pl.col(name) < 0).fill_null(False).alias(f"{name}_negative") for name in ["elec", "gas"])

    def total(name, period=None):
        values = pl.col(name).clip(lower_bound=0)
        part = values if period is None else values.filter(pl.col("period") == period)
        return pl.when(values.count() > 0).then(part.sum())

    columns = [total("elec").alias("monthly_elec_kwh"), total("gas").alias("monthly_gas_m3"),
               (total("gas") * 11).alias("monthly_gas_kwh")]
    for number, period in PERIODS.items():
        columns += [total("elec", number).alias(f"elec_kwh_{period}"), total("gas", number).alias(f"gas_m3_{period}"),
                    (total("gas", number) * 11).alias(f"gas_kwh_{period}")]
    counts = [pl.col("holiday").sum().alias("holiday_hours_in_month"), pl.len().alias("readings"),
              pl.col("elec_negative").sum().alias("negative_elec_readings"),
              pl.col("gas_negative").sum().alias("negative_gas_readings")]
    rows = frame.group_by("customer", "month").agg(*columns, *counts).sort("customer", "month")
    rows = rows.rename({"customer": "customer_id"})
    return {
        "rows": rows.to_dict(as_series=False),
        "report": {
            "readings": frame.height, "customers": frame["customer"].n_unique(), "customer_months": rows.height,
            "without_customer": without_customer, "without_time": without_time, "after_as_of": after,
            "duplicates": before - frame.height,
            "negative_elec": frame["elec_negative"].sum(), "negative_gas": frame["gas_negative"].sum(),
            "invalid_elec": frame["elec_invalid"].sum(), "invalid_gas": frame["gas_invalid"].sum(),
        },
    }


class Cases:
    def __init__(self, folder):
        self.folder, self.all = folder, []

    def add(self, name, frames, minutes=60, types=None, has_gas=True, count=None, **write):
        """Writes each frame as a file; `types` are those of its columns in the file."""
        paths = []
        for i, frame in enumerate(frames):
            table = frame.to_arrow()
            for column, kind in {"customer": pa.string(), **(types or {})}.items():
                place = table.schema.get_field_index(column)
                table = table.set_column(place, column, table[column].cast(kind))
            paths.append(os.path.join(self.folder, f"{name.replace(' ', '_')}_{i}.parquet"))
            pq.write_table(table, paths[-1], **{"row_group_size": 700, "compression": "zstd", **write})
        columns = {"customer_id": "customer", "timestamp": "time", "elec_kwh": "elec"}
        if has_gas:
            columns["gas_m3"] = "gas"
        options = {"columns": columns, "lastDay": str(LAST_DAY), "holidays": HOLIDAYS,
                   "intervalMinutes": minutes, "readingMax": READING_MAX}
        self.all.append({"name": name, "paths": paths, "options": options, **expected(count or frames, has_gas)})


def messy(frame):
    """Duplicates of all kinds, the repeated hour thrice, rows without customer and without time; later days are in the frame."""
    rows = frame.height
    more = pl.concat([frame, again(frame, 0.03, 1), repeated(frame), again(repeated(frame), 0.5, 2)])
    row = pl.int_range(pl.len())
    return more.with_columns(
        pl.when(row % 301 != 17).then(pl.col("customer")).alias("customer"),
        pl.when(row % 401 != 9).then(pl.col("time")).alias("time"),
    ), rows


def main(task):
    cases = Cases(task["folder"])
    autumn = datetime.datetime(2024, 9, 20)
    frame = readings(7, 60, autumn, 80, 1)
    dirty, _ = messy(frame)
    cases.add("clean", [readings(3, 60, autumn, 40, 2).filter(pl.col("elec").is_not_null())])
    cases.add("as delivered", [dirty])
    cases.add("shuffled", [dirty.sample(fraction=1, seed=3, shuffle=True)])
    cases.add("sorted by time", [dirty.sort("time", nulls_last=True, maintain_order=True)])
    cases.add("two deliveries", [dirty, frame.filter(pl.col("time").dt.month() == 10).with_columns(pl.col("elec") * 3)])
    cases.add("the same file twice", [dirty, dirty])
    cases.add("the autumn hour twice", [pl.concat([frame, repeated(frame)]).sort("customer", "time")])
    cases.add("without gas", [dirty], has_gas=False)
    for minutes in [15, 7, 1]:
        cases.add(f"every {minutes} minutes", [messy(readings(2, minutes, datetime.datetime(2024, 10, 24), 9, 4))[0]], minutes)
    cases.add("hourly said to be of 15 minutes", [dirty], 15)
    cases.add("of 15 minutes said to be hourly", [messy(readings(2, 15, autumn, 45, 5))[0]], 60)
    early = frame.with_columns(pl.col("time").dt.offset_by("-60y"))
    cases.add("before 1970", [early])
    odd = dirty.with_columns(pl.col("time") + pl.duration(microseconds=pl.int_range(pl.len()) % 3))
    cases.add("two times within a slot", [odd])
    types(cases, dirty)
    print(json.dumps(cases.all))


def types(cases, dirty):
    zones = pl.col("time").dt.replace_time_zone("UTC").alias("time")
    cases.add("milliseconds", [dirty], types={"time": pa.timestamp("ms")})
    cases.add("nanoseconds", [dirty], types={"time": pa.timestamp("ns")})
    cases.add("int96", [dirty], use_deprecated_int96_timestamps=True)
    cases.add("with a zone", [dirty.with_columns(zones)], count=[dirty])
    cases.add("large text", [dirty], types={"customer": pa.large_string()})
    cases.add("dictionary", [dirty], types={"customer": pa.dictionary(pa.int32(), pa.string())})
    cases.add("plain text", [dirty], use_dictionary=False)
    cases.add("a small dictionary page", [dirty], dictionary_pagesize_limit=8, data_page_size=64, write_batch_size=8)
    number = pl.col("customer").str.slice(1).cast(pl.Int64)
    whole = dirty.with_columns(number.alias("customer"))
    digits = dirty.with_columns(number.cast(pl.String).alias("customer"))
    for kind in [pa.int64(), pa.uint64(), pa.int16()]:
        cases.add(f"customers as {kind}", [whole], types={"customer": kind}, count=[digits])
    real = pl.col("elec").is_finite() & (pl.col("elec").abs() < 100)
    exact = dirty.with_columns(pl.when(real).then(pl.col("elec")).alias("elec"))
    cases.add("decimals", [exact], types={"elec": pa.decimal128(12, 3)})
    small = dirty.with_columns((pl.col("elec").cast(pl.Float32) * 8).round(0).cast(pl.Float64) / 8)
    cases.add("floats", [small], types={"elec": pa.float32()})
    texts = dirty.with_columns(pl.col("elec").cast(pl.String).alias("elec"))
    cases.add("readings as text", [texts], types={"elec": pa.string()}, count=[dirty])
    words = texts.with_columns(pl.when(pl.int_range(pl.len()) % 97 == 5).then(pl.lit("n/a")).otherwise(pl.col("elec")).alias("elec"))
    nan = dirty.with_columns(pl.when(pl.int_range(pl.len()) % 97 == 5).then(float("nan")).otherwise(pl.col("elec")).alias("elec"))
    cases.add("words for readings", [words], types={"elec": pa.string()}, count=[nan])
    zones = dirty.with_columns(pl.lit("x").alias("other")).select("other", "gas", "time", "customer", "elec")
    cases.add("other columns in another order", [dirty, zones], count=[dirty, dirty])


main(json.load(sys.stdin))
