"""Drift by pyarrow, numpy and scipy, a column at a time, so that tables larger than the memory can be compared."""

import numpy as np
import pyarrow.parquet as pq
from figures import main
from scipy import stats
from tables import as_numbers, features_of, is_counted


def drift(job: dict) -> dict:
    found = {}
    for name in features_of(job["data"]["train"]):
        a, b = (pq.read_table(job["data"][side], columns=[name])[name] for side in ("train", "test"))
        found[name] = counted(a, b) if is_counted(name) else numeric(a, b)
    return found


def numeric(a, b) -> dict:
    values = [as_numbers(side).drop_null().to_numpy().astype(float, copy=False) for side in (a, b)]
    values = [side[~np.isnan(side)] for side in values]
    edges = np.unique(np.quantile(values[0], np.arange(1, 10) / 10))
    counts = [np.bincount(np.searchsorted(edges, side, side="left"), minlength=len(edges) + 1) for side in values]
    missing = [len(side) - len(value) for side, value in zip((a, b), values)]
    return {"psi": psi(*with_missing(counts, missing)), "d": float(stats.ks_2samp(*values).statistic), "chi_squared": None}


def counted(a, b) -> dict:
    sides = [{row["values"]: row["counts"] for row in side.value_counts().to_pylist()} for side in (a, b)]
    missing = [side.pop(None, 0) for side in sides]
    labels = sorted(sides[0] | sides[1])
    counts = [np.array([side.get(label, 0) for label in labels]) for side in sides]
    chi_squared = float(stats.chi2_contingency(np.array(counts)).statistic)
    return {"psi": psi(*with_missing(counts, missing)), "d": None, "chi_squared": chi_squared}


def with_missing(counts: list, missing: list[int]) -> list:
    """Rows without a value are a bin where any side has some."""
    return [np.append(count, lost) for count, lost in zip(counts, missing)] if any(missing) else counts


def psi(reference, current) -> float:
    r, c = (np.where(count == 0, 1e-4, count / count.sum()) for count in (reference, current))
    return float(np.sum((c - r) * np.log(c / r)))


if __name__ == "__main__":
    main({"drift": drift})
