"""Random cases of the drift statistics with the answers of scipy and numpy, as JSON on stdout.

Numbers that JSON does not have travel as text: "inf", "-inf", "nan".
"""

import json
import math
import sys
import warnings

import numpy as np
from scipy import stats

KINDS = ["normal", "heavy", "tied", "constant", "tiny", "huge", "infinite", "missing", "shifted"]


def sample(rng: np.random.Generator, kind: str, size: int) -> np.ndarray:
    if kind == "heavy":
        return np.exp(rng.normal(0, 3, size))
    if kind == "tied":
        return rng.integers(0, 6, size).astype(float)
    if kind == "constant":
        return np.full(size, 4.0)
    if kind == "huge":
        return rng.normal(0, 1, size) * 1e300
    values = rng.normal(0, 1, size)
    if kind == "infinite":
        values[rng.random(size) < 0.2] = np.inf
        values[rng.random(size) < 0.2] = -np.inf
    if kind == "missing":
        values[rng.random(size) < 0.3] = np.nan
    return values


def ks_case(rng: np.random.Generator, kind: str, n: int, m: int) -> dict | None:
    a, b = sample(rng, kind, n), sample(rng, kind, m)
    if kind == "shifted":
        b = b + rng.uniform(0, 3)
    x, y = a[~np.isnan(a)], b[~np.isnan(b)]
    if len(x) == 0 or len(y) == 0:
        return None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = stats.ks_2samp(x, y, method="auto")
    # Where its exact value rounds above 1, scipy warns and takes the limit law: not what we hold ourselves to.
    fell_back = any("Switching to method=asymp" in str(one.message) or "ks_2samp" in str(one.message) for one in caught)
    return {"a": encode(a), "b": encode(b), "d": float(found.statistic), "p": float(found.pvalue), "fell_back": fell_back}


def ks_cases(rng: np.random.Generator) -> list[dict]:
    cases = []
    for index in range(2400):
        kind = KINDS[index % len(KINDS)]
        high = 6 if kind == "tiny" else 60
        n, m = int(rng.integers(1, high)), int(rng.integers(1, high))
        cases.append(ks_case(rng, kind, n, n if index % 5 == 0 else m))
    for n, m in [(10_000, 9_999), (10_000, 10_000), (12_000, 300), (10_001, 7), (25_000, 24_000), (9_000, 2_000)]:
        for kind in ["normal", "tied", "shifted"]:
            cases.append(ks_case(rng, kind, n, m))
    return [case for case in cases if case is not None]


def chi_cases(rng: np.random.Generator) -> list[dict]:
    cases = []
    while len(cases) < 800:
        columns = int(rng.integers(2, 12))
        scale = 10 ** rng.integers(0, 6)
        table = rng.poisson(rng.uniform(0, 5, (2, columns)) * scale)
        table[:, rng.random(columns) < 0.15] = 0
        kept = table[:, table.sum(axis=0) > 0]
        if kept.shape[1] < 2 or (kept.sum(axis=1) == 0).any():
            continue
        found = stats.chi2_contingency(kept)
        cases.append({"table": table.tolist(), "statistic": float(found.statistic), "df": int(found.dof), "p": float(found.pvalue)})
    return cases


def psi_cases(rng: np.random.Generator) -> list[dict]:
    """Quantile bins of the reference as numpy makes them, and the PSI of their counts."""
    cases = []
    for kind in ["normal", "heavy", "tied", "shifted"] * 20:
        a, b = sample(rng, kind, int(rng.integers(20, 400))), sample(rng, kind, int(rng.integers(20, 400)))
        edges = np.unique(np.quantile(a, np.arange(1, 10) / 10))
        r, c = (np.bincount(np.searchsorted(edges, side, side="left"), minlength=len(edges) + 1) for side in (a, b))
        shares = [np.where(count == 0, 1e-4, count / count.sum()) for count in (r, c)]
        psi = float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))
        cases.append({"a": a.tolist(), "b": b.tolist(), "reference": r.tolist(), "current": c.tolist(), "psi": psi})
    return cases


def quantile_cases() -> list[dict]:
    """PSI by chance: the upper quantile of chi-squared."""
    return [{"bins": bins, "value": float(stats.chi2.ppf(0.999, bins - 1))} for bins in [2, 3, 10, 11, 100, 1001]]


def encode(values: np.ndarray) -> list:
    return [float(v) if math.isfinite(v) else str(v) for v in values]


if __name__ == "__main__":
    generator = np.random.default_rng(20261121)
    json.dump(
        {
            "ks": ks_cases(generator),
            "chi_squared": chi_cases(generator),
            "psi": psi_cases(generator),
            "quantiles": quantile_cases(),
        },
        sys.stdout,
    )
