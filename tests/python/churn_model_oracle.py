"""What hashlib, scipy and scikit-learn make of the files of a trained and evaluated churn model: folders as arguments, JSON on stdout.

churn_model_oracle.py MODELS TEST_PARQUET: the split again from the customers, the calibration and the threshold again from the
out-of-fold predictions, every figure again from the scored test rows.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import polars as pl
from evaluation_oracle import best_precision, sigmoid
from scipy.special import expit, logit
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression


def split_again(customers, seed, test_share, folds):
    def key(customer):
        digest = hashlib.md5(f"{seed}:{customer}".encode()).digest()
        return int.from_bytes(digest[8:], "little")

    by_class = {c: sorted(customers.filter(pl.col("churn") == c)["customer_id"], key=key) for c in (0, 1)}
    total = round(test_share * customers.height)
    test_churners = round(test_share * len(by_class[1]))
    places = {}
    for c, size in ((0, total - test_churners), (1, test_churners)):
        for place, customer in enumerate(by_class[c]):
            places[customer] = ["test", None] if place < size else ["train", (place - size) % folds]
    return places


def calibration_again(rows, metadata):
    y, raw = rows["churn"].to_numpy(), rows["raw_probability"].to_numpy()
    scores = logit(raw)
    method = metadata["calibration"]["method"]
    if method == "sigmoid":
        fitted = sigmoid(y, scores)
        return fitted, expit(fitted["slope"] * scores + fitted["intercept"])
    if method == "isotonic":
        fitted = IsotonicRegression(out_of_bounds="clip").fit(scores, y)
        points = {"x": fitted.X_thresholds_.tolist(), "y": fitted.y_thresholds_.tolist()}
        return points, fitted.predict(scores)
    return {}, raw


def quantile_bins(y, s):
    observed, predicted = calibration_curve(y, s, n_bins=10, strategy="quantile")
    edges = np.percentile(s, np.linspace(0, 1, 11) * 100)
    counts = np.bincount(np.searchsorted(edges[1:-1], s), minlength=10)
    counts = counts[counts > 0]
    error = float((counts / len(s) * np.abs(observed - predicted)).sum())
    return {"observed": observed.tolist(), "predicted": predicted.tolist(), "error": error}


def figures(y, s, threshold):
    called = s >= threshold
    both = len(np.unique(y)) == 2
    tn, fp, fn, tp = metrics.confusion_matrix(y, called, labels=[0, 1]).ravel().tolist()
    precision = tp / (tp + fp) if tp + fp else None
    return {
        "pr_auc": float(metrics.average_precision_score(y, s)) if both else None,
        "roc_auc": float(metrics.roc_auc_score(y, s)) if both else None,
        "precision": precision,
        "recall": tp / (tp + fn) if tp + fn else None,
        "f1": float(metrics.f1_score(y, called)) if both else None,
        "accuracy": float(metrics.accuracy_score(y, called)),
        "brier": float(metrics.brier_score_loss(y, s)) if both else None,
        "log_loss": float(metrics.log_loss(y, s, labels=[0, 1])),
        "lift_at_threshold": precision / y.mean() if precision is not None and y.sum() else None,
        **{"tp": tp, "fp": fp, "fn": fn, "tn": tn},
    }


def lift_by_decile(y, s):
    """Positives in each tenth; a score that a border falls into gives each side its part of the positives."""
    order = np.argsort(-s, kind="stable")
    falling, hits = s[order], y[order].astype(float)
    for value in np.unique(falling):
        hits[falling == value] = hits[falling == value].mean()
    found = np.concatenate([[0.0], np.cumsum(hits)])
    borders = np.interp(np.linspace(0, len(y), 11), np.arange(len(y) + 1), found)
    return (np.diff(borders) / (len(y) / 10) / y.mean()).tolist()


def tiers(y, s, bounds):
    names = np.array(list(bounds))[np.searchsorted(list(bounds.values()), np.round(s, 4), side="right") - 1]
    return [[name, int((names == name).sum()), int(y[names == name].sum())] for name in bounds]


def main(models, test_file):
    metadata = json.loads((Path(models) / "metadata.json").read_text())
    folds = pl.read_parquet(Path(models) / "predictions" / "out_of_fold.parquet")
    fitted, calibrated = calibration_again(folds, metadata)
    labels = folds["churn"].to_numpy()
    test = pl.read_parquet(test_file)
    y, s, raw = (test[name].to_numpy() for name in ("churn", "churn_proba", "raw_probability"))
    threshold = metadata["threshold"]
    groups = {}
    for column in ("segment", "province_code"):
        for (value,), part in sorted(test.group_by(column), key=lambda item: item[0][0]):
            groups[f"{column} {value}"] = figures(part["churn"].to_numpy(), part["churn_proba"].to_numpy(), threshold)
    return {
        "split": split_again(pl.read_parquet(Path(models) / "split.parquet"), metadata["seed"], 0.2, 5),
        "calibration": fitted,
        "calibrated_gap": float(np.abs(calibrated - folds["churn_proba"].to_numpy()).max()),
        "best": best_precision(labels, folds["churn_proba"].to_numpy(), 0.7),
        "out_of_fold": figures(labels, folds["churn_proba"].to_numpy(), threshold),
        "out_of_fold_raw": {
            "pr_auc": float(metrics.average_precision_score(labels, folds["raw_probability"].to_numpy())),
            "roc_auc": float(metrics.roc_auc_score(labels, folds["raw_probability"].to_numpy())),
        },
        "test": figures(y, s, threshold),
        "bins": quantile_bins(y, s),
        "bins_before": quantile_bins(y, raw),
        "lift": lift_by_decile(y, s),
        "tiers": tiers(y, s, {"Low": 0, "Medium": 0.4, "High": 0.6, "Critical": 0.8}),
        "groups": groups,
    }


json.dump(main(*sys.argv[1:]), sys.stdout)
