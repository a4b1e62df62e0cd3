"""What the peers share of reading a table: a folder of Parquet parts whose column names begin with their type."""

import pathlib

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

LEFT_OUT = ("i", "y")


def parts_of(folder: str) -> list[str]:
    return sorted(str(path) for path in pathlib.Path(folder).glob("*.parquet"))


def features_of(folder: str) -> list[str]:
    return [name for name in pq.read_schema(parts_of(folder)[0]).names if name not in LEFT_OUT]


def is_category(name: str) -> bool:
    return name.startswith("k")


def is_counted(name: str) -> bool:
    """Compared by its categories, not by its distribution function."""
    return name[0] in "kb"


def as_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dates as days since 1970-01-01, the rest as it is."""
    return column.cast(pa.int32()) if pa.types.is_date32(column.type) else column


def categories_of(folder: str, names: list[str]) -> dict[str, list[str]]:
    return {name: sorted(pc.unique(pq.read_table(folder, columns=[name])[name].drop_null()).to_pylist()) for name in names}
