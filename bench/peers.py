"""One piece of work by pyarrow, numpy, scipy and lightgbm in a process of its own; checks of both sides' answers."""

import json

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from figures import main
from scipy import stats
from tariff import COUNTS, KEYS, SUMS


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
    np.save(job["peer"]["predictions"], predicted(job["ours"]["model"], job["data"]["test"]))


def predicted(model: str, path: str) -> np.ndarray:
    """Probabilities by LightGBM from a model that pilotlight saved, with the categories that it keeps."""
    lines = open(model).read().split("pandas_categorical:")[1]
    names = [name for name in pq.read_schema(path).names if name.startswith("c")]
    values, _, _, _ = matrix(path, dict(zip(names, json.loads(lines))))
    return lgb.Booster(model_file=model).predict(values)


def check_train(job: dict) -> list[float]:
    """AUC of our model and of the peer's on the second file, both predicted by the peer."""
    values, label, _, _ = matrix(job["data"]["test"], matrix(job["data"]["train"])[3])
    theirs = lgb.Booster(model_file=job["peer"]["model"]).predict(values)
    return [auc(label, predicted(job["ours"]["model"], job["data"]["test"])), auc(label, theirs)]


def check_predict(job: dict) -> float:
    """Largest difference of a probability between both sides, which predict from one model."""
    ours = pq.read_table(job["ours"]["predictions"])["probability"].to_numpy()
    return float(np.max(np.abs(ours - np.load(job["peer"]["predictions"]))))


def check_consumption(job: dict) -> dict[str, str | None]:
    """What is wrong with our customer-months by each peer's, null where nothing is."""
    ours = read_months(job["months"]["ours"])
    return {peer: differ(ours, read_months(job["months"][peer])) for peer in ("polars", "duckdb")}


def read_months(path: str) -> pa.Table:
    table = pq.read_table(path)
    return table.sort_by([(key, "ascending") for key in KEYS if key in table.column_names])


def differ(ours: pa.Table, theirs: pa.Table) -> str | None:
    """Keys and counts must be equal, sums to 1e-9 relative; anything missing or not a number is a difference."""
    lost = [name for name in (*KEYS, *SUMS, *COUNTS) if name not in ours.column_names]
    if lost:
        return f"no column {', '.join(lost)}"
    if len(ours) != len(theirs):
        return f"{len(ours)} customer-months, not {len(theirs)}"
    for name in KEYS:
        if ours[name].to_pylist() != theirs[name].to_pylist():
            return f"other values of {name}"
    for name in (*SUMS, *COUNTS):
        a, b = (np.asarray(side[name].to_numpy(), dtype=float) for side in (ours, theirs))
        limit = 1e-9 * np.maximum(np.abs(a), np.abs(b)) if name in SUMS else 0
        wrong = ~(np.abs(a - b) <= limit)
        if wrong.any():
            row = int(np.argmax(wrong))
            where = " ".join(str(theirs[key][row]) for key in KEYS)
            return f"{name} of {where}: {a[row]}, not {b[row]} ({int(wrong.sum())} such rows)"
    return None


def auc(label: np.ndarray, score: np.ndarray) -> float:
    positives = int(label.sum())
    ranks = stats.rankdata(score)[label == 1].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * (len(label) - positives)))


if __name__ == "__main__":
    checks = {"check_train": check_train, "check_predict": check_predict, "check_consumption": check_consumption}
    main({"drift": drift, "train": train, "predict": predict, **checks})
