"""What scikit-learn and scipy say about binary scores: JSON cases on stdin, JSON answers on stdout."""

import json
import sys
import warnings

import numpy as np
from scipy.stats import ks_2samp
from sklearn import metrics
from sklearn.calibration import calibration_curve

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


def best_f1(y, s, w):
    scores = [metrics.f1_score(y, s >= t, sample_weight=w) for t in np.unique(s)]
    return float(max(scores))


def answer(case):
    y = np.asarray(case["label"])
    s = np.asarray(case["score"], dtype=float)
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
    if w is None and probabilities:
        result["calibration"] = calibrations(y, s)
    return result


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
