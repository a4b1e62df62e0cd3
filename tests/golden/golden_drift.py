"""Drift statistics of two Parquet datasets, by scipy: the oracle of the native drift engine."""

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

BINS = 10
CATEGORIES_MAX = 1000
ZERO_SHARE = 1e-4
DRIFT_THRESHOLD = 0.25
P_VALUE_MAX = 0.05

Result = dict[str, Any]


def compare(reference_path: Path, current_path: Path) -> Result:
    reference, current = read(reference_path), read(current_path)
    names = reference.columns + [name for name in current.columns if name not in reference.columns]
    columns = {name: compare_column(name, reference, current) for name in names}
    tested = [column for column in columns.values() if column.get("p") is not None]
    if tested:
        for column, q in zip(tested, stats.false_discovery_control([c["p"] for c in tested]), strict=True):
            column["q"] = float(q)
    return {"reference_rows": reference.height, "current_rows": current.height, "columns": columns}


def read(path: Path) -> pl.DataFrame:
    """A file, or every part of a folder in name order; `.` and `_` names are not data."""
    if path.is_file():
        return pl.read_parquet(path)
    parts = sorted(p for p in path.rglob("*.parquet")
                   if not any(name[0] in "._" for name in p.relative_to(path).parts))
    if not parts:
        raise SystemExit(f"{path}: no Parquet file here")
    return pl.concat([pl.read_parquet(part, hive_partitioning=False) for part in parts])


def kind_of(dtype: pl.DataType) -> str:
    if dtype.is_numeric():
        return "numeric"
    if dtype == pl.Boolean:
        return "boolean"
    return "categorical" if dtype in (pl.String, pl.Categorical, pl.Enum) else "unsupported"


def compare_column(name: str, reference: pl.DataFrame, current: pl.DataFrame) -> Result:
    if name not in reference.columns or name not in current.columns:
        return unmeasurable("on one side only")
    kind = kind_of(reference.schema[name])
    if kind == "unsupported" or kind != kind_of(current.schema[name]):
        return unmeasurable("type")
    a, b = present(reference[name], kind), present(current[name], kind)
    if len(a) == 0 or len(b) == 0:
        return unmeasurable("no usable rows")
    missing = np.array([reference.height - len(a), current.height - len(b)])
    result: Result = {"kind": kind, "status": "measured"}
    if kind == "numeric":
        counts = numeric_counts(a.to_numpy(), b.to_numpy())
        with warnings.catch_warnings():
            # scipy says when it leaves the exact method; which p it then gives is what we compare with
            warnings.simplefilter("ignore")
            test = stats.ks_2samp(a.to_numpy(), b.to_numpy(), method="auto")
        result |= {"ks": {"d": float(test.statistic), "p": float(test.pvalue)}, "p": float(test.pvalue)}
    else:
        counts = category_counts(a, b)
        test = stats.chi2_contingency(counts[:, counts.sum(axis=0) > 0])
        chi2 = {"statistic": float(test.statistic), "df": int(test.dof), "p": float(test.pvalue)}
        result |= {"chi2": chi2, "p": float(test.pvalue)}
    counts = np.column_stack([counts, missing])
    result["psi"] = psi(counts[0], counts[1])
    result["psi_by_chance"] = psi_by_chance(counts)
    result["severity"] = severity(result["psi"], result["p"])
    return result


def unmeasurable(reason: str) -> Result:
    return {"status": "not_measurable", "reason": reason, "psi": None, "p": None, "severity": None}


def present(column: pl.Series, kind: str) -> pl.Series:
    if kind == "numeric":
        return column.cast(pl.Float64).fill_nan(None).drop_nulls()
    return column.cast(pl.String).drop_nulls()


def numeric_counts(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """2 x bins counts; bins are right-closed with open tails, their edges the reference's inner quantiles."""
    if a.min() == a.max():
        value = a[0]
        return np.array([[(x < value).sum(), (x == value).sum(), (x > value).sum()] for x in (a, b)])
    edges = np.unique(np.quantile(a, np.arange(1, BINS) / BINS))
    return np.array([np.bincount(np.searchsorted(edges, x, side="left"), minlength=len(edges) + 1) for x in (a, b)])


def category_counts(a: pl.Series, b: pl.Series) -> np.ndarray:
    """2 x categories counts; past CATEGORIES_MAX the rarest of the reference share one bin, the unseen keep theirs."""
    first, second = dict(a.value_counts().iter_rows()), dict(b.value_counts().iter_rows())
    frequent = sorted(first, key=lambda c: (-first[c], c))
    kept = frequent[:CATEGORIES_MAX] + sorted(second.keys() - first.keys())
    pooled = frequent[CATEGORIES_MAX:]
    table = [[side.get(c, 0) for c in kept] + [sum(side.get(c, 0) for c in pooled)] for side in (first, second)]
    return np.array(table)


def psi(reference: np.ndarray, current: np.ndarray) -> float:
    r, c = reference / reference.sum(), current / current.sum()
    r, c = np.where(r == 0, ZERO_SHARE, r), np.where(c == 0, ZERO_SHARE, c)
    return float(np.sum((c - r) * np.log(c / r)))


def psi_by_chance(counts: np.ndarray) -> float:
    """What chance alone exceeds once in a thousand; a bin empty on both sides is no bin."""
    bins = int((counts.sum(axis=0) > 0).sum())
    n, m = counts.sum(axis=1)
    return float(stats.chi2.ppf(0.999, bins - 1) * (1 / n + 1 / m)) if bins > 1 else 0.0


def severity(value: float, p: float) -> str:
    if value > DRIFT_THRESHOLD:
        return "HIGH"
    if value < 0.1:
        return "NONE"
    return "MODERATE" if p < P_VALUE_MAX else "LOW"


def self_test() -> None:
    """The cases that the specification states."""
    assert math.isclose(psi(np.array([2, 2, 0]), np.array([2, 1, 1])), 2.12852, abs_tol=5e-6)
    counts = np.array([[1000, 1500, 1200, 1300], [800, 1400, 1600, 1200]])
    assert math.isclose(psi(*counts), 0.0349210194, abs_tol=5e-11)
    assert numeric_counts(np.array([2.0, 2.0]), np.array([1.0, 2.0, 3.0, 4.0])).tolist() == [[0, 2, 0], [1, 1, 2]]
    # the median 2.0 is an edge, and belongs to the bin on its left
    assert numeric_counts(np.array([1.0, 2.0, 3.0]), np.array([2.0])).sum(axis=1).tolist() == [3, 1]
    assert [severity(v, 0.01) for v in (0.09, 0.1, 0.25, 0.26)] == ["NONE", "MODERATE", "MODERATE", "HIGH"]
    assert severity(0.1, 0.05) == "LOW"
