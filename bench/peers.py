"""One piece of work by the Python stack (pyarrow, numpy, scipy, lightgbm) in a process of its own; prints its figures as JSON."""

import json
import resource
import sys
import time

import lightgbm as lgb
import numpy as np
import pyarrow.parquet as pq
from scipy import stats


def drift(job: dict) -> dict:
    reference, current = (pq.read_table(job["data"][side]) for side in ("train", "test"))
    found = {}
    for name in reference.column_names:
        if name in ("i", "y"):
            continue
        a, b = reference[name], current[name]
        found[name] = categorical(a, b) if name.startswith("c") else numeric(a, b)
    return found


def numeric(a, b) -> dict:
    sides = [np.asarray(side.to_numpy(zero_copy_only=False), dtype=float) for side in (a, b)]
    values = [side[~np.isnan(side)] for side in sides]
    edges = np.unique(np.quantile(values[0], np.arange(1, 10) / 10))
    counts = [np.bincount(np.searchsorted(edges, side, side="left"), minlength=len(edges) + 1) for side in values]
    missing = [len(side) - len(value) for side, value in zip(sides, values)]
    if any(missing):
        counts = [np.append(count, lost) for count, lost in zip(counts, missing)]
    return {"psi": psi(*counts), "d": float(stats.ks_2samp(*values).statistic)}


def categorical(a, b) -> dict:
    sides = [{row["values"]: row["counts"] for row in side.value_counts().to_pylist()} for side in (a, b)]
    labels = sorted(sides[0] | sides[1])
    counts = [np.array([side.get(label, 0) for label in labels]) for side in sides]
    stats.chi2_contingency(np.array(counts))
    return {"psi": psi(*counts), "d": None}


def psi(reference, current) -> float:
    r, c = (np.where(count == 0, 1e-4, count / count.sum()) for count in (reference, current))
    return float(np.sum((c - r) * np.log(c / r)))


def matrix(path: str, categories: dict | None = None) -> tuple[np.ndarray, np.ndarray, list[str], dict]:
    table = pq.read_table(path)
    names = [name for name in table.column_names if name not in ("i", "y")]
    known = categories or {name: sorted(table[name].unique().to_pylist()) for name in names if name.startswith("c")}
    values = np.empty((table.num_rows, len(names)))
    for j, name in enumerate(names):
        column = table[name].to_pylist() if name in known else table[name].to_numpy(zero_copy_only=False)
        if name in known:
            codes = {label: code for code, label in enumerate(known[name])}
            column = [codes.get(label, np.nan) for label in column]
        values[:, j] = column
    return values, table["y"].to_numpy(), names, known


def train(job: dict) -> None:
    values, label, names, known = matrix(job["data"]["train"])
    data = lgb.Dataset(values, label, feature_name=names, categorical_feature=list(known))
    lgb.train({**job["params"], "verbose": -1}, data, job["rounds"]).save_model(job["peer"]["model"])


def predict(job: dict) -> None:
    lines = open(job["ours"]["model"]).read().split("pandas_categorical:")[1]
    names = [name for name in pq.read_schema(job["data"]["test"]).names if name.startswith("c")]
    values, _, _, _ = matrix(job["data"]["test"], dict(zip(names, json.loads(lines))))
    np.save(job["peer"]["predictions"], lgb.Booster(model_file=job["ours"]["model"]).predict(values))


def check(job: dict) -> dict:
    """What both sides must agree on after training and predicting."""
    table = pq.read_table(job["ours"]["predictions"])
    ours, label = table["probability"].to_numpy(), table["y"].to_numpy()
    values, _, _, _ = matrix(job["data"]["test"], matrix(job["data"]["train"])[3])
    other = lgb.Booster(model_file=job["peer"]["model"]).predict(values)
    theirs = np.load(job["peer"]["predictions"])
    return {"auc": [auc(label, ours), auc(label, other)], "gap": float(np.max(np.abs(ours - theirs)))}


def auc(label: np.ndarray, score: np.ndarray) -> float:
    positives = int(label.sum())
    ranks = stats.rankdata(score)[label == 1].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * (len(label) - positives)))


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    start = time.perf_counter()
    answer = {"drift": drift, "train": train, "predict": predict, "check": check}[given["name"]](given)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": time.perf_counter() - start, "bytes": peak, "answer": answer}))
