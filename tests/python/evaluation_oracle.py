"""What scikit-learn and scipy say about binary scores: JSON cases on stdin, JSON answers on stdout."""

import json
import sys
import warnings

import numpy as np
from scipy.stats import ks_2samp
from sklearn import metrics
from sklearn.calibration import _sigmoid_calibration, calibration_curve
from sklearn.isotonic import IsotonicRegression

warnings.filterwarnings("ignore")


def curves(y, s, w):
    fpr, tpr, roc_thresholds = metrics.roc_curve(y, s, sample_weight=w, drop_intermediate=False)
    precision, recall, pr_thresholds = metrics.precision_recall_curve(y, s, sample_weight=w)
    return {
        "roc": {"fpr": fpr.tolist(), "tpr": tpr.tolist(), "thresholds": roc_thresholds[1:].tolist()},
        "pr": {
            "precision": precision[::-1].tolist(),
            "recall": recall[::-1].tolist(),
            "thresholds": pr_thresholds[::-1].tolist(),
        },
    }


def decision(y, s, w, threshold):
    called = s >= threshold
    options = {"sample_weight": w, "zero_division": np.nan}
    tn, fp, fn, tp = metrics.confusion_matrix(y, called, labels=[0, 1], sample_weight=w).ravel().tolist()
    figures = {
        "precision": metrics.precision_score(y, called, **options),
        "recall": metrics.recall_score(y, called, **options),
        "f1": metrics.f1_score(y, called, **options),
        "accuracy": metrics.accuracy_score(y, called, sample_weight=w),
        "specificity": metrics.recall_score(y, called, pos_label=0, **options),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, called, sample_weight=w),
    }
    figures = {name: None if np.isnan(value) else float(value) for name, value in figures.items()}
    return {"confusion": [tp, fp, tn, fn], **figures}


def calibrations(y, s):
    answers = {}
    for strategy in ("quantile", "uniform"):
        true, predicted = calibration_curve(y, s, n_bins=10, strategy=strategy)
        answers[strategy] = {"observed": true.tolist(), "predicted": predicted.tolist()}
    return answers


def sigmoid(y, s):
    """scikit-learn's minimum, its last digits by Newton's method in 80-bit floats (its own solver stops at 1e-6)."""
    a, b = _sigmoid_calibration(s, y)
    f = s.astype(np.longdouble)
    positives, negatives = np.longdouble(y.sum()), np.longdouble(len(y) - y.sum())
    t = np.where(y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    point = np.array([-a, -b], dtype=np.longdouble)
    for _ in range(60):
        p = 1 / (1 + np.exp(-(point[0] * f + point[1])))
        g = ((p - t) * f).sum(), (p - t).sum()
        w = p * (1 - p)
        h11, h10, h00 = (w * f * f).sum(), (w * f).sum(), w.sum()
        step = np.array([h00 * g[0] - h10 * g[1], h11 * g[1] - h10 * g[0]]) / (h11 * h00 - h10 * h10)
        point = point - step
        if np.abs(step).max() < 1e-18 * (1 + np.abs(point).max()):
            break
    return {"slope": float(point[0]), "intercept": float(point[1]), "solver": {"slope": -a, "intercept": -b}}


def isotonic(y, s, probes):
    fitted = IsotonicRegression(out_of_bounds="clip").fit(s, y)
    return {
        "x": fitted.X_thresholds_.tolist(),
        "y": fitted.y_thresholds_.tolist(),
        "probes": fitted.predict(np.asarray(probes)).tolist(),
    }


def best_f1(y, s, w):
    scores = [metrics.f1_score(y, s >= t, sample_weight=w) for t in np.unique(s)]
    return float(max(scores))


def best_precision(y, s, recall):
    """Precision and recall of the choice "highest precision at recall or more, then more recall" among sklearn's points."""
    precision, recalls, thresholds = metrics.precision_recall_curve(y, s)
    fit = recalls[:-1] >= recall
    choice = max(zip(precision[:-1][fit], recalls[:-1][fit], thresholds[fit]))
    return [float(value) for value in choice]


def deciles(y, s):
    """Positives in each tenth of the rows by falling score: scores all differ and rows are a multiple of ten."""
    order = np.argsort(-s)
    return [int(part.sum()) for part in np.split(y[order], 10)]


def answer(case):
    y = np.asarray(case["label"])
    s = np.asarray(case["score"], dtype=float)
    if "probes" in case:
        return {"sigmoid": sigmoid(y, s), "isotonic": isotonic(y, s, case["probes"])}
    w = np.asarray(case["weight"], dtype=float) if case.get("weight") else None
    probabilities = bool(s.min() >= 0 and s.max() <= 1)
    result = {"decisions": [decision(y, s, w, t) for t in case["thresholds"]]}
    if probabilities:
        result["log_loss"] = float(metrics.log_loss(y, s, sample_weight=w, labels=[0, 1]))
        result["brier"] = float(metrics.brier_score_loss(y, s, sample_weight=w, pos_label=1))
    if len(np.unique(y)) < 2:
        return result
    result |= curves(y, s, w)
    result["roc_auc"] = float(metrics.roc_auc_score(y, s, sample_weight=w))
    result["average_precision"] = float(metrics.average_precision_score(y, s, sample_weight=w))
    if w is None:
        result["ks"] = float(ks_2samp(s[y == 1], s[y == 0]).statistic)
        result["best_f1"] = best_f1(y, s, w) if len(y) <= 200 else None
        result["recall_at_least"] = {share: best_precision(y, s, float(share)) for share in ("0.5", "0.7", "0.9")}
        result["deciles"] = deciles(y, s) if len(y) % 10 == 0 and len(np.unique(s)) == len(s) else None
    if w is None and probabilities:
        result["calibration"] = calibrations(y, s)
    return result


if __name__ == "__main__":
    json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
