"""Drift by polars and polars-ds: Kolmogorov-Smirnov and PSI of numbers, PSI of categories, all columns in one query."""

import polars as pl
import polars_ds as pds
from figures import main
from tables import features_of, is_counted


def drift(job: dict) -> dict:
    names = features_of(job["data"]["train"])
    sides = [read(job["data"][side], names) for side in ("train", "test")]
    # Both sides beside each other, as its functions take two columns of one frame; the rows of both are as many.
    both = pl.concat([sides[0], sides[1].rename(lambda name: f"{name}'")], how="horizontal")
    columns = []
    for name in names:
        now = f"{name}'"
        if is_counted(name):
            columns.append(pds.psi_discrete(pl.col(now), pl.col(name)).alias(f"psi {name}"))
            continue
        columns.append(pds.psi(pl.col(now), pl.col(name)).alias(f"psi {name}"))
        columns.append(pds.ks_2samp(pl.col(name), pl.col(now)).alias(f"ks {name}"))
    row = both.select(columns).row(0, named=True)
    return {name: {} if is_counted(name) else {"d": statistic(row[f"ks {name}"])} for name in names}


def statistic(found: dict) -> float:
    return float(found["statistic"])


def read(folder: str, names: list[str]) -> pl.DataFrame:
    """Dates as days, and all numbers as floats: its tests ask whether values are finite."""
    table = pl.scan_parquet(f"{folder}/*.parquet").select(names)
    days = [pl.col(name).cast(pl.Int32).cast(pl.Float64) for name in names if name.startswith("d")]
    numbers = [pl.col(name).cast(pl.Float64) for name in names if name.startswith("n")]
    return table.with_columns(days + numbers).collect()


if __name__ == "__main__":
    main({"drift": drift})
